#ifndef SLEEVE_AUDIONET_AUDIONET_RULES_H
#define SLEEVE_AUDIONET_AUDIONET_RULES_H

#include "audionet/audionet.h"

/* Internal to audionet: the tensors that each family needs. In shapes, letters are sizes: of musicnn F and G filters of
 * timbre with A and B bands, S, T and U of rhythm with P, Q and R frames, C features of the front end, M filters of the
 * middle, D pooled numbers; of vgg F filters, D numbers of the last pool; E numbers of the embedding, N tags. */

struct audionet_rules {
    const char *recognised_by; /* this tensor, with a shape of `rank` dimensions */
    const struct tensor_rule *tensors;
    size_t n_tensors;
    /* Sets sizes that follow from others, the patch and the width, once all tensors with free sizes were read. */
    enum status (*complete)(const struct weights *weights, struct audionet_shape *shape, struct error *error);
};

extern const struct audionet_rules audionet_rules_of[AUDIONET_FAMILIES];

/* Calls `each` for every tensor that the network needs. */
enum status audionet_each_tensor(const struct audionet_shape *shape,
                                 enum status (*each)(void *context, const char *prefix, const struct tensor_rule *rule,
                                                     const struct tensor_sizes *sizes, struct error *error),
                                 void *context, struct error *error);

#endif
