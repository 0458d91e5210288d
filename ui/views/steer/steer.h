#ifndef SLEEVE_UI_VIEWS_STEER_H
#define SLEEVE_UI_VIEWS_STEER_H

#include "app/playlist_sort.h"
#include "app/steer.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* The popup STEER: a slider for each re-ranking and a list of wishes, in place of Explore's left pane, so that the page
 * beside it shows what each step changes. The specification belongs to the session, for all playlists. */

struct suggest_input; /* ui/views/explore/explore.h */

struct steer_wish {
    int64_t id;
    enum steering_wish wish;
    enum steering_item item;
    bool here; /* only for this playlist */
    char name[128];
};

struct steer_state {
    struct rerank_spec spec;
    char spaces_of[RERANK_KINDS][NAME_SIZE + 1]; /* chosen for kinds with one space; "": none */
    struct name_list spaces;                     /* names of feature sets, after "song" where the model has it */
    struct steer_wish *wishes;
    size_t n_wishes;
    struct list_position at; /* of the rows: sliders, then wishes */
    bool first_wish;         /* a wish was made while the slider "wishes" was 0: it is set when the spaces are known */
};
static inline struct steer_state *steer_of(const struct state *state)
{
    return state->own[VIEW_STEER];
}

/* A row of the form. */
struct steer_row {
    enum rerank_kind kind;         /* of a slider */
    const char *space;             /* "": none */
    const struct steer_wish *wish; /* NULL: the row is a slider */
};
/* The number of rows, and one of them. */
size_t steer_row_count(const struct state *state);
struct steer_row steer_row(const struct state *state, size_t at);

/* The playlist whose wishes apply: the one that is saved; 0: none. */
int64_t steer_playlist(const struct state *state);
/* What suggestions are requested with: the specification, the playlist and what was rejected for it. */
void steer_settings(const struct state *state, struct suggest_input *input);
/* The specification has changed: requests suggestions, and saves the session. */
void steer_changed(struct state *state, struct effect_list *effects);
/* Wishes count by the slider "wishes": sets it, unless it is set. */
void steer_use_wishes(struct state *state, struct effect_list *effects);
/* Requests spaces and wishes. */
void steer_request(struct state *state, struct effect_list *effects);

struct steer_layout {
    int columns;
    struct list_box list;
    int help_row, help_rows; /* what the selected row does */
};
struct steer_layout steer_layout(const struct state *state, const struct layout *layout);
/* The value at this column of a slider's rail; false beside the rail, and for numbers without one. */
bool steer_value_at(const struct steer_layout *mine, enum rerank_kind kind, int column, double *value);
void steer_draw(const struct state *state, const struct layout *layout, struct screen *screen);

/* ---- commands (steer_commands.c, steer_wishes.c) ---- */

COMMAND(steer_open);
COMMAND(steer_move);
COMMAND(steer_space);
COMMAND(steer_remove);
COMMAND(steer_never);
COMMAND(steer_less);
COMMAND(steer_more);
COMMAND(steer_reject);
COMMAND(steer_refresh);
COMMAND(steer_sort);

/* The input of EFFECT_STEER_WISH: stores a wish, or removes the one of this number. */
struct steer_wish_input {
    struct steering_entry entry; /* without texts */
    bool remove;
};
/* The input of EFFECT_SORT, besides the tracks. */
struct steer_sort_input {
    enum playlist_sort by;
    char set[NAME_SIZE]; /* "": the usual one */
    bool *locked;        /* [n_ids] */
    uint64_t serial;     /* of the playlist */
};

#endif
