#include "models/score_lists.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/explain.h"
#include "models/new_tracks.h"

bool score_lists_open(struct score_lists *lists, size_t n_lists, size_t n_entries)
{
    *lists = (struct score_lists){
        .capacity = n_lists,
        .entries_max = (int64_t)n_entries,
        .starts = calloc(n_lists + 1, sizeof *lists->starts),
        .rows = malloc((n_entries + 1) * sizeof *lists->rows),
        .sorted = malloc((n_entries + 1) * sizeof *lists->sorted),
        .titles = calloc(n_lists + 1, sizeof *lists->titles),
    };
    return lists->starts && lists->rows && lists->sorted && lists->titles;
}

void score_lists_free(struct score_lists *lists)
{
    free(lists->starts);
    free(lists->rows);
    free(lists->sorted);
    free(lists->titles);
    *lists = (struct score_lists){0};
}

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

int64_t score_lists_add(struct score_lists *lists, const struct recommender *recommender, const int32_t *rows,
                        int64_t n_rows, const bool *left_out, const char *title)
{
    const int64_t start = lists->starts[lists->count];
    int64_t end = start;
    const bool reads = recommender_reads(recommender, title);
    const bool known = recommender->ops->any_seeds || reads || recommender_answers(recommender, rows, n_rows, left_out);
    if (lists->count == lists->capacity || n_rows > lists->entries_max - start)
        return -1;
    for (int64_t i = 0; i < n_rows; i++) {
        if (left_out && left_out[i])
            continue;
        lists->rows[end++] = rows[i];
    }
    if (!known || (end == start && !recommender->ops->any_seeds && !reads))
        return -1;
    memcpy(lists->sorted + start, lists->rows + start, (size_t)(end - start) * sizeof *lists->sorted);
    qsort(lists->sorted + start, (size_t)(end - start), sizeof *lists->sorted, by_row);
    lists->titles[lists->count] = title && title[0] ? title : NULL;
    lists->titled = lists->titled || lists->titles[lists->count];
    lists->starts[++lists->count] = end;
    return (int64_t)lists->count - 1;
}

enum status score_lists_run(const struct score_lists *lists, struct recommender *recommender, size_t n,
                            const int32_t *rows, float *scores, struct error *error)
{
    const struct seed_lists all = {lists->count, lists->starts, lists->rows, lists->sorted,
                                   lists->titled ? lists->titles : NULL};
    if (lists->count == 0)
        return STATUS_OK;
    int32_t *own = malloc((n + 1) * sizeof *own);
    if (!own)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++) /* another row in the place of those that only have given vectors */
        own[i] = rows[i] < recommender->n_tracks || recommender->ops->members ? rows[i] : 0;
    enum status status = recommender->ops->score(recommender, &all, n, own, scores, error);
    free(own);
    return status == STATUS_OK ? new_tracks_score(recommender, lists->count, n, rows, scores, error) : status;
}

/* ---- scores of any tracks ---- */

enum status recommender_score_tracks(struct recommender *recommender, const struct recommend_query *queries, size_t n,
                                     const int64_t *tracks, size_t n_tracks, float *scores, struct error *error)
{
    size_t entries = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        entries += queries[i].n_seeds;
        most = queries[i].n_seeds > most ? queries[i].n_seeds : most;
    }
    struct score_lists lists;
    int32_t *numbers = malloc((2 * most + n_tracks + 1) * sizeof *numbers);
    int32_t *rows = numbers, *sorted = numbers ? numbers + most : NULL, *ids = numbers ? numbers + 2 * most : NULL;
    unsigned char *taken = malloc(most + 1);
    int64_t *places = malloc((n + 1) * sizeof *places);
    float *found = malloc((n * n_tracks + 1) * sizeof *found);
    bool enough = score_lists_open(&lists, n, entries) && numbers && taken && places && found;
    enum status status = enough ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < n_tracks && status == STATUS_OK; i++)
        ids[i] = recommender_has(recommender, tracks[i] - 1) ? (int32_t)(tracks[i] - 1) : 0;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        int64_t count = seed_rows(recommender, &queries[i], rows, sorted, taken);
        places[i] = score_lists_add(&lists, recommender, rows, count, NULL, queries[i].title);
    }
    if (status == STATUS_OK)
        status = score_lists_run(&lists, recommender, n_tracks, ids, found, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        for (size_t t = 0; t < n_tracks; t++) {
            bool has = places[i] >= 0 && recommender_has(recommender, tracks[t] - 1);
            scores[i * n_tracks + t] = has ? found[(size_t)places[i] * n_tracks + t] : NAN;
        }
    score_lists_free(&lists);
    free(numbers);
    free(taken);
    free(places);
    free(found);
    return status;
}
