#ifndef SLEEVE_UI_VIEWS_RECIPE_H
#define SLEEVE_UI_VIEWS_RECIPE_H

#include "app/recipes.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Recipe: at the left what the tracks of the playlist have in common, as a form; at the right the tracks of the
 * catalogue that fit, or the model's suggestions that do. */

enum recipe_pane { RECIPE_FORM, RECIPE_TRACKS, RECIPE_PANES };
/* What the line that is typed is for. */
enum recipe_typing { RECIPE_TYPES_NOTHING, RECIPE_TYPES_VALUE, RECIPE_TYPES_NAME };

/* The serial of the playlist that an earlier session made a recipe of, before another one was opened. */
#define RECIPE_OF_EARLIER UINT64_MAX

struct recipe_state {
    struct recipe recipe;
    bool made;          /* there is a recipe */
    bool edited;        /* since it was made, opened or saved */
    uint64_t serial;    /* the playlist that it was made of; 0: it was opened by name, RECIPE_OF_EARLIER */
    uint64_t tried;     /* the playlist that one was last requested of */
    char failure[512];  /* why there is none; "" otherwise */
    uint64_t counted;   /* the version of the playlist that the counts leave out (recipe_version) */
    uint64_t suggested; /* and the number of the request for suggestions that was filtered */
    struct app_recipe_answer answer;
    bool answered;            /* `answer` is of some recipe; also of this one, unless counts are awaited */
    char model[NAME_SIZE];    /* whose suggestions were filtered; "": none */
    size_t n_suggested;       /* how many there were */
    struct track_row tracks;  /* the candidates, in the book */
    struct track_row passing; /* the suggestions that pass */
    size_t *ranks;            /* [passing.count] their ranks in the model's list, from 1 */
    bool filters;             /* suggestions are shown instead of candidates */
    enum recipe_pane pane;
    struct list_position form_at, tracks_at;
    struct line line;
    enum recipe_typing typing;
    int typed_constraint;
    struct { /* during a tour: what was there before */
        struct recipe recipe;
        bool on, made, edited, other;
        uint64_t serial;
    } held;
};

static inline struct recipe_state *recipe_of(const struct state *state)
{
    return state->own[VIEW_RECIPE];
}

/* Input of EFFECT_RECIPE_COUNT, _MAKE and _SAVE. The tracks of the playlist are the effect's ids. */
struct recipe_input {
    struct recipe recipe; /* of RECIPE_MAKE: what is locked in it is kept */
    bool has_recipe;
    uint64_t serial, version, suggested_request;
    char model[NAME_SIZE];
    int64_t *suggested; /* [n_suggested] */
    size_t n_suggested;
};

/* Identifies what the playlist contains now. */
uint64_t recipe_version(const struct state *state);
/* The recipe was made of another playlist than the present one, which gets the tracks. */
bool recipe_is_of_other(const struct state *state);
/* It is, and nothing is lost if one is made of the present playlist. */
bool recipe_can_follow(const struct state *state);
/* Requests the recipe of the playlist; an empty one has none. */
void recipe_request_make(struct state *state, struct effect_list *effects);
/* Requests counts and candidates of the present recipe. */
void recipe_request_count(struct state *state, struct effect_list *effects);
/* Another recipe is shown. */
void recipe_show(struct state *state, struct effect_list *effects, const struct recipe *recipe, uint64_t serial);
/* A tour begins, and ends: the recipe stays, and comes back. */
void recipe_hold(struct state *state);
void recipe_put_back(struct state *state);
/* The tracks that are shown at the right. */
const struct track_row *recipe_shown(const struct state *state);
/* The selected constraint; -1: there is no recipe. */
int recipe_selected(const struct state *state);

struct recipe_layout {
    struct list_box form, tracks; /* items of the form, and tracks with covers */
    int title_row, summary_row, filter_row, head_row;
    int detail_row, detail_rows; /* about the selected constraint */
    int rule_column, right_column, right_columns;
    int name_columns, value_column, value_columns, count_columns, unknown_columns; /* of a constraint */
    int cover_rows;
};
struct recipe_layout recipe_layout(const struct state *state, const struct layout *layout);
void recipe_draw(const struct state *state, const struct layout *layout, struct screen *screen);
void recipe_draw_form(const struct state *state, const struct recipe_layout *mine, struct screen *screen);
void recipe_draw_tracks(const struct state *state, const struct recipe_layout *mine, struct screen *screen);

/* recipe_commands.c */
enum { RECIPE_COMMANDS = 18 };
extern const struct explorer_command recipe_commands[RECIPE_COMMANDS];
COMMAND(recipe_command_add);
COMMAND(recipe_command_select);
COMMAND(recipe_command_page);
COMMAND(recipe_command_pane);
enum status recipe_accept(struct state *state, struct effect_list *effects, struct error *error);
bool recipe_back(struct state *state, struct effect_list *effects);
void recipe_cancel(struct state *state, struct effect_list *effects);

#endif
