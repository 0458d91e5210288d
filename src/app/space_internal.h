#ifndef SLEEVE_APP_SPACE_INTERNAL_H
#define SLEEVE_APP_SPACE_INTERNAL_H

#include "app/space.h"

/* Measures the playlists and entries of `space` in one of the settings' sets. */
enum status space_side_measure(struct app *app, struct catalogue *catalogue, const struct space_settings *settings,
                               struct app_space *space, int side, struct pool *pool, struct error *error);

/* Genres instead of playlists, in the order of their names. Each track once a genre; a genre is left out where it has
 * none. `split_sets`: only of these playlists; 0: of all. */
enum status space_genres_read(struct catalogue *catalogue, int split_sets, struct app_space *space,
                              struct error *error);

#endif
