#ifndef SLEEVE_MODELS_SET_ASIDE_H
#define SLEEVE_MODELS_SET_ASIDE_H

#include "models/kind.h"

/* Matrices that a training does not read, only its model's files: large ones wait in a file without a name, so that
 * they take no memory in the meantime. */
struct set_aside {
    struct mapped_file file;
    struct set_aside_part {
        const struct set_aside *in;
        size_t at, size;
    } parts[MODEL_TENSORS_MAX];
    size_t count;
};

/* Sets all aside, in the folder of `path`. If that is not possible they stay in memory. `aside` must outlive the
 * weights and stay where it is in memory. */
void set_aside_weights(struct set_aside *aside, const char *path, struct model_weights *weights);
void set_aside_close(struct set_aside *aside);

#endif
