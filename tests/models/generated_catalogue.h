#ifndef SLEEVE_TESTS_MODELS_GENERATED_CATALOGUE_H
#define SLEEVE_TESTS_MODELS_GENERATED_CATALOGUE_H

#include "db/import/import.h"
#include "generated.h"

/* Adds generated playlists to the catalogue `database`, which is made if there is none. Names begin with `prefix`, and
 * those of playlists have a date. */
static inline void import_generated(const char *database, uint64_t seed, int64_t n_playlists, int64_t n_tracks,
                                    const char *prefix)
{
    char csv[192];
    snprintf(csv, sizeof csv, "%s/%s.csv", folder, prefix);
    struct interactions r = generate(seed, n_playlists, n_tracks);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int64_t p = 0; p < r.n_playlists; p++)
        for (int64_t e = r.starts[p]; e < r.starts[p + 1]; e++)
            fprintf(file, "%s 2012-%02lld-%02lld %lld,%lld,%s song %d,artist %d,%s %d,200\n", prefix,
                    (long long)p % 12 + 1, (long long)p % 28 + 1, (long long)p, (long long)(e - r.starts[p]), prefix,
                    r.tracks[e], r.tracks[e] % 17, prefix, r.tracks[e] / 5);
    fclose(file);
    generated_free(&r);
    struct catalogue *catalogue = NULL;
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(database, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    catalogue_close(catalogue);
    unlink(csv);
}

#endif
