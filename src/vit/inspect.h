#ifndef SLEEVE_VIT_INSPECT_H
#define SLEEVE_VIT_INSPECT_H

#include "vit/tower.h"

/* What is in a file of weights, tensor by tensor. */

enum { VIT_FAULTS_MAX = 20 };

struct vit_inspection {
    bool usable;        /* the shape is known, and every tensor fits */
    bool shape_known;   /* `shape` is set */
    struct error fault; /* why it is not usable */
    struct vit_shape shape;
    bool random;                         /* the file says that its weights are random */
    bool has_config;                     /* there is a config.json beside it */
    int64_t n_tensors;                   /* in the file */
    int64_t n_needed;                    /* by the image tower */
    int64_t n_found, n_missing, n_wrong; /* of the needed ones; wrong shape or type */
    struct error faults[VIT_FAULTS_MAX]; /* the first of those missing or wrong */
    int n_faults;
    int64_t n_text;        /* tensors of CLIP's text tower */
    int64_t n_ignored;     /* others that are not needed */
    char ignored[200];     /* names of the first of them */
    char types[80];        /* types of the needed tensors, "F32" or "F16, F32" */
    int64_t parameters;    /* numbers in the needed tensors and in DINOv2's mask token, which counts in papers */
    const char *published; /* the model of which this file has shape and number of parameters; NULL: none */
    uint64_t weight_bytes; /* of the needed tensors as float32 */
    uint64_t work_bytes;   /* of activations while computing on the CPU */
};

/* Inspects an open file. Only a failure that is not the file's fault is a status. */
enum status vit_inspect(struct weights *weights, const struct vit_options *options, struct vit_inspection *inspection,
                        struct error *error);

#endif
