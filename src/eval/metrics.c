#include "eval/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A track or artist is marked if its entry equals the current stamp, so that nothing needs to be cleared between lists.
 */
struct metrics_marks {
    uint32_t stamp;
    uint32_t *tracks;  /* [n_tracks] marks of held-out tracks */
    uint32_t *artists; /* [n_artists] marks of artists of held-out tracks that have not occurred in the list yet */
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

/* ---- one function a metric ---- */

/* Number of flags that are set among the first `length`. */
static size_t count_set(const bool *flags, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += flags[i];
    return count;
}

static double precision_of(const struct ranked_list *list)
{
    return (double)count_set(list->hits, list->count) / METRICS_LENGTH;
}

static double recall_of(const struct ranked_list *list)
{
    return (double)count_set(list->hits, list->count) / (double)list->n_held_out;
}

static double r_precision(const struct ranked_list *list, size_t artists_among)
{
    size_t first = list->n_held_out < list->count ? list->n_held_out : list->count;
    double hits = (double)count_set(list->hits, first);
    return (hits + 0.25 * (double)count_set(list->artist_hits, artists_among)) / (double)list->n_held_out;
}

static double r_precision_of(const struct ranked_list *list)
{
    return r_precision(list, list->n_held_out < list->count ? list->n_held_out : list->count);
}

static double r_precision_rta_of(const struct ranked_list *list)
{
    return r_precision(list, list->count);
}

/* The ideal list is not limited to 500 tracks. */
static double ndcg_of(const struct ranked_list *list)
{
    double ideal = 0, gained = 0;
    for (size_t i = 0; i < list->n_held_out; i++)
        ideal += 1 / log2((double)i + 2);
    for (size_t i = 0; i < list->count; i++)
        if (list->hits[i])
            gained += 1 / log2((double)i + 2);
    return gained / ideal;
}

static double clicks_of(const struct ranked_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->hits[i])
            return (double)(i / 10);
    return METRICS_NO_HIT;
}

static double popularity_of(const struct ranked_list *list)
{
    double sum = 0;
    for (size_t i = 0; i < list->count; i++)
        sum += (double)list->stats->popularity[list->tracks[i]];
    return list->count ? sum / (double)list->count : 0;
}

/* ---- the table ---- */

#define METRIC_INFO(id, text, explained, ...)                                                                          \
    [METRIC_##id] = {.name = #text, .help = (explained), .compute = text##_of, __VA_ARGS__},
const struct metric_info metric_infos[METRICS] = {METRIC_TABLE(METRIC_INFO)};

void metric_text(enum metric metric, double value, char text[METRIC_TEXT_SIZE])
{
    const struct metric_info *info = &metric_infos[metric];
    if (isnan(value))
        snprintf(text, METRIC_TEXT_SIZE, "–");
    else
        snprintf(text, METRIC_TEXT_SIZE, "%.*f%s%s", info->decimals, info->scale * value, info->unit[0] ? " " : "",
                 info->unit);
}

enum metric metric_named(const char *name)
{
    int metric = 0;
    while (metric < METRICS && strcmp(metric_infos[metric].name, name) != 0)
        metric++;
    return (enum metric)metric;
}

int metrics_by_priority(enum metric order[METRICS])
{
    int count = 0;
    for (int priority = 1; priority <= METRICS; priority++)
        for (int metric = 0; metric < METRICS; metric++)
            if (metric_infos[metric].priority == priority)
                order[count++] = (enum metric)metric;
    return count;
}

void metrics_of_list(const struct track_stats *stats, struct metrics_marks *marks, const int32_t *list, size_t n_list,
                     const int32_t *held_out, size_t n_held_out, double values[METRICS])
{
    uint32_t stamp = ++marks->stamp;
    struct ranked_list ranked = {.stats = stats, .tracks = list, .count = n_list, .n_held_out = n_held_out};
    for (size_t i = 0; i < n_held_out; i++) {
        marks->tracks[held_out[i]] = stamp;
        marks->artists[stats->artists[held_out[i]]] = stamp;
    }
    for (size_t i = 0; i < n_list; i++) {
        uint32_t *artist = &marks->artists[stats->artists[list[i]]];
        ranked.hits[i] = marks->tracks[list[i]] == stamp;
        ranked.artist_hits[i] = *artist == stamp;
        if (ranked.artist_hits[i])
            *artist = 0; /* an artist counts once */
    }
    for (int metric = 0; metric < METRICS; metric++)
        values[metric] = metric_infos[metric].compute(&ranked);
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
