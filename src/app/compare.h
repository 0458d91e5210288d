#ifndef SLEEVE_APP_COMPARE_H
#define SLEEVE_APP_COMPARE_H

#include "app/results_plot.h"
#include "app/seen_answers.h"
#include "core/arena.h"
#include "eval/compare.h"
#include "eval/groups.h"
#include "eval/held_out_group.h"

/* Compares two sides on the playlists that both were evaluated on: paired differences a - b of the stored results. No
 * model is run again. */

struct app;

struct compare_settings {
    const char *a; /* a model, or several with commas between: their mean on each playlist */
    const char *b; /* the same; with reference_file one model of that file */
    const char *reference_file;
    struct result_group filter;   /* only these playlists; {.seeds = SEEDS_ANY, .slice = -1} takes all */
    enum held_out_group held_out; /* metrics of this group of held-out tracks; HELD_OUT_GROUPS: of all */
    bool groups;                  /* also by number of seeds and by slice */
    bool quick;                   /* without the bootstrap and the slices, which take most of the time */
    bool
        unpaired; /* all playlists of each side, also those that the other lacks: Welch's test instead of differences */
    const char *by;            /* the metric of the largest differences; NULL: NDCG */
    size_t largest;            /* how many of the largest wins, and of the largest losses, are listed */
    bool curves;               /* both sides by number of seeds, for a plot */
    const atomic_bool *cancel; /* STATUS_INTERRUPTED soon after it has become true; NULL: never */
    struct catalogue *beside;  /* another connection, on which the second side is read at the same time; NULL: none */
    const char *plot;          /* a PNG or SVG file of both sides by number of seeds (app/results_plot.h); NULL: none */
};

/* A metric that both sides have. A win means that a has the better value. */
struct compared_metric {
    enum metric metric;
    struct interval a, b;         /* of the same playlists, unless unpaired */
    struct comparison comparison; /* unpaired: zeros */
    double t_holm, wilcoxon_holm; /* p-values, corrected for the number of metrics (Holm) */
    struct welch welch;
    const char
        *verdict; /* by the 95 % interval of the difference: "better", "worse", or "not worse" when it contains 0 */
};
/* The verdict in words of a metric that is neither good nor bad by itself (metric_infos[].note): "lower", "higher" or
 * "no different"; of another one as it is. */
const char *compare_verdict(const struct compared_metric *compared);
/* Whether less or more of this metric is neither better nor worse by itself, as popularity. */
bool compare_is_descriptive(enum metric metric);

/* The difference of one playlist in one metric, not 0. */
enum { COMPARE_LARGEST = METRIC_NDCG };
struct compared_playlist {
    int64_t id;
    const char *key, *name;
    int32_t seeds;
    double a, b, difference;
};

struct compare_result {
    size_t n_playlists; /* that are compared */
    size_t n_a, n_b;    /* unpaired: of each side */
    enum seen_answers seen_a, seen_b;
    struct compared_metric metrics[METRICS];
    int n_metrics;
    struct group_summaries
        groups; /* of the differences, if the settings ask for them; quick: by number of seeds only */
    enum metric by;
    struct compared_playlist *largest; /* the largest win first, the largest loss last */
    size_t n_largest, n_wins;          /* the first n_wins are wins */
    struct results_curves *curves;     /* if the settings ask for them, else NULL: line 0 is a, line 1 is b */
    struct arena memory;               /* owns `largest` and its texts */
};
void compare_result_free(struct compare_result *result);

/* STATUS_FAILED when a model was not evaluated, or the sides share fewer than two of the playlists. log_message reports
 * what is left out. On any error `result` is empty. */
enum status app_compare(struct catalogue *catalogue, const struct compare_settings *settings,
                        struct compare_result *result, struct error *error);

/* The same for the explorer, on a connection of the app. */
enum status app_compare_results(struct app *app, const struct compare_settings *settings, struct compare_result *result,
                                struct error *error);

#endif
