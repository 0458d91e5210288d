#ifndef SLEEVE_UI_VIEWS_FAILURES_H
#define SLEEVE_UI_VIEWS_FAILURES_H

#include "app/failure_explained.h"
#include "app/failure_query.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Failures: the playlists that a model was evaluated on, worst first, and the selected one beside the model's
 * suggestions for it; a second model can be compared. */

enum failures_pane { FAILURES_LIST, FAILURES_HELD_OUT, FAILURES_PAGE, FAILURES_PANES };

struct failures_state {
    bool answered;     /* the list has arrived at least once */
    bool stale;        /* a newer list or playlist was requested; these are shown until it arrives */
    double requested;  /* when it was requested */
    char failure[256]; /* why there is no list; "": there is one, or it is pending */
    struct failure_filter filter;
    char against[NAME_SIZE];    /* the other model; "": none */
    char tried[NAME_SIZE];      /* the last choice of the other model, refused or not */
    struct failure_list list;   /* with a filter of names only some of `all` */
    struct line name;           /* conditions (app/failure_query.h); empty: none */
    struct failure_query query; /* of them */
    char fault[128];            /* a word of them that is not understood; "": there is none */
    bool typing;                /* they are being typed */
    struct failure *all, *some; /* [n_all] in memory of the list; some: those that match, or NULL */
    size_t n_all;
    struct list_position at;
    int64_t wanted; /* playlist to select when the list arrives; 0: the first */
    struct failure_case opened;
    struct failure_explained explained; /* of `opened`, when it has arrived (failures_explained) */
    double explain_at;                  /* when it is requested; 0: it was */
    char causes_model[NAME_SIZE];       /* whose missing causes were requested */
    char causes_failure[160];           /* why they cannot be computed; "": they can, or are being computed */
    enum failures_pane pane;
    struct list_position held_out_at;
    size_t page, selected; /* selected: 0..9 on the page, then 10..19 of the other model */
};

static inline struct failures_state *failures_of(const struct state *state)
{
    return state->own[VIEW_FAILURES];
}

/* Input of EFFECT_FAILURES and EFFECT_FAILURE_OPEN. The effect's text is the model, its id the playlist. */
struct failures_input {
    char against[NAME_SIZE];
    struct failure_filter filter; /* of the list */
};

/* Input of EFFECT_FAILURES_EXPORT. The effect's text is the model. */
struct failures_export_input {
    struct failures_input list;
    char where[512], path[512];
    bool overwrite;
};

struct failures_box {
    int row, column, rows, columns; /* the heading is in the row above */
};

struct failures_layout {
    int left_columns, rule_column, right_column, right_columns;
    int list_head_row;
    struct list_box list;
    int title_row, metrics_row; /* rows of metrics, one a model */
    int causes_row;             /* why the first model fails; -1: not shown */
    int others_row;             /* lesser causes; -1: they follow in the same row */
    int legend_row;             /* what words and signs mean; -1: not shown */
    struct failures_box seeds;
    int seed_rows;              /* of one seed */
    struct failures_box detail; /* the selected track; 0 rows: not shown */
    struct list_box held_out;
    int rank_columns;    /* of a track's rank in a model's list */
    int trained_columns; /* of the number of training playlists; 0: not shown */
    int page_row, page_top, page_column[2], page_columns;
    int cells_down;        /* suggestions below each other in a column */
    int pitch, cover_rows; /* rows from one to the next, and of a cover */
    bool framed;           /* there is space around a cover for a frame */
    int score_row;         /* a line about the selected track instead of `detail`; -1: not shown */
};
struct failures_layout failures_layout(const struct state *state, const struct layout *layout);

/* Requests the list, and then the playlist that is selected in it. `keep`: the same playlist stays selected. */
void failures_request(struct state *state, struct effect_list *effects, bool keep);
void failures_refresh(struct state *state, struct effect_list *effects); /* failures_request with `keep` */
void failures_open_selected(struct state *state, struct effect_list *effects);
void failures_select(struct state *state, struct effect_list *effects, size_t at);
void failures_go_to_page(struct state *state, size_t page);
void failures_select_held_out(struct state *state, size_t at); /* and shows the page where it was suggested */

/* The playlist selected in the list; NULL when there is none. */
const struct failure *failures_selected(const struct state *state);
bool failures_late(const struct state *state);
size_t failures_pages(const struct state *state); /* of the longer list of suggestions */
/* The suggestion selected on the page, and the model that made it; NULL when there is none. */
const struct failure_side *failures_suggestion(const struct state *state, size_t *at);

/* What is known about the opened playlist beyond its lists, for one of its models; NULL: it has not arrived. */
const struct explained_side *failures_explained(const struct state *state, int which);
/* Requests that for the opened playlist: at once, or in a large catalogue when the selection has rested for a moment,
 * so that going through the list never waits for it. */
void failures_request_explained(struct state *state, struct effect_list *effects);
void failures_tick(struct state *state, struct effect_list *effects);
double failures_due(const struct state *state);
/* Requests the causes of all playlists, where some are missing. */
void failures_request_causes(struct state *state, struct effect_list *effects);

/* The album of the track that is selected on the page or among the held-out ones, as in struct view_ops. */
bool failures_album(const struct state *state, struct album *album);

/* failures_filter.c: conditions. A new list has arrived; some of the functions of struct view_ops. */
bool failures_is_filtered(const struct state *state);
void failures_take_names(struct state *state);
struct line *failures_typed_line(const struct state *state);
void failures_filter_typed(struct state *state, struct effect_list *effects);
enum status failures_filter_accept(struct state *state, struct effect_list *effects, struct error *error);
void failures_filter_cancel(struct state *state, struct effect_list *effects);
enum status failures_filter_set(struct state *state, struct effect_list *effects, const char *conditions,
                                struct error *error);
bool failures_back(struct state *state, struct effect_list *effects);
COMMAND(command_failures_filter);
COMMAND(command_failures_back);

/* What is drawn, a file each: the list and the rest, the playlist, the page of ten, the selected track. */
void failures_draw(const struct state *state, const struct layout *layout, struct screen *screen);
void failures_draw_playlist(const struct state *state, const struct failures_layout *mine, struct screen *screen);
void failures_draw_held_out(const struct state *state, const struct failures_layout *mine, struct screen *screen,
                            bool dimmed);
void failures_draw_page(const struct state *state, const struct failures_layout *mine, struct screen *screen);
/* "why: 9 of 10 held-out tracks were in no training playlist", then lesser causes with their shares. */
void failures_draw_causes(const struct state *state, const struct failures_layout *mine, struct screen *screen);
void failures_draw_detail(const struct state *state, const struct failures_layout *mine, struct screen *screen);
/* "Title · Artist" in one line; a long title leaves the artist at least some columns. */
void failures_draw_track(struct screen *screen, int row, int column, int columns, const struct track *track,
                         enum style title, enum style artist);
enum style failures_name_style(const struct state *state, const char *model); /* a warning if it saw the answers */
/* The place of a suggestion on the page: the cover's first cell, and the first and last column of the text. */
struct failures_place {
    int row, column, cover, text, right;
};
struct failures_place failures_place(const struct failures_layout *mine, bool second_side, int on_page);
int failures_page_covers(const struct state *state, int direction, struct image_rect rects[PAGE_TRACKS]);

/* failures_commands.c */
COMMAND(command_failures);
COMMAND(command_failures_sort);
COMMAND(command_failures_seeds);
COMMAND(command_failures_length);
COMMAND(command_failures_missed);
COMMAND(command_failures_against);
COMMAND(command_failures_next);
COMMAND(command_failures_previous);
COMMAND(command_failures_hit);
COMMAND(command_failures_export);
COMMAND(command_failures_export_over);
COMMAND(command_open);
COMMAND(failures_command_select); /* "select", "page" and "pane" in this view */
COMMAND(failures_command_page);
COMMAND(failures_command_pane);

#endif
