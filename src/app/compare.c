#include "app/compare.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/compare_internal.h"
#include "core/log.h"

enum { SIDE_MAX = 32 };

/* ---- the two sides ---- */

static enum status read_model(struct catalogue *catalogue, const char *name, enum held_out_group held_out,
                              struct result_list *list, struct error *error)
{
    bool all = held_out == HELD_OUT_GROUPS;
    enum status status = all ? results_read(catalogue, name, list, error)
                             : results_read_held_out(catalogue, name, held_out, list, error);
    if (status != STATUS_OK || list->count > 0)
        return status;
    if (all)
        return error_set(error, STATUS_FAILED,
                         "%s has no results to compare; evaluate it first: sleeve evaluate --model %s", name, name);
    return error_set(error, STATUS_FAILED,
                     "%s has no results for %s held-out tracks; evaluate it again on a split that has some: sleeve "
                     "evaluate --model %s",
                     name, held_out_names[held_out], name);
}

static enum status read_models(struct catalogue *catalogue, char *names, enum held_out_group held_out,
                               struct result_list lists[SIDE_MAX], size_t *count, struct error *error)
{
    for (char *rest = NULL, *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (*count == SIDE_MAX)
            return error_set(error, STATUS_USAGE, "a side has at most %d models", SIDE_MAX);
        enum status status = read_model(catalogue, name, held_out, &lists[(*count)++], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The results of one model, or the mean over several with commas between. */
static enum status read_side(struct catalogue *catalogue, const char *names, enum held_out_group held_out,
                             struct result_list *list, struct error *error)
{
    struct result_list lists[SIDE_MAX] = {0};
    size_t count = 0;
    char *copy = strdup(names);
    enum status status = copy ? read_models(catalogue, copy, held_out, lists, &count, error) : error_no_memory(error);
    if (status == STATUS_OK && count == 0)
        status = error_set(error, STATUS_USAGE, "compare needs the names of models, not \"%s\"", names);
    if (status == STATUS_OK)
        status = result_mean(lists, count, list, error);
    if (status == STATUS_OK && list->count < lists[0].count)
        log_message(LOG_WARNING, "%zu playlists of %s were not evaluated with all of these models and are left out",
                    lists[0].count - list->count, names);
    for (size_t i = 0; i < count; i++)
        result_list_free(&lists[i]);
    free(copy);
    return status;
}

static enum status read_reference(struct catalogue *catalogue, const char *path, const char *model,
                                  struct result_list *list, struct error *error)
{
    size_t unknown = 0;
    enum status status = result_reference_read(catalogue, path, model, list, &unknown, error);
    if (status == STATUS_OK && unknown > 0)
        log_message(LOG_WARNING, "left out: %zu of the playlists in %s, which the catalogue does not have", unknown,
                    path);
    return status;
}

struct sides {
    struct result_list a, b;
    struct atomic_file plot;
};

/* The reading of one side, perhaps on a thread of its own. */
struct side_reading {
    struct catalogue *catalogue;
    const char *names;
    enum held_out_group held_out;
    struct result_list *list;
    enum status status;
    struct error error;
};

static void *read_on_thread(void *context)
{
    struct side_reading *reading = context;
    reading->status = read_side(reading->catalogue, reading->names, reading->held_out, reading->list, &reading->error);
    return NULL;
}

/* The first error is that of the first side. */
static enum status read_both(struct side_reading *a, struct side_reading *b, struct error *error)
{
    pthread_t thread;
    bool beside = b->catalogue != a->catalogue && pthread_create(&thread, NULL, read_on_thread, b) == 0;
    read_on_thread(a);
    if (beside)
        pthread_join(thread, NULL);
    else if (a->status == STATUS_OK)
        read_on_thread(b);
    const struct side_reading *failed = a->status != STATUS_OK ? a : b;
    return failed->status == STATUS_OK ? STATUS_OK : error_set(error, failed->status, "%s", failed->error.text);
}

static enum status read_sides(struct catalogue *catalogue, const struct compare_settings *settings, struct sides *sides,
                              struct error *error)
{
    struct catalogue *beside = settings->beside ? settings->beside : catalogue;
    struct side_reading a = {catalogue, settings->a, settings->held_out, &sides->a, STATUS_OK, {0}};
    struct side_reading b = {beside, settings->b, settings->held_out, &sides->b, STATUS_OK, {0}};
    if (!settings->reference_file)
        return read_both(&a, &b, error);
    enum status status = read_side(catalogue, settings->a, settings->held_out, &sides->a, error);
    return status == STATUS_OK ? read_reference(catalogue, settings->reference_file, settings->b, &sides->b, error)
                               : status;
}

static enum status make_pairs(const struct compare_settings *settings, const struct sides *sides,
                              struct result_pairs *pairs, struct error *error)
{
    enum status status = result_pairs_make(&sides->a, &sides->b, pairs, error);
    if (status == STATUS_OK && pairs->difference.count > 0 && pairs->difference.count < sides->a.count)
        log_message(LOG_WARNING, "%zu of %zu playlists of %s have no counterpart and are left out",
                    sides->a.count - pairs->difference.count, sides->a.count, settings->a);
    return status;
}

/* Whether the names with commas between contain this one. */
static bool name_is_listed(const char *names, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = names; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, size) == 0 && (at[size] == '\0' || at[size] == ','))
            return true;
    }
    return false;
}

/* ---- the playlists that are compared ---- */

static size_t count_known(const struct slice_table *slices, const struct result_list *list)
{
    size_t known = 0;
    for (size_t i = 0; i < list->count; i++)
        known += slice_table_find(slices, list->items[i].playlist_id) < slices->count;
    return known;
}

/* Whether the playlist is in the part of the split (test or validation) that the results are for. */
static enum status load_slices(struct catalogue *catalogue, const struct result_list *list, struct slice_table *slices,
                               struct error *error)
{
    enum status status = slice_table_load(catalogue, SPLIT_TEST, slices, error);
    size_t known = status == STATUS_OK ? count_known(slices, list) : 0;
    if (status == STATUS_OK && known == 0) {
        slice_table_free(slices);
        status = slice_table_load(catalogue, SPLIT_VALIDATION, slices, error);
        known = status == STATUS_OK ? count_known(slices, list) : 0;
    }
    if (status == STATUS_OK && known < list->count)
        log_message(LOG_WARNING,
                    "%zu playlists are no longer evaluated by the present split and are in no slice; evaluate again",
                    list->count - known);
    return status;
}

static void keep(const struct result_group *filter, const struct slice_table *slices, struct result_list *list)
{
    list->count = result_group_take(filter, slices, list, list->items);
}

static enum status apply_filter(const struct result_group *filter, const struct slice_table *slices,
                                struct result_pairs *pairs, struct error *error)
{
    size_t all = pairs->difference.count;
    keep(filter, slices, &pairs->difference);
    keep(filter, slices, &pairs->a);
    keep(filter, slices, &pairs->b);
    if (pairs->difference.count >= 2)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "a comparison needs two playlists: the two sides share %zu (evaluate both on the same split, or "
                     "compare them with --unpaired), of which %zu are selected",
                     all, pairs->difference.count);
}

/* ---- the comparison ---- */

static enum status name_playlist(struct catalogue *catalogue, struct arena *memory, struct compared_playlist *playlist,
                                 struct error *error)
{
    struct playlist_list found = {0};
    enum status status = catalogue_playlist_read(catalogue, playlist->id, &found, error);
    if (status != STATUS_OK)
        return status;
    playlist->key = arena_copy_text(memory, found.items[0].key, strlen(found.items[0].key));
    playlist->name = arena_copy_text(memory, found.items[0].name, strlen(found.items[0].name));
    playlist_list_free(&found);
    return playlist->key && playlist->name ? STATUS_OK : error_no_memory(error);
}

static enum status find_largest(struct catalogue *catalogue, const struct result_pairs *pairs, size_t wanted,
                                struct compare_result *result, struct error *error)
{
    enum status status = compare_choose_largest(pairs, wanted, result, error);
    for (size_t i = 0; status == STATUS_OK && i < result->n_largest; i++)
        status = name_playlist(catalogue, &result->memory, &result->largest[i], error);
    return status;
}

/* Groups of few differences have intervals of Student's t, like the comparison itself. */
static void widen_groups(struct group_summaries *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        struct result_summary *summary = &groups->items[i].summary;
        for (int metric = 0; metric < METRICS && summary->count > 1; metric++)
            summary->metrics[metric].ci95 *= compare_critical((double)summary->count - 1) / 1.96;
    }
}

static enum status compare(struct catalogue *catalogue, const struct compare_settings *settings,
                           struct result_pairs *pairs, struct compare_result *result, struct error *error)
{
    struct slice_table slices = {0};
    struct result_list *differences = &pairs->difference;
    bool sliced = (settings->groups && !settings->quick) || settings->filter.slice >= 0;
    enum status status = sliced ? load_slices(catalogue, differences, &slices, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = apply_filter(&settings->filter, &slices, pairs, error);
    if (status == STATUS_OK)
        status = compare_metrics(settings, pairs, result, error);
    if (status == STATUS_OK && settings->groups)
        status = result_groups_summarise(differences, settings->quick ? NULL : &slices, &result->groups, error);
    widen_groups(&result->groups);
    if (status == STATUS_OK)
        status = find_largest(catalogue, pairs, settings->largest, result, error);
    result->n_playlists = result->n_a = result->n_b = differences->count;
    slice_table_free(&slices);
    return status;
}

static enum status compare_unpaired(struct catalogue *catalogue, const struct compare_settings *settings,
                                    struct result_list *a, struct result_list *b, struct compare_result *result,
                                    struct error *error)
{
    struct slice_table slices = {0};
    enum status status = settings->filter.slice >= 0 ? load_slices(catalogue, a, &slices, error) : STATUS_OK;
    if (status == STATUS_OK) {
        keep(&settings->filter, &slices, a);
        keep(&settings->filter, &slices, b);
    }
    if (status == STATUS_OK && (a->count < 2 || b->count < 2))
        status =
            error_set(error, STATUS_FAILED,
                      "a test by Welch needs two playlists of each side: %zu and %zu are selected", a->count, b->count);
    if (status == STATUS_OK)
        status = compare_metrics_unpaired(a, b, result, error);
    result->n_a = a->count;
    result->n_b = b->count;
    result->n_playlists = a->count + b->count;
    slice_table_free(&slices);
    return status;
}

static enum status make_curves(const struct results_line lines[2], struct compare_result *result, struct error *error)
{
    result->curves = calloc(1, sizeof *result->curves);
    return result->curves ? results_curves_make(lines, 2, result->curves, error) : error_no_memory(error);
}

/* The worst that is known of the models of a side. */
static enum status read_seen(struct catalogue *catalogue, const char *names, enum seen_answers *seen,
                             struct error *error)
{
    struct model_list models = {0};
    enum status status = catalogue_models_read(catalogue, &models, error);
    if (status == STATUS_OK)
        status = seen_answers_complete(catalogue, &models, error);
    *seen = SEEN_NO;
    for (size_t i = 0; status == STATUS_OK && i < models.count; i++) {
        enum seen_answers of_model = seen_answers_read(&models.items[i]);
        if (name_is_listed(names, models.items[i].name) && of_model > *seen)
            *seen = of_model;
    }
    model_list_free(&models);
    return status;
}

static enum status compare_sides(struct catalogue *catalogue, const struct compare_settings *settings,
                                 struct sides *sides, struct compare_result *result, struct error *error)
{
    struct result_pairs pairs = {0};
    enum status status = settings->unpaired ? STATUS_OK : make_pairs(settings, sides, &pairs, error);
    if (status == STATUS_OK)
        status = settings->unpaired ? compare_unpaired(catalogue, settings, &sides->a, &sides->b, result, error)
                                    : compare(catalogue, settings, &pairs, result, error);
    const struct results_line lines[] = {{settings->a, settings->unpaired ? &sides->a : &pairs.a},
                                         {settings->b, settings->unpaired ? &sides->b : &pairs.b}};
    if (status == STATUS_OK && settings->curves)
        status = make_curves(lines, result, error);
    if (status == STATUS_OK && settings->plot)
        status = results_plot(catalogue, "", lines, 2, &sides->plot, error);
    result_pairs_free(&pairs);
    return status;
}

enum status app_compare(struct catalogue *catalogue, const struct compare_settings *settings,
                        struct compare_result *result, struct error *error)
{
    struct sides sides = {0};
    *result = (struct compare_result){.by = settings->by ? metric_named(settings->by) : (enum metric)COMPARE_LARGEST};
    enum status status = read_sides(catalogue, settings, &sides, error);
    if (status == STATUS_OK && settings->plot)
        status = atomic_file_open(settings->plot, &sides.plot, error);
    if (status == STATUS_OK)
        status = read_seen(catalogue, settings->a, &result->seen_a, error);
    if (status == STATUS_OK && !settings->reference_file)
        status = read_seen(catalogue, settings->b, &result->seen_b, error);
    if (status == STATUS_OK)
        status = compare_sides(catalogue, settings, &sides, result, error);
    atomic_file_abort(&sides.plot);
    result_list_free(&sides.a);
    result_list_free(&sides.b);
    if (status != STATUS_OK)
        compare_result_free(result);
    return status;
}

void compare_result_free(struct compare_result *result)
{
    group_summaries_free(&result->groups);
    free(result->curves);
    arena_free(&result->memory);
    *result = (struct compare_result){0};
}
