#ifndef SLEEVE_UI_TOUR_END_H
#define SLEEVE_UI_TOUR_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A tour works with playlists of its own. Meanwhile the session stores the playlist that the person had in hand, and
 * the recipe, as if there were no tour, so that a crash loses neither. At the end both are put back, and the playlists
 * that the tour saved, to rate a suggestion, are deleted with the ratings. One that the person has given a name stays.
 */

struct state;
struct effect_list;

/* A tour begins: remembers the playlist in hand. Without effect during a tour. */
void tour_end_begin(struct state *state, struct effect_list *effects);
/* The session has been read: its playlist is the one in hand. */
void tour_end_restored(struct state *state);
/* The tour ends: puts everything back. Without effect when there is none. */
void tour_end(struct state *state, struct effect_list *effects);
/* Deletes what a tour has saved that did not end, as the session (JSON) says. */
void tour_end_read(struct state *state, struct effect_list *effects, const char *session);

/* Input of EFFECT_TOUR_END, whose ids are the playlists to delete. */
struct tour_end_input {
    uint64_t *serials; /* [n] of playlists of this run, which are deleted too */
    size_t n;
    bool forgets;   /* the steps of ratings from `n_steps` on cannot be undone */
    size_t n_steps; /* of ratings_state.steps, when the tour began */
};

#endif
