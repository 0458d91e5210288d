#ifndef SLEEVE_CONTENT_PREDICTOR_INPUT_H
#define SLEEVE_CONTENT_PREDICTOR_INPUT_H

#include "content/predictor.h"
#include "content/sound_fit.h"
#include "core/progress.h"
#include "features/audio/spectrogram_cache.h"

/* What a predictor computes vectors from: a feature set, or the spectrograms of `sleeve audio compute`. */
struct predictor_input {
    const struct predictor *predictor;
    struct feature_set set;         /* of a predictor from a feature set */
    struct spectrogram_cache cache; /* of a network over sound */
    int64_t n_rows;                 /* rows that it can have: track numbers - 1 below this */
};
/* A set or cache that does not exist is STATUS_FAILED. The predictor must outlive the input. */
enum status predictor_input_open(struct catalogue *catalogue, const struct predictor *predictor,
                                 struct predictor_input *input, struct error *error);
void predictor_input_close(struct predictor_input *input);
/* Whether a track can be predicted. */
bool predictor_input_has(const struct predictor_input *input, int64_t row);
/* Of a convolutional network over sound, as sound_open_filters and sound_open_activations: `song` -1 gives the filters,
 * otherwise the activations of the middle of its inputs. Free maps->values. */
enum status predictor_input_maps(struct compute *compute, const struct predictor_input *input, int64_t song, int layer,
                                 struct sound_maps *maps, struct error *error);
/* vectors [n x out] of rows [n], ascending, which it has: as the model's vectors, without the gain. */
enum status predictor_input_run(struct compute *compute, const struct predictor_input *input, const int32_t *rows,
                                int64_t n, float *vectors, struct progress *progress, struct error *error);

#endif
