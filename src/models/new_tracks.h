#ifndef SLEEVE_MODELS_NEW_TRACKS_H
#define SLEEVE_MODELS_NEW_TRACKS_H

#include "models/kind.h"
#include "models/new_rows.h"

/* Vectors of tracks that a model learned nothing about, because no training playlist contains them: they were predicted
 * from features (van den Oord, Dieleman and Schrauwen 2013, "Deep content-based music recommendation"), and are in
 * the model's lists with their products with the playlist's vector.
 *
 * As seeds they take part with these vectors as known tracks do with the learned ones: als folds the playlist in by a
 * half-step with the predicted factors (Hu, Koren and Volinsky 2008, eq. 4; models/als.c), and a network aggregates
 * them with the vectors of the other seeds (models/rta/recommend.c). Whether they do is a choice (enum
 * new_tracks_seeds), because where no seed is known, a list by features and artists (models/fallback.h) may be better.
 * An ensemble takes new tracks by its members.
 *
 * They are in the file "content/NAME.safetensors" of the sidecar folder: rows [n x 1], I32, ascending, and vectors
 * [n x width], F32. Metadata "model" is the fingerprint of the vectors that the model learned: after another training
 * of that name the file is not used. "seeds" is the name of the choice; files without it have "never". */

/* The length of the vectors; STATUS_USAGE, with the reason, for a model that cannot be given vectors. */
enum status new_tracks_width(const struct recommender *recommender, int64_t *width, struct error *error);
/* The vectors that the model learned, as they are to be predicted: all that a score is the product of, a bias with it.
 */
enum status new_tracks_targets(const struct recommender *recommender, struct track_vectors *vectors,
                               struct error *error);
/* 32 hexadecimal digits: a fingerprint of the vectors that the model learned. */
enum status new_tracks_fingerprint(const struct recommender *recommender, char text[33], struct error *error);
/* The path of a file of the model `name` in the folder "content": NAME and `suffix`. */
void new_tracks_path(const struct catalogue *catalogue, const char *name, const char *suffix, struct buffer *path);
/* Writes the file completely or not at all. The recommender must be that of the model `name`. */
enum status new_tracks_write(const struct catalogue *catalogue, const char *name, const struct recommender *recommender,
                             const struct new_tracks_rows *rows, struct error *error);
/* Removes the file. */
void new_tracks_remove(const struct catalogue *catalogue, const char *name);

/* Gives the recommender the rows of its model's file, if there is one; gives the members of an ensemble those of
 * theirs. A file that cannot be used is reported by log_message, and the lists are as without it. */
enum status new_tracks_attach(struct recommender *recommender, struct catalogue *catalogue, const char *name,
                              struct error *error);
/* Whether the file of the model `name` can be used; *there: it exists. */
enum status new_tracks_check(struct recommender *recommender, struct catalogue *catalogue, const char *name,
                             bool *there, struct error *error);
/* The rows that were attached; n is 0 where there are none. */
struct new_tracks_rows new_tracks_of(const struct recommender *recommender);
/* Gives the recommender rows that the caller keeps until it is closed or they are detached, in place of its file's. */
enum status new_tracks_give(struct recommender *recommender, const struct new_tracks_rows *rows, struct error *error);
/* How new tracks count as seeds; of an ensemble, what most members' choices allow. */
enum new_tracks_seeds new_tracks_seeds_of(const struct recommender *recommender);
/* Whether the model, or a member of an ensemble, was given a vector for a track that it does not know itself. */
bool new_tracks_has(const struct recommender *recommender, int32_t row);
void new_tracks_detach(struct recommender *recommender);

/* After recommender_ops.recommend for the same lists: puts the new tracks among the others by their scores, equal
 * scores by number. Seeds stay out. */
enum status new_tracks_join(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                            float *scores, struct error *error);
/* After recommender_ops.score for n_lists lists: the scores [n_lists x n] of those of the rows [n] that are new. */
enum status new_tracks_score(struct recommender *recommender, size_t n_lists, size_t n, const int32_t *rows,
                             float *scores, struct error *error);

/* Predicted vectors are shorter than learned ones, because a regression shrinks towards the mean. They are multiplied
 * by a gain, with which tracks whose vectors are known get as many rows of the lists by their predicted vectors as
 * they have by the learned ones. */
struct new_tracks_gain {
    double gain;
    double learned, predicted; /* how many of the first `depth` of a list they are, mean over the lists,
                                  by learned vectors and by predicted ones with the gain */
    double unscaled;           /* the same with gain 1 */
    int64_t n_lists;
    int64_t depth; /* of the lists: CALIBRATION_DEPTH, or a tenth of the tracks that the model knows if that is less */
    bool at_end;   /* no gain gives as many; then it is 1 */
};
enum { CALIBRATION_DEPTH = 500, CALIBRATION_ROWS_MAX = 2000 };
/* `rows`: at most CALIBRATION_ROWS_MAX tracks that the model knows, with vectors predicted without them. */
enum status new_tracks_calibrate(struct recommender *recommender, const struct seed_lists *lists,
                                 const struct new_tracks_rows *rows, struct new_tracks_gain *gain, struct error *error);

#endif
