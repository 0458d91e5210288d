#ifndef SLEEVE_APP_RATING_TABLE_H
#define SLEEVE_APP_RATING_TABLE_H

#include "db/ratings.h"
#include "eval/agreement.h"

/* Ratings in sum: a row for each playlist and model, as Table 2 of Patwari et al. (ISMIR 2020), and how far raters
 * agree. */

struct rating_row {
    int64_t playlist_id;  /* 0: of all playlists of the model */
    const char *playlist; /* its name; "" for all */
    const char *key;      /* its key; "" for all */
    const char *model;    /* "": tracks that no model suggested */
    size_t n;             /* ratings, each rater's counted */
    size_t counts[RATING_VALUES];
    size_t metadata; /* of the bad ones: their reason is that the catalogue is wrong about the track */
    size_t raters;
};

/* Two raters: an item is a track of a playlist, and counts with the latest rating that each gave to it, by any model.
 */
struct rating_pair {
    const char *a, *b;
    struct agreement agreement;
};

struct rating_reason_count {
    const char *reason; /* "": bad ratings without one, from a file */
    bool metadata;
    size_t count;
};

struct rating_table {
    struct rating_list ratings; /* all that are counted */
    struct rating_row *rows;    /* [n_rows] by playlist name, then model */
    size_t n_rows;
    struct rating_row *totals; /* [n_totals] a row for each model with more than one playlist */
    size_t n_totals;
    struct rating_pair *pairs; /* [n_pairs] of raters, those with the most common items first */
    size_t n_pairs;
    struct rating_reason_count *reasons; /* [n_reasons] of all bad ratings, the most frequent first */
    size_t n_reasons;
    struct arena memory;
};
void rating_table_free(struct rating_table *table);
enum status ratings_table(struct catalogue *catalogue, const struct rating_filter *filter, struct rating_table *table,
                          struct error *error);
/* The share of a value from 0 to 1; `discounted`: of the ratings without those whose reason is wrong metadata. NAN
 * where there are no ratings. *n (may be NULL): of how many. */
double rating_row_share(const struct rating_row *row, enum rating_value value, bool discounted, size_t *n);

#endif
