#ifndef SLEEVE_MODELS_CO_OCCURRENCE_H
#define SLEEVE_MODELS_CO_OCCURRENCE_H

#include "models/item_similarity.h"

/* Similarities of tracks by the training playlists that contain both:
 *     S_ij = Σ_{p contains i and j} |p|^-a / (n_i^b n_j^c + shrinkage),
 * where |p| is the number of tracks of the playlist p, and n_i the number of playlists that contain i.
 *
 * itemknn: a 0, b and c 1/2, the cosine of the tracks' columns in the playlist x track matrix. `shrinkage` makes the
 * similarity of tracks in few playlists smaller (Ferrari Dacrema, Cremonesi and Jannach, Are we really making much
 * progress?, 2019; nearest items of each seed as in Deshpande and Karypis, Item-based top-N recommendation algorithms,
 * 2004).
 *
 * rp3beta: a and b alpha, c beta, shrinkage 0. With alpha 1 it is the probability to go from track i to one of its
 * playlists and from there to track j, divided by n_j^beta: the last two steps of a random walk of three steps from the
 * given playlist (Paudel et al., Updatable, accurate, diverse, and scalable recommendations for interactive
 * applications, 2017, equation 6). The first step, the same for all seeds of a playlist, does not change the ranks. */
struct co_occurrence {
    double playlist_exponent, from_exponent, to_exponent, shrinkage; /* a, b, c */
};

/* Trains a model of item_similarity.h. Time is proportional to the sum of |p|², memory to the result. */
enum status co_occurrence_train(struct model_task *task, const struct co_occurrence *formula,
                                struct model_weights *weights, struct error *error);

#endif
