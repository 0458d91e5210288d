#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>

/* A row or artist is marked when it holds the current stamp, so that nothing is cleared between lists. */
struct metrics_marks {
    uint32_t stamp;
    uint32_t *tracks;  /* [n_tracks] in the truth */
    uint32_t *artists; /* [n_artists] of the truth and not yet met */
};

void metrics_popularity(const int64_t *counts, int64_t n_tracks, float *popularity)
{
    int64_t least = n_tracks ? counts[0] : 0, most = least;
    for (int64_t i = 0; i < n_tracks; i++) {
        least = counts[i] < least ? counts[i] : least;
        most = counts[i] > most ? counts[i] : most;
    }
    for (int64_t i = 0; i < n_tracks; i++)
        popularity[i] = most > least ? (float)((double)(counts[i] - least) / (double)(most - least)) : 0;
}

enum status metrics_marks_create(const struct track_stats *stats, struct metrics_marks **out, struct error *error)
{
    struct metrics_marks *marks = calloc(1, sizeof *marks);
    if (marks) {
        marks->tracks = calloc((size_t)stats->n_tracks + 1, sizeof *marks->tracks);
        marks->artists = calloc((size_t)stats->n_artists + 1, sizeof *marks->artists);
    }
    if (!marks || !marks->tracks || !marks->artists) {
        metrics_marks_free(marks);
        return error_no_memory(error);
    }
    *out = marks;
    return STATUS_OK;
}

void metrics_marks_free(struct metrics_marks *marks)
{
    if (!marks)
        return;
    free(marks->tracks);
    free(marks->artists);
    free(marks);
}

void metrics_of_list(const struct track_stats *stats, struct metrics_marks *marks, const int32_t *list, size_t n_list,
                     const int32_t *truth, size_t n_truth, struct metrics *metrics)
{
    uint32_t stamp = ++marks->stamp;
    double ideal = 0, gained = 0, popularity = 0;
    size_t hits = 0, early_hits = 0, artists = 0, early_artists = 0, first_hit = SIZE_MAX;
    for (size_t i = 0; i < n_truth; i++) {
        marks->tracks[truth[i]] = stamp;
        marks->artists[stats->artists[truth[i]]] = stamp;
        ideal += 1 / log2((double)i + 2);
    }
    for (size_t i = 0; i < n_list; i++) {
        int32_t row = list[i], artist = stats->artists[row];
        popularity += (double)stats->popularity[row];
        if (marks->tracks[row] == stamp) {
            gained += 1 / log2((double)i + 2);
            hits++;
            early_hits += i < n_truth;
            first_hit = first_hit == SIZE_MAX ? i : first_hit;
        }
        if (marks->artists[artist] == stamp) {
            marks->artists[artist] = 0; /* an artist counts once */
            artists++;
            early_artists += i < n_truth;
        }
    }
    double truths = (double)n_truth;
    *metrics = (struct metrics){
        .precision = (double)hits / METRICS_LENGTH,
        .recall = (double)hits / truths,
        .r_precision = ((double)early_hits + 0.25 * (double)early_artists) / truths,
        .r_precision_rta = ((double)early_hits + 0.25 * (double)artists) / truths,
        .ndcg = gained / ideal,
        .clicks = first_hit == SIZE_MAX ? METRICS_NO_HIT : (double)(first_hit / 10),
        .popularity = n_list ? popularity / (double)n_list : 0,
    };
}

struct interval metrics_interval(const double *values, size_t count, size_t stride)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i * stride];
    double mean = count ? sum / (double)count : 0;
    for (size_t i = 0; i < count; i++)
        squares += (values[i * stride] - mean) * (values[i * stride] - mean);
    double ci95 = count > 1 ? 1.96 * sqrt(squares / (double)(count - 1) / (double)count) : 0;
    return (struct interval){mean, ci95};
}

void metrics_summarise(const struct metrics *each, size_t count, struct metrics_summary *summary)
{
    enum { STRIDE = sizeof(struct metrics) / sizeof(double) };
    *summary = (struct metrics_summary){
        .count = count,
        .precision = metrics_interval(&each->precision, count, STRIDE),
        .recall = metrics_interval(&each->recall, count, STRIDE),
        .r_precision = metrics_interval(&each->r_precision, count, STRIDE),
        .r_precision_rta = metrics_interval(&each->r_precision_rta, count, STRIDE),
        .ndcg = metrics_interval(&each->ndcg, count, STRIDE),
        .clicks = metrics_interval(&each->clicks, count, STRIDE),
        .popularity = metrics_interval(&each->popularity, count, STRIDE),
    };
}
