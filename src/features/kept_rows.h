#ifndef SLEEVE_FEATURES_KEPT_ROWS_H
#define SLEEVE_FEATURES_KEPT_ROWS_H

#include <stdio.h>

#include "features/feature_set.h"

/* Rows of a feature set that earlier runs computed: those of the set itself, and those of a run that did not finish,
 * which are in the file "embeddings/NAME.partial". A row is used again if it was made in the same way (`made_with`)
 * from the same picture (`source`).
 *
 * The file has a header and records of one size, each with a checksum. They are appended after each batch, so that a
 * killed run loses one batch at most. A record that is cut short or damaged ends the file. */

struct row_source {
    uint64_t hash[2]; /* of the picture; never 0, 0 */
    uint32_t origin;  /* enum cover_origin */
    uint32_t colour;  /* mean colour of the picture */
};

struct kept_rows {
    char *path;
    FILE *file;
    bool reads_only;
    size_t n_rows;
    int width;
    struct row_source *sources; /* [n_rows]; hash 0, 0: no row is kept */
    float *values;              /* [n_rows x width], the caller's */
};

/* Reads kept rows into `values`. made_with: 32 hexadecimal digits. A set or partial file that is damaged or was made in
 * another way is ignored. Close it after a failure, too. */
enum status kept_rows_open(struct catalogue *catalogue, const char *name, const char *made_with, size_t n_rows,
                           int width, float *values, struct kept_rows *kept, struct error *error);
/* The same, but the file is only read: for ranks other than the one that adds rows, after that one has opened it. */
enum status kept_rows_read(struct catalogue *catalogue, const char *name, const char *made_with, size_t n_rows,
                           int width, float *values, struct kept_rows *kept, struct error *error);
/* Whether the row was made from this picture. */
bool kept_rows_has(const struct kept_rows *kept, size_t row, const struct row_source *source);
/* Keeps these rows of `values`, whose sources are set. */
enum status kept_rows_add(struct kept_rows *kept, const size_t *rows, size_t count, struct error *error);
/* complete: the set is written, so the partial file is removed. */
void kept_rows_close(struct kept_rows *kept, bool complete);

#endif
