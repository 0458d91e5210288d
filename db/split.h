#ifndef SLEEVE_DB_SPLIT_H
#define SLEEVE_DB_SPLIT_H

#include "db/connection.h"

/* The split into training, validation and test playlists, as it is stored. */

enum split_set { SPLIT_TRAIN = 1, SPLIT_VALIDATION = 2, SPLIT_TEST = 4 };
enum {
    SPLIT_ALL = SPLIT_TRAIN | SPLIT_VALIDATION | SPLIT_TEST,
    SPLIT_WITH_COLD = 8, /* beside sets: cold tracks stay in their playlists */
    SPLIT_LEAST = 2,     /* a playlist that loses cold tracks and keeps fewer is left out */
};

struct split_row {
    int64_t playlist_id;
    enum split_set set;
    int seeds;
};
/* The row of one playlist; *row is unchanged where the split does not name it, which is then a training playlist. */
enum status catalogue_split_read(struct catalogue *catalogue, int64_t playlist_id, struct split_row *row,
                                 struct error *error);
/* A split: the set of each playlist, and the cold tracks as rows, distinct. */
struct split {
    const struct split_row *rows; /* [n_rows] */
    size_t n_rows;
    const int32_t *cold; /* [n_cold] */
    size_t n_cold;
    const char *settings; /* how it was made (JSON) */
};
/* Replaces the stored split in one transaction. */
enum status catalogue_split_write(struct catalogue *catalogue, const struct split *split, struct error *error);
enum status catalogue_has_split(struct catalogue *catalogue, bool *has, struct error *error);

/* What the stored split holds; all zeros where there is none. */
struct split_totals {
    bool exists;
    int64_t train, validation, test; /* playlists */
    int64_t cold;                    /* tracks */
};
enum status catalogue_split_count(struct catalogue *catalogue, struct split_totals *totals, struct error *error);

/* The numbers of the playlists of these sets, ascending; people's own are in none. *ids [*count] is malloc'ed. */
enum status catalogue_split_playlists(struct catalogue *catalogue, int sets, int64_t **ids, size_t *count,
                                      struct error *error);

/* The cold tracks as rows, ascending; *cold [*n_cold] is malloc'ed. */
enum status catalogue_split_cold(struct catalogue *catalogue, int64_t n_tracks, int32_t **cold, int64_t *n_cold,
                                 struct error *error);
/* Keeps of the entries of a playlist (track numbers) those that it has as part of the split: cold tracks are removed
 * unless it is a test playlist. */
enum status catalogue_split_entries(struct catalogue *catalogue, int64_t playlist_id, int64_t *ids, size_t *count,
                                    struct error *error);

/* Marks [n_tracks] the tracks whose album was released after `date` (YYYY, YYYY-MM or YYYY-MM-DD). A date of release
 * counts to the precision of `date`, and one that is coarser by its beginning. */
enum status catalogue_tracks_after(struct catalogue *catalogue, const char *date, bool *after, size_t n_tracks,
                                   struct error *error);

#endif
