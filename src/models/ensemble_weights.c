#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "models/ensemble.h"

/* The search for an ensemble's weights. */

enum {
    PLAYLISTS_MAX = 1000, /* more are sampled at equal distances */
    RANKS = 500,          /* of the NDCG */
    SWEEPS = 8,
};
enum { FACTORS = 5 };
static const double factors[FACTORS] = {0, 0.5, 0.8, 1.25, 2};    /* tried on one weight at a time */
static const double shares[FACTORS] = {0.05, 0.1, 0.2, 0.4, 0.8}; /* of the largest, for a weight of 0 */

/* A validation playlist. */
struct example {
    int64_t index; /* in the interactions */
    struct fused_track *tracks;
    size_t count;
    bool used[MODEL_MEMBERS_MAX]; /* members with a say */
    size_t n_held_out;
    size_t n_hits; /* held-out tracks among `tracks`; they are the first */
    size_t *ahead; /* [n_hits + 1] work space */
    double ndcg;   /* with the weights of the last call of mean_ndcg */
};

struct search {
    struct recommender *const *members;
    const struct interactions *playlists;
    const char *const *titles; /* NULL: none are given */
    size_t n_members, depth;
    struct example examples[PLAYLISTS_MAX];
    size_t n_examples;
    const double *weights;
};

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* Copies the fused tracks, the held-out ones first. */
static enum status take_example(struct search *search, const struct rank_fusion *fusion, int64_t index,
                                const int32_t *const lists[], struct error *error)
{
    const struct interactions *playlists = search->playlists;
    int64_t begin = playlists->starts[index] + playlists->seeds[index];
    struct example *example = &search->examples[search->n_examples++];
    *example = (struct example){.index = index, .count = fusion->count};
    example->n_held_out = (size_t)(playlists->starts[index + 1] - begin);
    int32_t *held_out = malloc(example->n_held_out * sizeof *held_out);
    example->tracks = malloc((fusion->count + 1) * sizeof *example->tracks);
    if (!example->tracks || !held_out) {
        free(held_out);
        return error_no_memory(error);
    }
    memcpy(held_out, playlists->tracks + begin, example->n_held_out * sizeof *held_out);
    qsort(held_out, example->n_held_out, sizeof *held_out, by_row);
    size_t others = fusion->count;
    for (size_t i = 0; i < fusion->count; i++) {
        bool hit = bsearch(&fusion->tracks[i].row, held_out, example->n_held_out, sizeof *held_out, by_row) != NULL;
        example->tracks[hit ? example->n_hits++ : --others] = fusion->tracks[i];
    }
    free(held_out);
    example->ahead = malloc((example->n_hits + 1) * sizeof *example->ahead);
    for (size_t m = 0; m < search->n_members; m++)
        example->used[m] = lists[m] != NULL;
    return example->ahead ? STATUS_OK : error_no_memory(error);
}

/* Asks all members to continue one playlist. */
static enum status ask_members(struct search *search, struct rank_fusion *fusion, size_t length, int64_t index,
                               struct error *error)
{
    const struct interactions *playlists = search->playlists;
    int64_t count = playlists->seeds[index], starts[2] = {0, count};
    int32_t *sorted = malloc(((size_t)count + 1) * sizeof *sorted);
    if (!sorted)
        return error_no_memory(error);
    const int32_t *rows = playlists->tracks + playlists->starts[index];
    memcpy(sorted, rows, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_row);
    const struct seed_lists lists = {.count = 1,
                                     .starts = starts,
                                     .rows = rows,
                                     .sorted = sorted,
                                     .titles = search->titles ? search->titles + index : NULL};
    struct member_lists found;
    const int32_t *of[MODEL_MEMBERS_MAX];
    enum status status = member_lists_find(search->members, search->n_members, &lists, length, &found, error);
    if (status == STATUS_OK) {
        member_lists_of(&found, 0, of);
        rank_fusion_collect(fusion, of, length);
        status = take_example(search, fusion, index, of, error);
        member_lists_free(&found);
    }
    free(sorted);
    return status;
}

static bool is_usable(const struct search *search, int64_t index)
{
    const struct interactions *playlists = search->playlists;
    int64_t length = playlists->starts[index + 1] - playlists->starts[index], seeds = playlists->seeds[index];
    bool usable = seeds >= (search->titles ? 0 : 1) && seeds < length;
    for (int64_t i = 0; usable && i < seeds; i++)
        usable = playlists->tracks[playlists->starts[index] + i] < search->members[0]->n_tracks;
    bool read = false;
    for (size_t m = 0; search->titles && m < search->n_members; m++)
        read = read || recommender_reads(search->members[m], search->titles[index]);
    return usable && (read || !search->titles);
}

static enum status collect_examples(struct search *search, struct progress *progress, struct error *error)
{
    const struct recommender *first = search->members[0];
    const struct interactions *playlists = search->playlists;
    size_t length = search->depth < (size_t)first->n_tracks ? search->depth : (size_t)first->n_tracks;
    struct rank_fusion fusion;
    enum status status = STATUS_OK;
    int64_t n_rows = 0;
    for (size_t m = 0; m < search->n_members; m++) {
        const int64_t end = recommender_row_end(search->members[m]);
        n_rows = end > n_rows ? end : n_rows;
    }
    if (!rank_fusion_open(&fusion, search->n_members, search->depth, length, first->n_tracks, n_rows,
                          first->popularity))
        status = error_no_memory(error);
    int64_t step = (playlists->n_playlists + PLAYLISTS_MAX - 1) / PLAYLISTS_MAX;
    progress_stage(progress, "asking the members", "playlists", (double)playlists->n_playlists);
    for (int64_t i = 0; i < playlists->n_playlists && status == STATUS_OK; i += step) {
        if (progress_cancelled(progress))
            status = error_set(error, STATUS_INTERRUPTED, "the training was stopped; an earlier model stays as it was");
        else if (is_usable(search, i))
            status = ask_members(search, &fusion, length, i, error);
        progress_step(progress, (double)(i + 1));
    }
    progress_end(progress);
    rank_fusion_close(&fusion);
    return status;
}

static void free_examples(struct search *search)
{
    for (size_t i = 0; i < search->n_examples; i++) {
        free(search->examples[i].tracks);
        free(search->examples[i].ahead);
    }
}

/* ahead[h] becomes the number of tracks that come before hit h, but not before an earlier one. The hits are sorted. */
static void count_ahead(struct example *example)
{
    memset(example->ahead, 0, (example->n_hits + 1) * sizeof *example->ahead);
    for (size_t i = 0; i < example->count; i++) {
        size_t low = 0, high = example->n_hits;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (fused_track_order(&example->tracks[i], &example->tracks[middle]) < 0)
                high = middle;
            else
                low = middle + 1;
        }
        example->ahead[low]++;
    }
}

/* Only the ranks of the hits matter, so that the other tracks need not be sorted. */
static void rank_example(void *context, size_t index, int worker)
{
    (void)worker;
    struct search *search = context;
    struct example *example = &search->examples[index];
    struct rank_fusion fusion = {.n_lists = search->n_members, .tracks = example->tracks, .count = example->count};
    static const int32_t used;
    const int32_t *lists[MODEL_MEMBERS_MAX];
    for (size_t m = 0; m < search->n_members; m++)
        lists[m] = example->used[m] ? &used : NULL;
    rank_fusion_score(&fusion, lists, search->weights);
    qsort(example->tracks, example->n_hits, sizeof *example->tracks, fused_track_order);
    count_ahead(example);
    double ideal = 0, gained = 0;
    for (size_t i = 0; i < example->n_held_out; i++)
        ideal += 1 / log2((double)i + 2);
    for (size_t h = 0, rank = 0; h < example->n_hits && (rank += example->ahead[h]) < RANKS; h++)
        gained += 1 / log2((double)rank + 2);
    example->ndcg = gained / ideal;
}

static double mean_ndcg(struct search *search, const double *weights)
{
    double sum = 0;
    search->weights = weights;
    pool_run(search->members[0]->compute->pool, search->n_examples, rank_example, search);
    for (size_t i = 0; i < search->n_examples; i++)
        sum += search->examples[i].ndcg;
    return sum / (double)search->n_examples;
}

/* The values to try for a weight. One that is 0 is tried as shares of the largest, so that it can come back. */
static void proposals(const struct search *search, size_t member, const double *weights, double values[FACTORS])
{
    double base = weights[member];
    const double *tried = factors;
    if (base == 0) {
        for (size_t m = 0; m < search->n_members; m++)
            base = weights[m] > base ? weights[m] : base;
        tried = shares;
    }
    for (size_t i = 0; i < FACTORS; i++)
        values[i] = base * tried[i];
}

/* Keeps the best of the proposals for one weight; returns whether it changed. */
static bool improve(struct search *search, size_t member, double *weights, double *best)
{
    double values[FACTORS], before = weights[member], kept = before;
    proposals(search, member, weights, values);
    for (size_t i = 0; i < FACTORS; i++) {
        weights[member] = values[i];
        double sum = 0;
        for (size_t m = 0; m < search->n_members; m++)
            sum += weights[m];
        double ndcg = sum > 0 ? mean_ndcg(search, weights) : 0;
        if (ndcg > *best) {
            *best = ndcg;
            kept = weights[member];
        }
    }
    weights[member] = kept;
    return kept != before;
}

static enum status ascend(struct search *search, struct progress *progress, double *weights, double *best,
                          struct error *error)
{
    *best = mean_ndcg(search, weights);
    progress_stage(progress, "weighing the members", "weights", (double)(SWEEPS * search->n_members));
    bool changed = true;
    for (size_t sweep = 0; sweep < SWEEPS && changed; sweep++) {
        changed = false;
        for (size_t m = 0; m < search->n_members; m++) {
            if (progress_cancelled(progress))
                return error_set(error, STATUS_INTERRUPTED,
                                 "the training was stopped; an earlier model stays as it was");
            changed |= improve(search, m, weights, best);
            progress_step(progress, (double)(sweep * search->n_members + m + 1));
        }
    }
    progress_end(progress);
    return STATUS_OK;
}

enum status ensemble_find_weights(struct recommender *const *members, size_t n_members,
                                  const struct interactions *playlists, const char *const *titles, size_t depth,
                                  struct progress *progress, double weights[MODEL_MEMBERS_MAX], double *ndcg, size_t *n,
                                  struct error *error)
{
    struct search *search = calloc(1, sizeof *search);
    if (!search)
        return error_no_memory(error);
    *search = (struct search){
        .members = members, .playlists = playlists, .titles = titles, .n_members = n_members, .depth = depth};
    for (size_t m = 0; m < n_members; m++)
        weights[m] = 1;
    enum status status = collect_examples(search, progress, error);
    *n = search->n_examples;
    if (status == STATUS_OK && *n > 0)
        status = ascend(search, progress, weights, ndcg, error);
    double largest = 0;
    for (size_t m = 0; m < n_members; m++)
        largest = weights[m] > largest ? weights[m] : largest;
    for (size_t m = 0; m < n_members && largest > 0; m++)
        weights[m] /= largest;
    free_examples(search);
    free(search);
    return status;
}
