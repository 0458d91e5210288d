#ifndef SLEEVE_DB_RESULT_CAUSES_H
#define SLEEVE_DB_RESULT_CAUSES_H

#include "core/arena.h"
#include "db/registry.h"

/* Why a model fails on the playlists that it was evaluated on: some shares for each playlist, and its genre. They are
 * deleted with the results. What the shares mean is not known here (app/causes.h). */

struct cause_row {
    int64_t playlist_id;
    int32_t seeds;        /* when written: tracks that the model was shown, as in its result */
    int64_t genre_id;     /* 0: unknown */
    const double *shares; /* [n_shares] at most 1e9; NAN: not defined for this playlist */
    /* When read: */
    const char *genre; /* "": unknown */
    const char *key;   /* of the playlist, and so on */
    const char *name;  /* may be "" */
    int64_t n_entries;
};
struct cause_rows {
    struct cause_row *items; /* in the order of the playlists' numbers */
    size_t count;
    struct arena memory; /* owns items, shares and texts */
};
void cause_rows_free(struct cause_rows *rows);

/* Stores rows in one transaction. A row whose playlist has no result with the same number of seeds any more is left
 * out. When the model was trained again or removed since, nothing is stored: STATUS_FAILED with a sentence. */
enum status catalogue_causes_write(struct catalogue *catalogue, const struct model_record *model, int version,
                                   const struct cause_row *rows, size_t count, size_t n_shares, struct error *error);
/* The rows of this version, with what lists show of their playlists. */
enum status catalogue_causes_read(struct catalogue *catalogue, const char *model, int version, size_t n_shares,
                                  struct cause_rows *rows, struct error *error);
/* Whether every playlist that the model was evaluated on has a row of this version; false where there are none. */
enum status catalogue_causes_complete(struct catalogue *catalogue, const char *model, int version, bool *complete,
                                      struct error *error);

#endif
