#ifndef SLEEVE_UI_SESSION_H
#define SLEEVE_UI_SESSION_H

#include "core/buffer.h"
#include "ui/state.h"

/* The session as JSON text: what the explorer looked like when it was left. Reading takes any text, wrong ones
 * included: what is not understood is as if it were not there. */
void session_write(const struct state *state, struct buffer *out);
/* Track numbers of the playlist, for fetching their info; *ids is malloc'ed or NULL. */
void session_tracks(const char *json, int64_t **ids, size_t *count);
/* Brings the state back. `tracks` are those of session_tracks as far as they exist or, when the saved playlist that was
 * open is there (`playlist`, else NULL), its own. */
void session_restore(const char *json, const struct own_playlist *playlist, const struct track_list *tracks,
                     struct state *state);

#endif
