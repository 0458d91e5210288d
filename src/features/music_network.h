#ifndef SLEEVE_FEATURES_MUSIC_NETWORK_H
#define SLEEVE_FEATURES_MUSIC_NETWORK_H

#include "audionet/audionet.h"
#include "core/safetensors.h"
#include "features/audio/spectrogram.h"

/* A published network (audionet/audionet.h) with its front end: from a music file to embeddings and tags of its
 * patches, and to one row for the whole file. */

/* The rows of a file, all from its patches of 3 seconds. */
enum music_row { MUSIC_MEAN, MUSIC_MAX, MUSIC_TAGS_MEAN, MUSIC_TAGS_MAX, MUSIC_ROWS };
/* What follows the network's name in the name of the set: "", "-max", "-tags", "-tags-max". */
const char *music_row_suffix(enum music_row row);

struct music_options {
    const char *weights;              /* path */
    enum spectrogram_padding padding; /* at the ends of the file: SPECTROGRAM_REFLECT as librosa before 0.10, with which
                                       * the networks were trained, or SPECTROGRAM_ZERO as since */
    double start, seconds;            /* which part of a file is used; seconds 0: all from `start` on */
};

enum { MUSIC_METADATA_MAX = 8 };

#define MUSIC_PREPARATION_KEY "preparation" /* of a set's metadata */
/* Reads padding, start and seconds from what a network writes there about a set; others stay. */
void music_options_read(const char *preparation, struct music_options *options);

struct music_network {
    struct audionet *net;
    struct spectrogram_settings settings; /* of patches */
    double start;                         /* seconds that are left out */
    const char **tags;                    /* [tags] */
    char *path;                           /* of the weights, absolute */
    char fingerprint[33], shape[160], preparation[160];
};

/* `options->weights` and `compute` must outlive the network. Close it after a failure, too. */
enum status music_network_open(const struct music_options *options, struct compute *compute,
                               struct music_network *network, struct error *error);
void music_network_close(struct music_network *network);
int64_t music_row_width(const struct music_network *network, enum music_row row);
/* Pairs that say what the rows were made with, as those of an extractor; they live as long as the network. */
size_t music_network_metadata(const struct music_network *network, struct metadata_pair pairs[MUSIC_METADATA_MAX]);

/* Patches of a file, a chunk at a time. */
typedef enum status music_take(void *context, const float *patches, int64_t count, struct error *error);

/* Reads a music file and calls `take` with its patches, at most `most` at a time. What is left at the end is no patch;
 * a file shorter than one is repeated until it is. A file that ends before `start` is read from its beginning. Errors
 * are those of spectrogram_stream. One thread at a time per `spectrogram`, which has the network's settings. */
enum status music_read_patches(struct spectrogram *spectrogram, const struct spectrogram_settings *settings,
                               const char *path, double start, int64_t most, music_take *take, void *context,
                               struct error *error);

/* Means and maxima over patches. */
struct music_rows {
    int64_t patches;
    double *sums;  /* of the embedding, then of the tags */
    float *maxima; /* the same */
    int64_t width, tags;
};
enum status music_rows_init(const struct music_network *network, struct music_rows *rows, struct error *error);
void music_rows_free(struct music_rows *rows);
void music_rows_clear(struct music_rows *rows);
void music_rows_add(struct music_rows *rows, int64_t count, const float *embeddings, const float *tags);
void music_rows_get(const struct music_rows *rows, enum music_row row, float *values);

/* Embeddings and tags of the patches of a file; called for each chunk of `count` patches, of which `first` is the
 * number of the first. A network whose weights give numbers that are not finite is STATUS_BAD_DATA. */
enum status music_network_run(const struct music_network *network, int64_t count, const float *patches,
                              float *embeddings, float *tags, struct error *error);

#endif
