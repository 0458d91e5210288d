#include "eval/variety.h"

#include <math.h>
#include <stdlib.h>

static size_t page_of(size_t n_list)
{
    return n_list < VARIETY_PAGE ? n_list : VARIETY_PAGE;
}

double variety_recall(const int32_t *list, size_t n_list, size_t depth, const int32_t *held_out, size_t n_held_out)
{
    size_t hits = 0;
    for (size_t i = 0; i < n_list && i < depth; i++)
        for (size_t h = 0; h < n_held_out; h++)
            hits += list[i] == held_out[h];
    return (double)hits / (double)n_held_out;
}

double variety_artists(const struct track_stats *stats, const int32_t *list, size_t n_list)
{
    size_t distinct = 0;
    for (size_t i = 0; i < page_of(n_list); i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || stats->artists[list[k]] == stats->artists[list[i]];
        distinct += !seen;
    }
    return (double)distinct;
}

double variety_popularity(const struct track_stats *stats, const int32_t *list, size_t n_list)
{
    double sum = 0;
    for (size_t i = 0; i < page_of(n_list); i++)
        sum += (double)stats->popularity[list[i]];
    return n_list > 0 ? sum / (double)page_of(n_list) : (double)NAN;
}

static bool has_direction(const float *vector, size_t width)
{
    bool any = false;
    for (size_t i = 0; i < width; i++)
        any = any || vector[i] != 0;
    return any;
}

double variety_distance(const float *directions, size_t n_list, size_t width)
{
    double sum = 0;
    size_t pairs = 0, page = page_of(n_list);
    bool known[VARIETY_PAGE];
    for (size_t i = 0; i < page; i++) {
        known[i] = has_direction(directions + i * width, width);
        for (size_t k = 0; k < i; k++) {
            double product = 0;
            for (size_t d = 0; d < width && known[i] && known[k]; d++)
                product += (double)directions[i * width + d] * (double)directions[k * width + d];
            sum += known[i] && known[k] ? 1 - product : 0;
            pairs += known[i] && known[k];
        }
    }
    return pairs > 0 ? sum / (double)pairs : (double)NAN;
}

/* ---- coverage ---- */

/* Counts the lists of each track; returns how many tracks are in any. */
static int64_t count_tracks(const struct variety_coverage *coverage, int32_t *counts)
{
    int64_t covered = 0;
    for (size_t i = 0; i < coverage->n_lists * coverage->depth; i++) {
        int32_t row = coverage->lists[i];
        if (row >= 0 && row < coverage->n_tracks)
            covered += counts[row]++ == 0;
    }
    return covered;
}

/* Tracks that only this list contains. */
static double count_own(const struct variety_coverage *coverage, const int32_t *counts, size_t list)
{
    double own = 0;
    for (size_t i = 0; i < coverage->depth; i++) {
        int32_t row = coverage->lists[list * coverage->depth + i];
        own += row >= 0 && row < coverage->n_tracks && counts[row] == 1;
    }
    return own;
}

enum status variety_compare_coverage(const struct variety_coverage *a, const struct variety_coverage *b,
                                     double coverage[2], double *difference, double *ci95, struct error *error)
{
    size_t n = a->n_lists;
    double total = (double)(a->n_tracks > 0 ? a->n_tracks : 1), sum = 0, squares = 0;
    int32_t *counts_a = calloc((size_t)a->n_tracks + 1, sizeof *counts_a),
            *counts_b = calloc((size_t)a->n_tracks + 1, sizeof *counts_b);
    if (!counts_a || !counts_b) {
        free(counts_a);
        free(counts_b);
        return error_no_memory(error);
    }
    int64_t covered_a = count_tracks(a, counts_a), covered_b = count_tracks(b, counts_b);
    for (size_t i = 0; i < n; i++) {
        double lost = count_own(b, counts_b, i) - count_own(a, counts_a, i);
        sum += lost;
        squares += lost * lost;
    }
    double spread = n > 1 ? squares - sum * sum / (double)n : 0;
    coverage[0] = (double)covered_a / total;
    coverage[1] = (double)covered_b / total;
    *difference = (double)(covered_b - covered_a) / total;
    *ci95 = n > 1 && spread > 0 ? 1.96 * sqrt((double)(n - 1) / (double)n * spread) / total : 0;
    free(counts_a);
    free(counts_b);
    return STATUS_OK;
}
