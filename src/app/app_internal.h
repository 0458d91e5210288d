#ifndef SLEEVE_APP_INTERNAL_H
#define SLEEVE_APP_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include "app/app.h"
#include "core/json_reader.h"
#include "db/search.h"
#include "features/feature_set.h"

enum { CONNECTIONS_MAX = 8, MODELS_MAX = 16, SETS_MAX = 16 };

/* Which file was opened. A model trained again, a set or an index made anew is another file of the same name (written
 * beside and renamed), and one that is still mapped keeps its inode. */
struct app_file {
    dev_t device;
    ino_t inode; /* 0: there is none */
    off_t size;  /* another one where it was cut short in place */
};

/* Locks are taken one at a time, never one inside another, except that a connection may be borrowed under any. */
struct app {
    struct app_options options;
    char *path;
    struct app_file file; /* the catalogue's, as it was opened first */
    struct app_summary summary;
    char fingerprint[33]; /* of the summary's tracks, from the first app_session_read on */

    pthread_mutex_t connections_lock;
    struct catalogue *idle[CONNECTIONS_MAX];
    int n_idle;
    struct catalogue_stop stop; /* of all connections */

    pthread_mutex_t session_lock;
    int64_t session;    /* which of the catalogue's sessions is ours; 0: none was taken yet */
    int session_holder; /* descriptor that holds its lock; -1: none */

    pthread_mutex_t search_lock;
    struct search_index *search;
    struct app_file search_file;
    struct pool *search_pool;

    struct device device;
    pthread_mutex_t models_lock; /* what the models have open of the device, and what runs on it */
    struct device_use use;
    struct open_model {
        char *name;
        struct app_file file;
        struct recommender *recommender;
    } models[MODELS_MAX];
    int n_models;

    pthread_mutex_t sets_lock;
    struct open_set {
        char *name;
        struct app_file file;
        struct feature_set set;
    } sets[SETS_MAX];
    int n_sets;
};

/* A connection for one piece of work. */
enum status app_borrow(struct app *app, struct catalogue **catalogue, struct error *error);
void app_give_back(struct app *app, struct catalogue *catalogue);

/* This name, or with " (2)" and so on behind it: the first that none of the person's playlists has. *name is malloc'ed.
 */
enum status app_free_name(struct catalogue *catalogue, const char *wanted, char **name, struct error *error);

/* The file PREFIX NAME SUFFIX of the sidecar folder as it is now. */
struct app_file app_file_now(const struct catalogue *catalogue, const char *prefix, const char *name,
                             const char *suffix);
bool app_file_same(struct app_file a, struct app_file b);

/* Called with models_lock held: the model, or what training has made of it since; it stays open until it is another
 * file, there are too many, or the device is another one. */
enum status app_model_open(struct app *app, const char *name, struct recommender **recommender, struct error *error);

/* Also with models_lock held: does `work`, which opens models and asks them, and does it again on the CPU when the
 * device fails. Never STATUS_DEVICE. */
enum status app_models_do(struct app *app, enum status (*work)(struct app *app, void *context, struct error *error),
                          void *context, struct error *error);
void app_models_close(struct app *app);

/* Opens the set, or what it has become since; each stays open until app_close. */
enum status app_embedding_set(struct app *app, const char *name, const struct feature_set **set, struct error *error);
void app_covers_close(struct app *app);
/* app_rescue.c: takes in what app_rescue kept for this catalogue, and appends what there is to tell to `note`. */
void app_rescue_take(struct app *app, struct catalogue *catalogue, struct buffer *note);
/* Saves `mine` over what there is in the open transaction (app_playlist_save). */
enum status app_save_over(struct catalogue *catalogue, const struct own_playlist *base, const struct own_playlist *mine,
                          struct own_playlist *written, enum playlist_fate *fate, struct error *error);
/* In the open transaction: the unsaved playlist of a session (JSON) becomes one of the person's, *name (malloc'ed),
 * NULL when it has none. */
enum status app_keep_unsaved(struct catalogue *catalogue, const struct json_value *session, char **name,
                             struct error *error);
/* Whether no explorer that is open has this session; then it is ours until app_session_unlock. */
bool app_session_lock(struct app *app, int64_t session);
void app_session_unlock(struct app *app, int64_t session);
/* Another explorer may take the session over from now on. */
void app_session_close(struct app *app);

#endif
