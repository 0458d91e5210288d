#ifndef SLEEVE_MODELS_RECOMMENDER_H
#define SLEEVE_MODELS_RECOMMENDER_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/progress.h"
#include "core/status.h"
#include "db/catalogue.h"
#include "features/feature_set.h"
#include "gpu/compute.h"
#include "models/answer.h"
#include "ranks/ranks.h"

/* One interface for all recommenders. A trained model is one safetensors file with its kind, settings, number of tracks
 * and the catalogue's fingerprint. Calls on one recommender must not overlap. */
struct recommender;

struct side_info;        /* models/side_info.h */
struct training_ratings; /* models/train_ratings.h */
struct playlist_titles;  /* db/titles.h */

/* The parts of a score: that of the song, then one for each feature set, or what the kind of the model names. */
enum { SCORE_PARTS_MAX = 1 + FEATURE_SETS_MAX };

struct recommendation {
    int64_t track; /* track number */
    float score;
    float parts[SCORE_PARTS_MAX]; /* their sum is the score; only recommender_recommend separates them */
    bool is_new;                  /* the model was given a vector for it (models/new_tracks.h) */
};
/* The sum of all parts but the song's. */
float recommendation_features(const struct recommendation *recommendation);

/* Scores on validation playlists, as fractions (clicks: pages). */
struct model_scores {
    double ndcg, recall, r_precision, clicks;
};

struct model_evaluator {
    enum status (*evaluate)(void *context, struct recommender *recommender, struct model_scores *scores,
                            struct error *error);
    void *context;
    const struct interactions *playlists; /* the validation playlists, for kinds that fit parameters to them; or NULL */
    const char *const *titles;            /* [playlists] "" for none; or NULL */
};

/* The models that an ensemble is made of. */
enum { MODEL_MEMBERS_MAX = 8 };
struct model_members {
    const char *const *names; /* of models of the catalogue */
    size_t count;
    const double *weights_by_title; /* [count] where a member reads the title; NULL: as `weights` */
    const double *weights;          /* [count]; NULL: those of `weights_of`, or found on validation playlists */
    const char *weights_of;         /* an ensemble of as many models of the same kinds; NULL: none */
    struct recommender **open;      /* [count]; NULL: model_train opens them */
};

/* Where the embedding tables of a network are that several ranks train: all rows on every rank, or a part on each. */
enum table_placement {
    TABLES_AUTO, /* by the size of each table (rta/rta.h) */
    TABLES_REPLICATED,
    TABLES_SHARDED,
    TABLE_PLACEMENTS
};

struct model_spec {
    const char *kind; /* see model_kind_name */
    const char *name;
    const char *preset;          /* NULL: the kind's default */
    const char *const *settings; /* "key=value" */
    size_t n_settings;
    uint64_t seed;
    int split_sets;              /* the sets of the split to train on */
    const char *const *features; /* names of feature sets, at most FEATURE_SETS_MAX, for kinds that take them */
    size_t n_features;
    const char *covers;           /* the one of `features` that must be a set of albums; NULL: any may be of tracks */
    const struct side_info *side; /* data about the tracks; model_train loads it for kinds that need it */
    const struct playlist_titles
        *titles;                        /* of the playlists; model_train loads them. NULL: the model takes no titles */
    struct playlist_titles *own_titles; /* the same, freed once nothing needs them; NULL: they are the caller's */
    struct model_members members;       /* for kinds that take them */
    bool rated;                         /* also train on ratings (models/train_ratings.h) */
    const struct training_ratings *ratings;  /* set by model_train with `rated` */
    bool resume;                             /* continue the interrupted training of that name */
    struct ranks *ranks;                     /* that train together; only rank 0 writes. NULL: one process */
    enum table_placement tables;             /* with ranks; no part of what the model is, as they */
    const struct model_evaluator *evaluator; /* for kinds that keep their best weights; NULL: they keep the last */
};

/* Trains a model, writes its file to the folder "models" of the sidecar folder, and then switches the registry's record
 * to that file. Results of an earlier model of that name are deleted with it. On any failure, even if the process is
 * killed, an earlier model of that name and its results stay unchanged. A second training of the same name at the same
 * time is refused. Unknown settings are STATUS_USAGE. Reports through progress and log_message. */
enum status model_train(struct catalogue *catalogue, struct compute *compute, const struct model_spec *spec,
                        struct progress *progress, struct error *error);
/* Returns the errors that model_train would return before any work: an invalid name or kind, or a training of that name
 * in progress. */
enum status model_train_check(struct catalogue *catalogue, const struct model_spec *spec, struct error *error);
/* Whether there is a checkpoint of an interrupted training of that name, for `resume`. */
bool model_is_half_trained(const struct catalogue *catalogue, const char *name);
/* A fingerprint (32 hexadecimal digits) of the playlists and cold tracks of these interactions. It is stored with a
 * model as "trained_on", to detect whether a model has seen the playlists that it is evaluated on. */
void model_training_fingerprint(const struct interactions *interactions, char text[33]);
/* The name of the index'th kind; NULL: there are no more. */
const char *model_kind_name(size_t index);
/* Appends a description of each kind, and of the earlier names of settings. */
void model_kinds_help(struct buffer *out);

/* Checks the file of a record by reading its header: it must exist, be complete, and match the record and the
 * catalogue. *missing is set if it does not exist. */
enum status model_check(struct catalogue *catalogue, const struct model_record *record, bool *missing,
                        struct error *error);
/* Removes a model from the registry, then its file. Refused while the model is being trained. */
enum status model_remove(struct catalogue *catalogue, const char *name, struct error *error);

/* Opens a model of this catalogue. A model of another catalogue, or one whose file and record do not match, is refused
 * with the reason. A missing file is STATUS_FAILED. */
enum status recommender_open(struct catalogue *catalogue, struct compute *compute, const char *name,
                             struct recommender **recommender, struct error *error);
/* The same, but all lists are the model's own: for seeds about which it knows nothing they hold the most popular
 * tracks, and never tracks that are similar in other ways (models/fallback.h). For comparing what models learned. */
enum status recommender_open_alone(struct catalogue *catalogue, struct compute *compute, const char *name,
                                   struct recommender **recommender, struct error *error);
/* The same for a check: the model's index (models/index_file.h) is not made. *index_fault says what is wrong with it;
 * "" if nothing is. */
enum status recommender_open_checked(struct catalogue *catalogue, struct compute *compute, const char *name,
                                     struct recommender **recommender, struct error *index_fault, struct error *error);
void recommender_close(struct recommender *recommender);
/* Moves the record that the model was opened with (a list of one) to the caller, who frees it. */
void recommender_take_record(struct recommender *recommender, struct model_list *record);
const char *recommender_kind(const struct recommender *recommender);
int64_t recommender_tracks(const struct recommender *recommender); /* tracks 1..n are in the model */
/* What a list shows as the first part of a score: "song", or "song+bias" where the track's bias is in it. */
const char *recommender_first_part(const struct recommender *recommender);
/* The names of a score's parts beside the first, in their order; returns their number. They live as long as the
 * recommender. */
size_t recommender_parts(const struct recommender *recommender, const char *names[SCORE_PARTS_MAX]);

/* The names of the feature sets that it uses, an ensemble those of its members; returns their number. */
size_t recommender_features(const struct recommender *recommender, const char *names[FEATURE_SETS_MAX]);

/* The vectors that a model has learned for its tracks. Their products with a playlist's vector are the scores, or the
 * song's part of them: the parts of feature sets and biases are left out. */
struct track_vectors {
    int64_t n_tracks, width;
    const float *values; /* row t has `width` numbers at values + t * stride */
    int64_t stride;
    const float *playlists; /* [n_tracks] number of training playlists that contain the track */
};
/* They live as long as the recommender. STATUS_USAGE for a kind of model without vectors. */
enum status recommender_track_vectors(const struct recommender *recommender, struct track_vectors *vectors,
                                      struct error *error);

/* What a model made of the seeds of a query. */
struct seed_counts {
    size_t distinct;  /* distinct seeds */
    size_t known;     /* those that the model learned something about */
    size_t predicted; /* those of the others that count by a predicted vector (models/new_tracks.h) */
    size_t later;     /* those that it does not know and that were added to the catalogue after the training */
    enum answer answer;
};
/* Those that the model's list depends on: the known and the predicted ones. */
size_t seed_counts_used(const struct seed_counts *counts);

/* How a list depends on the title of its query. */
enum title_use {
    TITLE_NONE,      /* there is no title */
    TITLE_ALONE,     /* the list is by title: there is no known seed, or the kind of the model ignores seeds */
    TITLE_JOINED,    /* the model's list is joined with the title's */
    TITLE_UNKNOWN,   /* no training playlist has a similar title: as without a title */
    TITLE_IGNORED,   /* the kind of the model ignores titles: as without a title */
    TITLE_UNTRAINED, /* the model has no titles, because it was trained without: as without a title */
};
/* A message about a title that the model `name` cannot use; "" if it can. */
enum { TITLE_NOTE_SIZE = 320 };
void title_use_describe(enum title_use use, const char *name, char text[TITLE_NOTE_SIZE]);

/* A playlist to continue. */
struct recommend_query {
    const int64_t *seeds; /* [n_seeds] track numbers, in the playlist's order */
    size_t n_seeds;
    const char *title;          /* NULL or "": none */
    struct seed_counts *counts; /* receives what the model made of the seeds; may be NULL */
    enum title_use *title_use;  /* receives how the list depends on the title; may be NULL */
    bool *predicted;            /* [n_seeds] receives which seeds count by a predicted vector; may be NULL */
};
/* At most k best tracks for one query, best first, without the seeds. Equal scores are ordered by number; for the
 * session neighbours and the item-to-item kinds by popularity, then number.
 *
 * If the model knows none of the seeds, or finds no track that goes with them, the list does not come from it: it holds
 * tracks that are similar to the seeds in features and artists (models/fallback.h), possibly some that were added after
 * the training. Without seeds, without a catalogue (recommender_open_file), and for seeds about which nothing is known,
 * it holds the most popular tracks. */
enum status recommender_recommend(struct recommender *recommender, const struct recommend_query *query, size_t k,
                                  struct recommendation *out, size_t *n_out, struct error *error);
/* The same for n queries, without separate parts: the whole score is in parts[0]. out is [n x k], counts [n]. */
enum status recommender_recommend_many(struct recommender *recommender, const struct recommend_query *queries, size_t n,
                                       size_t k, struct recommendation *out, size_t *counts, struct error *error);

/* How many of some seeds a model learned something about; `answer` is what a list without a catalogue is made by. */
enum status recommender_count_seeds(const struct recommender *recommender, const int64_t *seeds, size_t n_seeds,
                                    struct seed_counts *counts, struct error *error);
/* Fills query->predicted, unless it is NULL. */
void recommender_mark_predicted(const struct recommender *recommender, const struct recommend_query *query,
                                const struct seed_counts *counts);
enum { SEEDS_NOTE_SIZE = 320 };
/* A message about seeds that the model `name` does not know and about what the list holds instead; "" if it knows all
 * of them. */
void seed_counts_describe(const struct seed_counts *counts, const char *name, char text[SEEDS_NOTE_SIZE]);

#endif
