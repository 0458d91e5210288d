#ifndef SLEEVE_APP_RECIPE_INDEX_H
#define SLEEVE_APP_RECIPE_INDEX_H

#include "app/recipe.h"
#include "core/arena.h"
#include "core/file.h"
#include "core/status.h"

/* Every track of a catalogue as columns in memory, for counting the candidates of a recipe while it is edited. Row 0 is
 * the most popular track (training counts, then the smaller track number), so the first rows that pass are the
 * candidates in their order. */

struct recipe_postings { /* which rows have item i: rows[starts[i]] to rows[starts[i + 1] - 1], ascending */
    int64_t *starts;     /* [count + 1] */
    int32_t *rows;
    int64_t count;
};

struct recipe_name { /* an artist by its name */
    uint64_t key;    /* recipe_name_key */
    int32_t id;      /* in the postings of artists */
};

struct recipe_column {
    char name[65];
    char source[65]; /* the feature set that it is from; "": the catalogue */
    float *values;   /* [n], NAN where unknown */
    uint64_t *known; /* [words] a bit for each row */
    int64_t n_known;
    uint64_t *predicted; /* [words] of the known ones: predicted by `attributes`; NULL: none */
    int64_t n_predicted;
};

struct recipe_index {
    uint64_t serial;   /* from 1: another one for each index of this process */
    int64_t n;         /* rows */
    size_t words;      /* of a bitmap: 64 rows each */
    int32_t *track_of; /* [n] track numbers */
    int32_t *row_of;   /* [n] of track number - 1 */
    int32_t *counts;   /* [n] training playlists that hold it */
    int16_t *years;    /* [n] of the release; 0: unknown */
    int16_t *earliest; /* [n] of the same title and artist; 0: unknown */
    uint8_t *editions; /* [n] enum edition_flags (app/editions.h) */
    int32_t *artists;  /* [n] */
    struct recipe_postings by_artist, by_genre, by_finest;
    struct recipe_name *artist_names; /* [n_artist_names] by key, then id */
    int64_t n_artist_names;
    char **genre_names; /* [n_genres] */
    int64_t n_genres;
    uint64_t *genres_predicted; /* [words] rows of which the genres are predicted; NULL: none */
    int n_columns;
    struct recipe_column columns[RECIPE_ATTRIBUTES_MAX];
    struct arena memory;     /* owns the genres' names */
    double seconds;          /* that building took */
    size_t bytes;            /* of the arrays above */
    struct mapped_file file; /* some of the arrays are in it, read-only (app/recipe_cache.h) */
};

/* Space for the tracks 1..n, of which `counts` [n] gives the popularity; all else unknown. On failure the index is
 * empty. */
enum status recipe_index_start(struct recipe_index *index, int64_t n, const int32_t *counts, struct error *error);
void recipe_index_free(struct recipe_index *index);
/* The next serial. */
uint64_t recipe_index_serial(void);
/* A column of unknown values; NULL when memory ran out or there are RECIPE_ATTRIBUTES_MAX. */
struct recipe_column *recipe_index_column(struct recipe_index *index, const char *name, const char *source);
/* Sets the bits of the known values, once the column is filled. */
void recipe_column_finish(const struct recipe_index *index, struct recipe_column *column);
/* Marks a row's value as predicted. False: there is no memory. */
bool recipe_column_predict(const struct recipe_index *index, struct recipe_column *column, int32_t row, float value);
/* Whether the row's value is predicted. */
bool recipe_column_is_predicted(const struct recipe_column *column, int32_t row);
/* NULL where there is none of that name. */
struct recipe_column *recipe_index_find(const struct recipe_index *index, const char *name);
/* From pairs [n_pairs] of item (upper half, from 0 to count - 1) and row; sorts them, repeats count once. */
enum status recipe_postings_make(struct recipe_postings *postings, int64_t count, uint64_t *pairs, size_t n_pairs,
                                 struct error *error);
/* Artists by name are compared as keys are (text_key). */
uint64_t recipe_name_key(const char *name);
/* The bytes of all arrays. */
size_t recipe_index_bytes(const struct recipe_index *index);

/* ---- counting ---- */

/* What a constraint does, beside the others. All counts leave out the excluded tracks. */
struct recipe_effect {
    int64_t left;     /* tracks that pass this and the constraints before it */
    int64_t added;    /* tracks that pass all but this one: dropping it alone would add them */
    int64_t removed;  /* of a dropped one: candidates that it would remove */
    int64_t unknown;  /* tracks that pass all others and of which this value is unknown */
    int64_t doubtful; /* of years: candidates of which the year is doubtful */
};

struct recipe_counts {
    int64_t n_tracks;   /* of the catalogue */
    int64_t excluded;   /* of these, in the playlist */
    int64_t candidates; /* that pass all constraints */
    struct recipe_effect effects[RECIPE_CONSTRAINTS_MAX];
};

/* A sentence about why no candidate is left: which constraint alone would bring the most back, or after which none is
 * left. "" where some are left. */
enum { RECIPE_WHY_SIZE = 200 };
void recipe_explain_nothing(const struct recipe *recipe, const struct recipe_counts *counts,
                            char text[RECIPE_WHY_SIZE]);

/* Bitmaps of one recipe's constraints. A later recipe only computes those that have changed. For one thread at a time.
 */
struct recipe_scan;
enum status recipe_scan_create(const struct recipe_index *index, struct recipe_scan **scan, struct error *error);
void recipe_scan_free(struct recipe_scan *scan);
/* Counts; `excluded` [n_excluded] are track numbers, repeats allowed. Names of genres and artists that the catalogue
 * does not have fit no track. */
void recipe_scan_run(struct recipe_scan *scan, const struct recipe *recipe, const int64_t *excluded, size_t n_excluded,
                     struct recipe_counts *counts);
/* The most popular candidates of the last run: track numbers into `tracks`; returns how many, at most `most`. */
size_t recipe_scan_best(const struct recipe_scan *scan, int64_t *tracks, size_t most);
/* Whether a track passes all constraints of the last run; excluded tracks do not. */
bool recipe_scan_passes(const struct recipe_scan *scan, int64_t track);

#endif
