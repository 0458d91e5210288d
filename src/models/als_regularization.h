#ifndef SLEEVE_MODELS_ALS_REGULARIZATION_H
#define SLEEVE_MODELS_ALS_REGULARIZATION_H

#include "models/kind.h"

/* The largest singular value of the binary playlist x track matrix, by the power method: a lower bound that is within a
 * few per cent. */
enum status als_largest_singular(const struct interactions *interactions, double *value, struct error *error);

/* Least squares shrinks the singular values of the matrix by λ (with alpha, by λ / (1 + alpha)). If a catalogue has few
 * playlists, all of them can be below the preset's λ, and the model would be all zeros. In that case the setting
 * "regularization" is lowered to a quarter of the largest singular value, and a message reports it. A value given with
 * --set is never changed, but refused with STATUS_USAGE if nothing would be left. Nothing is done for larger catalogues
 * and for kinds without the setting. */
enum status als_lower_regularization(const struct interactions *interactions, const struct model_spec *spec,
                                     struct settings *settings, struct error *error);

#endif
