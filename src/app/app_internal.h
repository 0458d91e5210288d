#ifndef SLEEVE_APP_INTERNAL_H
#define SLEEVE_APP_INTERNAL_H

#include <pthread.h>

#include "app/app.h"
#include "db/search.h"
#include "vision/embedder.h"

enum { CONNECTIONS_MAX = 8, MODELS_MAX = 16, SETS_MAX = 16 };

/* Locks are taken one at a time, never one inside another, except that `models` may be held while a connection is
 * borrowed. */
struct app {
    struct app_options options;
    char *path;
    struct app_summary summary;

    pthread_mutex_t connections_lock;
    struct catalogue *idle[CONNECTIONS_MAX];
    int n_idle;

    pthread_mutex_t search_lock;
    struct search_index *search;
    struct pool *search_pool;

    pthread_mutex_t models_lock; /* compute and what runs on it */
    bool compute_open;
    struct compute compute;
    struct open_model {
        char *name;
        struct recommender *recommender;
        struct catalogue *catalogue;
    } models[MODELS_MAX];
    int n_models;

    pthread_mutex_t sets_lock;
    struct open_set {
        char *name;
        struct embedding_set set;
    } sets[SETS_MAX];
    int n_sets;
};

/* A connection for one piece of work. */
enum status app_borrow(struct app *app, struct catalogue **catalogue, struct error *error);
void app_give_back(struct app *app, struct catalogue *catalogue);

/* Opens the set once; it stays open until app_close. */
enum status app_embedding_set(struct app *app, const char *name, const struct embedding_set **set,
                              struct error *error);
void app_covers_close(struct app *app);

#endif
