#ifndef SLEEVE_UI_TOUR_HOLD_H
#define SLEEVE_UI_TOUR_HOLD_H

#include "core/json.h"
#include "ui/playlist_edit.h"

/* What the person had in hand when a tour began (ui/tour_end.h), for what is stored meanwhile. */

struct state;

/* The playlist that the session stores: with a tour, the one that was in hand before. */
const struct playlist_version *tour_hold_playlist(const struct state *state);
/* The playlist in hand was started by a command of the tour. */
void tour_hold_made(struct state *state);
/* Whether the playlist with this serial was saved by the tour, and not by the person under a name. */
bool tour_hold_is_to_go(const struct state *state, uint64_t serial);
/* Into the session: the numbers of playlists to delete at the next start, if the tour does not end. */
void tour_hold_write(const struct state *state, struct json_writer *writer);

#endif
