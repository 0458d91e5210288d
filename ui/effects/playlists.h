#ifndef SLEEVE_UI_EFFECTS_PLAYLISTS_H
#define SLEEVE_UI_EFFECTS_PLAYLISTS_H

#include "ui/effect.h"

/* Input of EFFECT_PLAYLIST_OPEN and EFFECT_PLAYLIST_DELETE. The effect's text is a name or key, its id the number or 0.
 */
struct playlist_input {
    bool own; /* with an id: it is one of the person's own; otherwise `run` sets it */
};

#endif
