#ifndef SLEEVE_DB_TITLES_H
#define SLEEVE_DB_TITLES_H

#include "core/arena.h"
#include "db/interactions.h"

/* The titles of playlists, and what is known of tracks without any playlist, for models that recommend by title. */
enum { TITLES_NO_DAY = INT32_MIN };
struct playlist_titles {
    const char **titles; /* [n_playlists] of the interactions; "" for a playlist that was removed since */
    int32_t *days; /* [n_playlists] of the last change, as the source gives it, in days since 1970; or TITLES_NO_DAY */
    int32_t *artists;     /* [n_tracks] numbers from 0 */
    float *track_weights; /* [n_tracks] (0.1 + popularity / 100)², the source's popularity or 50 where unknown */
    struct arena memory;  /* owns the titles */
};
enum status catalogue_titles_load(struct catalogue *catalogue, const struct interactions *interactions,
                                  struct playlist_titles *titles, struct error *error);
/* The titles alone, which `titles` owns. */
enum status catalogue_title_texts_load(struct catalogue *catalogue, const struct interactions *interactions,
                                       struct playlist_titles *titles, struct error *error);
void playlist_titles_free(struct playlist_titles *titles);

#endif
