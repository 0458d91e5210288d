#ifndef SLEEVE_CONTENT_SOUND_FIT_INTERNAL_H
#define SLEEVE_CONTENT_SOUND_FIT_INTERNAL_H

#include "content/sound_fit.h"
#include "content/sound_network.h"
#include "core/random.h"
#include "nn/epoch_record.h"
#include "nn/optimiser.h"

/* A training (content/sound_fit.h), and a piece of one of its batches. */

/* One input of a song. */
struct input {
    int32_t song, which;
};
struct input_list {
    struct input *items;
    int64_t count;
};

enum { INPUTS_OF_TRIPLET = 3 };
enum curve_column { CURVE_LOSS, CURVE_SEEN, CURVE_VALIDATION, CURVE };

struct sound_training {
    struct compute *compute;
    const struct sound_data *data;
    const struct sound_fit_settings *settings;
    struct sound_network *network;
    struct optimiser optimiser, adapting; /* the latter of an adapted network */
    struct tape tape;
    struct input_list train, validation;
    struct input *order;     /* [train.count] of epoch `ordered` */
    struct input *negatives; /* [batch] of SOUND_SEMI_HARD */
    int64_t ordered, steps, piece;
    float *x, *y; /* [3 piece x input size], [piece x out] */
    struct tensor input[INPUTS_OF_TRIPLET];
    struct epoch_record curve;           /* CURVE columns */
    struct buffer best, best_pretrained; /* paths; the latter of an adapted network */
};

/* Inputs that are computed together. */
struct sound_piece {
    const struct input *inputs;
    int64_t n;
    int64_t of;                    /* inputs over whose number the loss is a mean */
    bool recording;                /* gradients are computed */
    uint64_t draw;                 /* seed of what is drawn; 0..: of validation */
    const struct input *negatives; /* [n] of triplets; NULL: they are drawn */
};
/* Adds to the gradients, and to *loss the piece's share of the mean. */
enum status sound_run_targets(struct sound_training *training, const struct sound_piece *piece, double *loss,
                              struct error *error);
enum status sound_run_triplets(struct sound_training *training, const struct sound_piece *piece, double *loss,
                               struct error *error);

/* Semi-hard negatives for all inputs of a batch, as the network is now. Where no input of the batch will do, the drawn
 * ones. */
enum status sound_mine_negatives(struct sound_training *training, const struct sound_piece *batch,
                                 struct input *negatives, struct error *error);

/* A song's positive and negative among `songs` [n], by Euclidean distance of their vectors [all songs x width].
 * n >= 3. False: out of memory. */
struct triplet_songs {
    const int32_t *songs;
    int64_t n;
    const float *vectors;
    int64_t width;
};
bool triplet_draw(const struct triplet_songs *songs, int32_t anchor, struct random *random, int32_t *positive,
                  int32_t *negative);
/* Semi-hard negatives (nn/triplets.h) among embedded [2n x width], of the anchors and their positives; `of_rows` [2n]
 * are their songs. Songs of which the anchor's positive could have been drawn are none. negatives [n] are rows; -1:
 * there is none. False: out of memory. */
bool triplet_mine(const struct triplet_songs *songs, int64_t n, const int32_t *of_rows, const float *embedded,
                  int64_t width, int32_t *negatives);

#endif
