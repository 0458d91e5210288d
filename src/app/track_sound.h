#ifndef SLEEVE_APP_TRACK_SOUND_H
#define SLEEVE_APP_TRACK_SOUND_H

#include "app/app.h"
#include "app/attribute_curve.h"

/* What models hear in one track, computed when it is selected. */

enum { TRACK_FITNESS_MAX = 8, TRACK_FITNESS_NAME = 160 };

struct track_fitness {
    char model[FEATURE_NAME_MAX + 1]; /* "": there is none */
    bool has_file;                    /* the track has a music file */
    bool is_probability;              /* the model was trained with loss=binary */
    int n;                            /* 0: nothing to compute it from: neither a row in the model's sets nor a file */
    struct track_fits {
        char name[TRACK_FITNESS_NAME];
        double fitness;         /* sigmoid of the logit */
    } items[TRACK_FITNESS_MAX]; /* the fittest playlists first */
};
/* `model` "": the one named "fitness", otherwise the first. A file that cannot be read is STATUS_BAD_DATA. */
enum status app_track_fitness(struct app *app, const char *model, int64_t track, const atomic_bool *cancel,
                              struct track_fitness *fitness, struct error *error);

/* The energy over the time of the track's file by the attributes' model of the default name. curve->n 0: the track
 * has no file, the model does not exist, or its features are not sets of a network of music. */
enum status app_track_curve(struct app *app, int64_t track, const atomic_bool *cancel, struct attribute_curve *curve,
                            struct error *error);

#endif
