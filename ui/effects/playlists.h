#ifndef SLEEVE_UI_EFFECTS_PLAYLISTS_H
#define SLEEVE_UI_EFFECTS_PLAYLISTS_H

#include "ui/effect.h"

/* Input of EFFECT_PLAYLIST_OPEN and EFFECT_PLAYLIST_DELETE. The effect's text is a name or key, its id the number or 0.
 */
enum playlist_use { PLAYLIST_OPEN, PLAYLIST_MERGE, PLAYLIST_SUBTRACT };
struct playlist_input {
    enum playlist_use use; /* PLAYLIST_MERGE, PLAYLIST_SUBTRACT: add or remove its tracks instead of opening it */
    bool own;              /* with an id: it is one of the person's own; otherwise `run` sets it */
};

/* Adds what the playlist in hand does not have yet, or removes what it has, as one edit. */
void playlists_use(struct state *state, struct effect_list *effects, enum playlist_use use,
                   const struct track_list *tracks, const char *name);

#endif
