#ifndef SLEEVE_APP_COMPARE_H
#define SLEEVE_APP_COMPARE_H

#include "core/arena.h"
#include "eval/compare.h"
#include "eval/groups.h"
#include "eval/held_out_group.h"

/* Compares two sides on the playlists that both were evaluated on: paired differences a - b of the stored results. No
 * model is run again. */

struct compare_settings {
    const char *a; /* a model, or several with commas between: their mean on each playlist */
    const char *b; /* the same; with reference_file one model of that file */
    const char *reference_file;
    struct result_group filter;   /* only these playlists; {.seeds = SEEDS_ANY, .slice = -1} takes all */
    enum held_out_group held_out; /* metrics of this group of held-out tracks; HELD_OUT_GROUPS: of all */
    bool groups;                  /* also by number of seeds and by slice */
    size_t largest;               /* how many of the largest wins, and of the largest losses, are listed */
    const char *plot; /* a PNG or SVG file of both sides by number of seeds (app/results_plot.h); NULL: none */
};

/* A metric that both sides have. A win means that a has the better value. */
struct compared_metric {
    enum metric metric;
    struct comparison comparison;
    const char
        *verdict; /* by the 95 % interval of the difference: "better", "worse", or "not worse" when it contains 0 */
};

/* The difference of one playlist in COMPARE_LARGEST. */
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
    struct group_summaries groups;     /* of the differences, if the settings ask for them */
    struct compared_playlist *largest; /* the largest win first, the largest loss last */
    size_t n_largest;
    struct arena memory; /* owns `largest` and its texts */
};
void compare_result_free(struct compare_result *result);

/* STATUS_FAILED when a model was not evaluated, or the sides share fewer than two of the playlists. log_message reports
 * what is left out. On any error `result` is empty. */
enum status app_compare(struct catalogue *catalogue, const struct compare_settings *settings,
                        struct compare_result *result, struct error *error);

#endif
