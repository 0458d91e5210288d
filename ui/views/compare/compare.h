#ifndef SLEEVE_UI_VIEWS_COMPARE_H
#define SLEEVE_UI_VIEWS_COMPARE_H

#include "app/compare.h"
#include "app/compare_lists.h"
#include "ui/commands.h"
#include "ui/effect.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Compare: two models on the same seeds, their suggestions side by side; over all playlists that both were evaluated
 * on; and their metrics by number of seeds as a plot. */

enum compare_page { COMPARE_LISTS, COMPARE_RESULTS, COMPARE_PLOT, COMPARE_PAGES };
extern const char *const compare_page_names[COMPARE_PAGES]; /* "lists", "results", "plot" */
/* Of the results. */
enum compare_pane { COMPARE_METRICS, COMPARE_GROUPS, COMPARE_PLAYLISTS, COMPARE_PANES };

/* The playlist in hand as the lists have it. */
struct compare_hand {
    uint64_t serial;
    size_t version, count;
    bool titled;
};

struct compare_state {
    char models[COMPARE_SIDES][NAME_SIZE]; /* "": none yet */
    char followed[NAME_SIZE];              /* the model in use when the first one was last taken from it */
    enum compare_page page;

    int64_t playlist; /* of the catalogue; 0: the playlist in hand */
    struct compared_lists lists;
    bool lists_there; /* lists belong to what was asked last, or to what was asked before that, if stale */
    bool stale;
    double requested;
    char failure[256]; /* why there are no lists; "": there are, or they are pending */
    struct compare_hand hand;
    int side;                /* of the selected suggestion */
    size_t turned, selected; /* page of ten from 0; on it */

    struct compare_result results;
    char result_models[COMPARE_SIDES][NAME_SIZE]; /* whose results these are */
    bool results_there, results_whole;            /* whole: with the bootstrap and the slices */
    bool results_stale;
    double results_requested;
    char results_failure[256];
    struct result_group filter; /* of the results */
    enum compare_pane pane;
    struct list_position metric_at, group_at, playlist_at;
    uint64_t version; /* changes with the curves */
};

static inline struct compare_state *compare_of(const struct state *state)
{
    return state->own[VIEW_COMPARE];
}

/* Inputs of the effects. The effect's text is the first model; of the lists, its id is the playlist and its ids are the
 * seeds in hand. */
struct compare_lists_input {
    char b[NAME_SIZE];
    char *title; /* of the playlist in hand; "": none */
};
struct compare_results_input {
    char b[NAME_SIZE];
    struct result_group filter;
    enum metric by;
    bool quick;
};

enum { COMPARE_LARGEST_ROWS = 25 };

struct compare_layout {
    int head_row, question_row, names_row;
    int column[COMPARE_SIDES], side_columns; /* of the two lists */
    int gutter_column, gutter_columns;
    int move_columns; /* of "↓12", beside the gutter */
    int page_top, pitch, cover_rows;
    bool framed;                 /* there is space around a cover for a frame */
    int detail_row, detail_rows; /* the selected track */
    int table_row;               /* of the results: the heading of the metrics; they follow */
    int tests_row, tests_rows;   /* about the selected metric */
    struct list_box groups, playlists;
};
struct compare_layout compare_layout(const struct state *state, const struct layout *layout);

/* compare_state.c: requests what the page shows. */
void compare_request(struct state *state, struct effect_list *effects);
void compare_request_lists(struct state *state, struct effect_list *effects);
void compare_request_results(struct state *state, struct effect_list *effects);
void compare_request_playlists(struct state *state,
                               struct effect_list *effects); /* after another metric was selected */
/* Fills models that are missing or gone. */
void compare_choose_models(struct state *state);
/* Sets one model; if it is the other one, they change places. */
void compare_set_model(struct state *state, struct effect_list *effects, int side, const char *name);
void compare_open_playlist(struct state *state, struct effect_list *effects, int64_t playlist);
bool compare_late(const struct state *state);
bool compare_hand_has_changed(const struct state *state);
bool compare_hand_is_empty(const struct state *state);
size_t compare_pages(const struct state *state); /* of the longer list */
/* The selected suggestion and its place in the list of its side; NULL: there is none. */
const struct track *compare_selected(const struct state *state, size_t *at);
enum metric compare_metric(const struct state *state); /* the selected one */
size_t compare_group_count(const struct state *state);
const struct group_summary *compare_group(const struct state *state, size_t at);
bool compare_is_filtered(const struct state *state);
/* "seeds 3", "length high"; "" for all */
void compare_group_name(const struct result_group *group, char text[64]);

/* Drawing, a file each. */
void compare_draw(const struct state *state, const struct layout *layout, struct screen *screen);
void compare_draw_lists(const struct state *state, const struct compare_layout *mine, struct screen *screen);
void compare_draw_detail(const struct state *state, const struct compare_layout *mine, struct screen *screen);
void compare_draw_results(const struct state *state, const struct layout *layout, const struct compare_layout *mine,
                          struct screen *screen);
void compare_draw_no_results(const struct state *state, const struct compare_layout *mine, struct screen *screen);
void compare_draw_plot(const struct state *state, const struct layout *layout, struct screen *screen);
/* The name in the colour of its line, a warning if the model saw the answers. Returns the columns used. */
int compare_draw_name(const struct state *state, int side, struct screen *screen, int row, int column, int columns);
uint32_t compare_colour(const struct state *state, int side);
/* The place of a suggestion: its first row, the mark's column, the cover's, the text's, and where the text ends. */
struct compare_place {
    int row, mark, cover, text, right, move;
};
struct compare_place compare_place(const struct compare_layout *mine, int side, int on_page);

/* compare_commands.c */
COMMAND(command_compare);
COMMAND(command_compare_a);
COMMAND(command_compare_b);
COMMAND(command_compare_swap);
COMMAND(command_compare_show);
COMMAND(command_compare_test);
COMMAND(command_compare_own);
COMMAND(command_compare_failure);
COMMAND(command_compare_hit);
COMMAND(command_compare_follow);
COMMAND(command_compare_accept);
COMMAND(command_compare_all);
COMMAND(command_compare_back);
/* Selects an entry of the list of a side, on its page. */
void compare_go_to(struct compare_state *compare, size_t at);
COMMAND(compare_command_add); /* "add", "page", "select" and "pane" in this view */
COMMAND(compare_command_page);
COMMAND(compare_command_select);
COMMAND(compare_command_pane);

#endif
