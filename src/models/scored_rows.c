#include "models/scored_rows.h"

#include <math.h>
#include <stdlib.h>

bool scored_rows_open(struct scored_rows *scored, int64_t n_tracks)
{
    size_t n = (size_t)n_tracks;
    *scored = (struct scored_rows){
        .n_tracks = n_tracks,
        .score = calloc(n, sizeof *scored->score),
        .met = calloc(n, sizeof *scored->met),
        .is_seed = calloc(n, sizeof *scored->is_seed),
        .rows = malloc(n * sizeof *scored->rows),
        .heap = malloc(n * sizeof *scored->heap),
    };
    return scored->score && scored->met && scored->is_seed && scored->rows && scored->heap;
}

void scored_rows_close(struct scored_rows *scored)
{
    free(scored->score);
    free(scored->met);
    free(scored->is_seed);
    free(scored->rows);
    free(scored->heap);
}

void scored_rows_clear(struct scored_rows *scored)
{
    for (int64_t i = 0; i < scored->count; i++) {
        scored->score[scored->rows[i]] = 0;
        scored->met[scored->rows[i]] = false;
    }
    scored->count = 0;
}

void scored_rows_mark(struct scored_rows *scored, const int32_t *seeds, int64_t n_seeds, bool is_seed)
{
    for (int64_t i = 0; i < n_seeds; i++)
        scored->is_seed[seeds[i]] = is_seed;
}

/* ---- the best ------------------------------------------------------------------------------------------------ */

static bool ranks_before(const struct ranked_row *a, const struct ranked_row *b)
{
    if (a->key != b->key)
        return a->key > b->key;
    if (a->popularity != b->popularity)
        return a->popularity > b->popularity;
    return a->row < b->row;
}

/* Moves the row at `at` down to its place in a heap whose first row is the one that ranks last. */
static void sift_down(struct ranked_row *heap, size_t count, size_t at)
{
    struct ranked_row moved = heap[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && ranks_before(&heap[child], &heap[child + 1]))
            child++;
        if (!ranks_before(&moved, &heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void make_heap(struct ranked_row *heap, size_t count)
{
    for (size_t at = count / 2; at-- > 0;)
        sift_down(heap, count, at);
}

/* Which rows are chosen: those with a positive score, with a negative one, or both by their magnitude. */
enum choice { POSITIVE, NEGATIVE, MAGNITUDE };

/* The k rows that rank first, in any order; returns their number. */
static size_t choose(struct scored_rows *scored, enum choice choice, const float *popularity, size_t k)
{
    struct ranked_row *heap = scored->heap;
    size_t count = 0;
    for (int64_t i = 0; i < scored->count && k > 0; i++) {
        int32_t row = scored->rows[i];
        float score = (float)scored->score[row], key = choice == MAGNITUDE ? fabsf(score) : score;
        bool is_chosen = choice == NEGATIVE ? key < 0 : key > 0;
        if (!is_chosen || scored->is_seed[row])
            continue;
        const struct ranked_row candidate = {key, popularity[row], row};
        if (count < k) {
            heap[count++] = candidate;
            if (count == k)
                make_heap(heap, count);
        } else if (ranks_before(&candidate, &heap[0])) {
            heap[0] = candidate;
            sift_down(heap, count, 0);
        }
    }
    return count;
}

/* The same, the first one first. */
static size_t choose_in_order(struct scored_rows *scored, enum choice choice, const float *popularity, size_t k,
                              int32_t *ids)
{
    struct ranked_row *heap = scored->heap;
    size_t count = choose(scored, choice, popularity, k);
    if (count < k)
        make_heap(heap, count);
    for (size_t left = count; left > 0; left--) {
        ids[left - 1] = heap[0].row;
        heap[0] = heap[left - 1];
        sift_down(heap, left - 1, 0);
    }
    return count;
}

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

size_t scored_rows_largest(struct scored_rows *scored, const float *popularity, size_t k, int32_t *ids)
{
    size_t count = choose(scored, MAGNITUDE, popularity, k);
    for (size_t i = 0; i < count; i++)
        ids[i] = scored->heap[i].row;
    qsort(ids, count, sizeof *ids, by_row);
    return count;
}

/* ids and scores [k], -1 where there are fewer. */
static void recommend(struct scored_rows *scored, const struct recommender *recommender, size_t k, int32_t *ids,
                      float *scores)
{
    const float *popularity = recommender->popularity;
    size_t count = choose_in_order(scored, POSITIVE, popularity, k, ids);
    for (int64_t i = 0; i < recommender->n_tracks && count < k; i++) {
        int32_t row = recommender->popular[i];
        if (!scored->is_seed[row] && (float)scored->score[row] == 0)
            ids[count++] = row;
    }
    count += choose_in_order(scored, NEGATIVE, popularity, k - count, ids + count);
    for (size_t i = 0; i < count; i++)
        scores[i] = (float)scored->score[ids[i]];
    for (; count < k; count++) {
        ids[count] = -1;
        scores[count] = -INFINITY;
    }
}

/* ---- ranks ----------------------------------------------------------------------------------------------------- */

/* How many rows that were met and have a score of the sign of `own` are before it. */
static size_t count_met_before(const struct scored_rows *scored, const float *popularity, const struct ranked_row *own)
{
    size_t before = 0;
    for (int64_t i = 0; i < scored->count; i++) {
        const int32_t row = scored->rows[i];
        const struct ranked_row other = {(float)scored->score[row], popularity[row], row};
        before += !scored->is_seed[row] && ranks_before(&other, own) && (own->key > 0 || other.key < 0);
    }
    return before;
}

static void count_signs(const struct scored_rows *scored, size_t *positive, size_t *not_zero)
{
    *positive = *not_zero = 0;
    for (int64_t i = 0; i < scored->count; i++) {
        const float score = (float)scored->score[scored->rows[i]];
        *positive += !scored->is_seed[scored->rows[i]] && score > 0;
        *not_zero += !scored->is_seed[scored->rows[i]] && score != 0;
    }
}

/* The row's place among the first `depth` that `recommend` would list, from 1; 0: it is not there. */
static size_t rank_of(const struct scored_rows *scored, const struct recommender *recommender, int64_t n_seeds,
                      int32_t row, size_t depth)
{
    const struct ranked_row own = {(float)scored->score[row], recommender->popularity[row], row};
    size_t positive, not_zero, before = 0;
    if (scored->is_seed[row] || isnan(own.key))
        return 0;
    if (own.key != 0)
        before = count_met_before(scored, recommender->popularity, &own);
    if (own.key <= 0) {
        count_signs(scored, &positive, &not_zero);
        before += own.key < 0 ? positive + (size_t)(recommender->n_tracks - n_seeds) - not_zero : positive;
    }
    for (int64_t i = 0; own.key == 0 && before < depth && recommender->popular[i] != row; i++) {
        const int32_t other = recommender->popular[i];
        before += !scored->is_seed[other] && (float)scored->score[other] == 0;
    }
    return before < depth ? before + 1 : 0;
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

struct request {
    const struct recommender *recommender;
    const struct scored_rows_model *model;
    const struct seed_lists *lists;
    size_t k;
    int32_t *ids;
    const int32_t *rows; /* NULL: the best k are found; otherwise these k are scored, or: */
    float *scores;
    size_t *ranks; /* the rank of the first of the rows among the best k */
};

static void run_list(void *context, size_t list, int worker)
{
    const struct request *request = context;
    const struct seed_lists *lists = request->lists;
    const struct scored_seeds seeds = {lists->rows + lists->starts[list], lists->starts[list + 1] - lists->starts[list],
                                       lists->titles ? lists->titles[list] : NULL};
    struct scored_rows *scored = request->model->memory(request->recommender, worker);
    const size_t first = list * request->k;
    scored_rows_mark(scored, seeds.rows, seeds.count, true);
    request->model->add(request->recommender, &seeds, worker);
    if (request->ranks)
        request->ranks[list] = rank_of(scored, request->recommender, seeds.count, request->rows[0], request->k);
    else if (!request->rows)
        recommend(scored, request->recommender, request->k, request->ids + first, request->scores + first);
    else
        for (size_t i = 0; i < request->k; i++)
            request->scores[first + i] = (float)scored->score[request->rows[i]];
    scored_rows_clear(scored);
    scored_rows_mark(scored, seeds.rows, seeds.count, false);
}

void scored_rows_run(struct recommender *recommender, const struct scored_rows_model *model,
                     const struct seed_lists *lists, size_t k, int32_t *ids, float *scores)
{
    struct request request = {
        .recommender = recommender, .model = model, .lists = lists, .k = k, .ids = ids, .scores = scores};
    pool_run(recommender->compute->pool, lists->count, run_list, &request);
}

void scored_rows_score(struct recommender *recommender, const struct scored_rows_model *model,
                       const struct seed_lists *lists, size_t n, const int32_t *rows, float *scores)
{
    struct request request = {
        .recommender = recommender, .model = model, .lists = lists, .k = n, .rows = rows, .scores = scores};
    pool_run(recommender->compute->pool, lists->count, run_list, &request);
}

void scored_rows_ranks(struct recommender *recommender, const struct scored_rows_model *model,
                       const struct seed_lists *lists, int32_t row, size_t depth, size_t *ranks)
{
    struct request request = {
        .recommender = recommender, .model = model, .lists = lists, .k = depth, .rows = &row, .ranks = ranks};
    pool_run(recommender->compute->pool, lists->count, run_list, &request);
}
