#ifndef SLEEVE_APP_COMPARE_H
#define SLEEVE_APP_COMPARE_H

#include "core/arena.h"
#include "eval/compare.h"
#include "eval/groups.h"

/* Two sides of evaluated models on the same playlists: paired differences a - b, from what is stored. No model is asked
 * again. */

struct compare_settings {
    const char *a; /* a model, or several with commas between: their mean on each playlist */
    const char *b; /* the same; with reference_file one model of that file */
    const char *reference_file;
    struct result_group filter; /* only these playlists; {.slice = -1} takes all */
    bool groups;                /* also by number of seeds and by slice */
    size_t largest;             /* how many of the largest wins and losses are listed, each */
    const char *plot;           /* a PNG or SVG of both sides by number of seeds (app/results_plot.h); NULL: none */
};

/* One metric that both sides have. A win is the better value for a. */
struct compared_metric {
    enum metric metric;
    struct comparison comparison;
    const char *verdict; /* of the 95 % interval about a: "better", "worse" or, when it holds 0, "not worse" */
};

/* A playlist with a large difference in COMPARE_LARGEST. */
enum { COMPARE_LARGEST = METRIC_NDCG };
struct compared_playlist {
    const char *key, *name;
    int32_t seeds;
    double difference;
};

struct compare_result {
    size_t n_playlists;
    struct compared_metric metrics[METRICS];
    int n_metrics;
    struct group_summaries groups;     /* of the differences, where the settings ask for them */
    struct compared_playlist *largest; /* the largest win first, the largest loss last */
    size_t n_largest;
    struct arena memory; /* owns `largest` and its texts */
};
void compare_result_free(struct compare_result *result);

/* STATUS_FAILED when a model was not evaluated, or the sides share fewer than two of the playlists. What is left out is
 * told by log_message. On any error `result` is empty. */
enum status app_compare(struct catalogue *catalogue, const struct compare_settings *settings,
                        struct compare_result *result, struct error *error);

#endif
