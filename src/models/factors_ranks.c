#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/factors.h"

/* The rank of one row in many lists, without making the lists.
 *
 * Row x is before the row y of which the rank is asked if q·x > q·y. Lists that share most of their seeds have nearly
 * the same query q. With q' = q + δ, q'·x - q'·y = (q·x - q·y) + δ·(x - y), of which the last term is at most
 * |δ| |x - y|. So where |q·x - q·y| is larger than that and what rounding may add, x is on the same side of y in all
 * lists whose query is as near to the first one's. Only the other rows are scored for each of these lists. */

enum {
    TOGETHER = 16,        /* lists far from the first that are scored together */
    BLOCK = 1024,         /* rows scored together */
    VALUES_MAX = 1 << 23, /* numbers of the items: lists of more are found faster with an index */
    BEHIND = -1,
    AHEAD = -2, /* in all lists near the first; from 0: the index among the open rows */
};
#define NEAR 0.5 /* of the first query's length */

struct ranking {
    struct factors *factors;
    const struct seed_lists *lists;
    const float *items;
    int32_t row;
    size_t depth;
    size_t *ranks;
    float *queries;      /* [lists x d] */
    double *differences; /* [lists] lengths of the differences from the first query */
    double first;        /* the first query's length */
    double reach;        /* the longest difference of lists near the first */
    double rounding;     /* of a product, relative to the product of the lengths */
    int32_t *sides;      /* [n] */
    int32_t *open;       /* [n_open] */
    size_t n_ahead, n_open, n_near;
};

static double length_of(const float *x, const float *less, int64_t d)
{
    double sum = 0;
    for (int64_t i = 0; i < d; i++) {
        const double value = (double)x[i] - (less ? (double)less[i] : 0);
        sum += value * value;
    }
    return sqrt(sum);
}

/* scores [count x n]: queries [count x d] times items [n x d]. */
static enum status multiply(const struct ranking *ranking, size_t count, const float *queries, const float *items,
                            size_t n, float *scores, struct error *error)
{
    const struct compute *compute = ranking->factors->compute;
    const size_t bytes = count * n * sizeof *scores, row = (size_t)ranking->factors->d * sizeof *queries;
    struct compute_slice left = {0}, right = {0}, result = {0};
    enum status status = compute->ops->buffer_wrap(compute->device, queries, count * row, &left.buffer, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_wrap(compute->device, items, n * row, &right.buffer, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_create(compute->device, bytes, &result.buffer, error);
    if (status == STATUS_OK)
        status = compute->ops->gemm(compute->stream, false, true, (int64_t)count, (int64_t)n, ranking->factors->d, 1,
                                    left, right, 0, result, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_read(compute->stream, result.buffer, 0, scores, bytes, error);
    compute->ops->buffer_destroy(left.buffer);
    compute->ops->buffer_destroy(right.buffer);
    compute->ops->buffer_destroy(result.buffer);
    return status;
}

/* ---- one list ---- */

static bool has_seed(const struct ranking *ranking, size_t list)
{
    int64_t low = ranking->lists->starts[list], high = ranking->lists->starts[list + 1];
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (ranking->lists->sorted[middle] < ranking->row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ranking->lists->starts[list + 1] && ranking->lists->sorted[low] == ranking->row;
}

static void set_rank(const struct ranking *ranking, size_t list, size_t before, float score)
{
    const bool listed = score > -INFINITY && before < ranking->depth && !has_seed(ranking, list);
    ranking->ranks[list] = listed ? before + 1 : 0;
}

/* Equal scores are in the order of the rows. */
static bool is_before(float score, int32_t row, float own, int32_t own_row)
{
    return score > own || (score == own && row < own_row);
}

/* ---- blocks of rows ----
 *
 * The longest vectors come first. A row can only be before the other if its length times that of the query is at least
 * the other's score; so the rows from some block on are behind it. */

/* Rows first..first+count-1 in the order of length. */
struct block {
    int64_t first;
    size_t count;
    const float *items; /* [count + 1 x d] theirs, then the vector of the row in question */
    float *scores;      /* [TOGETHER x (count + 1)] */
};

/* The block from `first` on, in factors->blocks. */
static void block_open(const struct ranking *ranking, int64_t first, struct block *block)
{
    const size_t d = (size_t)ranking->factors->d;
    const int64_t left = ranking->factors->n - first;
    block->first = first;
    block->count = left < BLOCK ? (size_t)left : BLOCK;
    float *items = ranking->factors->blocks + (size_t)(first / BLOCK) * (BLOCK + 1) * d;
    memcpy(items + block->count * d, ranking->items + (size_t)ranking->row * d, d * sizeof *items);
    block->items = items;
}

/* Whether no row from the block's end on can have a score from `least` on with a query of this length. */
static bool is_last(const struct ranking *ranking, const struct block *block, double length, double least)
{
    const int64_t next = block->first + (int64_t)block->count;
    return next == ranking->factors->n ||
           length * (double)ranking->factors->lengths[next] * (1 + ranking->rounding) < least;
}

/* ---- lists far from the first ---- */

struct far_list {
    size_t list, before;
    double length; /* of its query */
    bool done;
};

static void count_block(const struct ranking *ranking, const struct block *block, const float *scores,
                        struct far_list *far)
{
    const int32_t *rows = ranking->factors->by_length + block->first, *places = ranking->factors->places;
    const float own = scores[block->count];
    for (size_t i = 0; i < block->count; i++)
        far->before += is_before(scores[i], rows[i], own, ranking->row) && rows[i] != ranking->row;
    for (int64_t i = ranking->lists->starts[far->list]; i < ranking->lists->starts[far->list + 1]; i++) {
        const int32_t seed = ranking->lists->rows[i];
        const int64_t at = places[seed] - block->first;
        if (at >= 0 && at < (int64_t)block->count)
            far->before -= is_before(scores[at], seed, own, ranking->row);
    }
    far->done = far->before >= ranking->depth || is_last(ranking, block, far->length, (double)own);
    if (far->done)
        set_rank(ranking, far->list, far->before, own);
}

/* Each block for the lists that still need it. */
static enum status rank_together(const struct ranking *ranking, struct far_list *far, size_t count, float *queries,
                                 struct block *block, struct error *error)
{
    const size_t d = (size_t)ranking->factors->d;
    enum status status = STATUS_OK;
    for (int64_t first = 0; count > 0 && status == STATUS_OK; first += BLOCK) {
        size_t left = 0;
        for (size_t i = 0; i < count; i++)
            memcpy(queries + i * d, ranking->queries + far[i].list * d, d * sizeof *queries);
        block_open(ranking, first, block);
        status = multiply(ranking, count, queries, block->items, block->count + 1, block->scores, error);
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            count_block(ranking, block, block->scores + i * (block->count + 1), &far[i]);
            if (!far[i].done)
                far[left++] = far[i];
        }
        count = left;
    }
    return status;
}

static bool is_near(const struct ranking *ranking, size_t list)
{
    return ranking->differences[list] <= ranking->reach;
}

static enum status rank_far(const struct ranking *ranking, float *queries, struct block *block, struct error *error)
{
    const int64_t d = ranking->factors->d;
    enum status status = STATUS_OK;
    for (size_t list = 0; list < ranking->lists->count && status == STATUS_OK;) {
        struct far_list far[TOGETHER];
        size_t count = 0;
        for (; list < ranking->lists->count && count < TOGETHER; list++)
            if (!is_near(ranking, list))
                far[count++] =
                    (struct far_list){.list = list, .length = length_of(ranking->queries + (int64_t)list * d, NULL, d)};
        status = rank_together(ranking, far, count, queries, block, error);
    }
    return status;
}

/* ---- lists near it ---- */

/* From the scores of a block's rows for the first query, and their products with the row's vector. Returns the row's
 * score. */
static double find_sides(struct ranking *ranking, const struct block *block)
{
    const float *scores = block->scores, *products = scores + block->count + 1;
    const double own = (double)scores[block->count],
                 length = (double)ranking->factors->lengths[ranking->factors->places[ranking->row]];
    for (size_t i = 0; i < block->count; i++) {
        const int32_t row = ranking->factors->by_length[block->first + (int64_t)i];
        const double its = (double)ranking->factors->lengths[block->first + (int64_t)i];
        const double squares = its * its + length * length;
        const double apart = squares * (1 + ranking->rounding) - 2 * (double)products[i];
        const double most = ranking->reach * sqrt(apart > 0 ? apart : 0) +
                            ranking->rounding * (its + length) * (ranking->first + ranking->reach);
        const double margin = (double)scores[i] - own;
        if (row == ranking->row || margin < -most)
            continue;
        const bool is_ahead = margin > most;
        ranking->sides[row] = is_ahead ? AHEAD : (int32_t)ranking->n_open;
        ranking->n_ahead += is_ahead;
        if (!is_ahead)
            ranking->open[ranking->n_open++] = row;
    }
    return own;
}

static enum status find_all_sides(struct ranking *ranking, float *queries, struct block *block, struct error *error)
{
    const size_t d = (size_t)ranking->factors->d;
    const double length = (double)ranking->factors->lengths[ranking->factors->places[ranking->row]];
    bool last = false;
    enum status status = STATUS_OK;
    memcpy(queries, ranking->queries, d * sizeof *queries);
    memcpy(queries + d, ranking->items + (size_t)ranking->row * d, d * sizeof *queries);
    for (int64_t i = 0; i < ranking->factors->n; i++)
        ranking->sides[i] = BEHIND;
    for (int64_t first = 0; !last && status == STATUS_OK; first += BLOCK) {
        block_open(ranking, first, block);
        status = multiply(ranking, 2, queries, block->items, block->count + 1, block->scores, error);
        if (status != STATUS_OK)
            break;
        const double own = find_sides(ranking, block), longest = ranking->first + ranking->reach;
        last = is_last(ranking, block, longest, own - ranking->reach * length - ranking->rounding * longest * length);
    }
    return status;
}

/* From the scores [n_open + 1] of the open rows and, behind them, of the row itself. */
static void rank_near(const struct ranking *ranking, size_t list, const float *scores)
{
    const float own = scores[ranking->n_open];
    size_t before = ranking->n_ahead;
    for (size_t i = 0; i < ranking->n_open; i++)
        before += is_before(scores[i], ranking->open[i], own, ranking->row);
    for (int64_t i = ranking->lists->starts[list]; i < ranking->lists->starts[list + 1]; i++) {
        const int32_t seed = ranking->lists->rows[i], side = ranking->sides[seed];
        before -= side == AHEAD || (side >= 0 && is_before(scores[side], seed, own, ranking->row));
    }
    set_rank(ranking, list, before, own);
}

static enum status rank_open(const struct ranking *ranking, struct error *error)
{
    const size_t d = (size_t)ranking->factors->d, n = ranking->n_open + 1, row = d * sizeof(float);
    float *items = malloc(n * row), *queries = malloc(ranking->n_near * row);
    float *scores = malloc(n * ranking->n_near * sizeof *scores);
    size_t count = 0;
    enum status status = items && queries && scores ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        const int32_t from = i < ranking->n_open ? ranking->open[i] : ranking->row;
        memcpy(items + i * d, ranking->items + (size_t)from * d, row);
    }
    for (size_t list = 0; list < ranking->lists->count && status == STATUS_OK; list++)
        if (is_near(ranking, list))
            memcpy(queries + count++ * d, ranking->queries + list * d, row);
    if (status == STATUS_OK)
        status = multiply(ranking, count, queries, items, n, scores, error);
    count = 0;
    for (size_t list = 0; list < ranking->lists->count && status == STATUS_OK; list++)
        if (is_near(ranking, list))
            rank_near(ranking, list, scores + count++ * n);
    free(items);
    free(queries);
    free(scores);
    return status;
}

/* ---- all ---- */

struct length {
    float length;
    int32_t row;
};

static int longest_first(const void *left, const void *right)
{
    const struct length *a = left, *b = right;
    return a->length != b->length ? (a->length < b->length) - (a->length > b->length)
                                  : (a->row > b->row) - (a->row < b->row);
}

/* The items in the order of their lengths, in blocks with space for one more each. */
static float *make_blocks(const struct length *order, size_t n, const float *items, size_t d)
{
    float *blocks = malloc((n / BLOCK + 1) * (BLOCK + 1) * d * sizeof *blocks);
    for (size_t i = 0; i < n && blocks; i++)
        memcpy(blocks + (i / BLOCK * (BLOCK + 1) + i % BLOCK) * d, items + (size_t)order[i].row * d,
               d * sizeof *blocks);
    return blocks;
}

/* The order of the items by length, for this and later calls. */
static bool find_order(struct factors *factors, const float *items)
{
    const size_t n = (size_t)factors->n;
    if (factors->by_length)
        return true;
    struct length *order = malloc((n + 1) * sizeof *order);
    int32_t *by_length = malloc((n + 1) * sizeof *by_length), *places = malloc((n + 1) * sizeof *places);
    float *lengths = malloc((n + 1) * sizeof *lengths), *blocks = NULL;
    for (size_t i = 0; i < n && order; i++)
        order[i] = (struct length){(float)length_of(items + i * (size_t)factors->d, NULL, factors->d), (int32_t)i};
    if (order) {
        qsort(order, n, sizeof *order, longest_first);
        blocks = make_blocks(order, n, items, (size_t)factors->d);
    }
    const bool enough = order && by_length && places && lengths && blocks;
    for (size_t i = 0; i < n && enough; i++) {
        by_length[i] = order[i].row;
        places[order[i].row] = (int32_t)i;
        lengths[i] = order[i].length;
    }
    free(order);
    if (!enough) {
        free(by_length);
        free(places);
        free(lengths);
        free(blocks);
        return false;
    }
    factors->by_length = by_length;
    factors->places = places;
    factors->lengths = lengths;
    factors->blocks = blocks;
    return true;
}

static void find_near(struct ranking *ranking)
{
    const int64_t d = ranking->factors->d;
    ranking->first = length_of(ranking->queries, NULL, d);
    for (size_t list = 0; list < ranking->lists->count; list++) {
        const double length = length_of(ranking->queries + (int64_t)list * d, ranking->queries, d);
        ranking->differences[list] = isfinite(length) ? length : INFINITY;
        if (length <= NEAR * ranking->first) {
            ranking->reach = length > ranking->reach ? length : ranking->reach;
            ranking->n_near++;
        }
    }
}

static enum status find_ranks(struct ranking *ranking, float *queries, struct block *block, struct error *error)
{
    enum status status = rank_far(ranking, queries, block, error);
    if (status == STATUS_OK && ranking->n_near > 0)
        status = find_all_sides(ranking, queries, block, error);
    if (status == STATUS_OK && ranking->n_near > 0)
        status = rank_open(ranking, error);
    return status;
}

enum status factors_ranks(struct factors *factors, const float *items, const struct seed_lists *lists, int32_t row,
                          size_t depth, size_t *ranks, bool *known, struct error *error)
{
    const struct compute *compute = factors->compute;
    const size_t d = (size_t)factors->d, n = (size_t)factors->n;
    *known = factors->n * factors->d <= VALUES_MAX && lists->count > 0;
    if (!*known)
        return STATUS_OK;
    struct ranking ranking = {.factors = factors,
                              .lists = lists,
                              .items = items,
                              .row = row,
                              .depth = depth,
                              .ranks = ranks,
                              .reach = -1,
                              .rounding = 4 * (double)factors->d * 0x1p-24,
                              .queries = malloc(lists->count * d * sizeof *ranking.queries),
                              .differences = malloc(lists->count * sizeof *ranking.differences),
                              .sides = malloc(n * sizeof *ranking.sides),
                              .open = malloc(n * sizeof *ranking.open)};
    struct block block = {.scores = malloc(TOGETHER * (BLOCK + 1) * sizeof *block.scores)};
    float *queries = malloc(TOGETHER * d * sizeof *queries);
    bool enough = ranking.queries && ranking.differences && ranking.sides && ranking.open && block.scores && queries &&
                  find_order(factors, items);
    enum status status = enough ? compute->ops->buffer_read(compute->stream, factors->queries, 0, ranking.queries,
                                                            lists->count * d * sizeof *ranking.queries, error)
                                : error_no_memory(error);
    if (status == STATUS_OK) {
        find_near(&ranking);
        status = find_ranks(&ranking, queries, &block, error);
    }
    free(ranking.queries);
    free(ranking.differences);
    free(ranking.sides);
    free(ranking.open);
    free(block.scores);
    free(queries);
    return status;
}
