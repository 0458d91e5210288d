#ifndef SLEEVE_VIT_TOWER_H
#define SLEEVE_VIT_TOWER_H

#include "vit/encoder.h"

/* Vision transformers that turn a picture into a vector: the image tower of CLIP (Radford et al. 2021), whose vector is
 * the projected class token, and DINOv2 (Oquab et al. 2023), whose vector is the mean of all tokens. Weights are read
 * from the files that transformers publishes, whatever their size: everything follows from the tensors' shapes. */

enum vit_family { VIT_CLIP, VIT_DINOV2 };
const char *vit_family_name(enum vit_family family); /* "clip", "dinov2" */

/* How DINOv2's position embeddings are resized from their grid to that of the picture. Both are bicubic interpolation
 * without antialiasing; they differ in the ratio of the grids. */
enum vit_positions {
    POSITIONS_CURRENT, /* grid / new grid, as transformers since September 2024 */
    POSITIONS_OLD,     /* grid / (new grid + 0.1), as transformers before, and Facebook's own code */
};
const char *vit_positions_name(enum vit_positions positions); /* "current", "old" */
const char *vit_precision_name(enum precision precision);     /* "float32", "bfloat16" */

/* VIT_TOKENS_MAX: attention takes their square. */
enum { VIT_EDGE_MAX = 1024, VIT_GRID_MAX = 256, VIT_TOKENS_MAX = 8192, VIT_PATCH_MAX = 128, VIT_WIDTH_MAX = 1 << 14 };

struct vit_shape {
    enum vit_family family;
    struct encoder_shape encoder;
    int64_t patch;       /* edge of a patch, pixels */
    int64_t stored_grid; /* patches per edge that the stored positions are for */
    int64_t edge;        /* of the picture, pixels */
    int64_t grid;        /* patches per edge of the picture */
    int64_t width;       /* numbers of the result */
    char prefix[64];     /* of the tower's names, "vision_model." */
    char outer[64];      /* of the names beside the tower, "" */
};
static inline int64_t vit_tokens(const struct vit_shape *shape)
{
    return shape->grid * shape->grid + 1;
}
/* Floats of a prepared picture: a row of [3 x patch x patch] pixels for each token; that of the class token is 0. */
static inline int64_t vit_input(const struct vit_shape *shape)
{
    return vit_tokens(shape) * 3 * shape->patch * shape->patch;
}

struct vit_options {
    int64_t edge; /* of the picture; 0: 224 for DINOv2, that of the stored positions for CLIP */
    enum vit_positions positions;
    enum precision precision; /* of the layers' products; all else is float32 */
};

/* Reads the shape. A file that is no image tower of these families, or one that is not supported (register tokens,
 * SwiGLU, heads of unknown size), is STATUS_BAD_DATA with the reason. */
enum status vit_shape_read(struct weights *weights, const struct vit_options *options, struct vit_shape *shape,
                           struct error *error);
/* Calls `each` for every tensor that the tower needs. */
enum status vit_each_tensor(const struct vit_shape *shape,
                            enum status (*each)(void *context, const char *prefix, const struct tensor_rule *rule,
                                                const struct tensor_sizes *sizes, struct error *error),
                            void *context, struct error *error);

/* Resizes positions [1 + from x from, width] to out [1 + to x to, width]; the first row, of the class token, is copied.
 * Bicubic with a = -0.75 (Keys 1981), corners not aligned, as torch's interpolate. */
void vit_resize_positions(const float *positions, int64_t from, int64_t width, int64_t to, enum vit_positions mode,
                          float *out);

struct vit_tower {
    struct vit_shape shape;
    struct weights weights;
    struct compute *compute;
    struct device_weights own;
    unsigned cut; /* mapped_files_cut when it was opened */
    struct encoder encoder;
    struct compute_slice patches;   /* [hidden x 3 patch²] */
    struct compute_slice tokens;    /* [tokens x hidden]: positions, with the class token and the patches' bias added */
    struct compute_slice before[2]; /* CLIP: norm before the layers */
    struct compute_slice after[2];  /* norm after the layers */
    struct compute_slice projection; /* CLIP: [width x hidden] */
    struct compute_slice lengths;    /* int32 [batch]: tokens */
    int64_t batch;                   /* pictures computed together */
    struct compute_slice input, x, workspace, output;
};

/* `path` and `compute` must outlive the tower. Close it after a failure, too. */
enum status vit_tower_open(const char *path, const struct vit_options *options, struct compute *compute,
                           struct vit_tower *tower, struct error *error);
void vit_tower_close(struct vit_tower *tower);
/* Rows [n x width] of prepared pictures [n x vit_input]. */
enum status vit_tower_run(const struct vit_tower *tower, int64_t n, const float *prepared, float *rows,
                          struct error *error);

/* Bytes of activations while computing on the CPU. */
uint64_t vit_work_bytes(const struct vit_shape *shape);
/* The last hidden state of one picture [tokens x hidden], as transformers defines it: CLIP's is before the last norm,
 * DINOv2's after it. */
enum status vit_tower_tokens(const struct vit_tower *tower, const float *prepared, float *tokens, struct error *error);

/* The steps of a run, for at most tower->batch pictures: prepared pictures to tokens in tower->x; encoder_run on them;
 * tokens to rows. */
enum status vit_tower_begin(const struct vit_tower *tower, int64_t n, const float *prepared, struct error *error);
enum status vit_tower_end(const struct vit_tower *tower, int64_t n, float *rows, struct error *error);

#endif
