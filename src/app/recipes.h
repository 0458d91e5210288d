#ifndef SLEEVE_APP_RECIPES_H
#define SLEEVE_APP_RECIPES_H

#include "app/app.h"
#include "app/recipe.h"
#include "app/recipe_index.h"
#include "db/recipes.h"

/* Use cases of recipes. The tracks of the catalogue are read into memory once, by the first function that needs them,
 * and again after an import or another split. */

/* Reads the tracks now, so that later calls need not wait. */
enum status app_recipe_prepare(struct app *app, struct error *error);
/* The recipe of these tracks. `name`, `key`: of the playlist, may be "". What is locked in `old` (may be NULL) is kept.
 */
struct app_recipe_source {
    const int64_t *ids; /* [count] track numbers, repeats included */
    size_t count;
    const char *name, *key;
    const struct recipe *old;
};
enum status app_recipe_make(struct app *app, const struct app_recipe_source *source, struct recipe *recipe,
                            struct error *error);
/* The same from a playlist of the catalogue, as a person names it. */
enum status app_recipe_make_from(struct app *app, const char *playlist, struct recipe *recipe, struct error *error);

struct app_recipe_query {
    const struct recipe *recipe;
    const int64_t *excluded; /* [n_excluded] tracks that are no candidates: those of the playlist */
    size_t n_excluded;
    const int64_t *suggested; /* [n_suggested] the suggestions of a model, to be filtered; n_suggested 0: none */
    size_t n_suggested;
    const atomic_bool *cancel; /* may be NULL */
};
/* What is known of the year of a track. */
struct app_recipe_year {
    int32_t release, earliest; /* 0: unknown */
    unsigned editions;         /* enum edition_flags */
    int32_t count;             /* training playlists that hold the track */
};
struct app_recipe_answer {
    struct recipe_counts counts;
    struct track_list tracks;      /* the most popular candidates, at most recipe->limit, each song once */
    struct app_recipe_year *years; /* [tracks.count] */
    size_t repeats;                /* better candidates than the last one that are of a song of the playlist or list */
    bool *passes;                  /* [n_suggested] */
    size_t n_passes;
    bool missing[RECIPE_CONSTRAINTS_MAX]; /* the catalogue has no such values at all */
    double milliseconds;                  /* for counting, without reading the catalogue */
    double build_seconds;                 /* that reading the tracks took */
    size_t index_bytes;                   /* of memory that they need */
};
void app_recipe_answer_free(struct app_recipe_answer *answer);
enum status app_recipe_apply(struct app *app, const struct app_recipe_query *query, struct app_recipe_answer *answer,
                             struct error *error);
/* The recipe's own playlist, where the catalogue has it: its tracks, malloc'ed; *count 0 where it has not. */
enum status app_recipe_playlist(struct app *app, const struct recipe *recipe, int64_t **ids, size_t *count,
                                struct error *error);

/* ---- saved recipes ---- */

/* Free with recipe_rows_free. */
enum status app_recipe_list(struct app *app, struct recipe_rows *rows, struct error *error);
/* A saved recipe by its name; STATUS_BAD_DATA where there is none, or it cannot be read. */
enum status app_recipe_load(struct app *app, const char *name, struct recipe *recipe, struct error *error);
/* By name, else from a file of this path. */
enum status app_recipe_open(struct app *app, const char *name_or_path, struct recipe *recipe, struct error *error);
/* Under its own name, over one of the same name. */
enum status app_recipe_save(struct app *app, const struct recipe *recipe, struct error *error);
enum status app_recipe_remove(struct app *app, const char *name, struct error *error);

/* ---- years ---- */

/* Tracks whose year of release may be later than that of the recording (app/editions.h), the most popular first. */
struct app_years_query {
    const int64_t *ids; /* [count] of these tracks; NULL: of all */
    size_t count;
    unsigned flags; /* only tracks with one of these */
    size_t most;
};
struct app_years_answer {
    int64_t n_tracks, unknown; /* that were examined; without a year */
    int64_t flagged;           /* all of them, not only those listed */
    int64_t by_flag[8];        /* by the bit of enum edition_flags */
    struct track_list tracks;
    struct app_recipe_year *years; /* [tracks.count] */
};
void app_years_answer_free(struct app_years_answer *answer);
enum status app_recipe_years(struct app *app, const struct app_years_query *query, struct app_years_answer *answer,
                             struct error *error);

#endif
