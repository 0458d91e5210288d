#ifndef SLEEVE_MODELS_KIND_H
#define SLEEVE_MODELS_KIND_H

#include "core/buffer.h"
#include "core/safetensors.h"
#include "models/recommender.h"
#include "models/settings.h"
#include "models/side_info.h"

/* What one kind of recommender is to the code that trains, saves, opens and asks them all. Rows are track numbers less
 * one. */

enum { MODEL_TENSORS_MAX = 40, MODEL_TENSOR_NAME = 48 };

/* Longest vector of a track that a model's file may have: square matrices of that width are made of it. Training makes
 * at most 4096 (settings.h, the rules of the kinds). */
enum { MODEL_WIDTH_MAX = 8192 };

enum matrix_type { MATRIX_FLOAT32, MATRIX_INT32, MATRIX_INT64 };

/* The matrices of a trained model; `values` are malloc'ed and owned. Those of the whole catalogue are not held a second
 * time for the file: they have no values, and are asked for while it is written (core/safetensors.h). */
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
/* Takes `values` over, also when it fails because they are NULL. */
enum status model_weights_add(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                              float *values, struct error *error);
/* The same for whole numbers, int32_t or int64_t. */
enum status model_weights_add_integers(struct model_weights *weights, const char *name, enum matrix_type type,
                                       int64_t rows, int64_t columns, void *values, struct error *error);

/* Float32 that `next` gives; only for weights that are written before its `context` goes. */
enum status model_weights_add_parts(struct model_weights *weights, const char *name, int64_t rows, int64_t columns,
                                    enum status (*next)(void *context, size_t offset, const void **bytes, size_t *size,
                                                        struct error *error),
                                    void *context, struct error *error);
/* Forgets those behind the first `count`. */
void model_weights_cut(struct model_weights *weights, size_t count);

struct recommender_ops;

struct model_task {
    const struct recommender_ops *ops;
    const struct model_spec *spec;
    struct compute *compute;
    const struct interactions *interactions; /* the playlists to train on */
    const struct settings *settings;
    uint64_t seed;
    struct progress *progress;
    const char *fingerprint; /* of the catalogue's tracks */
    const char *path;        /* of the file to write */
    bool kept;               /* the file is written */
    char report[256];        /* what the kind says of the result, "" for nothing */
};

/* For kinds that write their file themselves: the model with these weights to the task's file, not evaluated. */
enum status model_task_write(struct model_task *task, const struct model_weights *weights, struct error *error);
/* For kinds that get better step by step: writes the model with these weights beside the task's file, and evaluates it
 * where there is an evaluator (otherwise the scores are 0). */
enum status model_task_validate(struct model_task *task, const struct model_weights *weights,
                                struct model_scores *scores, struct error *error);
/* Puts the model that was validated in the place of the task's file, or removes it. */
enum status model_task_keep(struct model_task *task, bool better, struct error *error);

/* Lists of rows: list i is rows[starts[i]..starts[i+1]), distinct, in order, none of them empty; the same sorted. */
struct seed_lists {
    size_t count;
    const int64_t *starts;
    const int32_t *rows;
    const int32_t *sorted;
};

struct recommender_ops {
    const char *kind;
    struct setting_rules settings;
    const void *variant; /* for the kind's own code: what distinguishes kinds with the same functions; NULL: nothing */
    bool uses_side_info; /* the catalogue's info of the tracks */
    bool takes_covers;   /* and an embedding set */
    enum status (*train)(struct model_task *task, struct model_weights *weights, struct error *error);
    /* Prepares recommender->state from recommender->file; close gets whatever open left, also when it failed. */
    enum status (*open)(struct recommender *recommender, struct error *error);
    void (*close)(struct recommender *recommender);
    /* ids and scores [count x k]: the k best rows of each list without its own, -1 where there are fewer. k is at most
     * n_tracks. */
    enum status (*recommend)(struct recommender *recommender, const struct seed_lists *lists, size_t k, int32_t *ids,
                             float *scores, struct error *error);
    /* Whether training learned anything of a row. NULL: it did where a training playlist holds the row. */
    bool (*knows)(const struct recommender *recommender, int32_t row);
    /* What covers add to the scores that the last call of `recommend` gave its first list: parts [n] for the rows ids
     * [n]; 0 from a model without covers, and from one that mixes song and cover. NULL: no model of the kind has any.
     */
    enum status (*cover_parts)(struct recommender *recommender, size_t n, const int32_t *ids, float *parts,
                               struct error *error);
};

/* Kinds that are described together; one row of the list of families below. */
struct model_family {
    const char *help; /* a line or more, each ended */
    const struct recommender_ops *kinds;
    size_t count;
};

/* Every family of kinds: NAME_family is defined in the family's own file. A new one needs a row here. */
#define MODEL_FAMILIES(X) X(popularity) X(als) X(session) X(rta)
#define MODEL_FAMILY_DECLARE(name) extern const struct model_family name##_family;
MODEL_FAMILIES(MODEL_FAMILY_DECLARE)

struct recommender {
    const struct recommender_ops *ops;
    struct compute *compute;
    struct safetensors *file;
    struct model_list record; /* of the catalogue that it was opened from, a list of one; else empty */
    int64_t n_tracks;
    int32_t *popular;        /* [n_tracks] rows, the most popular first */
    const float *popularity; /* [n_tracks] training playlists that hold the row */
    void *state;
};

/* A tensor [n_tracks x columns] of the model's file (columns -1: any, told in *got), every value of it a number. */
enum status recommender_matrix(const struct recommender *recommender, const char *name, int64_t columns,
                               const float **values, int64_t *got, struct error *error);
/* A tensor [*n x 1] of whole numbers of the model's file; the values are not looked at. */
enum status recommender_integers(const struct recommender *recommender, const char *name, enum matrix_type type,
                                 const void **values, int64_t *n, struct error *error);
/* A tensor of the model's file of this shape, every value of it a number. */
enum status recommender_floats(const struct recommender *recommender, const char *name, int64_t rows, int64_t columns,
                               const float **values, struct error *error);
/* A setting that the model was trained with, stored under its key or its earlier name. */
enum status recommender_setting(const struct recommender *recommender, const char *key, double *value,
                                struct error *error);
/* The settings stored in the model's file; a setting that is missing or unusable is STATUS_BAD_DATA. */
struct setting_source recommender_settings(const struct recommender *recommender);

/* ---- without a catalogue ---- */

const struct recommender_ops *model_kind_find(const char *kind);
/* STATUS_USAGE with the kinds that there are. */
enum status model_kind_unknown(const char *kind, struct error *error);
/* Trains `spec` (its name and sets are not looked at) and writes the model to `path`; *settings_json is malloc'ed. */
enum status model_train_file(const struct interactions *interactions, struct compute *compute,
                             const struct model_spec *spec, const char *fingerprint, const char *path,
                             char **settings_json, struct progress *progress, struct error *error);
/* Where a kind keeps the state of a training that was stopped, beside the file that it would have written. */
void model_checkpoint_path(const char *path, struct buffer *checkpoint);
enum status recommender_open_file(struct compute *compute, const char *path, struct recommender **recommender,
                                  struct error *error);

#endif
