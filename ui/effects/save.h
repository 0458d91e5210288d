#ifndef SLEEVE_UI_EFFECTS_SAVE_H
#define SLEEVE_UI_EFFECTS_SAVE_H

#include "ui/effects.h"

/* Saving, and what it needs to know of the catalogue's playlists: the number of each, and its content when it was last
 * read or written here. From that a save finds out what was changed elsewhere. */

/* Input of EFFECT_SAVE. The effect's text is the playlist's name, its id the number, its ids the tracks. */
struct save_input {
    bool playlist;            /* write the playlist too, not only the session */
    uint64_t serial;          /* of the playlist */
    int64_t copy_of;          /* the catalogue's playlist that it was opened from; 0: none */
    char *session;            /* JSON */
    bool other;               /* which has another playlist than this one */
    struct own_playlist base; /* the playlist as it was last read or written; filled when the save begins */
};

/* A playlist that was read or written. */
struct playlist_change {
    struct own_playlist written; /* as it is in the catalogue now; id 0: nothing was read or written */
    struct own_playlist before;  /* its content before changes made elsewhere, which led to `written`; name NULL: there
                                  * were none */
    struct track_list tracks;    /* of `written` */
};
void playlist_change_free(struct playlist_change *change);

/* Records a playlist that was read. Fills `before` if the playlist was read earlier and has been changed elsewhere
 * since. */
void save_record_read(struct effects *effects, struct playlist_change *change);
/* Applies changes made elsewhere to the versions of the playlist. */
void save_take_changes(struct state *state, struct effect_list *effects, const struct playlist_change *change);
/* The tracks of these numbers that still exist. */
enum status save_read_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                             struct error *error);

/* Makes an effect that saves the present state. False when memory ran out. */
bool save_fill(struct state *state, struct effect *effect);
/* For the exit: saves the queue and then `last`, on this thread. Takes ownership of `last`. What cannot be saved is
 * kept in a file (app_rescue), and the error message names it. */
enum status save_now(struct effects *effects, struct effect *last, struct error *error);

#endif
