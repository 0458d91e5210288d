#ifndef SLEEVE_MODELS_KIND_H
#define SLEEVE_MODELS_KIND_H

#include "core/buffer.h"
#include "core/safetensors.h"
#include "models/recommender.h"
#include "models/settings.h"
#include "models/side_info.h"
#include "models/train_ratings.h"

/* The interface between a kind of model and the code that trains, saves, opens and uses models. Row = track number - 1.
 */

enum { MODEL_TENSORS_MAX = 512, MODEL_TENSOR_NAME = 48 };

/* Maximum length of a track vector in a model's file, because square matrices of that width are allocated. Training
 * produces at most 4096 (the rules of the kinds). */
enum { MODEL_WIDTH_MAX = 8192 };

enum matrix_type { MATRIX_FLOAT32, MATRIX_INT32, MATRIX_INT64 };

/* The matrices of a trained model; `values` are malloc'ed and owned. Matrices that grow with the catalogue need not be
 * copied: their `values` are NULL, and `next` provides them in parts (core/safetensors.h). */
struct model_weights {
    struct model_matrix {
        char name[MODEL_TENSOR_NAME];
        enum matrix_type type;
        int64_t rows, columns;
        void *values;
        enum status (*next)(void *context, size_t offset, const void **bytes, size_t *size, struct error *error);
        void *context;
    } items[MODEL_TENSORS_MAX];
    size_t count;
};

void model_weights_free(struct model_weights *weights);
/* Takes ownership of `values`, also on failure; NULL means that memory ran out. */
enum status model_weights_add(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                              float *values, struct error *error);
/* The same for integers, int32_t or int64_t. */
enum status model_weights_add_integers(struct model_weights *weights, const char *name, enum matrix_type type,
                                       int64_t rows, int64_t columns, void *values, struct error *error);

/* A float32 matrix from `next`; `context` must outlive the writing of the file. */
enum status model_weights_add_parts(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                                    enum status (*next)(void *context, size_t offset, const void **bytes, size_t *size,
                                                        struct error *error),
                                    void *context, struct error *error);
/* An int64 matrix [*n x 1] with the bytes of a file, then zeros up to a multiple of 8; `file` must outlive the writing.
 */
enum status model_weights_add_file(struct model_weights *weights, const char *name, struct safetensors *file,
                                   struct error *error);
/* Removes all but the first `count`. */
void model_weights_cut(struct model_weights *weights, size_t count);

struct factors; /* models/factors.h */
struct recommender_ops;
struct score_reasons; /* models/explain.h */

struct model_task {
    const struct recommender_ops *ops;
    const struct model_spec *spec;
    struct compute *compute;
    const struct interactions *interactions; /* the playlists to train on */
    const struct settings *settings;
    uint64_t seed;
    struct progress *progress;
    const char *fingerprint;                     /* of the catalogue's tracks */
    const char *path;                            /* of the file to write */
    bool kept;                                   /* the file has been written */
    double member_weights[2][MODEL_MEMBERS_MAX]; /* of an ensemble (models/ensemble.h); set by its training */
    enum bad_use bad_use;                        /* of ratings; set by the training */
    char report[640];                            /* a message about the result for the user; "": none */
};

/* The names of the feature sets, separated by commas, as in a model's file; "" if there are none. */
enum { MODEL_FEATURES_TEXT = FEATURE_SETS_MAX * (FEATURE_NAME_MAX + 1) + 1 };
void model_features_text(const struct model_spec *spec, char text[MODEL_FEATURES_TEXT]);

/* For kinds that write their file themselves: writes the model with these weights to the task's file, without
 * validation. */
enum status model_task_write(struct model_task *task, const struct model_weights *weights, struct error *error);
/* For iterative kinds: writes the model with these weights beside the task's file, and evaluates it if there is an
 * evaluator (otherwise the scores are 0). */
enum status model_task_validate(struct model_task *task, const struct model_weights *weights,
                                struct model_scores *scores, struct error *error);
/* After model_task_validate: makes that model the task's file if it is `better`, otherwise deletes it. */
enum status model_task_keep(struct model_task *task, bool better, struct error *error);

/* Appends to the report which share of the catalogue the model in the task's file can recommend. */
enum status model_report_known(struct model_task *task, struct error *error);

/* Lists of seeds as rows: list i is rows[starts[i]..starts[i+1]), distinct, in the playlist's order, empty only
 * where the model reads the title itself. `sorted` has the same rows, ascending within each list. */
struct seed_lists {
    size_t count;
    const int64_t *starts;
    const int32_t *rows;
    const int32_t *sorted;
    const char *const *titles; /* [count] each playlist's title, NULL where it has none; NULL: no list has one */
};

/* What a kind does with the titles of playlists (models/titles.h). */
enum title_role {
    TITLES_JOINED,  /* its lists are joined with those by title; its files have the index of titles */
    TITLES_ALONE,   /* its lists are by title; it saves the index itself */
    TITLES_IGNORED, /* it ignores titles, and its files have no index */
};

struct recommender_ops {
    const char *kind;
    struct setting_rules settings;
    const void *variant; /* data that distinguishes kinds with the same functions; may be NULL */
    bool uses_side_info; /* needs the tracks' album, artist and duration */
    bool takes_features; /* can be trained with feature sets */
    enum title_role titles;
    bool trains_on_titles; /* training reads them beside the index */
    bool takes_ranks;      /* several processes can train it (spec->ranks) */
    bool takes_members;    /* is made of other trained models (spec->members), and cannot be a member itself */
    enum status (*train)(struct model_task *task, struct model_weights *weights, struct error *error);
    /* Prepares recommender->state from recommender->file. `close` is called even if this failed. */
    enum status (*open)(struct recommender *recommender, struct error *error);
    void (*close)(struct recommender *recommender);
    /* ids and scores [count x k]: the k best rows for each list, excluding the list's own; -1 where there are fewer. k
     * is at most n_tracks. */
    enum status (*recommend)(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error);
    /* scores [count x n]: those of the rows [n] for each list, by the computation that `recommend` ranks with. The rows
     * need not be in the list that it would return. */
    enum status (*score)(struct recommender *recommender, const struct seed_lists *lists, size_t n, const int32_t *rows,
                         float *scores, struct error *error);
    /* ranks [count]: the row's place, from 1, in the list of `depth` rows that `recommend` would find for each list; 0:
     * it is not there. *known is false, and nothing is computed, where making the lists takes less time. NULL: always.
     */
    enum status (*ranks)(struct recommender *recommender, const struct seed_lists *lists, int32_t row, size_t depth,
                         size_t *ranks, bool *known, struct error *error);
    bool any_seeds; /* lists do not depend on the seeds, so no seed is unknown */
    /* Whether training learned anything about a row. NULL: it did if a training playlist contains the row. */
    bool (*knows)(const struct recommender *recommender, int32_t row);
    /* Whether `recommend` itself makes use of this title (not ""). Then the list is not joined with the title's, and
     * may have no seeds. NULL: it reads no titles. */
    bool (*reads_title)(const struct recommender *recommender, const char *title);
    /* The learned vectors of all tracks (all members but `playlists`). NULL: the kind has none. */
    void (*track_vectors)(const struct recommender *recommender, struct track_vectors *vectors);
    /* Where the scores are products of the learned vectors (track_vectors, all of them) with a playlist's vector: the
     * factors, whose queries are those of the last call of `recommend` or `score`. Then tracks that the model does not
     * know can be given vectors (models/new_tracks.h). May return NULL; NULL: never. */
    struct factors *(*factors)(const struct recommender *recommender);
    /* The factors that its lists are found in, whatever else is added to the scores: large ones are searched with an
     * index (models/index_file.h). NULL: there are none. */
    struct factors *(*searched)(const struct recommender *recommender);
    /* The models that it is made of: these are given vectors of new tracks. NULL: none. */
    struct recommender *const *(*members)(const struct recommender *recommender, size_t *count);
    /* Names of a score's parts beside that of the song, ended by NULL. NULL: the model's feature sets. */
    const char *const *parts;
    /* The contribution of each of these parts to the scores that the last call of `recommend` gave its first list:
     * parts [n x parts] for the rows ids [n]. 0 for a model that mixes song and features. NULL: no model of this kind
     * has parts. */
    enum status (*score_parts)(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                               struct error *error);
    /* What else is known about the score of a row for one list (models/explain.h). NULL: nothing. */
    enum status (*reasons)(struct recommender *recommender, const struct seed_lists *list, int32_t row,
                           struct score_reasons *reasons, struct error *error);
    /* How many random lists are scored for the typical score of an explanation; 0: TYPICAL_LISTS, -1: none, because
     * that would take long. */
    int random_lists;
    /* recommender_features. NULL: those that the model's file names. */
    size_t (*features)(const struct recommender *recommender, const char *names[FEATURE_SETS_MAX]);
};

/* A group of related kinds, described together in the help; one row of the list of families below. */
struct model_family {
    const char *help; /* whole lines */
    const struct recommender_ops *kinds;
    size_t count;
};

/* All families; NAME_family is defined in the family's own file. Add a row for a new one. */
#define MODEL_FAMILIES(X)                                                                                              \
    X(popularity) X(title) X(als) X(session) X(time) X(item) X(content) X(rta) X(hybrid) X(ensemble)
#define MODEL_FAMILY_DECLARE(name) extern const struct model_family name##_family;
MODEL_FAMILIES(MODEL_FAMILY_DECLARE)

struct recommender {
    const struct recommender_ops *ops;
    struct compute *compute;
    struct safetensors *file;
    struct safetensors *index; /* models/index_file.h; NULL: none */
    uint64_t sum_of_values;    /* of all matrices that opening read */
    uint64_t *checksum;        /* points to it, so that reading a matrix can add to it */
    struct model_list record;  /* the record in the registry, a list of one; empty if the model was opened without a
                                * catalogue */
    int64_t n_tracks;
    int32_t *popular;        /* [n_tracks] rows by popularity, the most popular first */
    const float *popularity; /* [n_tracks] number of training playlists that contain the row */
    char *feature_text;      /* names of the feature sets, which `features` points into */
    const char *features[FEATURE_SETS_MAX];
    size_t n_features;
    struct title_index *titles;                       /* NULL: none, or not opened yet */
    void (*close_titles)(struct title_index *titles); /* NULL: not opened yet */
    void *state;
    const char *rest;              /* what is left of a score beside its parts; NULL: "song" */
    char *catalogue_path;          /* NULL if the model was opened without a catalogue */
    struct fallback *fallback;     /* NULL until a list needs it */
    struct new_tracks *new_tracks; /* NULL: none */
    void (*close_new_tracks)(struct new_tracks *tracks);
};

/* Whether the model reads this title itself; false for NULL and "". */
bool recommender_reads(const struct recommender *recommender, const char *title);
/* Whether the model knows anything about a row [0, n_tracks), and so can recommend it. */
bool recommender_knows(const struct recommender *recommender, int32_t row);
/* Whether a row can be a seed, or be scored: it is one of the model's, or was given a vector (models/new_tracks.h). */
bool recommender_has(const struct recommender *recommender, int64_t row);
/* Whether the model has a list for these seeds: it knows one of them, or was given a vector that counts alone. Rows for
 * which `left_out` (may be NULL) is true are not seeds. */
bool recommender_answers(const struct recommender *recommender, const int32_t *rows, int64_t n, const bool *left_out);
/* Rows that the model has are below this. */
int64_t recommender_row_end(const struct recommender *recommender);
/* The rows of the distinct seeds of a query that the model has: `rows` in the playlist's order, `sorted`
 * ascending. Both hold n_seeds numbers, as does `taken`, which is scratch memory. Returns how many there are. */
int64_t seed_rows(const struct recommender *recommender, const struct recommend_query *query, int32_t *rows,
                  int32_t *sorted, unsigned char *taken);
/* Sets the parts of a score: those of `parts` [n_parts], and the song's, which is the rest of the score. */
void recommendation_set_parts(struct recommendation *recommendation, const float *parts, size_t n_parts);

/* A tensor [n_tracks x columns] of the model's file, all values finite. columns -1: any number; *got receives it. */
enum status recommender_matrix(const struct recommender *recommender, const char *name, int64_t columns,
                               const float **values, int64_t *got, struct error *error);
/* A tensor [*n x 1] of integers of the model's file; the values are not checked. */
enum status recommender_integers(const struct recommender *recommender, const char *name, enum matrix_type type,
                                 const void **values, int64_t *n, struct error *error);
/* A tensor of the model's file of this shape, all values finite. */
enum status recommender_floats(const struct recommender *recommender, const char *name, int64_t rows, int64_t columns,
                               const float **values, struct error *error);
/* A setting that the model was trained with, stored under its key or its earlier name. */
enum status recommender_setting(const struct recommender *recommender, const char *key, double *value,
                                struct error *error);
/* The settings stored in the model's file; a setting that is missing or unusable is STATUS_BAD_DATA. */
struct setting_source recommender_settings(const struct recommender *recommender);

/* ---- without a catalogue ---- */

const struct recommender_ops *model_kind_find(const char *kind);
/* STATUS_USAGE with a message that lists the kinds. */
enum status model_kind_unknown(const char *kind, struct error *error);
/* Trains `spec` (its name and split sets are ignored) and writes the model to `path`; *settings_json is malloc'ed. */
enum status model_train_file(const struct interactions *interactions, struct compute *compute,
                             const struct model_spec *spec, const char *fingerprint, const char *path,
                             char **settings_json, struct progress *progress, struct error *error);
/* The path of the checkpoint for the model file `path`. */
void model_checkpoint_path(const char *path, struct buffer *checkpoint);
enum status recommender_open_file(struct compute *compute, const char *path, struct recommender **recommender,
                                  struct error *error);
/* Takes ownership of `file`, also on failure. */
enum status recommender_open_parsed(struct compute *compute, struct safetensors *file, struct recommender **recommender,
                                    struct error *error);

#endif
