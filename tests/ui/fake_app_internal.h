#ifndef SLEEVE_TESTS_UI_FAKE_APP_INTERNAL_H
#define SLEEVE_TESTS_UI_FAKE_APP_INTERNAL_H

#include "app/recipe.h"
#include <pthread.h>

#include "db/steering.h"
#include "fake_app.h"

/* Shared by the files of the fake app: fake_app.c, fake_compare.c, fake_failures.c, fake_gallery.c, fake_map.c,
 * fake_playlists.c, fake_ratings.c, fake_recipes.c and fake_steer.c. */

enum { OWN_MAX = 16, OWN_TRACKS_MAX = 1024, FAKE_RECIPES = 4 };

struct fake_playlist {
    char name[256];
    int64_t ids[OWN_TRACKS_MAX];
    size_t count;
    int64_t changed;
    bool gone;
};

struct app {
    struct app_summary summary;
    struct device_state device; /* there is a GPU */
    pthread_mutex_t lock;
    char *session;
    struct fake_playlist own[OWN_MAX];
    size_t n_own, rescued, repeats;
    const char *rescue_failure;
    atomic_bool hang, hanging;
    const char *search_failure, *recommend_failure, *playlist_failure, *session_failure, *covers_failure;
    bool fail_once; /* playlist_failure is only for the next write */
    bool random_weights, fail_why;
    bool no_models, one_model, no_results, no_gpu, unknown_seeds;
    bool odd_suggestions, limited;
    bool fitness_models, sound_files;
    bool no_causes, causes_refused; /* of failures */
    char failures_exported[256];    /* what app_failures_export was called with */
    size_t limit, known_seeds;      /* known_seeds 0: all */
    const char *refused;
    int64_t many; /* playlists of app_playlists_after; 0: the usual four */
    const char *seen_model, *seen_results;
    struct recipe recipes[FAKE_RECIPES];
    size_t n_recipes;
    bool no_attributes;
    const char *recipe_failure;
    struct fake_rating ratings[FAKE_RATINGS_MAX];
    size_t n_ratings;
    int64_t rated_at; /* the time of the last rating */
    char rater[64];   /* "": ann */
    const char *rate_failure;
    struct steering_entry steering[OWN_MAX];
    size_t n_steering;
    int64_t steering_numbers;
};

/* The tracks of these numbers, in this order. */
enum status fake_fill(const int64_t *ids, size_t count, struct track_list *tracks, struct error *error);

#endif
