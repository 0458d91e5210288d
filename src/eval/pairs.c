#include "eval/pairs.h"

#include <math.h>
#include <stdlib.h>

/* Smaller differences count as 0: they are rounding errors, because text files have six digits. No metric has
 * meaningful steps that small. */
static const double no_difference = 1e-6;

/* Advances *at to the row of this playlist; NULL if the list has no row for it with the same number of seeds. */
static const struct result_row *find_row(const struct result_list *list, size_t *at, const struct result_row *wanted)
{
    while (*at < list->count && list->items[*at].playlist_id < wanted->playlist_id)
        ++*at;
    const struct result_row *row = *at < list->count ? &list->items[*at] : NULL;
    return row && row->playlist_id == wanted->playlist_id && row->seeds == wanted->seeds ? row : NULL;
}

static enum status make_room(struct result_list *list, size_t count, struct error *error)
{
    *list = (struct result_list){.items = malloc((count + 1) * sizeof *list->items)};
    return list->items ? STATUS_OK : error_no_memory(error);
}

enum status result_mean(const struct result_list *lists, size_t n_lists, struct result_list *mean, struct error *error)
{
    enum status status = make_room(mean, lists[0].count, error);
    size_t *at = calloc(n_lists, sizeof *at);
    if (status == STATUS_OK && !at)
        status = error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < lists[0].count; i++) {
        struct result_row sum = lists[0].items[i];
        size_t found = 1;
        for (size_t k = 1; k < n_lists; k++) {
            const struct result_row *row = find_row(&lists[k], &at[k], &sum);
            found += row != NULL;
            for (int metric = 0; row && metric < METRICS; metric++)
                sum.values[metric] += row->values[metric];
        }
        for (int metric = 0; metric < METRICS; metric++)
            sum.values[metric] /= (double)n_lists;
        if (found == n_lists)
            mean->items[mean->count++] = sum;
    }
    free(at);
    if (status != STATUS_OK)
        result_list_free(mean);
    return status;
}

enum status result_pairs_make(const struct result_list *a, const struct result_list *b, struct result_pairs *pairs,
                              struct error *error)
{
    *pairs = (struct result_pairs){0};
    enum status status = make_room(&pairs->a, a->count, error);
    if (status == STATUS_OK)
        status = make_room(&pairs->b, a->count, error);
    if (status == STATUS_OK)
        status = make_room(&pairs->difference, a->count, error);
    size_t count = 0;
    for (size_t i = 0, at = 0; status == STATUS_OK && i < a->count; i++) {
        const struct result_row *left = &a->items[i], *right = find_row(b, &at, left);
        if (!right)
            continue;
        pairs->a.items[count] = pairs->difference.items[count] = *left;
        pairs->b.items[count] = *right;
        for (int metric = 0; metric < METRICS; metric++) {
            double difference = left->values[metric] - right->values[metric];
            pairs->difference.items[count].values[metric] = fabs(difference) < no_difference ? 0 : difference;
        }
        count++;
    }
    pairs->a.count = pairs->b.count = pairs->difference.count = count;
    if (status != STATUS_OK)
        result_pairs_free(pairs);
    return status;
}

void result_pairs_free(struct result_pairs *pairs)
{
    result_list_free(&pairs->a);
    result_list_free(&pairs->b);
    result_list_free(&pairs->difference);
}
