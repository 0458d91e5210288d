#include "models/titles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum status recommender_title_index(struct recommender *recommender, struct title_index **index, struct error *error)
{
    enum status status = STATUS_OK;
    if (!recommender->close_titles)
        status = title_index_open(recommender, &recommender->titles, error);
    recommender->close_titles = status == STATUS_OK ? title_index_close : NULL;
    *index = recommender->titles;
    return status;
}

double title_join_weight(size_t seeds)
{
    return 0.75 / (seeds > 0 ? (double)seeds : 1);
}

struct joined {
    int32_t row;
    size_t rank; /* in the model's list, or after it in the title's */
    double score;
};

static int by_row(const void *left, const void *right)
{
    const struct joined *a = left, *b = right;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static int by_score(const void *left, const void *right)
{
    const struct joined *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

/* Appends a list whose ranks weigh `weight`. */
static void add_list(struct joined *joined, size_t *count, size_t k, double weight, const int32_t *ids)
{
    size_t before = *count;
    for (size_t i = 0; i < k && ids[i] >= 0; i++)
        joined[(*count)++] = (struct joined){ids[i], before + i, weight * log(2 * (double)k / (double)(i + 1))};
}

enum status title_join(size_t k, double weight, const int32_t *titled, int32_t *ids, float *scores, struct error *error)
{
    struct joined *joined = malloc((2 * k + 1) * sizeof *joined);
    size_t count = 0, distinct = 0;
    if (!joined)
        return error_no_memory(error);
    add_list(joined, &count, k, 1, ids);
    add_list(joined, &count, k, weight, titled);
    qsort(joined, count, sizeof *joined, by_row);
    for (size_t i = 0; i < count; i++) {
        if (distinct > 0 && joined[distinct - 1].row == joined[i].row)
            joined[distinct - 1].score += joined[i].score;
        else
            joined[distinct++] = joined[i];
    }
    qsort(joined, distinct, sizeof *joined, by_score);
    for (size_t i = 0; i < k; i++) {
        ids[i] = i < distinct ? joined[i].row : -1;
        scores[i] = i < distinct ? (float)joined[i].score : -INFINITY;
    }
    free(joined);
    return STATUS_OK;
}

void title_use_describe(enum title_use use, const char *name, char text[TITLE_NOTE_SIZE])
{
    text[0] = '\0';
    if (use == TITLE_UNKNOWN)
        snprintf(text, TITLE_NOTE_SIZE,
                 "no training playlist of %.80s has a title like this one, so the list does not depend on it", name);
    else if (use == TITLE_IGNORED)
        snprintf(text, TITLE_NOTE_SIZE, "%.80s ignores titles, so the list does not depend on this one", name);
    else if (use == TITLE_UNTRAINED)
        snprintf(text, TITLE_NOTE_SIZE, "%.80s was trained without titles; train it again to recommend by title", name);
}
