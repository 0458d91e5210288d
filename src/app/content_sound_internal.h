#ifndef SLEEVE_APP_CONTENT_SOUND_INTERNAL_H
#define SLEEVE_APP_CONTENT_SOUND_INTERNAL_H

#include "app/content_internal.h"
#include "app/feature_fit_items.h"
#include "content/sound_fit.h"
#include "models/settings.h"

/* A training of a network over sound (app/content.h), in the order of its steps. */

struct content_sound_training {
    struct catalogue *catalogue;
    struct device_use *device;
    const struct content_sound_settings *wanted;
    struct progress *progress;
    struct content_sound_result *result;
    struct content_model model;
    const struct sound_spec *spec;
    struct settings settings;
    struct spectrogram_cache cache;
    int64_t n_tracks;
    bool *present; /* [n_tracks] */
    struct fit_items items;
    double *mean, *deviation; /* [out] */
    float *targets;           /* [n_tracks x out] */
    int32_t *training, *validation, *held_out;
    struct column_statistics *columns;
    float *centres;   /* of tones */
    float *embedding; /* [n_embedding] parameters of the network that embeds */
    size_t n_embedding;
    struct sound_shape shape;
    struct sound_fitted fitted;
    float *validated, *predicted; /* [n_validation x out], [n_held_out x out] standardised */
    struct buffer checkpoint, identity, text;
    bool again; /* the device failed before */
};

double content_sound_value(const struct content_sound_training *training, const char *key);

/* Which tracks have spectrograms. */
enum status content_sound_find(struct content_sound_training *training, struct error *error);
/* Draws the parts and makes the targets, the statistics of the inputs, the shape and the identity. */
enum status content_sound_prepare(struct content_sound_training *training, struct compute *compute,
                                  struct error *error);
/* Trains, and predicts the songs of validation and those that are held out. */
enum status content_sound_fit(struct content_sound_training *training, struct compute *compute, struct error *error);

#endif
