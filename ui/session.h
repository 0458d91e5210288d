#ifndef SLEEVE_UI_SESSION_H
#define SLEEVE_UI_SESSION_H

#include "core/buffer.h"
#include "core/json.h"
#include "core/json_reader.h"
#include "ui/state.h"

/* The session as JSON text: what the explorer showed when it was closed, at `saved` seconds since 1970. Any text can be
 * read, even a damaged one: unknown and invalid members are ignored. */
void session_write(const struct state *state, int64_t saved, struct buffer *out);
/* Track numbers of the playlist, for fetching their info; *ids is malloc'ed or NULL. */
void session_tracks(const char *json, int64_t **ids, size_t *count);
/* Restores the state. `tracks` are the tracks of session_tracks that still exist or, if `playlist` (the saved playlist
 * that was open, else NULL) is given, its tracks. */
void session_restore(const char *json, const struct own_playlist *playlist, const struct track_list *tracks,
                     struct state *state);

/* For views, which write and read their own members of the object. Missing numbers and numbers out of range are 0,
 * missing texts "". session_read_ids gives a malloc'ed array or NULL. */
void session_write_ids(struct json_writer *writer, const char *key, const int64_t *ids, size_t count);
size_t session_read_ids(const struct json_value *list, int64_t **ids);
const char *session_text(const struct json_value *object, const char *key);
int64_t session_integer(const struct json_value *object, const char *key, int64_t low, int64_t high);

#endif
