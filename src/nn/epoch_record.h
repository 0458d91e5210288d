#ifndef SLEEVE_NN_EPOCH_RECORD_H
#define SLEEVE_NN_EPOCH_RECORD_H

#include "nn/checkpoint.h"

/* Numbers of each epoch of a training, such as sums of losses. They are kept on the device as well, where the
 * training's checkpoint takes them from, so that a resumed training has those of the epochs before. */

struct epoch_record {
    struct compute *compute;
    struct compute_buffer *buffer;
    float *values; /* [epochs x columns], zeros at the start */
    int64_t epochs;
    int columns;
};

/* Close it after a failure, too; a record of zeros may be closed. */
enum status epoch_record_open(struct epoch_record *record, struct compute *compute, int64_t epochs, int columns,
                              struct error *error);
void epoch_record_close(struct epoch_record *record);
/* The numbers of an epoch [columns]. Read them from the device before they are used, as a checkpoint may have been
 * loaded, and write them after they were changed. */
static inline float *epoch_record_row(const struct epoch_record *record, int64_t epoch)
{
    return record->values + epoch * record->columns;
}
enum status epoch_record_read(const struct epoch_record *record, struct error *error);
enum status epoch_record_write(const struct epoch_record *record, struct error *error);
/* Adds them to what a checkpoint holds, as "curve". */
void epoch_record_list(const struct epoch_record *record, struct checkpoint_list *list);

#endif
