#ifndef SLEEVE_MODELS_TRAIN_RATINGS_H
#define SLEEVE_MODELS_TRAIN_RATINGS_H

#include "db/catalogue.h"

/* Ratings as training data (train --ratings): tracks that are good for a playlist become entries of it, those that are
 * bad are taken out of it and are its negatives (interactions.bad). What the raters disagree on, and what is
 * borderline, is left out (rating_verdicts_make in db/ratings.h).
 *
 * Only playlists of the training sets take part, so that ratings of test playlists never reach a model. A person's own
 * playlists, which otherwise never train anything, take part if they have ratings: their entries may be those of a test
 * playlist, so that evaluations mark a model with any of them as one that may have seen the answers. */
struct training_ratings {
    int64_t good;      /* entries that were added */
    int64_t present;   /* good ones that were entries already */
    int64_t bad;       /* negatives */
    int64_t taken_out; /* of these, entries that were removed */
    int64_t playlists; /* that have one of these, own ones included */
    int64_t own;       /* own playlists that were added */
    int64_t elsewhere; /* ratings of playlists that are not trained on: left out */
    int64_t cold;      /* ratings of cold tracks: left out */
    int64_t undecided; /* borderline, or rated differently: left out */
    char before[33];   /* set by model_train: the fingerprint of the playlists without ratings */
};

/* What a training does with the bad ones. */
enum bad_use {
    BAD_UNUSED,  /* it learns only from what playlists contain */
    BAD_DRAWN,   /* they are among the negatives that it draws */
    BAD_ALREADY, /* it has every track outside a playlist as a negative, or as 0 */
};

/* Changes the interactions, which were loaded with these sets. Without a rating that can be used: STATUS_FAILED. */
enum status training_ratings_add(struct catalogue *catalogue, struct interactions *interactions,
                                 struct training_ratings *ratings, struct error *error);

/* What was done with them, and what was left out, as sentences for the user. `kind`: of the model that was
 * trained. */
void training_ratings_describe(const struct training_ratings *ratings, const char *kind, enum bad_use use,
                               struct buffer *out);

#endif
