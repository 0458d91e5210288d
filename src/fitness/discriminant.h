#ifndef SLEEVE_FITNESS_DISCRIMINANT_H
#define SLEEVE_FITNESS_DISCRIMINANT_H

#include "fitness/regression.h"

/* Linear discriminant analysis with a shrunk covariance (Friedman 1989, "Regularized discriminant analysis"). Of the
 * training pairs, m_c is the mean of playlist c, p_c = (n_c + 1/2) / (n + C / 2) its share, and S the covariance
 * within playlists, divided by n - C. With T = S / 2 + diag(S) / 2 + I / 1000, the logit of playlist c is
 *     scale * (m_cᵀ T⁻¹ x - m_cᵀ T⁻¹ m_c / 2 + ln p_c),
 * minus the mean of that over the playlists. Beside the networks, shares of S from 1/2 to
 * 9/10 were equally good in a cross-validation on soundtracks (docs/results/fitness.md). The scale makes the
 * cross-entropy of the validation pairs least: without it, few songs give logits that are much too large. A hundredth
 * of each pair counts for all playlists alike (label smoothing), so that the scale stays finite where every validation
 * song is ranked right. */

/* scale 0: chosen, and written there; 1 without validation pairs. Writes weights [out x (in + 1)], the intercepts
 * last. */
enum status fitness_discriminant(struct compute *compute, const struct regression_data *data, double *scale,
                                 float *weights, struct error *error);

/* Adds logits [out] of x [in]. */
void fitness_linear_add(const float *weights, int64_t in, int32_t out, const float *x, float *logits);

#endif
