#ifndef SLEEVE_TESTS_MODELS_GENERATED_H
#define SLEEVE_TESTS_MODELS_GENERATED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/random.h"
#include "db/catalogue.h"
#include "gpu/compute.h"
#include "models/kind.h"
#include "tests/folder.h"
#include "tests/must.h"

/* Shared by the tests of the models: an open device, generated playlists, a folder for files. */

static struct compute compute;
static char folder[TEST_FOLDER_MAX];

static inline int open_device(void **state, int threads)
{
    (void)state;
    struct error error = {0};
    if (compute_open(DEVICE_CPU, threads, &compute, &error) == STATUS_OK && test_folder_make(folder))
        return 0;
    print_error("%s\n", error.text);
    return -1;
}

static inline int open_all(void **state)
{
    return open_device(state, 2);
}

static inline int close_all(void **state)
{
    (void)state;
    compute_close(&compute);
    rmdir(folder);
    return 0;
}

/* Playlists of 1 to 12 distinct tracks, most of them from one of five clusters. No playlist contains the last track. */
static inline struct interactions generate(uint64_t seed, int64_t n_playlists, int64_t n_tracks)
{
    struct interactions made = {.n_tracks = n_tracks, .n_playlists = n_playlists};
    made.starts = calloc((size_t)n_playlists + 1, sizeof *made.starts);
    made.tracks = malloc((size_t)n_playlists * 12 * sizeof *made.tracks);
    made.playlist_ids = malloc((size_t)n_playlists * sizeof *made.playlist_ids);
    assert_non_null(made.starts);
    assert_non_null(made.tracks);
    assert_non_null(made.playlist_ids);
    for (int64_t p = 0; p < n_playlists; p++)
        made.playlist_ids[p] = p + 1;
    struct random random;
    random_seed(&random, seed);
    for (int64_t p = 0; p < n_playlists; p++) {
        int64_t *end = &made.starts[p + 1], wanted = 1 + (int64_t)random_below(&random, 12);
        *end = made.starts[p];
        int64_t cluster = (int64_t)random_below(&random, 5);
        for (int64_t i = 0; i < wanted; i++) {
            double u = random_uniform(&random);
            int64_t place = (int64_t)(u * u * (double)((n_tracks - 1) / 5));
            int32_t track = (int32_t)(place * 5 + (random_below(&random, 8) ? cluster : 0));
            int there = 0;
            for (int64_t e = made.starts[p]; e < *end; e++)
                there |= made.tracks[e] == track;
            if (!there && track < n_tracks - 1)
                made.tracks[(*end)++] = track;
        }
    }
    return made;
}

static inline void generated_free(struct interactions *interactions)
{
    free(interactions->starts);
    free(interactions->tracks);
    free(interactions->playlist_ids);
}

#endif
