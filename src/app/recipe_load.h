#ifndef SLEEVE_APP_RECIPE_LOAD_H
#define SLEEVE_APP_RECIPE_LOAD_H

#include "app/recipe_index.h"
#include "db/tracks.h"

/* Reads the tracks of a catalogue into an index. Attributes are the audio features that imports gave, the duration in
 * seconds, and the named columns of feature sets of tracks. Key, mode and time signature are left out: they are no
 * amounts, so they have no mean. */
enum status recipe_index_load(struct catalogue *catalogue, struct recipe_index *index, struct error *error);

/* Makes the recipe of these tracks; repeats count once. The constraints of the paper are used: genres, artists, years,
 * energy, valence, tempo and vocalness. Where the catalogue has no vocalness, instrumentalness is used in its place.
 * Other attributes are in the recipe, but dropped. The name and the playlist's are left to the caller. */
enum status recipe_make(const struct recipe_index *index, const struct track_list *tracks, struct recipe *recipe,
                        struct error *error);

#endif
