#ifndef SLEEVE_EVAL_METRICS_H
#define SLEEVE_EVAL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Metrics of a ranked list for one playlist, given its held-out tracks: those of the RecSys Challenge 2018, as papers
 * on playlist continuation compute them. Row = track number - 1. */

enum { METRICS_LENGTH = 500, METRICS_NO_HIT = 51 };

/* One row per metric. All code that computes, stores, prints, explains or sorts by metrics uses this table, in its
 * order. The second column is the name in JSON, in the catalogue and in files of results; metrics.c defines a function
 * NAME_of for it. The other columns are the help text and the members of struct metric_info. */
/* clang-format off */
#define METRIC_TABLE(METRIC)                                                                                           \
    METRIC(PRECISION, precision, "held-out tracks in the list / 500",                                                  \
           .title = "Precision", .brief = "Prec.", .label = "precision",                                               \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true)                                                 \
    METRIC(RECALL, recall, "held-out tracks in the list / R",                                                          \
           .title = "Recall", .brief = "Recall", .label = "recall",                                                    \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true, .priority = 3, .decimals = 1)                   \
    METRIC(R_PRECISION, r_precision, "(held-out tracks + 0.25 x their artists, both in the first R) / R",              \
           .title = "R-Precision", .brief = "R-Prec.", .label = "R-precision",                                         \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true, .priority = 4, .decimals = 1)                   \
    METRIC(R_PRECISION_RTA, r_precision_rta, "the same with the artists of the whole list (Bendada et al. 2023)",      \
           .title = "R-Precision", .brief = "R-Prec.", .label = "R-precision, RTA", .variant = "RTA",                  \
           .unit = "%", .scale = 100, .direction = 1)                                                                  \
    METRIC(NDCG, ndcg, "discounted cumulative gain / that of all R held-out tracks at the top",                        \
           .title = "NDCG", .brief = "NDCG", .label = "NDCG",                                                          \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true, .priority = 2, .decimals = 1)                   \
    METRIC(CLICKS, clicks, "pages of ten before the first held-out track; 51 where the list has none",                 \
           .title = "Clicks", .brief = "Clicks", .label = "clicks",                                                    \
           .unit = "", .scale = 1, .direction = -1, .plotted = true, .priority = 1)                                    \
    METRIC(POPULARITY, popularity, "mean over the list, 0 the least frequent track in training, 1 the most",           \
           .title = "Popularity", .brief = "Popul.", .label = "popularity",                                            \
           .unit = "%", .scale = 100, .direction = -1, .plotted = true, .note = "lower: less known tracks")
/* clang-format on */

#define METRIC_ENUMERATOR(id, ...) METRIC_##id,
enum metric { METRIC_TABLE(METRIC_ENUMERATOR) METRICS };
#undef METRIC_ENUMERATOR

/* For help texts: "  name: help\n" of every metric. */
#define METRIC_HELP_LINE(id, name, help, ...) "  " #name ": " help "\n"
#define METRIC_HELP METRIC_TABLE(METRIC_HELP_LINE)

/* Their names, each after a comma: ", precision, recall, ..." */
#define METRIC_COMMA_NAME(id, name, ...) ", " #name
#define METRIC_COMMA_NAMES METRIC_TABLE(METRIC_COMMA_NAME)

struct ranked_list;

struct metric_info {
    const char *name; /* "r_precision" */
    const char *help;
    double (*compute)(const struct ranked_list *list);
    const char *title, *brief; /* heading of a column: "R-Precision", "R-Prec." */
    const char *label;         /* in a line of text: "R-precision" */
    const char *variant;       /* distinguishes two metrics with the same title; NULL: not needed */
    const char *unit;          /* unit of a printed value: "%", or "" */
    double scale;              /* factor of a printed value */
    int direction;             /* 1: higher is better; -1: lower is better */
    bool plotted;              /* has a panel in plots */
    const char *note;          /* a note beside its panel; NULL: "higher is better" or "lower is better" */
    int priority;              /* from 1: order in views with space for few metrics; 0: in full tables only */
    int decimals;              /* of the printed value of a single playlist */
};
extern const struct metric_info metric_infos[METRICS];

enum { METRIC_TEXT_SIZE = 32 };
/* A value as it is printed: "33.5 %", "12"; "–" for NAN. */
void metric_text(enum metric metric, double value, char text[METRIC_TEXT_SIZE]);

/* METRICS if there is none with this name. */
enum metric metric_named(const char *name);
/* The metrics with a priority, 1 first; returns their number. */
int metrics_by_priority(enum metric order[METRICS]);

/* Statistics of tracks that metrics and slices need. */
struct track_stats {
    int64_t n_tracks;
    int32_t n_artists;
    int32_t *artists;  /* [n_tracks] 0..n_artists-1 */
    float *popularity; /* [n_tracks] (count - min) / (max - min) over all tracks, of counts in training playlists */
    int64_t *counts;   /* [n_tracks] number of training playlists that contain the track; not needed by metrics */
};

/* Popularity from counts [n_tracks]; 0 if all counts are equal. */
void metrics_popularity(const int64_t *counts, int64_t n_tracks, float *popularity);

/* The input of a metric: a list compared with the held-out tracks. */
struct ranked_list {
    const struct track_stats *stats;
    const int32_t *tracks; /* [count] best first, at most METRICS_LENGTH, distinct */
    size_t count;
    size_t n_held_out;                /* at least 1 */
    bool hits[METRICS_LENGTH];        /* the track is held out */
    bool artist_hits[METRICS_LENGTH]; /* the list's first track of an artist of a held-out track */
};

/* Scratch memory for one thread. */
struct metrics_marks;
enum status metrics_marks_create(const struct track_stats *stats, struct metrics_marks **marks, struct error *error);
void metrics_marks_free(struct metrics_marks *marks);

/* `list`: up to 500 distinct rows, best first; `held_out`: at least one row, distinct. */
void metrics_of_list(const struct track_stats *stats, struct metrics_marks *marks, const int32_t *list, size_t n_list,
                     const int32_t *held_out, size_t n_held_out, double values[METRICS]);

/* Mean, and half of its 95 % interval: 1.96 σ / sqrt(n), with σ over n - 1; 0 for fewer than two values. */
struct interval {
    double mean, ci95;
};
struct interval metrics_interval(const double *values, size_t count, size_t stride);

#endif
