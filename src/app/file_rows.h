#ifndef SLEEVE_APP_FILE_ROWS_H
#define SLEEVE_APP_FILE_ROWS_H

#include "core/progress.h"
#include "db/catalogue.h"
#include "gpu/compute.h"

/* Rows of feature sets that a network of music made (features/music_network.h), for files of any origin: one row for a
 * file, or one for each of its patches of 3 seconds. */
struct file_rows;

/* Whether all names, with commas between, are those of sets that one network of music makes. */
bool file_rows_are(const char *sets);
/* `sets` as in app/fitness_inputs.h. The part of a file that counts is that of the first set; `whole`: all of it.
 * STATUS_BAD_DATA: a set was not made by such a network, or in another way than the first, or its weights are not
 * there. */
enum status file_rows_open(struct catalogue *catalogue, struct compute *compute, const char *sets, bool whole,
                           struct file_rows **rows, struct error *error);
void file_rows_close(struct file_rows *rows); /* NULL is ignored */
int64_t file_rows_width(const struct file_rows *rows);
double file_rows_hop(const struct file_rows *rows); /* seconds of a patch */
/* Writes the rows of the sets, side by side: row [width]. Errors are those of audio_next. */
enum status file_rows_read(struct file_rows *rows, const char *path, struct progress *progress, float *row,
                           struct error *error);
/* The same of each patch alone, where means and maxima are the patch's numbers: *values [*n x width], malloc'ed. */
enum status file_rows_patches(struct file_rows *rows, const char *path, struct progress *progress, float **values,
                              int64_t *n, struct error *error);

#endif
