#ifndef SLEEVE_FEATURES_MUSIC_SETS_INTERNAL_H
#define SLEEVE_FEATURES_MUSIC_SETS_INTERNAL_H

#include "core/lock_file.h"
#include "features/extractor.h"
#include "features/kept_rows.h"
#include "features/music_reader.h"

/* Shared by the files that make feature sets of music: music_sets.c opens the sets, music_sets_plan.c finds the files
 * to read, music_sets_read.c computes rows from them, music_sets_write.c writes the sets. */

struct music_set {
    char name[FEATURE_NAME_MAX + 1];
    int width;
    float *values; /* [n x width] */
    struct kept_rows kept;
    struct lock_file lock;
};

/* Files of one rank between two exchanges. */
enum { MUSIC_FILES_TOGETHER = 32 };

/* Why a file has no row, for rank 0 to say. */
struct music_unreadable {
    uint64_t file;
    char why[512];
};

struct music_making {
    struct catalogue *catalogue;
    struct ranks *ranks;
    const struct extractor *extractor;
    struct open_extractor open;
    const struct music_network *network;
    struct progress *progress;
    size_t n; /* tracks */
    struct music_set sets[MUSIC_ROWS];
    struct metadata_pair metadata[EXTRACTOR_METADATA_MAX];
    size_t n_metadata;
    char made_with[33];
    bool *present;              /* [n] */
    struct row_source *sources; /* [n] */
    /* Files to read. */
    char **paths;
    size_t *tracks; /* index of the track of each */
    size_t n_paths, capacity;
    size_t n_kept, n_absent, n_unreadable, n_read;
    size_t first; /* the first file that is being read by this rank */
    size_t finished[MUSIC_FILES_TOGETHER],
        n_finished; /* tracks whose rows this rank has read and not yet given to others */
    struct music_unreadable unreadable[MUSIC_FILES_TOGETHER];
    size_t n_failed; /* of `unreadable` */
    struct music_rows rows[MUSIC_READERS_MAX];
    int readers;
    float *embeddings, *tags; /* of a chunk */
};

static inline bool music_sets_is_first(const struct music_making *making)
{
    return ranks_rank(making->ranks) == 0;
}

/* Finds the files to read, and the rows that are kept. All ranks must find the same. */
enum status music_sets_plan(struct music_making *making, struct error *error);
/* Computes the rows of these files. */
enum status music_sets_read(struct music_making *making, struct error *error);
enum status music_sets_write(struct music_making *making, struct error *error);

#endif
