#ifndef SLEEVE_UI_VIEWS_PLAYLISTS_H
#define SLEEVE_UI_VIEWS_PLAYLISTS_H

#include "ui/effect.h"
#include "ui/state.h"

/* The list of playlists to choose from: the person's own, then the first ones of the catalogue. */

enum { PLAYLISTS_SHOWN = 1000 };

struct playlists_state {
    struct playlist_list list;
    struct list_position at;
    bool answered;
};

static inline struct playlists_state *playlists_of(const struct state *state)
{
    return state->own[VIEW_PLAYLISTS];
}

/* Shows the popup and requests the list. */
void playlists_open(struct state *state, struct effect_list *effects);

/* The result of EFFECT_PLAYLISTS; also used to find a playlist by its name. */
struct playlists_output {
    struct playlist_list own, others;
};
enum status playlists_read(struct app *app, struct playlists_output *output, struct error *error);
void playlists_output_free(struct playlists_output *output);

#endif
