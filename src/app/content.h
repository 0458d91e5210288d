#ifndef SLEEVE_APP_CONTENT_H
#define SLEEVE_APP_CONTENT_H

#include "app/feature_fit.h"
#include "content/predictor_input.h"
#include "db/tracks.h"

/* New songs among the known: a predictor (content/predictor.h) is trained on the tracks of a feature set that a model
 * knows, and gives the model vectors of those that it does not know (models/new_tracks.h). */

struct content_train_result {
    struct feature_fit_result fit;
    struct new_tracks_gain gain;
    bool validated; /* the gain is of the lists of validation playlists; else of training playlists */
};
/* `fit->name` is the predictor's. Songs are divided into folds as in the thesis of Pohl: one of ten is validation, two
 * are held out (the settings held_out and validation change that). A model that takes no vectors is STATUS_USAGE. */
enum status app_content_train(struct catalogue *catalogue, struct device_use *device,
                              const struct feature_fit_settings *fit, struct progress *progress,
                              struct content_train_result *result, struct error *error);

/* A network over sound (content/networks.h). */
struct content_sound_settings {
    const char *network;
    int64_t seconds; /* of an input: 6, 18 or 60 */
    const char *model, *name;
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    uint64_t seed;
    bool resume;
    const char *weights; /* path of published weights for a transfer; NULL: none */
};
struct content_sound_result {
    struct content_train_result train;
    int64_t parameters;        /* that are trained */
    int64_t n_inputs;          /* of the training songs */
    int64_t tones;             /* of a bag of tones: fewer than wanted where there are too few frames */
    struct sound_epoch *curve; /* [train.fit.epochs] */
    char report[256];          /* messages; "": none */
};
/* As app_content_train, from the spectrograms of `sleeve audio compute`, which are read as they are needed. Known songs
 * have a spectrogram in place of a row. Free the result, after a failure, too. */
enum status app_content_train_sound(struct catalogue *catalogue, struct device_use *device,
                                    const struct content_sound_settings *wanted, struct progress *progress,
                                    struct content_sound_result *result, struct error *error);
void content_sound_result_free(struct content_sound_result *result);
/* A description of the settings of networks over sound, for help. */
void content_sound_help(struct buffer *out);

struct content_apply_result {
    char model[65], set[FEATURE_NAME_MAX + 1];
    int64_t n_tracks;  /* of the catalogue */
    int64_t n_unknown; /* that the model does not know */
    int64_t n_new;     /* those that have features, and now vectors */
    double gain;
    enum new_tracks_seeds seeds;    /* how new songs count as seeds */
    bool chosen;                    /* on validation playlists, whose metrics are below */
    double ndcg[NEW_SEEDS_CHOICES]; /* NDCG@500, fractions */
    bool evaluated;                 /* the model had metrics, which were deleted because its lists have changed */
};
/* Gives the predictor's model the vectors of all tracks that it does not know and that have features. What another
 * predictor gave it is replaced. A predictor of an earlier training of the model is refused. `seeds`: how new songs
 * count as seeds; NEW_SEEDS_CHOICES: the choice with the highest NDCG on the validation playlists, and "beside" where
 * there are none. Deletes the metrics of the model, and of the ensembles that it is a member of, before its lists
 * change: a run that is killed leaves the earlier vectors or the new ones. */
enum status app_content_apply(struct catalogue *catalogue, struct device_use *device, const char *name,
                              enum new_tracks_seeds seeds, struct progress *progress,
                              struct content_apply_result *result, struct error *error);

/* ---- lists side by side ---- */

struct content_list {
    char name[FEATURE_NAME_MAX + 1]; /* "true", or the predictor's */
    bool held_out;                   /* the song was held out when the predictor was trained */
    struct track_list tracks;        /* nearest first */
    float *cosines;                  /* [tracks.count] */
    int64_t overlap;                 /* tracks that are in the first list, too; -1: there is none, or this is it */
};
enum { CONTENT_LISTS_MAX = 16 };
struct content_comparison {
    int64_t song;
    struct track_list tracks; /* the song alone */
    struct content_list lists[CONTENT_LISTS_MAX];
    int n_lists;
    int64_t n_known;  /* tracks among which the nearest are searched */
    int n_left_out;   /* predictors of the model without a list: they are of an earlier training, or too many */
    char reason[256]; /* of the last of them */
};
/* The songs nearest to a song, by cosine among the vectors that `model` learned: first by the song's own learned
 * vector, if it has one, then by the vector that each predictor of the model gives it. */
enum status app_content_compare(struct catalogue *catalogue, struct device_use *device, const char *model,
                                const char *song, size_t n, struct content_comparison *comparison, struct error *error);
void content_comparison_free(struct content_comparison *comparison);

#endif
