#ifndef SLEEVE_FEATURES_MUSIC_READER_H
#define SLEEVE_FEATURES_MUSIC_READER_H

#include "features/music_network.h"

/* Internal to features: patches of many files, read ahead on threads of their own, each with its decoder process. A
 * thread has one file at a time, and its chunks come in order; those of different threads alternate in any order. */

enum { MUSIC_READERS_MAX = 64 };

struct music_chunk {
    size_t file;        /* index of the path */
    int reader;         /* which thread */
    bool last;          /* of its file; then `count` may be 0 */
    enum status status; /* of a last chunk: why the file ended */
    struct error error;
    int64_t count;
    float *patches; /* [count x patch x mels] */
    struct music_chunk *next;
};

struct music_reader;

/* `paths` and `network` must outlive the reader. Chunks have as many patches as the network computes together, at most.
 */
enum status music_reader_create(const char *const *paths, size_t n_paths, const struct music_network *network,
                                int readers, struct music_reader **reader, struct error *error);
/* The next chunk; NULL behind the last one. Give it back before the next call. */
struct music_chunk *music_reader_next(struct music_reader *reader);
void music_reader_give_back(struct music_reader *reader, struct music_chunk *chunk);
/* Also before all chunks were read: files that are being read are abandoned. NULL is ignored. */
void music_reader_destroy(struct music_reader *reader);

#endif
