#ifndef SLEEVE_MODELS_ALS_SUIT_H
#define SLEEVE_MODELS_ALS_SUIT_H

#include "models/kind.h"

/* The largest singular value of the binary playlist x track matrix, by the power method: from below, within a few per
 * cent. */
enum status als_largest_singular(const struct interactions *interactions, double *value, struct error *error);

/* Least squares shrinks the singular values of the matrix by λ (with alpha, by λ / (1 + alpha)): of a few playlists,
 * whose values are all below the preset's λ, only zeros would be left. There the setting "regularization" is lowered to
 * a quarter of the largest value, and a message says so. A value given with --set is kept, but refused with
 * STATUS_USAGE where nothing would be left. Kinds without the setting, and larger catalogues, are left as they are. */
enum status als_suit_regularization(const struct interactions *interactions, const struct model_spec *spec,
                                    struct settings *settings, struct error *error);

#endif
