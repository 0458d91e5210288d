#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/demo.h"
#include "app/explain.h"
#include "bench/bench.h"
#include "bench/explored.h"
#include "core/clock.h"

/* Explanations of the first suggestions of each of the demo's models, and of two more, for short and long playlists. */

enum { RANKS = 20, ROUNDS = 3, SAMPLES = RANKS * ROUNDS, SEEDS_MAX = 100 };
static const size_t lengths[] = {5, 25, SEEDS_MAX};

struct explained {
    struct app *app;
    int64_t seeds[SEEDS_MAX];
    size_t n_seeds;
};

/* A playlist of SEEDS_MAX tracks: those of the demo's first playlists. */
static enum status read_seeds(struct explained *explained, struct error *error)
{
    struct playlist_list playlists = {0};
    enum status status = app_playlists_after(explained->app, 0, SEEDS_MAX, &playlists, error);
    for (size_t i = 0; i < playlists.count && explained->n_seeds < SEEDS_MAX && status == STATUS_OK; i++) {
        struct track_list tracks = {0};
        status = app_playlist_open(explained->app, playlists.items[i].id, &tracks, error);
        for (size_t t = 0; t < tracks.count && explained->n_seeds < SEEDS_MAX; t++) {
            bool there = false;
            for (size_t s = 0; s < explained->n_seeds; s++)
                there = there || explained->seeds[s] == tracks.items[t].id;
            if (!there)
                explained->seeds[explained->n_seeds++] = tracks.items[t].id;
        }
        track_list_free(&tracks);
    }
    playlist_list_free(&playlists);
    return status;
}

static enum status measure(struct bench *bench, struct explained *explained, const char *model, size_t length,
                           struct error *error)
{
    const struct recommend_query query = {.seeds = explained->seeds, .n_seeds = length};
    struct recommendation list[RANKS];
    struct track_list tracks = {0};
    struct app_answer answer;
    double samples[SAMPLES];
    char name[96];
    enum status status = app_recommend(explained->app, model, &query, RANKS, list, &tracks, &answer, error);
    const size_t count = tracks.count;
    track_list_free(&tracks);
    if (status == STATUS_OK && count == 0)
        return error_set(error, STATUS_FAILED, "%s has no suggestions for the demo's playlist", model);
    for (int i = -1; i < SAMPLES && status == STATUS_OK; i++) { /* the first call opens what it needs */
        struct app_why why;
        double begin = clock_seconds();
        status =
            app_explain(explained->app, model, &query, list[i < 0 ? 0 : (size_t)i % count].track, 500, &why, error);
        if (i >= 0)
            samples[i] = 1000 * (clock_seconds() - begin);
        if (status == STATUS_OK)
            app_why_free(&why);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    if (status != STATUS_OK)
        return status;
    snprintf(name, sizeof name, "explain %s", model);
    const struct bench_row row = bench_row_make(name, (double)length, "ms", samples, SAMPLES, NAN, false);
    return bench_print(bench, &row, error);
}

static enum status measure_all(struct bench *bench, const char *catalogue, struct error *error)
{
    static const char *const models[] = {"popularity", "als", "sknn", "mf-avg", "demo", "ensemble", "content-blend"};
    struct explained explained = {0};
    const struct app_options options = {.catalogue = catalogue,
                                        .device = {.choice = DEVICE_CPU, .threads = pool_threads(bench->pool)}};
    enum status status = app_open(&options, &explained.app, error);
    if (status == STATUS_OK)
        status = read_seeds(&explained, error);
    for (size_t m = 0; m < sizeof models / sizeof *models && status == STATUS_OK; m++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths && status == STATUS_OK; i++)
            status = measure(bench, &explained, models[m], lengths[i], error);
    app_close(explained.app);
    return status;
}

/* Kinds that the demo does not have: an ensemble of its models, and one that compares covers. */
static enum status train_more(const char *path, struct error *error)
{
    static const char *const members[] = {"sknn", "als", "mf-avg"}, *const sets[] = {"gist"};
    static const double weights[] = {1, 1, 1};
    const struct model_spec specs[] = {
        {.kind = "ensemble",
         .name = "ensemble",
         .split_sets = SPLIT_TRAIN | SPLIT_VALIDATION,
         .members = {.names = members, .count = 3, .weights = weights}},
        {.kind = "content-blend",
         .name = "content-blend",
         .split_sets = SPLIT_TRAIN | SPLIT_VALIDATION,
         .features = sets,
         .n_features = 1},
    };
    struct catalogue *catalogue = NULL;
    struct compute compute = {0};
    enum status status = catalogue_open(path, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = compute_open(DEVICE_CPU, 0, &compute, error);
    for (size_t i = 0; i < sizeof specs / sizeof *specs && status == STATUS_OK; i++)
        status = model_train(catalogue, &compute, &specs[i], NULL, error);
    compute_close(&compute);
    catalogue_close(catalogue);
    return status;
}

enum status bench_explain(struct bench *bench, struct error *error)
{
    struct explored explored = {0};
    enum status status = explored_open(&explored, error);
    const struct demo_settings settings = {.folder = explored.folder, .device = {.choice = DEVICE_CPU}};
    if (status == STATUS_OK)
        status = demo_make(&settings, &explored.catalogue, error);
    if (status == STATUS_OK)
        status = train_more(explored.catalogue.data, error);
    if (status == STATUS_OK)
        status = measure_all(bench, explored.catalogue.data, error);
    explored_close(&explored);
    return status;
}
