#ifndef SLEEVE_EVAL_METRICS_H
#define SLEEVE_EVAL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* How good a ranked list is for one playlist, given the tracks that were held out: the metrics of the RecSys Challenge
 * 2018 as the papers on playlist continuation compute them. Rows of tracks are track numbers less one. */

enum { METRICS_LENGTH = 500, METRICS_NO_HIT = 51 };

/* One row a metric. Whatever computes, stores, prints, explains or sorts by metrics reads this table, in its order. The
 * second column is the name in JSON, in the catalogue and in files of results; metrics.c has a function NAME_of for it.
 * Then come the help text and the members of struct metric_info. */
/* clang-format off */
#define METRIC_TABLE(METRIC)                                                                                           \
    METRIC(PRECISION, precision, "held-out tracks in the list / 500",                                                  \
           .title = "Precision", .brief = "Prec.", .label = "precision",                                               \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true)                                                 \
    METRIC(RECALL, recall, "held-out tracks in the list / R",                                                          \
           .title = "Recall", .brief = "Recall", .label = "recall",                                                    \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true, .priority = 3, .decimals = 2)                   \
    METRIC(R_PRECISION, r_precision, "(held-out tracks + 0.25 x their artists, both in the first R) / R",              \
           .title = "R-Precision", .brief = "R-Prec.", .label = "R-precision",                                         \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true, .priority = 4, .decimals = 3)                   \
    METRIC(R_PRECISION_RTA, r_precision_rta, "the same with the artists of the whole list (Bendada et al. 2023)",      \
           .title = "R-Precision", .brief = "R-Prec.", .label = "R-precision, RTA", .variant = "RTA",                  \
           .unit = "%", .scale = 100, .direction = 1)                                                                  \
    METRIC(NDCG, ndcg, "discounted cumulative gain / that of all R held-out tracks at the top",                        \
           .title = "NDCG", .brief = "NDCG", .label = "NDCG",                                                          \
           .unit = "%", .scale = 100, .direction = 1, .plotted = true, .priority = 2, .decimals = 3)                   \
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

/* Their names, a comma before each: ", precision, recall, ..." */
#define METRIC_COMMA_NAME(id, name, ...) ", " #name
#define METRIC_COMMA_NAMES METRIC_TABLE(METRIC_COMMA_NAME)

struct ranked_list;

struct metric_info {
    const char *name; /* "r_precision" */
    const char *help;
    double (*compute)(const struct ranked_list *list);
    const char *title, *brief; /* above a column: "R-Precision", "R-Prec." */
    const char *label;         /* in a line of text: "R-precision" */
    const char *variant;       /* tells apart two metrics of the same title; NULL: none */
    const char *unit;          /* of a printed value: "%", or "" */
    double scale;              /* a printed value is this times the value */
    int direction;             /* 1: higher is better; -1: lower is */
    bool plotted;              /* has a panel in plots */
    const char *note;          /* beside its panel; NULL: "higher is better" or "lower is better" */
    int priority;              /* from 1: shown in this order where few fit; 0: in full tables only */
    int decimals;              /* of the value, not scaled, where one playlist is shown */
};
extern const struct metric_info metric_infos[METRICS];

/* METRICS when there is none of this name. */
enum metric metric_named(const char *name);
/* Those with a priority, 1 first; returns how many. */
int metrics_by_priority(enum metric order[METRICS]);

/* Statistics of tracks that metrics and slices need. */
struct track_stats {
    int64_t n_tracks;
    int32_t n_artists;
    int32_t *artists;  /* [n_tracks] 0..n_artists-1 */
    float *popularity; /* [n_tracks] (count - least) / (most - least) over all tracks, counts in training */
    int64_t *counts;   /* [n_tracks] training playlists that hold the track; not needed by metrics */
};

/* Popularity from counts [n_tracks]; all equal gives 0. */
void metrics_popularity(const int64_t *counts, int64_t n_tracks, float *popularity);

/* A list compared with the tracks that were held out: what a metric is computed from. */
struct ranked_list {
    const struct track_stats *stats;
    const int32_t *tracks; /* [count] best first, at most METRICS_LENGTH, distinct */
    size_t count;
    size_t n_held_out;                /* at least 1 */
    bool hits[METRICS_LENGTH];        /* the track was held out */
    bool artist_hits[METRICS_LENGTH]; /* the first track in the list of an artist of some held-out track */
};

/* Scratch memory for one thread. */
struct metrics_marks;
enum status metrics_marks_create(const struct track_stats *stats, struct metrics_marks **marks, struct error *error);
void metrics_marks_free(struct metrics_marks *marks);

/* `list`: up to 500 distinct rows, best first; `held_out`: at least one row, distinct. */
void metrics_of_list(const struct track_stats *stats, struct metrics_marks *marks, const int32_t *list, size_t n_list,
                     const int32_t *held_out, size_t n_held_out, double values[METRICS]);

/* Mean, and half of the 95 % interval: 1.96 σ / sqrt(n), σ over n - 1; 0 for fewer than two. */
struct interval {
    double mean, ci95;
};
struct interval metrics_interval(const double *values, size_t count, size_t stride);

#endif
