#ifndef SLEEVE_MODELS_EASE_H
#define SLEEVE_MODELS_EASE_H

#include "models/item_similarity.h"

/* EASE (Steck, Embarrassingly shallow autoencoders for sparse data, 2019): the linear model that best predicts each
 * track of a playlist from the others, with squared error and ridge λ. Of the playlist x track matrix X, equation 8 is
 *     P = (XᵀX + λI)^-1,  B = I - P diagMat(1 / diag(P)),
 * and B is the similarity of item_similarity.h; it has negative values. Tracks that no training playlist contains have
 * a similarity of 0 to all others, so X has only the known tracks.
 *
 * The matrix to invert has the known tracks as rows or, if there are fewer, the playlists: with M = (XXᵀ + λI)^-1 and
 * the columns x_i of X, the identity of Woodbury gives λ P_ij = I_ij - x_iᵀ M x_j. Memory for n rows: 6 n² bytes. The
 * inverse is computed in float32 (spd_inverse.h): a similarity's relative error is about 1e-7 (σ² / λ + 1), where σ is
 * the largest singular value of X. */

/* The maximum number of known tracks. More are STATUS_FAILED, before any work, with the memory that they would take. */
enum { EASE_TRACKS_MAX = 30000 };

/* Trains a model of item_similarity.h with the settings "regularization" (λ) and "k". */
enum status ease_train(struct model_task *task, struct model_weights *weights, struct error *error);

#endif
