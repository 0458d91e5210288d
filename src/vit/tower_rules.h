#ifndef SLEEVE_VIT_TOWER_RULES_H
#define SLEEVE_VIT_TOWER_RULES_H

#include "vit/tower.h"

/* Internal to vit: the names of the tensors around the layers. */

enum tower_tensor {
    CLASS_TOKEN,
    PATCH_WEIGHT,
    PATCH_BIAS,
    POSITIONS,
    BEFORE_WEIGHT,
    BEFORE_BIAS,
    AFTER_WEIGHT,
    AFTER_BIAS,
    PROJECTION,
    TOWER_TENSORS
};

struct tower_rules {
    const struct encoder_rules *encoder;
    const char *tower; /* the last part of the names' prefix, missing in some files */
    struct tensor_rule tensors[TOWER_TENSORS];
};

const struct tower_rules *tower_rules_of(enum vit_family family);
const char *tower_prefix_of(const struct vit_shape *shape, enum tower_tensor tensor);
struct tensor_sizes tower_sizes_of(const struct vit_shape *shape);

#endif
