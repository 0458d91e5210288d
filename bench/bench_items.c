#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/clock.h"
#include "core/random.h"
#include "models/kind.h"

/* Recommenders that sum over tracks or playlists with a seed (item-to-item and sknn): training with the presets, and
 * 500 recommendations for the first ten tracks of one playlist. As many tracks as spotify_songs has, all of them in
 * some playlist. */

enum {
    TRACKS = 28356,
    PLAYLISTS = 5000,
    LENGTH = 50,
    OWN = TRACKS / PLAYLISTS + 1,
    SEEDS = 10,
    K = 500,
    SAMPLES = 1000
};

static bool contains(const int32_t *tracks, int64_t count, int32_t track)
{
    bool found = false;
    for (int64_t i = 0; i < count; i++)
        found = found || tracks[i] == track;
    return found;
}

/* Each playlist has a few tracks of its own and others that are in many playlists. */
static enum status make_playlists(struct interactions *made, struct error *error)
{
    *made = (struct interactions){.n_tracks = TRACKS, .n_playlists = PLAYLISTS};
    made->starts = malloc((PLAYLISTS + 1) * sizeof *made->starts);
    made->tracks = malloc((size_t)PLAYLISTS * LENGTH * sizeof *made->tracks);
    made->playlist_ids = calloc(PLAYLISTS, sizeof *made->playlist_ids);
    if (!made->starts || !made->tracks || !made->playlist_ids)
        return error_no_memory(error);
    struct random random;
    random_seed(&random, 1);
    for (int64_t p = 0; p <= PLAYLISTS; p++)
        made->starts[p] = p * LENGTH;
    for (int64_t p = 0; p < PLAYLISTS; p++)
        for (int64_t i = 0; i < LENGTH;) {
            int32_t *tracks = made->tracks + p * LENGTH,
                    common = (int32_t)exp(random_uniform(&random) * log(TRACKS)) - 1;
            int32_t track = i < OWN ? (int32_t)((p * OWN + i) % TRACKS) : common;
            if (!contains(tracks, i, track))
                tracks[i++] = track;
        }
    return STATUS_OK;
}

static enum status print(struct bench *bench, const char *kind, const char *what, const char *unit, double *samples,
                         size_t count, struct error *error)
{
    char name[64];
    snprintf(name, sizeof name, "%s, %s", kind, what);
    struct bench_row row = bench_row_make(name, TRACKS, unit, samples, count, NAN, false);
    return bench_print(bench, &row, error);
}

static enum status recommend(struct bench *bench, const char *kind, const struct interactions *interactions,
                             struct recommender *recommender, struct error *error)
{
    static struct recommendation out[K];
    double samples[SAMPLES];
    enum status status = STATUS_OK;
    for (int64_t i = 0; i < SAMPLES && status == STATUS_OK; i++) {
        int64_t seeds[SEEDS];
        size_t count;
        for (int64_t s = 0; s < SEEDS; s++)
            seeds[s] = interactions->tracks[i * LENGTH + s] + 1;
        const struct recommend_query query = {.seeds = seeds, .n_seeds = SEEDS};
        double started = clock_seconds();
        status = recommender_recommend(recommender, &query, K, out, &count, error);
        samples[i] = 1e3 * (clock_seconds() - started);
    }
    return status == STATUS_OK ? print(bench, kind, "one playlist", "ms", samples, SAMPLES, error) : status;
}

static enum status measure(struct bench *bench, struct compute *compute, const char *kind,
                           const struct interactions *interactions, const char *path, struct error *error)
{
    const struct model_spec spec = {.kind = kind, .name = kind};
    char *settings = NULL;
    struct recommender *recommender = NULL;
    double started = clock_seconds();
    enum status status = model_train_file(interactions, compute, &spec, "", path, &settings, bench->progress, error);
    double seconds = clock_seconds() - started;
    free(settings);
    if (status == STATUS_OK)
        status = print(bench, kind, "training", "s", &seconds, 1, error);
    if (status == STATUS_OK)
        status = recommender_open_file(compute, path, &recommender, error);
    if (status == STATUS_OK)
        status = recommend(bench, kind, interactions, recommender, error);
    recommender_close(recommender);
    unlink(path);
    return status;
}

enum status bench_items(struct bench *bench, struct error *error)
{
    static const char *const kinds[] = {"ease", "rp3beta", "itemknn", "sknn"};
    const char *temporary = getenv("TMPDIR");
    char folder[64], path[96];
    struct compute compute;
    struct interactions interactions = {0};
    snprintf(folder, sizeof folder, "%.40s/sleeve-bench-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder))
        return error_set(error, STATUS_FAILED,
                         "no folder could be made for the benchmark; set TMPDIR to one that may be written");
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    enum status status = compute_open(bench->device, pool_threads(bench->pool), &compute, error);
    if (status == STATUS_OK) {
        status = make_playlists(&interactions, error);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds && status == STATUS_OK; i++)
            status = measure(bench, &compute, kinds[i], &interactions, path, error);
        compute_close(&compute);
    }
    free(interactions.starts);
    free(interactions.tracks);
    free(interactions.playlist_ids);
    rmdir(folder);
    return status;
}
