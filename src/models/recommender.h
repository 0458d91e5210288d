#ifndef SLEEVE_MODELS_RECOMMENDER_H
#define SLEEVE_MODELS_RECOMMENDER_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/progress.h"
#include "core/status.h"
#include "db/catalogue.h"
#include "features/feature_set.h"
#include "gpu/compute.h"

/* All recommenders behind one interface. A trained model is one safetensors file with its kind, settings, number of
 * tracks and the catalogue's fingerprint. Calls on one recommender must not overlap. */
struct recommender;

struct side_info; /* models/side_info.h */

/* The parts of a score: the song's, then one for each feature set. */
enum { SCORE_PARTS_MAX = 1 + FEATURE_SETS_MAX };

struct recommendation {
    int64_t track; /* number */
    float score;
    float parts[SCORE_PARTS_MAX]; /* sum to the score; only recommender_recommend separates them */
};
/* What the feature sets add to the score. */
float recommendation_features(const struct recommendation *recommendation);

/* How good a model is on validation playlists, as fractions (clicks: pages). */
struct model_scores {
    double ndcg, recall, r_precision, clicks;
};

struct model_evaluator {
    enum status (*evaluate)(void *context, struct recommender *recommender, struct model_scores *scores,
                            struct error *error);
    void *context;
};

struct model_spec {
    const char *kind; /* see model_kind_name */
    const char *name;
    const char *preset;          /* NULL: the kind's default */
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    uint64_t seed;
    int split_sets;              /* which sets to train on */
    const char *const *features; /* names of feature sets, at most FEATURE_SETS_MAX, for kinds that take them */
    size_t n_features;
    const char *covers;           /* the one of `features` that must be a set of albums; NULL: any may be of tracks */
    const struct side_info *side; /* what is known of the tracks; model_train loads it for kinds that want it */
    bool resume;                  /* continue the interrupted training of that name */
    const struct model_evaluator *evaluator; /* for kinds that keep their best; NULL: the last is kept */
};

/* Trains and writes a file in the folder "models" of the sidecar folder, to which the registry's record then switches;
 * results of an earlier model of the name go with it. On any failure, and when the process is killed, an earlier model
 * of that name stays as it was, with its results. Two trainings of one name at a time: the second is refused at once.
 * Unknown settings are STATUS_USAGE. Talks through progress and log_message. */
enum status model_train(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                        struct progress *progress, struct error *error);
/* What model_train would refuse before any work: a name or kind that cannot be, a training of the name in progress. */
enum status model_train_check(struct catalogue *catalogue, const struct model_spec *spec, struct error *error);
/* Whether there is a checkpoint of an interrupted training of that name, for `resume`. */
bool model_is_half_trained(const struct catalogue *catalogue, const char *name);
/* 32 hexadecimal digits of the playlists of these interactions: what a model's settings keep as "trained_on", to tell
 * whether the model has seen the playlists that it is evaluated on. */
void model_training_fingerprint(const struct interactions *interactions, char text[33]);
/* The kinds that model_train knows: the name of the index'th; NULL: there are no more. */
const char *model_kind_name(size_t index);
/* Adds what each kind is, and earlier names of settings, as text for people. */
void model_kinds_help(struct buffer *out);

/* Whether the record's file is there, whole, of the same training as the record, and of this catalogue: reads its
 * header only. *missing says whether it is not there. */
enum status model_check(struct catalogue *catalogue, const struct model_record *record, bool *missing,
                        struct error *error);
/* Removes a model from the registry, then its file. Refused while the model is being trained. */
enum status model_remove(struct catalogue *catalogue, const char *name, struct error *error);

/* Opens a model of this catalogue; one of another catalogue, and one whose file and record do not fit, is refused with
 * the reason. A file that is missing is STATUS_FAILED. */
enum status recommender_open(struct catalogue *catalogue, struct compute *compute, const char *name,
                             struct recommender **recommender, struct error *error);
void recommender_close(struct recommender *recommender);
/* Hands over the record that the model was opened with, a list of one; the caller frees it. */
void recommender_take_record(struct recommender *recommender, struct model_list *record);
const char *recommender_kind(const struct recommender *recommender);
int64_t recommender_tracks(const struct recommender *recommender); /* 1..n are in the model */
/* The feature sets that it was trained with, in the order of a score's parts; returns how many. The names live as long
 * as the recommender. */
size_t recommender_feature_sets(const struct recommender *recommender, const char *names[FEATURE_SETS_MAX]);

/* The k best tracks (at most) for one list of seeds (numbers; those not in the model are ignored; none gives the most
 * popular tracks), seeds excluded, best first, ties by number (sknn, vsknn, stan, vstan: the more popular first, then
 * by number). */
enum status recommender_recommend(struct recommender *recommender, const int64_t *seeds, size_t n_seeds, size_t k,
                                  struct recommendation *out, size_t *n_out, struct error *error);
/* The same for many lists, the whole score as the song's part: seeds of list i are seeds[starts[i]..starts[i+1]); out
 * is [n x k], counts [n]. */
enum status recommender_recommend_many(struct recommender *recommender, const int64_t *starts, const int64_t *seeds,
                                       size_t n_lists, size_t k, struct recommendation *out, size_t *counts,
                                       struct error *error);

/* What a model learned of the seeds that it is given. */
struct seed_counts {
    size_t distinct; /* each seed counted once */
    size_t known;    /* of these, the tracks that the model learned something about */
    size_t later;    /* of the others, the tracks that were added to the catalogue after its training */
    bool popular;    /* the list for these seeds is of popular tracks, because the model has a row for none of them */
};
enum status recommender_count_seeds(const struct recommender *recommender, const int64_t *seeds, size_t n_seeds,
                                    struct seed_counts *counts, struct error *error);
enum { SEEDS_NOTE_SIZE = 320 };
/* One sentence for people about seeds that the model `name` does not know; "" when it knows all of them. */
void seed_counts_describe(const struct seed_counts *counts, const char *name, char text[SEEDS_NOTE_SIZE]);

#endif
