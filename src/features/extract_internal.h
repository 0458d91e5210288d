#ifndef SLEEVE_FEATURES_EXTRACT_INTERNAL_H
#define SLEEVE_FEATURES_EXTRACT_INTERNAL_H

#include "features/cover_batches.h"
#include "features/extractor.h"
#include "features/kept_rows.h"

/* Shared by the files that make feature sets: extract.c opens the sets, extract_batches.c computes their rows,
 * extract_write.c writes them. */

struct made_set {
    struct open_extractor open;
    float *values;
    bool *present;
    struct metadata_pair metadata[EXTRACTOR_METADATA_MAX];
    size_t n_metadata;
    char made_with[33]; /* "": rows are not kept */
};

struct making {
    struct catalogue *catalogue;
    const struct extractor_options *options;
    struct made_set sets[EXTRACTED_TOGETHER_MAX];
    size_t n_sets, n_items;
    struct kept_rows kept; /* of the only set */
    /* INPUT_COVERS */
    struct album_list albums;
    struct cover_reader reader;
    float *rows; /* of a batch */
    bool row_present[COVER_BATCH_MAX];
};

static inline bool is_first(const struct making *making)
{
    return ranks_rank(making->options->ranks) == 0;
}

static inline bool keeps_rows(const struct making *making)
{
    return making->n_sets == 1 && making->sets[0].made_with[0];
}

/* Runs the extractors on all items, in batches. STATUS_INTERRUPTED says what is left of it. */
enum status extract_all(struct making *making, struct progress *progress, struct error *error);
/* Writes the sets, and the covers' colours; fills the report. */
enum status extract_write(struct making *making, struct error *error);

#endif
