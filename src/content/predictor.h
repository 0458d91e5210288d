#ifndef SLEEVE_CONTENT_PREDICTOR_H
#define SLEEVE_CONTENT_PREDICTOR_H

#include "content/networks.h"
#include "features/projection.h"
#include "models/new_tracks.h"

/* A predictor maps the rows of a feature set of tracks (features/projection.h), or their spectrograms
 * (content/networks.h), to the vectors that a model learned from playlists, for tracks that no playlist contains, too.
 * It is the file "content/NAME.predictor" of the sidecar folder: safetensors with columns [in x 5], F64 (those of
 * struct column_statistics), targets [2 x out], F64 (means and deviations of the learned vectors), weights [n x 1],
 * F32, and held_out [n x 1], I32, the rows of the tracks that were held out. Metadata: those of struct predictor, and
 * "vectors", the fingerprint of the model's learned vectors.
 *
 * A network over sound also has the metadata "network", "seconds" and "best_epoch", and the tensors curve [epochs x 2],
 * F32 (the losses of struct sound_epoch), and front [n x 1], F32: of a bag of tones the centres [tones x 39]. Its
 * columns are those of the 39 numbers or of the bands of a frame. */

/* Mean squared errors of standardised vectors: 1 is that of the mean. */
struct sound_epoch {
    float training;   /* while it was trained */
    float validation; /* after the epoch */
};

struct predictor {
    const char *model;                 /* its name */
    const char *set;                   /* the feature set; of a network over sound the preset of spectrograms */
    const char *method;                /* "ridge" or "network"; "sound": a network over sound */
    const char *settings;              /* "key=value key=value" */
    const char *figures;               /* JSON: how well it predicts held-out tracks */
    const char *vectors;               /* the fingerprint of the vectors that it predicts */
    double gain;                       /* by which predicted vectors are multiplied (models/new_tracks.h) */
    int64_t in, out;                   /* widths */
    int64_t layers, hidden;            /* of a network; 0 for ridge regression */
    struct column_statistics *columns; /* [in] */
    const double *mean, *deviation;    /* [out] */
    struct projection_weights weights;
    const int32_t *held_out; /* [n_held_out] rows, ascending */
    int64_t n_held_out;
    /* Of a network over sound. */
    const struct sound_spec *spec;   /* NULL: it is none */
    int64_t seconds;                 /* of an input */
    const struct sound_epoch *curve; /* [epochs] */
    int64_t epochs, best_epoch;      /* the latter from 1 */
    const float *front;              /* [n_front] */
    int64_t n_front;
    struct safetensors *file; /* owns what the members point to, but `columns` */
};

/* Writes the file completely or not at all; `file` is not read. */
enum status predictor_write(const struct catalogue *catalogue, const char *name, const struct predictor *predictor,
                            struct error *error);
/* Refuses damaged files. A predictor that does not exist is STATUS_FAILED. */
enum status predictor_open(const struct catalogue *catalogue, const char *name, struct predictor *predictor,
                           struct error *error);
void predictor_close(struct predictor *predictor);
/* Removes the file, and what an interrupted training of that name left. */
enum status predictor_remove(const struct catalogue *catalogue, const char *name, struct error *error);
/* Calls `each` with the name of each predictor, in the order of their names. */
enum status predictors_list(const struct catalogue *catalogue,
                            enum status (*each)(void *context, const char *name, struct error *error), void *context,
                            struct error *error);

/* The shape of a network over sound. */
struct sound_shape predictor_shape(const struct predictor *predictor);
/* Appends the command that trains it again. */
void predictor_command(const struct predictor *predictor, const char *name, struct buffer *out);

/* Predicts the vectors of all rows of the set [n_rows x out], as the model's vectors, without the gain; zeros for
 * tracks without a row. The set must have the predictor's columns. */
enum status predictor_run(struct compute *compute, const struct predictor *predictor, const struct feature_set *set,
                          float *vectors, struct error *error);

#endif
