/* How a model does on kinds of playlists. Each group is what its condition finds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/failure_fields.h"
#include "app/failure_query.h"
#include "eval/slices.h"

const char *const failure_group_titles[FAILURE_GROUP_KINDS] = {
    [GROUP_CAUSE] = "by cause",          [GROUP_SEEDS] = "by number of seeds", [GROUP_LENGTH] = "by length",
    [GROUP_UNPOPULAR] = "by popularity", [GROUP_UNCOVERED] = "by covers",      [GROUP_GENRE] = "by genre",
};

enum { GROUPS_MAX = 64, SEEDS_GROUPS = 24, GENRE_GROUPS = 16, LABEL_SIZE = 96 };

/* Memory for each group in turn. */
struct scratch {
    enum metric metrics[METRICS]; /* those with a priority */
    int n_metrics;
    double *columns; /* [n_metrics x count of the list] their values, which are read for each group */
    double *values;  /* [count] */
    bool *inside;    /* [count] */
};

/* The means of one metric over the playlists of a group, marked in `inside`, and over the others. */
static void measure(const struct failure_list *list, int metric, const struct scratch *scratch,
                    struct failure_group *group)
{
    const double *column = scratch->columns + (size_t)metric * list->count;
    size_t count = 0, others = 0;
    double rest = 0;
    for (size_t i = 0; i < list->count; i++) {
        double value = column[i];
        if (isnan(value))
            continue;
        if (scratch->inside[i]) {
            scratch->values[count++] = value;
        } else {
            rest += value;
            others++;
        }
    }
    group->means[scratch->metrics[metric]] = metrics_interval(scratch->values, count, 1);
    group->rest[scratch->metrics[metric]] = others > 0 ? rest / (double)others : (double)NAN;
}

/* Measures the playlists that the condition finds. A group without any is left out, unless it is of a cause. */
static enum status add(struct failure_list *list, enum failure_group_kind kind, const char *label, const char *where,
                       struct scratch *scratch, struct error *error)
{
    struct failure_query query;
    struct failure_group group = {.kind = kind, .share = NAN};
    enum status status = failure_query_parse(where, &query, error);
    for (size_t i = 0; status == STATUS_OK && i < list->count; i++) {
        scratch->inside[i] = failure_query_holds(&query, &list->items[i]);
        group.count += scratch->inside[i];
        group.missed += scratch->inside[i] && list->items[i].values[METRIC_CLICKS] >= METRICS_NO_HIT;
    }
    if (status != STATUS_OK || (group.count == 0 && kind != GROUP_CAUSE) || list->n_groups == GROUPS_MAX)
        return status;
    for (int metric = 0; metric < METRICS; metric++)
        group.means[metric].mean = group.means[metric].ci95 = group.rest[metric] = NAN;
    for (int i = 0; i < scratch->n_metrics; i++)
        measure(list, i, scratch, &group);
    group.label = arena_copy_text(&list->memory, label, strlen(label));
    group.where = arena_copy_text(&list->memory, where, strlen(where));
    list->groups[list->n_groups++] = group;
    return group.label && group.where ? STATUS_OK : error_no_memory(error);
}

static double mean_share(const struct failure_list *list, int cause)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].has_causes && !isnan(list->items[i].facts[cause])) {
            sum += list->items[i].facts[cause];
            known++;
        }
    return known > 0 ? sum / (double)known : (double)NAN;
}

static enum status add_causes(struct failure_list *list, struct scratch *scratch, struct error *error)
{
    char where[LABEL_SIZE];
    enum status status = STATUS_OK;
    bool any = false;
    for (size_t i = 0; i < list->count && !any; i++)
        any = list->items[i].has_causes;
    for (int cause = 0; any && cause < CAUSES && status == STATUS_OK; cause++) {
        snprintf(where, sizeof where, "cause:%s", cause_infos[cause].name);
        status = add(list, GROUP_CAUSE, cause_infos[cause].title, where, scratch, error);
        if (status == STATUS_OK)
            list->groups[list->n_groups - 1].share = mean_share(list, cause);
    }
    if (any && status == STATUS_OK)
        status = add(list, GROUP_CAUSE, "none of these", "cause:none", scratch, error);
    return status;
}

/* Single numbers; from the last on, together. */
static enum status add_seeds(struct failure_list *list, struct scratch *scratch, struct error *error)
{
    char where[LABEL_SIZE], label[LABEL_SIZE];
    enum status status = STATUS_OK;
    for (size_t i = 0; i < list->n_seeds && i < SEEDS_GROUPS && status == STATUS_OK; i++) {
        bool last = i + 1 == SEEDS_GROUPS && i + 1 < list->n_seeds;
        int seeds = (int)list->seeds[i];
        snprintf(where, sizeof where, "seeds%s%d", last ? ">=" : "=", seeds);
        snprintf(label, sizeof label, "%d%s %s", seeds, last ? " or more" : "", seeds == 1 && !last ? "seed" : "seeds");
        status = add(list, GROUP_SEEDS, label, where, scratch, error);
    }
    return status;
}

/* Thirds; the borders are rounded, so that the conditions can be read. */
static enum status add_thirds(struct failure_list *list, enum failure_group_kind kind, int field,
                              struct scratch *scratch, struct error *error)
{
    char where[LABEL_SIZE], label[LABEL_SIZE];
    struct slice_cuts cuts;
    size_t known = 0;
    const char *name = failure_field_name(field);
    bool whole = field == FIELD_LENGTH;
    for (size_t i = 0; i < list->count; i++) {
        double value = failure_field_value(field, &list->items[i]);
        if (!isnan(value))
            scratch->values[known++] = value;
    }
    enum status status = slice_cuts_make(scratch->values, known, &cuts, error);
    double low = whole ? cuts.low : ceil(100 * cuts.low) / 100,
           high = whole ? cuts.middle : ceil(100 * cuts.middle) / 100;
    double scale = whole ? 1 : 100;
    const char *unit = kind == GROUP_LENGTH      ? "entries"
                       : kind == GROUP_UNPOPULAR ? "% in the long tail"
                                                 : "% without a cover";
    if (known == 0 || status != STATUS_OK)
        return status;
    snprintf(where, sizeof where, "%s<=%g", name, low);
    snprintf(label, sizeof label, "%s%g %s", low > 0 ? "to " : "", scale * low, unit);
    status = add(list, kind, label, where, scratch, error);
    if (status == STATUS_OK && high > low) {
        snprintf(where, sizeof where, "%s>%g %s<=%g", name, low, name, high);
        snprintf(label, sizeof label, "%g to %g %s", scale * low + whole, scale * high, unit);
        status = add(list, kind, label, where, scratch, error);
    }
    if (status == STATUS_OK) {
        snprintf(where, sizeof where, "%s>%g", name, high);
        snprintf(label, sizeof label, "over %g %s", scale * high, unit);
        status = add(list, kind, label, where, scratch, error);
    }
    return status;
}

struct genre {
    const char *folded, *name;
    size_t count;
};

static int by_genre(const void *left, const void *right)
{
    return strcmp(((const struct genre *)left)->folded, ((const struct genre *)right)->folded);
}

static int most_first(const void *left, const void *right)
{
    const struct genre *a = left, *b = right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : by_genre(a, b);
}

static enum status add_genres(struct failure_list *list, struct scratch *scratch, struct error *error)
{
    char where[LABEL_SIZE + 16];
    struct genre *genres = malloc((list->count + 1) * sizeof *genres);
    size_t count = 0, distinct = 0;
    enum status status = STATUS_OK;
    if (!genres)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].genre[0])
            genres[count++] = (struct genre){list->items[i].folded_genre, list->items[i].genre, 1};
    qsort(genres, count, sizeof *genres, by_genre);
    for (size_t i = 0; i < count; i++) {
        if (distinct > 0 && by_genre(&genres[distinct - 1], &genres[i]) == 0)
            genres[distinct - 1].count++;
        else
            genres[distinct++] = genres[i];
    }
    qsort(genres, distinct, sizeof *genres, most_first);
    for (size_t i = 0; i < distinct && i < GENRE_GROUPS && status == STATUS_OK; i++) {
        const char *folded = genres[i].folded;
        bool plain = folded[strspn(folded, "abcdefghijklmnopqrstuvwxyz&-")] == '\0';
        if (!folded[0] || strlen(folded) >= LABEL_SIZE || strchr(folded, '"'))
            continue; /* no condition can name it */
        snprintf(where, sizeof where, plain ? "genre=%s" : "genre=\"%s\"", folded);
        status = add(list, GROUP_GENRE, genres[i].name, where, scratch, error);
    }
    free(genres);
    return status;
}

static void fill_columns(const struct failure_list *list, struct scratch *scratch)
{
    scratch->n_metrics = metrics_by_priority(scratch->metrics);
    for (size_t i = 0; i < list->count; i++)
        for (int m = 0; m < scratch->n_metrics; m++)
            scratch->columns[(size_t)m * list->count + i] = list->items[i].values[scratch->metrics[m]];
}

enum status failure_list_group(struct failure_list *list, struct error *error)
{
    list->groups = arena_alloc(&list->memory, GROUPS_MAX * sizeof *list->groups);
    list->n_groups = 0;
    struct scratch memory = {.values = malloc((list->count + 1) * sizeof *memory.values),
                             .columns = malloc((METRICS * list->count + 1) * sizeof *memory.columns),
                             .inside = malloc((list->count + 1) * sizeof *memory.inside)};
    struct scratch *scratch = &memory;
    enum status status =
        list->groups && memory.values && memory.columns && memory.inside ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        fill_columns(list, scratch);
    if (status == STATUS_OK)
        status = add_causes(list, scratch, error);
    if (status == STATUS_OK)
        status = add_seeds(list, scratch, error);
    if (status == STATUS_OK)
        status = add_thirds(list, GROUP_LENGTH, FIELD_LENGTH, scratch, error);
    if (status == STATUS_OK)
        status = add_thirds(list, GROUP_UNPOPULAR, FIELD_UNPOPULAR, scratch, error);
    if (status == STATUS_OK)
        status = add_thirds(list, GROUP_UNCOVERED, FIELD_UNCOVERED, scratch, error);
    if (status == STATUS_OK)
        status = add_genres(list, scratch, error);
    free(memory.values);
    free(memory.columns);
    free(memory.inside);
    return status;
}
