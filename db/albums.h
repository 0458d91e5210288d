#ifndef SLEEVE_DB_ALBUMS_H
#define SLEEVE_DB_ALBUMS_H

#include "db/connection.h"

/* Lists of albums as tables: who made them, whether they have a cover, and by which key they are named. */

struct album_row {
    const char *key, *title, *artist;
    int32_t year; /* 0: unknown */
    int64_t n_tracks;
    const char *reason; /* why there is no cover: "not looked for", or what `covers add` found; "": there is one */
};

struct album_filter {
    const char *text;   /* albums whose title and artist contain all of its words (text_fold); NULL: any */
    bool without_cover; /* only albums without a stored cover */
    int64_t limit;      /* 0: none */
};

/* Calls `each` for every album of the filter, by artist, then year. The texts are valid during the call. */
enum status catalogue_albums_list(struct catalogue *catalogue, const struct album_filter *filter,
                                  void (*each)(const struct album_row *row, void *context), void *context,
                                  struct error *error);

#endif
