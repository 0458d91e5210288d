#ifndef SLEEVE_MODELS_INDEX_FILE_H
#define SLEEVE_MODELS_INDEX_FILE_H

#include "models/kind.h"

/* The index for fast scoring (gpu/ops/index.h) in a file beside the model's, MODEL.safetensors.index, so that the first
 * list is found with it. The file has an index for each large matrix that is searched: the model's own, or those of an
 * ensemble's members. It contains the checksums of the model's values and of its own: one that is of another training
 * or another layout, cut or damaged is not used. It is written completely or not at all. */

enum index_state {
    INDEX_NOT_NEEDED, /* the model has no large matrix, or its device needs no index or has no memory for it */
    INDEX_IN_USE,
    INDEX_MISSING, /* the file does not exist */
    INDEX_UNUSABLE /* `why` says what is wrong with it */
};

/* Appends the path of the index of the model file `model`. */
void model_index_path(const char *model, struct buffer *path);
/* Maps the index of the opened model, whose file is `model`, and has its searches use it. */
enum index_state model_index_open(struct recommender *recommender, const char *model, struct error *why);
/* Builds the index, writes its file and has searches use it. On failure, an earlier file stays as it was. */
enum status model_index_make(struct recommender *recommender, const char *model, struct error *error);

#endif
