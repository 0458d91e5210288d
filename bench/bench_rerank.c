#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/demo.h"
#include "app/steer.h"
#include "bench/bench.h"
#include "bench/explored.h"
#include "core/clock.h"
#include "core/random.h"
#include "models/rerank.h"

/* 500 generated candidates: a re-ranking by each means, then by all of them in the widest space. Then what re-ranking
 * adds to a list of the demo, with reading wishes, attributes and directions. */
enum { COUNT = 500, WIDTH_MAX = 960, RUNS = 200 };

static const struct {
    const char *name, *spec;
    size_t width;
} cases[] = {
    {"rerank.artists", "artists=2", 12},
    {"rerank.new", "new=0.3", 12},
    {"rerank.like.audio", "like=space:0.5", 12},
    {"rerank.like.clip", "like=space:0.5", 512},
    {"rerank.diversity.artist", "diversity=0.3", 12},
    {"rerank.diversity.audio", "diversity=space:0.3", 12},
    {"rerank.diversity.clip", "diversity=space:0.3", 512},
    {"rerank.diversity.gist", "diversity=space:0.3", 960},
    {"rerank.diversity.gist.full", "diversity=space:1", 960},
    {"rerank.all.audio", "artists=2,albums=1,total=9,new=0.3,like=space:0.3,draw=1,diversity=space:0.2", 12},
    {"rerank.all.gist", "artists=2,albums=1,total=9,new=0.3,like=space:0.3,draw=1,diversity=space:0.2", 960},
};

struct candidates {
    int64_t tracks[COUNT], artists[COUNT], albums[COUNT], playlists[COUNT];
    float scores[COUNT], items[COUNT * WIDTH_MAX], seeds[WIDTH_MAX];
};

static void make_unit(struct random *random, float *vector, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++) {
        vector[i] = (float)random_normal(random);
        sum += (double)vector[i] * (double)vector[i];
    }
    for (size_t i = 0; i < width; i++)
        vector[i] /= (float)sqrt(sum);
}

static void fill(struct candidates *candidates, size_t width)
{
    struct random random;
    random_seed(&random, 1);
    for (size_t i = 0; i < COUNT; i++) {
        candidates->tracks[i] = (int64_t)i + 1;
        candidates->artists[i] = 1 + (int64_t)random_below(&random, COUNT / 4);
        candidates->albums[i] = 2 * candidates->artists[i] + (int64_t)random_below(&random, 2);
        candidates->playlists[i] = (int64_t)random_below(&random, 10000);
        candidates->scores[i] = 1 / (1 + (float)i / 50);
        make_unit(&random, candidates->items + i * width, width);
    }
    make_unit(&random, candidates->seeds, width);
}

static enum status measure(struct bench *bench, struct candidates *candidates, size_t at, struct error *error)
{
    struct rerank_spec spec;
    double samples[RUNS];
    int32_t order[COUNT];
    const struct rerank_space space = {"space", cases[at].width, candidates->items, candidates->seeds, NULL};
    const struct rerank_list list = {.count = COUNT,
                                     .tracks = candidates->tracks,
                                     .artists = candidates->artists,
                                     .albums = candidates->albums,
                                     .scores = candidates->scores,
                                     .playlists = candidates->playlists,
                                     .spaces = &space,
                                     .n_spaces = 1};
    fill(candidates, cases[at].width);
    enum status status = rerank_spec_read(cases[at].spec, &spec, error);
    for (int run = 0; run < RUNS && status == STATUS_OK; run++) {
        double begin = clock_seconds();
        status = rerank(&spec, &list, order, error);
        samples[run] = 1000 * (clock_seconds() - begin);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    if (status != STATUS_OK)
        return status;
    const struct bench_row row = bench_row_make(cases[at].name, COUNT, "ms", samples, RUNS, (double)NAN, false);
    return bench_print(bench, &row, error);
}

static const char *const steered[] = {"artists=2", "diversity=audio:0.3", "diversity=gist:0.3", "diversity=gist:1",
                                      "artists=2,albums=1,total=9,new=0.3,like=gist:0.3,draw=1,diversity=gist:0.2"};

/* A suggestion list for one of the demo's playlists in each run. */
static enum status measure_steered(struct bench *bench, struct app *app, const struct playlist_list *playlists,
                                   const char *text, struct error *error)
{
    struct suggest_settings settings = {0};
    double samples[RUNS];
    size_t count = 0;
    char name[192];
    enum status status = rerank_spec_read(text, &settings.spec, error);
    for (size_t i = 0; status == STATUS_OK && i < playlists->count && count < RUNS; i++) {
        struct track_list seeds = {0}, tracks = {0};
        struct recommendation list[SUGGEST_POOL];
        struct app_answer answer;
        struct suggest_answer suggested = {0};
        int64_t ids[5];
        status = app_playlist_open(app, playlists->items[i].id, &seeds, error);
        struct recommend_query query = {.seeds = ids, .n_seeds = seeds.count < 5 ? seeds.count : 5};
        for (size_t s = 0; s < query.n_seeds; s++)
            ids[s] = seeds.items[s].id;
        if (status == STATUS_OK && query.n_seeds > 0)
            status =
                app_suggest(app, "als", &query, &settings, SUGGEST_POOL, list, &tracks, &answer, &suggested, error);
        if (status == STATUS_OK && query.n_seeds > 0 && i > 0) /* the first one opens what it needs */
            samples[count++] = suggested.milliseconds;
        suggest_answer_free(&suggested);
        track_list_free(&tracks);
        track_list_free(&seeds);
    }
    snprintf(name, sizeof name, "demo %s", text);
    const struct bench_row row = bench_row_make(name, SUGGEST_POOL, "ms", samples, count, (double)NAN, false);
    return status == STATUS_OK ? bench_print(bench, &row, error) : status;
}

static enum status measure_demo(struct bench *bench, const char *catalogue, struct error *error)
{
    const struct app_options options = {.catalogue = catalogue,
                                        .device = {.choice = DEVICE_CPU, .threads = pool_threads(bench->pool)}};
    struct app *app = NULL;
    struct playlist_list playlists = {0};
    enum status status = app_open(&options, &app, error);
    if (status == STATUS_OK)
        status = app_playlists_after(app, 0, RUNS + 1, &playlists, error);
    for (size_t i = 0; i < sizeof steered / sizeof *steered && status == STATUS_OK; i++)
        status = measure_steered(bench, app, &playlists, steered[i], error);
    playlist_list_free(&playlists);
    app_close(app);
    return status;
}

static enum status make_demo(struct bench *bench, struct error *error)
{
    struct explored explored = {0};
    enum status status = explored_open(&explored, error);
    const struct demo_settings settings = {.folder = explored.folder, .device = {.choice = DEVICE_CPU}};
    if (status == STATUS_OK)
        status = demo_make(&settings, &explored.catalogue, error);
    if (status == STATUS_OK)
        status = measure_demo(bench, explored.catalogue.data, error);
    explored_close(&explored);
    return status;
}

enum status bench_rerank(struct bench *bench, struct error *error)
{
    struct candidates *candidates = calloc(1, sizeof *candidates);
    enum status status = candidates ? STATUS_OK : error_no_memory(error);
    for (size_t at = 0; at < sizeof cases / sizeof cases[0] && status == STATUS_OK; at++)
        status = measure(bench, candidates, at, error);
    free(candidates);
    return status == STATUS_OK ? make_demo(bench, error) : status;
}
