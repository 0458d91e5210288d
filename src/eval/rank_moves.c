#include "eval/rank_moves.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

const size_t rank_tops[RANK_TOPS] = {10, 50, 500};

struct ranked_track {
    int64_t track;
    int32_t rank; /* from 1 */
};

static int by_track(const void *left, const void *right)
{
    int64_t a = ((const struct ranked_track *)left)->track, b = ((const struct ranked_track *)right)->track;
    return (a > b) - (a < b);
}

static void sort(const int64_t *list, size_t count, struct ranked_track *sorted)
{
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct ranked_track){list[i], (int32_t)i + 1};
    qsort(sorted, count, sizeof *sorted, by_track);
}

/* Both lists sorted by track are merged. */
static void find(const struct ranked_track *a, size_t n_a, const struct ranked_track *b, size_t n_b,
                 struct rank_moves *moves)
{
    for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
        if (a[i].track != b[j].track) {
            *(a[i].track < b[j].track ? &i : &j) += 1;
            continue;
        }
        moves->elsewhere[0][a[i].rank - 1] = b[j].rank;
        moves->elsewhere[1][b[j].rank - 1] = a[i].rank;
        moves->shared++;
        for (int top = 0; top < RANK_TOPS; top++)
            moves->tops[top] += (size_t)a[i].rank <= rank_tops[top] && (size_t)b[j].rank <= rank_tops[top];
        i++, j++;
    }
}

/* The shared tracks in a's order; a pair is discordant where b's ranks descend. */
static double tau_of(const struct rank_moves *moves)
{
    double discordant = 0, pairs = (double)moves->shared * ((double)moves->shared - 1) / 2;
    for (size_t i = 0; i < moves->counts[0]; i++)
        for (size_t j = i + 1; moves->elsewhere[0][i] > 0 && j < moves->counts[0]; j++)
            discordant += moves->elsewhere[0][j] > 0 && moves->elsewhere[0][j] < moves->elsewhere[0][i];
    return pairs > 0 ? 1 - 2 * discordant / pairs : NAN;
}

/* Whether the track at `depth` of list i is in the first `depth` of the other one; at equal depth it is counted once.
 */
static size_t joined(const struct rank_moves *moves, size_t depth)
{
    size_t count = 0;
    for (int list = 0; list < 2; list++) {
        int32_t other = depth <= moves->counts[list] ? moves->elsewhere[list][depth - 1] : 0;
        count += other > 0 && ((size_t)other < depth || (list == 0 && (size_t)other == depth));
    }
    return count;
}

static double overlap_of(const struct rank_moves *moves)
{
    static const double p = 0.9;
    const bool first = moves->counts[0] < moves->counts[1];
    const size_t shorter = moves->counts[!first], longer = moves->counts[first];
    double sum = 0, weight = 1, overlap = 0, at_shorter = 0;
    if (shorter == 0)
        return NAN;
    for (size_t depth = 1; depth <= longer; depth++) {
        weight *= p;
        overlap += (double)joined(moves, depth);
        sum += overlap / (double)depth * weight;
        if (depth == shorter)
            at_shorter = overlap;
        if (depth > shorter)
            sum += at_shorter * (double)(depth - shorter) / ((double)shorter * (double)depth) * weight;
    }
    return (1 - p) / p * sum + ((overlap - at_shorter) / (double)longer + at_shorter / (double)shorter) * weight;
}

enum status rank_moves_make(const int64_t *a, size_t n_a, const int64_t *b, size_t n_b, struct rank_moves *moves,
                            struct error *error)
{
    *moves = (struct rank_moves){.counts = {n_a, n_b}};
    struct ranked_track *sorted = malloc((n_a + n_b + 1) * sizeof *sorted);
    moves->elsewhere[0] = calloc(n_a + 1, sizeof *moves->elsewhere[0]);
    moves->elsewhere[1] = calloc(n_b + 1, sizeof *moves->elsewhere[1]);
    if (!sorted || !moves->elsewhere[0] || !moves->elsewhere[1]) {
        free(sorted);
        rank_moves_free(moves);
        return error_no_memory(error);
    }
    sort(a, n_a, sorted);
    sort(b, n_b, sorted + n_a);
    find(sorted, n_a, sorted + n_a, n_b, moves);
    moves->tau = tau_of(moves);
    moves->overlap = overlap_of(moves);
    free(sorted);
    return STATUS_OK;
}

void rank_moves_free(struct rank_moves *moves)
{
    free(moves->elsewhere[0]);
    free(moves->elsewhere[1]);
    *moves = (struct rank_moves){0};
}
