/* The steps of a re-ranking that choose positions: draws, maximal marginal relevance, limits. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "models/rerank.h"

float rerank_product(const float *a, const float *b, size_t width)
{
    enum { LANES = 16 };
    float sums[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            sums[lane] += a[i + lane] * b[i + lane];
    for (; i < width; i++)
        sum += a[i] * b[i];
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}

/* ---- another draw ---- */

struct drawn {
    double key;
    int32_t at, rank;
};

static int by_key(const void *left, const void *right)
{
    const struct drawn *a = left, *b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key) : (a->rank > b->rank) - (a->rank < b->rank);
}

enum status rerank_draw(const struct rerank_list *list, uint64_t seed, int32_t *order, struct error *error)
{
    struct drawn *drawn = malloc((list->count + 1) * sizeof *drawn);
    if (!drawn)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++) {
        uint64_t bits = random_mix(random_mix(seed) ^ (uint64_t)list->tracks[order[i]]) >> 11;
        double uniform = (double)bits / (double)((uint64_t)1 << 53);
        drawn[i] = (struct drawn){(double)i + 2 * RERANK_PAGE * uniform, order[i], (int32_t)i};
    }
    qsort(drawn, list->count, sizeof *drawn, by_key);
    for (size_t i = 0; i < list->count; i++)
        order[i] = drawn[i].at;
    free(drawn);
    return STATUS_OK;
}

/* ---- maximal marginal relevance ---- */

struct candidate {
    int32_t at;     /* in the list */
    double nearest; /* the largest similarity to those that are taken; 0 while there are none */
};

static double similarity(const struct rerank_list *list, const struct rerank_space *space, int32_t a, int32_t b)
{
    if (!space)
        return list->artists[a] != 0 && list->artists[a] == list->artists[b];
    return (double)rerank_product(space->items + (size_t)a * space->width, space->items + (size_t)b * space->width,
                                  space->width);
}

/* The first candidate with the largest gain. */
static size_t find_best(const struct candidate *candidates, size_t count, const float *values, double diversity)
{
    size_t best = 0;
    double most = -DBL_MAX;
    for (size_t i = 0; i < count; i++) {
        double gain = (1 - diversity) * (double)values[candidates[i].at] - diversity * candidates[i].nearest;
        if (gain > most) {
            best = i;
            most = gain;
        }
    }
    return best;
}

enum status rerank_diversify(const struct rerank_list *list, const float *values, const struct rerank_space *space,
                             double diversity, int32_t *order, struct error *error)
{
    struct candidate *left = calloc(list->count + 1, sizeof *left);
    size_t n_left = list->count, taken = 0;
    if (!left)
        return error_no_memory(error);
    for (size_t i = 0; i < n_left; i++)
        left[i].at = order[i];
    for (; n_left > 0 && taken < RERANK_DIVERSE; taken++) {
        size_t best = find_best(left, n_left, values, diversity);
        order[taken] = left[best].at;
        n_left--;
        memmove(left + best, left + best + 1, (n_left - best) * sizeof *left);
        for (size_t i = 0; i < n_left; i++) {
            double near = similarity(list, space, left[i].at, order[taken]);
            if (taken == 0 || near > left[i].nearest)
                left[i].nearest = near;
        }
    }
    for (size_t i = 0; i < n_left; i++)
        order[taken + i] = left[i].at;
    free(left);
    return STATUS_OK;
}

/* ---- limits ---- */

/* How many of order[0..count) have this value; those of value 0 have nothing in common. */
static int count_of(const int64_t *of, const int32_t *order, size_t count, int64_t value)
{
    int found = 0;
    for (size_t i = 0; i < count && value != 0; i++)
        found += of[order[i]] == value;
    return found;
}

enum status rerank_cap_list(const struct rerank_list *list, int most, int32_t *order, struct error *error)
{
    int32_t *over = malloc((list->count + 1) * sizeof *over);
    size_t kept = 0, n_over = 0;
    if (!over)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++) {
        if (count_of(list->artists, order, kept, list->artists[order[i]]) < most)
            order[kept++] = order[i];
        else
            over[n_over++] = order[i];
    }
    if (n_over > 0)
        memcpy(order + kept, over, n_over * sizeof *over);
    free(over);
    return STATUS_OK;
}

enum status rerank_cap_pages(const struct rerank_list *list, int per_artist, int per_album, int32_t *order,
                             struct error *error)
{
    int32_t *left = malloc((list->count + 1) * sizeof *left);
    size_t n_left = list->count;
    if (!left)
        return error_no_memory(error);
    if (n_left > 0)
        memcpy(left, order, n_left * sizeof *left);
    for (size_t i = 0; i < list->count; i++) {
        const int32_t *page = order + i / RERANK_PAGE * RERANK_PAGE;
        size_t on_page = i % RERANK_PAGE, at = 0;
        while (at < n_left &&
               ((per_artist > 0 && count_of(list->artists, page, on_page, list->artists[left[at]]) >= per_artist) ||
                (per_album > 0 && count_of(list->albums, page, on_page, list->albums[left[at]]) >= per_album)))
            at++;
        at = at < n_left ? at : 0;
        order[i] = left[at];
        n_left--;
        memmove(left + at, left + at + 1, (n_left - at) * sizeof *left);
    }
    free(left);
    return STATUS_OK;
}
