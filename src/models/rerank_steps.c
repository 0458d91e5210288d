/* The steps of a re-ranking that choose positions: draws, maximal marginal relevance, limits. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/vectorised.h"
#include "models/rerank.h"
#include "models/rounded_rows.h"

VECTORISED float rerank_product(const float *a, const float *b, size_t width)
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

/* ---- maximal marginal relevance ----
 *
 * A candidate's gain falls with every track that is taken, so the gain from the first few of them is a bound. Only
 * candidates whose bound reaches the largest gain are compared with the others (Minoux 1978, Accelerated greedy
 * algorithms). In a wide space, a product that a bound shows not to be above the largest similarity so far is not
 * computed. The gains are the same numbers as if all were compared with all. */

/* In narrower spaces a bound costs as much as the product. */
enum { ROUNDED_MIN_WIDTH = 128 };

struct candidate {
    int32_t at;     /* in the list */
    int32_t n;      /* how many of the taken ones, from the first, it has been compared with */
    double nearest; /* the largest similarity to these; 0 while there are none */
    double gain;    /* by these; by all it is not larger */
};

struct diversifying {
    const struct rerank_list *list;
    const float *values;
    const struct rerank_space *space;
    const struct rounded_rows *rounded; /* of the space; NULL: none */
    double diversity;
    const int32_t *taken; /* [n_taken] */
    int32_t n_taken;
    struct candidate *left; /* [n_left] in the order in which equal ones are taken */
    size_t n_left;
};

static double similarity(const struct rerank_list *list, const struct rerank_space *space, int32_t a, int32_t b)
{
    if (!space)
        return list->artists[a] != 0 && list->artists[a] == list->artists[b];
    return (double)rerank_product(space->items + (size_t)a * space->width, space->items + (size_t)b * space->width,
                                  space->width);
}

static void compare_next(const struct diversifying *work, struct candidate *candidate)
{
    const int32_t at = candidate->at, other = work->taken[candidate->n];
    candidate->n++;
    if (candidate->n > 1 && work->rounded &&
        rounded_rows_bound(work->rounded, (size_t)at, (size_t)other) <= candidate->nearest)
        return;
    const double near = similarity(work->list, work->space, at, other);
    if (candidate->n == 1 || near > candidate->nearest)
        candidate->nearest = near;
    candidate->gain =
        (1 - work->diversity) * (double)work->values[candidate->at] - work->diversity * candidate->nearest;
}

/* Until it is compared with all, or its gain is not above `most`. */
static void compare(const struct diversifying *work, struct candidate *candidate, double most)
{
    while (candidate->n < work->n_taken && candidate->gain > most)
        compare_next(work, candidate);
}

/* The first candidate with the largest gain; the first one if no gain is a number. That with the largest bound is
 * compared before the others: it is likely to be the best, so that fewer have to be compared. */
static size_t find_best(const struct diversifying *work)
{
    struct candidate *left = work->left;
    size_t top = 0, best = 0;
    double most = -DBL_MAX;
    for (size_t i = 0; i < work->n_left; i++)
        if (left[i].gain > most) {
            top = i;
            most = left[i].gain;
        }
    compare(work, &left[top], -DBL_MAX);
    most = left[top].gain > -DBL_MAX ? nextafter(left[top].gain, -DBL_MAX) : -DBL_MAX; /* so that it is above */
    for (size_t i = 0; i < work->n_left; i++) {
        if (!(left[i].gain > most))
            continue;
        compare(work, &left[i], most);
        if (left[i].gain > most) {
            best = i;
            most = left[i].gain;
        }
    }
    return best;
}

enum status rerank_diversify(const struct rerank_list *list, const float *values, const struct rerank_space *space,
                             double diversity, int32_t *order, struct error *error)
{
    struct candidate *left = calloc(list->count + 1, sizeof *left);
    struct rounded_rows rounded = {0};
    const bool wide = space && space->width >= ROUNDED_MIN_WIDTH;
    struct diversifying work = {list, values, space, wide ? &rounded : NULL, diversity, order, 0, left, list->count};
    enum status status = left ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && wide)
        status = rounded_rows_make(space->items, list->count, space->width, &rounded, error);
    if (status != STATUS_OK) {
        free(left);
        return status;
    }
    for (size_t i = 0; i < work.n_left; i++)
        left[i] = (struct candidate){.at = order[i], .gain = (1 - diversity) * (double)values[order[i]]};
    while (work.n_left > 0 && work.n_taken < RERANK_DIVERSE) {
        size_t best = find_best(&work);
        order[work.n_taken++] = left[best].at;
        work.n_left--;
        memmove(left + best, left + best + 1, (work.n_left - best) * sizeof *left);
        for (size_t i = 0; work.n_taken == 1 && i < work.n_left; i++)
            compare_next(&work, &left[i]); /* it may be farther than the 0 that stands for none */
    }
    for (size_t i = 0; i < work.n_left; i++)
        order[(size_t)work.n_taken + i] = left[i].at;
    rounded_rows_free(&rounded);
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
