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
    int32_t at;       /* in the list */
    int32_t compared; /* with how many of the taken ones */
    double nearest;   /* the largest similarity to them */
    bool taken;
};

static double similarity(const struct rerank_list *list, const struct rerank_space *space, int32_t a, int32_t b)
{
    if (!space)
        return list->artists[a] != 0 && list->artists[a] == list->artists[b];
    return (double)rerank_product(space->items + (size_t)a * space->width, space->items + (size_t)b * space->width,
                                  space->width);
}

/* The gain of a candidate, or an upper bound where it was not compared with all taken ones. */
static double gain_of(const struct candidate *candidate, const float *values, double diversity)
{
    double nearest = candidate->compared > 0 ? candidate->nearest : 0;
    return (1 - diversity) * (double)values[candidate->at] - diversity * nearest;
}

/* Before it was compared with anything a similarity of 0 would be no bound, because cosines can be negative. */
static double bound_of(const struct candidate *candidate, const float *values, double diversity, int32_t n_taken)
{
    if (n_taken > 0 && candidate->compared == 0)
        return (1 - diversity) * (double)values[candidate->at] + diversity;
    return gain_of(candidate, values, diversity);
}

static void compare(const struct rerank_list *list, const struct rerank_space *space, const int32_t *taken,
                    int32_t n_taken, struct candidate *candidate)
{
    for (; candidate->compared < n_taken; candidate->compared++) {
        double near = similarity(list, space, candidate->at, taken[candidate->compared]);
        if (candidate->compared == 0 || near > candidate->nearest)
            candidate->nearest = near;
    }
}

/* The first candidate with the largest gain. */
static size_t take_best(const struct rerank_list *list, const float *values, const struct rerank_space *space,
                        double diversity, struct candidate *candidates, const int32_t *taken, int32_t n_taken)
{
    for (;;) {
        size_t best = list->count;
        double most = -DBL_MAX;
        for (size_t i = 0; i < list->count; i++) {
            if (candidates[i].taken)
                continue;
            double bound = bound_of(&candidates[i], values, diversity, n_taken);
            if (best == list->count || bound > most) {
                best = i;
                most = bound;
            }
        }
        if (candidates[best].compared == n_taken)
            return best;
        compare(list, space, taken, n_taken, &candidates[best]);
    }
}

enum status rerank_diversify(const struct rerank_list *list, const float *values, const struct rerank_space *space,
                             double diversity, int32_t *order, struct error *error)
{
    struct candidate *candidates = calloc(list->count + 1, sizeof *candidates);
    int32_t *taken = malloc((list->count + 1) * sizeof *taken);
    enum status status = candidates && taken ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        candidates[i].at = order[i];
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++) {
        size_t best = take_best(list, values, space, diversity, candidates, taken, (int32_t)i);
        candidates[best].taken = true;
        taken[i] = candidates[best].at;
    }
    if (status == STATUS_OK && list->count > 0)
        memcpy(order, taken, list->count * sizeof *order);
    free(candidates);
    free(taken);
    return status;
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
