#include "app/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/results_plot.h"
#include "core/log.h"
#include "eval/pairs.h"

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

static enum status read_pairs(struct catalogue *catalogue, const struct compare_settings *settings,
                              struct result_pairs *pairs, struct error *error)
{
    struct result_list a = {0}, b = {0};
    enum status status = read_side(catalogue, settings->a, settings->held_out, &a, error);
    if (status == STATUS_OK)
        status = settings->reference_file ? read_reference(catalogue, settings->reference_file, settings->b, &b, error)
                                          : read_side(catalogue, settings->b, settings->held_out, &b, error);
    if (status == STATUS_OK)
        status = result_pairs_make(&a, &b, pairs, error);
    if (status == STATUS_OK && pairs->difference.count > 0 && pairs->difference.count < a.count)
        log_message(LOG_WARNING, "%zu of %zu playlists of %s have no counterpart and are left out",
                    a.count - pairs->difference.count, a.count, settings->a);
    result_list_free(&a);
    result_list_free(&b);
    return status;
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
                     "a comparison needs two playlists: the two sides share %zu (evaluate both on the same split), of "
                     "which %zu are selected",
                     all, pairs->difference.count);
}

/* ---- one metric ---- */

static size_t count_unknown(const struct result_list *differences, int metric)
{
    size_t unknown = 0;
    for (size_t i = 0; i < differences->count; i++)
        unknown += isnan(differences->items[i].values[metric]) ? 1 : 0;
    return unknown;
}

/* A metric that is unknown for some playlists only is left out with a warning. */
static bool is_comparable(const struct result_list *differences, int metric)
{
    size_t unknown = count_unknown(differences, metric);
    if (unknown > 0 && unknown < differences->count)
        log_message(LOG_WARNING, "%s is unknown for %zu of the %zu playlists and is not compared; evaluate again",
                    metric_infos[metric].name, unknown, differences->count);
    return unknown == 0;
}

static const char *verdict_of(enum metric metric, const struct comparison *comparison)
{
    double better = metric_infos[metric].direction * comparison->mean;
    return better - comparison->ci95 > 0 ? "better" : better + comparison->ci95 < 0 ? "worse" : "not worse";
}

static enum status compare_metric(const struct result_list *differences, enum metric metric,
                                  struct compared_metric *compared, struct error *error)
{
    enum { RESAMPLES = 10000, BOOTSTRAP_SEED = 42 };
    struct comparison *comparison = &compared->comparison;
    double *values = malloc((differences->count + 1) * sizeof *values);
    if (!values)
        return error_no_memory(error);
    for (size_t i = 0; i < differences->count; i++)
        values[i] = differences->items[i].values[metric];
    enum status status = compare_differences(values, differences->count, RESAMPLES, BOOTSTRAP_SEED, comparison, error);
    if (status == STATUS_OK && metric_infos[metric].direction < 0) {
        size_t wins = comparison->losses;
        comparison->losses = comparison->wins;
        comparison->wins = wins;
    }
    compared->metric = metric;
    compared->verdict = status == STATUS_OK ? verdict_of(metric, comparison) : "";
    free(values);
    return status;
}

static enum status compare_metrics(const struct result_list *differences, struct compare_result *result,
                                   struct error *error)
{
    enum status status = STATUS_OK;
    for (int metric = 0; status == STATUS_OK && metric < METRICS; metric++)
        if (is_comparable(differences, metric))
            status = compare_metric(differences, (enum metric)metric, &result->metrics[result->n_metrics++], error);
    return status;
}

/* ---- the largest differences ---- */

static int largest_first(const void *left, const void *right)
{
    double a = ((const struct result_row *)left)->values[COMPARE_LARGEST];
    double b = ((const struct result_row *)right)->values[COMPARE_LARGEST];
    return (a < b) - (a > b);
}

static enum status name_playlist(struct catalogue *catalogue, const struct result_row *row, struct arena *memory,
                                 struct compared_playlist *playlist, struct error *error)
{
    struct playlist_list found = {0};
    enum status status = catalogue_playlist_read(catalogue, row->playlist_id, &found, error);
    if (status != STATUS_OK)
        return status;
    *playlist = (struct compared_playlist){
        .key = arena_copy_text(memory, found.items[0].key, strlen(found.items[0].key)),
        .name = arena_copy_text(memory, found.items[0].name, strlen(found.items[0].name)),
        .seeds = row->seeds,
        .difference = row->values[COMPARE_LARGEST],
    };
    playlist_list_free(&found);
    return playlist->key && playlist->name ? STATUS_OK : error_no_memory(error);
}

/* Sorts the differences. */
static enum status find_largest(struct catalogue *catalogue, struct result_list *differences, size_t wanted,
                                struct compare_result *result, struct error *error)
{
    size_t count = count_unknown(differences, COMPARE_LARGEST) == 0 ? differences->count : 0;
    wanted = wanted < count / 2 ? wanted : count / 2;
    result->largest = arena_alloc(&result->memory, (2 * wanted + 1) * sizeof *result->largest);
    enum status status = result->largest ? STATUS_OK : error_no_memory(error);
    if (count > 0)
        qsort(differences->items, count, sizeof *differences->items, largest_first);
    for (size_t i = 0; status == STATUS_OK && i < 2 * wanted; i++) {
        const struct result_row *row = &differences->items[i < wanted ? i : count - 2 * wanted + i];
        status = name_playlist(catalogue, row, &result->memory, &result->largest[i], error);
        result->n_largest++;
    }
    return status;
}

/* ---- the comparison ---- */

static enum status compare(struct catalogue *catalogue, const struct compare_settings *settings,
                           struct result_pairs *pairs, struct compare_result *result, struct error *error)
{
    struct slice_table slices = {0};
    struct result_list *differences = &pairs->difference;
    bool sliced = settings->groups || settings->filter.slice >= 0;
    enum status status = sliced ? load_slices(catalogue, differences, &slices, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = apply_filter(&settings->filter, &slices, pairs, error);
    if (status == STATUS_OK)
        status = compare_metrics(differences, result, error);
    if (status == STATUS_OK && settings->groups)
        status = result_groups_summarise(differences, &slices, &result->groups, error);
    if (status == STATUS_OK)
        status = find_largest(catalogue, differences, settings->largest, result, error);
    result->n_playlists = differences->count;
    slice_table_free(&slices);
    return status;
}

static enum status draw(struct catalogue *catalogue, const struct compare_settings *settings,
                        const struct result_pairs *pairs, struct atomic_file *file, struct error *error)
{
    const struct results_line lines[] = {{settings->a, &pairs->a}, {settings->b, &pairs->b}};
    return results_plot(catalogue, "", lines, 2, file, error);
}

enum status app_compare(struct catalogue *catalogue, const struct compare_settings *settings,
                        struct compare_result *result, struct error *error)
{
    struct result_pairs pairs = {0};
    struct atomic_file plot = {0};
    *result = (struct compare_result){0};
    enum status status = read_pairs(catalogue, settings, &pairs, error);
    if (status == STATUS_OK && settings->plot)
        status = atomic_file_open(settings->plot, &plot, error);
    if (status == STATUS_OK)
        status = compare(catalogue, settings, &pairs, result, error);
    if (status == STATUS_OK && settings->plot)
        status = draw(catalogue, settings, &pairs, &plot, error);
    atomic_file_abort(&plot);
    result_pairs_free(&pairs);
    if (status != STATUS_OK)
        compare_result_free(result);
    return status;
}

void compare_result_free(struct compare_result *result)
{
    group_summaries_free(&result->groups);
    arena_free(&result->memory);
    *result = (struct compare_result){0};
}
