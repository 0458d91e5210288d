#ifndef SLEEVE_FEATURES_COVER_BATCHES_H
#define SLEEVE_FEATURES_COVER_BATCHES_H

#include <pthread.h>
#include <stdatomic.h>

#include "features/extractor.h"
#include "features/kept_rows.h"
#include "vision/cover_store.h"

/* Internal to features: the covers of a catalogue's albums in batches, decoded or drawn on the pool's threads. */

enum { COVER_BATCH_MAX = 64 };

struct cover_batch {
    size_t count, end;                    /* the next batch begins at album `end` */
    size_t items[COVER_BATCH_MAX];        /* indices of the albums that need rows */
    struct buffer bytes[COVER_BATCH_MAX]; /* of stored covers, until they are decoded */
    struct image images[COVER_BATCH_MAX]; /* `rgb` is NULL if the cover is broken */
    float *prepared;                      /* for a network; [COVER_BATCH_MAX x prepared_size] */
};

struct cover_reader {
    struct catalogue *catalogue; /* nothing else may use the connection while a batch is read */
    struct pool *pool;           /* may be NULL */
    const struct album_list *albums;
    const struct open_extractor *network; /* prepares the images; NULL: nothing to prepare */
    const struct kept_rows *kept;         /* albums that have their row are skipped; NULL: none has */
    bool generated;                       /* artwork is drawn for albums without a cover */
    int edge;                             /* of drawn artwork */
    size_t size;                          /* albums of a batch, at most COVER_BATCH_MAX */
    int rank, ranks; /* this reader reads every ranks'th batch, from number `rank` on; ranks 0: all batches */
    size_t n_begun;  /* batches, also those of other ranks */
    struct row_source *sources; /* [albums] what was read; hashes only if there are kept rows */
    size_t n_kept;
    atomic_size_t n_broken;
    /* Set while a batch is read. */
    struct cover_batch *batch;
    struct error error; /* of the first album that failed for a reason other than its cover */
    atomic_bool failed;
};

enum status cover_batch_init(struct cover_batch *batch, const struct cover_reader *reader, struct error *error);
/* Reads from album `first` on; a batch of 0 albums is the end. */
enum status cover_batch_read(struct cover_reader *reader, size_t first, struct cover_batch *batch, struct error *error);
/* Says that the stored cover of an album, which another rank has found to be broken, is left out. */
void cover_name_broken(struct cover_reader *reader, size_t index);
/* Frees the images, so that the batch can be read into again. */
void cover_batch_clear(struct cover_batch *batch);
void cover_batch_free(struct cover_batch *batch);

#endif
