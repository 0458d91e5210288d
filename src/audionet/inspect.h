#ifndef SLEEVE_AUDIONET_INSPECT_H
#define SLEEVE_AUDIONET_INSPECT_H

#include "audionet/audionet.h"

/* What is in a file of a network of music, tensor by tensor. */

enum { AUDIONET_FAULTS_MAX = 20 };

struct audionet_inspection {
    bool usable;        /* every tensor fits */
    bool shape_known;   /* `shape` is set */
    struct error fault; /* why it is not usable */
    struct audionet_shape shape;
    bool random;                         /* the file says that its weights are random */
    int64_t n_tensors;                   /* in the file */
    int64_t n_needed;                    /* by the network */
    int64_t n_found, n_missing, n_wrong; /* of the needed ones; wrong shape or type */
    struct error faults[AUDIONET_FAULTS_MAX];
    int n_faults;
    int64_t parameters; /* numbers in the needed tensors */
    bool has_tags;      /* names of the tags are in the file */
};

/* Inspects an open file that audionet_is_recognised. Only a failure that is not the file's fault is a status. */
enum status audionet_inspect(struct weights *weights, struct audionet_inspection *inspection, struct error *error);
/* The network that scripts/get-musicnn makes as a file with this SHA-256; NULL: none. */
const char *audionet_published(const char *sha256);

#endif
