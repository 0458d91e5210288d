#ifndef SLEEVE_CONTENT_SOUND_FIT_H
#define SLEEVE_CONTENT_SOUND_FIT_H

#include "content/predictor.h"
#include "content/sound_inputs.h"
#include "core/progress.h"

/* Trains a network over sound with the mean squared error, and applies it. An epoch is one pass over all inputs of the
 * training songs; the epoch with the least error on the inputs of the validation songs counts. */

enum sound_objective {
    SOUND_TARGETS, /* the mean squared error of the targets */
    /* An embedding in which songs with near targets are near (thesis, sections 5.5 and 6.5; Schroff, Kalenichenko and
     * Philbin 2015, FaceNet): the mean of max(d(a, p) - d(a, n) + TRIPLET_MARGIN, 0). The positive is an input of a
     * song that is drawn among the TRIPLET_NEAR with the nearest targets, the negative one among the TRIPLET_FAR
     * farthest, drawn again each time; with few songs, among a tenth and a third of them. Such negatives are easy ones:
     * most are farther away than the margin asks for. */
    SOUND_TRIPLETS,
    /* The same, but in training the negative is semi-hard: of the anchors and positives of the batch and not near the
     * anchor, the nearest in the embedding that is farther than the positive. The validation error is that of drawn
     * triplets, which stays comparable while the network learns. */
    SOUND_SEMI_HARD,
};
enum { TRIPLET_NEAR = 20, TRIPLET_FAR = 500 };
#define TRIPLET_MARGIN 0.4F

struct sound_data {
    struct sound_inputs inputs;
    const float *targets; /* [songs x width] standardised; width is `out` of SOUND_TARGETS */
    int64_t width;
    const int32_t *training, *validation; /* songs; each has an input */
    int64_t n_training, n_validation;
};

struct sound_fit_settings {
    enum sound_objective objective;
    struct sound_shape shape;
    float learning_rate; /* of Adam with epsilon 1e-6: learning_rate / (1 + rate_decay · step) */
    float rate_decay, weight_decay;
    float adapted_rate;  /* learning rate of an adapted network */
    const char *weights; /* path of its published weights; NULL: it starts at random */
    int64_t batch, epochs;
    int64_t patience; /* epochs without a lower validation error after which training stops; 0: trains all epochs */
    uint64_t seed;
    const char *checkpoint; /* path */
    const char *identity;   /* all that must be equal for a training to be resumed */
    bool resume;
};

struct sound_fitted {
    float *weights; /* [n_weights] in the order of the parameters */
    size_t n_weights;
    float *pretrained; /* [n_pretrained] likewise, of the other network of a transfer */
    size_t n_pretrained;
    struct sound_epoch *curve; /* [epochs] */
    int64_t epochs, best_epoch;
    int64_t n_inputs; /* of the training songs */
    char report[256]; /* messages; "": none */
};
void sound_fitted_free(struct sound_fitted *fitted);

/* Trains; keeps the checkpoint, so that what is computed with the weights can be stopped, too: sound_fit_forget removes
 * it. An interruption is STATUS_INTERRUPTED; with `resume` the training continues to the same result. After a failure
 * there is nothing to free. */
enum status sound_fit(struct compute *compute, const struct sound_data *data, const struct sound_fit_settings *settings,
                      struct progress *progress, struct sound_fitted *fitted, struct error *error);
void sound_fit_forget(const char *checkpoint);

/* The values of a trained network's parameters. */
struct sound_weights {
    const float *values, *pretrained;
    size_t n_values, n_pretrained;
};
/* A trained network on a device. Weights that do not fit are STATUS_BAD_DATA. */
struct sound_open;
enum status sound_open(struct compute *compute, const struct sound_shape *shape, const struct sound_weights *weights,
                       struct sound_open **open, struct error *error);
void sound_open_close(struct sound_open *open); /* NULL is ignored */
/* Pictures of a convolutional network: n maps [n x height x width], frames along the width, bands along the height. */
struct sound_maps {
    int64_t n, height, width;
    float *values; /* malloc'ed */
};
/* The weights of a layer's filters, from 1: the mean over their inputs. STATUS_USAGE for a network that has none, and
 * for another layer. */
enum status sound_open_filters(struct sound_open *open, int layer, struct sound_maps *maps, struct error *error);
/* What each filter of a layer gives of a song's input. */
enum status sound_open_activations(struct sound_open *open, const struct sound_inputs *inputs, int32_t song,
                                   int64_t which, int layer, struct sound_maps *maps, struct error *error);
/* out [out]: the mean over a song's inputs; 0 where it has none. */
enum status sound_open_run(struct sound_open *open, const struct sound_inputs *inputs, int32_t song, float *out,
                           struct error *error);

/* vectors [n x out] of songs [n]. Can be stopped. */
enum status sound_open_run_all(struct sound_open *open, const struct sound_inputs *inputs, const int32_t *songs,
                               int64_t n, float *vectors, struct progress *progress, struct error *error);

#endif
