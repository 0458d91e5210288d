#include "fitness/split.h"

#include <stdbool.h>
#include <stdlib.h>

static const double shares[FITNESS_PARTS] = {0.6, 0.2, 0.2};

struct new_song {
    uint64_t hash;
    int64_t first, end; /* its pairs */
    int32_t song;
};

static int by_hash(const void *a, const void *b)
{
    const struct new_song *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->song > y->song) - (x->song < y->song);
}

/* The part that the song's playlists lack most, the first of equal ones. */
static int lacking(const struct fitness_pair *pairs, const struct new_song *song,
                   const int64_t (*counts)[FITNESS_PARTS])
{
    double most = 0;
    int best = -1;
    for (int part = 0; part < FITNESS_PARTS; part++) {
        double lacks = 0;
        for (int64_t i = song->first; i < song->end; i++) {
            const int64_t *of = counts[pairs[i].class];
            const int64_t n = of[FITNESS_TRAINING] + of[FITNESS_VALIDATION] + of[FITNESS_TEST] + 1;
            lacks += shares[part] * (double)n - (double)of[part];
        }
        if (best >= 0 && lacks <= most + 1e-9)
            continue;
        best = part;
        most = lacks;
    }
    return best;
}

enum status fitness_split(const struct fitness_pair *pairs, int64_t n_pairs, int32_t n_classes, int64_t n_songs,
                          const uint64_t *hashes, int8_t *parts, struct error *error)
{
    int64_t(*counts)[FITNESS_PARTS] = calloc((size_t)n_classes + 1, sizeof *counts);
    struct new_song *songs = malloc(((size_t)n_songs + 1) * sizeof *songs);
    size_t n_new = 0;
    for (int64_t i = 0, end; counts && songs && i < n_pairs; i = end) {
        const int32_t song = pairs[i].song;
        for (end = i; end < n_pairs && pairs[end].song == song; end++)
            if (parts[song] != FITNESS_NO_PART)
                counts[pairs[end].class][parts[song]]++;
        if (parts[song] == FITNESS_NO_PART)
            songs[n_new++] = (struct new_song){hashes[song], i, end, song};
    }
    if (counts && songs)
        qsort(songs, n_new, sizeof *songs, by_hash);
    for (size_t i = 0; i < n_new; i++) {
        const int part = lacking(pairs, &songs[i], (const int64_t(*)[FITNESS_PARTS])counts);
        parts[songs[i].song] = (int8_t)part;
        for (int64_t j = songs[i].first; j < songs[i].end; j++)
            counts[pairs[j].class][part]++;
    }
    const bool failed = !counts || !songs;
    free(counts);
    free(songs);
    return failed ? error_no_memory(error) : STATUS_OK;
}
