#ifndef SLEEVE_APP_INTERNAL_H
#define SLEEVE_APP_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include "app/app.h"
#include "app/recipe_cache.h"
#include "app/training_index.h"
#include "core/json_reader.h"
#include "db/search.h"
#include "features/feature_set.h"

enum { CONNECTIONS_MAX = 8, MODELS_MAX = 16, SETS_MAX = 16 };

/* Identifies the file that was opened. Training again, or rebuilding a set or an index, makes another file of the same
 * name (written beside it and renamed), and a file that is still mapped keeps its inode. */
struct app_file {
    dev_t device;
    ino_t inode; /* 0: the file does not exist */
    off_t size;  /* differs when the file was truncated in place */
};

/* Never hold two of these locks at once; but a connection may be borrowed under any of them. */
struct app {
    struct app_options options;
    char *path;
    struct app_file file; /* the catalogue's, when it was first opened */
    struct app_summary summary;
    char fingerprint[33]; /* the fingerprint of the summary's tracks, set by the first app_session_read */

    pthread_mutex_t connections_lock;
    struct catalogue *idle[CONNECTIONS_MAX];
    int n_idle;
    struct catalogue_stop stop; /* of all connections */

    pthread_mutex_t session_lock;
    int64_t session;    /* which of the catalogue's sessions is ours; 0: none yet */
    int session_holder; /* descriptor that holds its lock; -1: none */

    pthread_mutex_t search_lock;
    struct search_index *search;
    struct app_file search_file;
    struct pool *search_pool;

    struct device device;
    pthread_mutex_t models_lock; /* device memory of the open models, and the work running on it */
    struct device_use use;
    struct open_model {
        char *name;
        struct app_file file;
        struct app_file new_tracks; /* models/new_tracks.h */
        struct recommender *recommender;
    } models[MODELS_MAX];
    int n_models;
    struct training_index *training; /* of the model that was explained last; NULL: none was */

    pthread_mutex_t sets_lock;
    struct open_set {
        char *name;
        struct app_file file;
        struct feature_set set;
        struct column_statistics *statistics; /* [width]; NULL unless its columns have names */
    } sets[SETS_MAX];
    int n_sets;

    struct spaces *spaces; /* feature sets for re-rankings (app/spaces.h), with a lock of its own */

    pthread_mutex_t words_lock;
    struct {
        struct cover_words *open; /* NULL: not open */
        const struct feature_set *set;
        char *weights;
    } words;

    pthread_mutex_t recipes_lock;
    struct {
        struct recipe_index *index; /* NULL: not read yet */
        struct recipe_scan *scan;
        char version[RECIPE_CACHE_VERSION]; /* of what it was made from */
    } recipes;
};

/* A connection for one piece of work. */
enum status app_borrow(struct app *app, struct catalogue **catalogue, struct error *error);
void app_return(struct app *app, struct catalogue *catalogue);

/* This name, or this name followed by " (2)", " (3)", ...: the first that none of the person's playlists has. *name is
 * malloc'ed. */
enum status app_free_name(struct catalogue *catalogue, const char *wanted, char **name, struct error *error);

/* Identifies the file PREFIX NAME SUFFIX of the sidecar folder at this moment. */
struct app_file app_file_now(const struct catalogue *catalogue, const char *prefix, const char *name,
                             const char *suffix);
bool app_file_same(struct app_file a, struct app_file b);

/* Called with models_lock held: returns the model, opened again if it was trained since. It stays open until its file
 * changes, too many are open, or the device changes. */
enum status app_model_open(struct app *app, const char *name, struct recommender **recommender, struct error *error);

/* Called with models_lock held: runs `work`, which opens and uses models, and runs it again on the CPU when the device
 * fails. Never STATUS_DEVICE. */
enum status app_models_do(struct app *app, enum status (*work)(struct app *app, void *context, struct error *error),
                          void *context, struct error *error);
void app_models_close(struct app *app);

/* Keeps the first occurrence of each track; the order stays. */
enum status app_distinct_tracks(int64_t *ids, size_t *count, struct error *error);

/* Opens the set, again if it has changed; each stays open until app_close. */
enum status app_embedding_set(struct app *app, const char *name, const struct feature_set **set, struct error *error);
/* The same for sets of albums or tracks, with the statistics of named columns; NULL where columns have no names. */
enum status app_feature_set(struct app *app, const char *name, const struct feature_set **set,
                            const struct column_statistics **statistics, struct error *error);
/* The names of all feature sets, or of those of albums, sorted; as app_embedding_sets returns them. */
enum status app_set_names(struct app *app, bool of_albums, char ***names, struct error *error);
void app_covers_close(struct app *app);
/* Call it before app_covers_close. */
void app_words_close(struct app *app);
void app_recipes_close(struct app *app);
/* search_scoped.c, with search_lock held and the index open: the best tracks that pass the scopes. */
struct app_search_query {
    const char *text;
    const struct search_scopes *scopes;
    size_t limit;
    const atomic_bool *cancel;
};
enum status app_search_scoped(struct app *app, const struct app_search_query *query, int64_t *ids, size_t *count,
                              int64_t *total, struct error *error);
/* Every track's columns, which stay as they are until app_columns_unlock. After a failure nothing is locked. */
enum status app_columns_lock(struct app *app, const struct recipe_index **index, struct error *error);
void app_columns_unlock(struct app *app);
/* app_rescue.c: restores what app_rescue kept for this catalogue, and appends what to report to `note`. */
void app_rescue_take(struct app *app, struct catalogue *catalogue, struct buffer *note);
/* Saves `mine` over what the catalogue has, in the open transaction (app_playlist_save). */
enum status app_save_over(struct catalogue *catalogue, const struct own_playlist *base, const struct own_playlist *mine,
                          struct own_playlist *written, enum playlist_outcome *outcome, struct error *error);
/* In the open transaction: makes the unsaved playlist of a session (JSON) one of the person's playlists. *name
 * (malloc'ed) is NULL when the session has none. */
enum status app_keep_unsaved(struct catalogue *catalogue, const struct json_value *session, char **name,
                             struct error *error);
/* False when another open explorer has this session; otherwise it is ours until app_session_unlock. */
bool app_session_lock(struct app *app, int64_t session);
void app_session_unlock(struct app *app, int64_t session);
/* Lets another explorer take the session over. */
void app_session_close(struct app *app);

#endif
