#ifndef SLEEVE_APP_EVALUATE_RERANK_H
#define SLEEVE_APP_EVALUATE_RERANK_H

#include "app/device.h"
#include "core/progress.h"
#include "db/catalogue.h"
#include "models/rerank.h"

/* What re-rankings of a model's lists cost and bring on the playlists that the split holds out, each paired with the
 * model alone. Nothing is stored: these are not the model's results. */

/* X(NAME, name, label, unit, scale, direction (1: higher is better, 0: neither), help) of the model's best 500 tracks
 * in their new order, of which none is lost: so recall and coverage of all 500 are those of the model alone. */
#define RERANK_MEASURES(X)                                                                                             \
    X(NDCG, ndcg, "NDCG", "%", 100, 1, "of the list of 500, as of models")                                             \
    X(R_PRECISION, r_precision, "R-precision", "%", 100, 1, "as of models")                                            \
    X(CLICKS, clicks, "clicks", "", 1, -1, "as of models; fewer are better")                                           \
    X(RECALL_PAGE, recall_page, "recall, page", "%", 100, 1,                                                           \
      "held-out tracks among the first 10 / all held-out tracks")                                                      \
    X(RECALL_100, recall_100, "recall, 100", "%", 100, 1, "the same among the first 100")                              \
    X(ARTISTS_PAGE, artists_page, "artists, page", "", 1, 0, "different artists among the first 10")                   \
    X(POPULARITY_PAGE, popularity_page, "popularity, page", "%", 100, 0,                                               \
      "mean over the first 10, 0 the least frequent track in training, 1 the most")                                    \
    X(DISTANCE_PAGE, distance_page, "distance, page", "", 1, 0,                                                        \
      "mean of 1 - cosine over the pairs of the first 10, in the feature set of --distance")                           \
    X(COVERAGE_PAGE, coverage_page, "coverage, page", "%", 100, 1,                                                     \
      "different tracks among the first 10 of all lists / tracks of the catalogue")                                    \
    X(COVERAGE_100, coverage_100, "coverage, 100", "%", 100, 1, "the same among the first 100")
#define RERANK_MEASURE_ENUMERATOR(NAME, ...) RERANK_MEASURE_##NAME,
enum rerank_measure { RERANK_MEASURES(RERANK_MEASURE_ENUMERATOR) RERANK_MEASURE_COUNT };
#undef RERANK_MEASURE_ENUMERATOR
#define RERANK_MEASURE_HELP_LINE(NAME, name, label, unit, scale, direction, help) "  " #name ": " help "\n"
#define RERANK_MEASURE_HELP RERANK_MEASURES(RERANK_MEASURE_HELP_LINE)

struct rerank_measure_info {
    const char *name, *label, *unit;
    double scale;
    int direction;
};
extern const struct rerank_measure_info rerank_measure_infos[RERANK_MEASURE_COUNT];

enum { EVALUATE_RERANKS_MAX = 16 };

struct evaluate_rerank_settings {
    const char *model;
    enum split_set set;
    bool titles;
    const struct rerank_spec *specs; /* [n_specs] 1..EVALUATE_RERANKS_MAX; wishes are refused, because they are a
                                      * person's */
    int n_specs;
    const char
        *distance; /* feature set of distance_page; NULL: "audio" if there is one, otherwise the first, or none */
};

/* The mean over the playlists for which both are known, and the difference re-ranked - alone. */
struct rerank_difference {
    size_t count;
    double alone, reranked, difference, ci95; /* 1.96 σ / sqrt(n) of the paired differences; coverage: jackknife */
    size_t higher, equal, lower;              /* playlists; 0 for coverage */
};

struct evaluate_rerank_result {
    size_t n_playlists;
    char distance[FEATURE_NAME_MAX + 1]; /* "": there is no feature set */
    struct reranked {
        char text[RERANK_SPEC_SIZE];
        double milliseconds; /* of ordering one list, its attributes not included: the mean */
        struct rerank_difference measures[RERANK_MEASURE_COUNT]; /* count 0: could not be computed */
    } specs[EVALUATE_RERANKS_MAX];
    int n_specs;
};

enum status app_evaluate_reranks(struct catalogue *catalogue, struct device_use *device,
                                 const struct evaluate_rerank_settings *settings, struct progress *progress,
                                 struct evaluate_rerank_result *result, struct error *error);

#endif
