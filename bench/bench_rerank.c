#include <math.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "models/rerank.h"

/* 500 generated candidates: a re-ranking by each means, then by all of them in the widest space. */
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

enum status bench_rerank(struct bench *bench, struct error *error)
{
    struct candidates *candidates = calloc(1, sizeof *candidates);
    enum status status = candidates ? STATUS_OK : error_no_memory(error);
    for (size_t at = 0; at < sizeof cases / sizeof cases[0] && status == STATUS_OK; at++)
        status = measure(bench, candidates, at, error);
    free(candidates);
    return status;
}
