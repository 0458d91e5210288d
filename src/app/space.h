#ifndef SLEEVE_APP_SPACE_H
#define SLEEVE_APP_SPACE_H

#include "app/app.h"
#include "eval/t_test.h"
#include "features/space.h"

/* Playlists in the space of one feature set, or of two (features/space.h): mean distances, tracks that are nearer to
 * another playlist than to their own, and tests of whether the first set separates the playlists better. */

enum { SPACE_SIDES = 2, SPACE_PLAYLISTS_MAX = 100, SPACE_LONGEST = 20, SPACE_BINS = 24 };

#define SPACE_RIDGE 0.01

struct space_settings {
    const char *sets[SPACE_SIDES]; /* of tracks or albums, or model:NAME: the vectors that a model has learned */
    int n_sets;
    const char *const *columns;   /* [n_columns] of the first set; only these are used */
    size_t n_columns;             /* 0: all */
    const char *const *playlists; /* [n_playlists] as lookup_playlist takes them */
    size_t n_playlists;           /* 0: the `longest` longest ones of the catalogue, people's own not counted */
    size_t longest;
    bool by_genre;  /* instead of playlists: all playlists of a genre together, by the finest known */
    int split_sets; /* by genre: only playlists of these sets of the split; 0: all playlists */
    bool leave_out; /* a track is compared with the mean of the others of its playlist */
    double ridge;   /* of the variances within playlists, which are in units of each column's variance */
};

struct space_playlist { /* or a genre: its key is its name */
    int64_t id;
    const char *key, *name;
};

struct space_side {
    char set[FEATURE_NAME_MAX + 1];
    struct feature_space space; /* entries are indices in app_space.entries */
    double *deltas;             /* [n_common] of the entries that have a row in all sets */
};

/* A track that is nearer to another playlist. */
struct space_misplaced {
    int64_t track;
    int32_t playlist, nearest; /* indices among the playlists */
    double delta;              /* negative */
};

struct app_space {
    struct space_playlist *playlists; /* [n_playlists] */
    bool genres;                      /* they are genres */
    size_t n_playlists;
    int64_t *starts;  /* [n_playlists + 1] */
    int32_t *entries; /* [starts[n_playlists]] track number - 1; each track once a playlist */
    struct space_side sides[SPACE_SIDES];
    int n_sides;
    size_t n_common;
    struct t_test paired, welch;       /* of the deltas: first set > second set; NAN with one set */
    struct space_misplaced *misplaced; /* of the first set, the most negative first */
    size_t n_misplaced;
    struct track_list tracks; /* [n_misplaced] */
    struct arena memory;      /* owns keys and names */
};
void app_space_free(struct app_space *space);

/* A playlist of which no track has a row is refused, as are unknown columns, and more than SPACE_PLAYLISTS_MAX. On any
 * error `space` is empty. */
enum status app_space(struct app *app, const struct space_settings *settings, struct app_space *space,
                      struct error *error);
/* The names of all feature sets, sorted; freed by app_names_free. */
enum status app_space_sets(struct app *app, char ***names, struct error *error);
/* How many entries of a playlist have a delta in each of SPACE_BINS equal bins over the range of the side. */
void app_space_histogram(const struct space_side *side, size_t playlist, int64_t counts[SPACE_BINS]);
/* The least and the largest delta of a side. */
void app_space_range(const struct space_side *side, double *low, double *high);
/* Writes the heat map of a side to a .png or .svg file. */
enum status app_space_write(const struct app_space *space, int side, const char *path, struct error *error);

#endif
