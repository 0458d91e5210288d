#ifndef SLEEVE_APP_FITNESS_H
#define SLEEVE_APP_FITNESS_H

#include "app/device.h"
#include "core/progress.h"
#include "db/catalogue.h"
#include "fitness/model_file.h"

/* The fitness of a song for playlists (Stern 2022): a network learns from the playlists' songs, and ranks the playlists
 * for a new one. */

/* What counts as a playlist. */
enum fitness_classes {
    FITNESS_PLAYLISTS, /* the catalogue's playlists */
    FITNESS_OWN,       /* those that people made in the explorer */
    FITNESS_ALBUMS,
    FITNESS_FOLDERS, /* folders of music files */
    FITNESS_CLASS_KINDS,
};
extern const char *const fitness_class_names[FITNESS_CLASS_KINDS]; /* "playlists", "own", ... */

struct fitness_train_settings {
    const char *name;
    const char *kind;     /* "head" or "cnn" */
    const char *features; /* see app/fitness_inputs.h; NULL: the kind's */
    enum fitness_classes classes;
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    uint64_t seed;
    bool resume;
    int folds; /* 0: a model; otherwise a cross-validation with so many parts, and no model is written */
};

/* Gives parts to the songs that have none (fitness/split.h), trains, and evaluates the model, logistic regression on
 * the same inputs, and ranking by size on the validation and test songs. Writes the model, and appends its report (a
 * JSON object). Fewer than two usable playlists are STATUS_BAD_DATA. An interruption leaves an earlier model as it was,
 * and keeps a checkpoint for `resume`.
 *
 * With `folds` all songs are evaluated, each by models that were trained without its fold (heads only). */
enum status app_fitness_train(struct catalogue *catalogue, struct device_use *device,
                              const struct fitness_train_settings *settings, struct progress *progress,
                              struct buffer *report, struct error *error);

/* A description of the settings, for help. */
void fitness_help(struct buffer *out);

/* The fitness of one song for each playlist: σ of the network's logits. With cross-entropy it is no probability, as in
 * the source; with loss=binary it is one. */
struct fitness_ranked {
    const char *song; /* as it was given */
    const float *logits;
    const int32_t *order; /* [n_classes] classes, the fittest first */
};
/* Songs are keys of tracks, or paths of music files. Calls `each` in their order. A song that cannot be used is logged
 * with the reason and left out; STATUS_BAD_DATA where none could be used. */
enum status app_fitness_apply(struct catalogue *catalogue, struct device_use *device, const struct fitness_model *model,
                              const char *const *songs, size_t n_songs, struct progress *progress,
                              enum status (*each)(const struct fitness_ranked *ranked, void *context,
                                                  struct error *error),
                              void *context, struct error *error);

/* The same of one track (its row in the sets, else its file). What cannot be used is an error: STATUS_BAD_DATA. */
enum status app_fitness_of_track(struct catalogue *catalogue, struct device_use *device,
                                 const struct fitness_model *model, int64_t track, struct progress *progress,
                                 enum status (*each)(const struct fitness_ranked *ranked, void *context,
                                                     struct error *error),
                                 void *context, struct error *error);

/* Pictures of a report, of a model or of a cross-validation, as .png or .svg. */
enum fitness_picture {
    FITNESS_CURVE, /* of training */
    FITNESS_SIZES, /* accuracy against the playlists' sizes */
};
/* STATUS_USAGE: no name of such a picture. */
enum status app_fitness_plot_check(enum fitness_picture picture, const char *path, struct error *error);
enum status app_fitness_plot(const char *report, enum fitness_picture picture, const char *path, struct error *error);

#endif
