#ifndef SLEEVE_UI_VIEWS_EXPLORE_H
#define SLEEVE_UI_VIEWS_EXPLORE_H

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/marks.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Explore: the search, its results and the playlist at the left, ten suggestions at the right, and on wide screens the
 * selected track. */

enum pane { PANE_RESULTS, PANE_PLAYLIST, PANE_SUGGESTIONS, PANE_COUNT };

/* After rows have been replaced, keys and clicks refer to the old rows for this many seconds, because a person needs
 * that time to see the change. */
#define EXPLORE_GLANCE 0.2

/* Suggestions also depend on the name of a playlist of at most so many tracks; the tracks of a longer one say more. */
enum { EXPLORE_TITLE_TRACKS = 5 };

/* The input of EFFECT_RECOMMEND besides the model and the tracks. */
struct suggest_input {
    char *title; /* "": none */
};

struct suggestions {
    struct track_row tracks;
    float *scores;                   /* [tracks.count] */
    float (*parts)[SCORE_PARTS_MAX]; /* [tracks.count] of the scores */
    struct app_parts part_names;
    bool has_features; /* a part other than the song's contributes to some score */
    char model[NAME_SIZE];
    size_t page, selected;   /* selected: 0..9 on the page */
    struct track_row before; /* the rows that the last result replaced, and the page of them that was shown */
    size_t page_before;
    double replaced; /* when they were replaced */
    int clicks;
    bool stale;       /* newer ones were requested; these are shown until they arrive */
    double requested; /* when they were requested */
    bool answered;    /* suggestions have arrived at least once */
    bool failed;      /* the last request failed */
    double milliseconds;
    struct seed_counts seeds;   /* how many of the playlist's tracks the model knows, and what the list is made by */
    enum title_use title;       /* how the list depends on the playlist's name */
    char note[SEEDS_NOTE_SIZE]; /* the same as a sentence; also among the messages */
};

/* The held-out tracks of a test playlist whose seeds were opened. They are marked while the playlist consists of
 * exactly these seeds. */
struct held_out {
    int64_t *seeds, *tracks;
    size_t n_seeds, n_tracks;
};

struct explore_state {
    enum pane pane, pane_before_search;
    enum pane pane_at_left; /* the results or the playlist, where the selection was last */
    struct line search;
    bool search_fresh; /* the first character typed replaces the earlier search */
    struct track_row results;
    int64_t results_total;
    bool results_answered, searching;            /* a search was requested and has no result yet */
    struct list_position result_at, playlist_at; /* of the rows that are shown: with a filter, fewer than entries */
    struct marks marks[PANE_COUNT];
    struct track_row copied; /* what `put` inserts */
    struct suggestions suggestions;
    size_t restore_page; /* of the session, used for the first result */
    struct held_out held_out;
    const struct track *clicked; /* the track at the first click of a double click */
    int clicked_row;
};

static inline struct explore_state *explore_of(const struct state *state)
{
    return state->own[VIEW_EXPLORE];
}

struct explore_layout {
    int left_columns, rule_column, right_column, right_columns;
    int info_column, info_columns; /* 0: the selected track is not shown */
    int thumb_columns;             /* size of a suggestion's cover */
    int results_top, results_rows; /* rows 0: not shown */
    int list_rule_row, list_header_row, list_top, list_rows;
};
struct explore_layout explore_layout(const struct state *state, const struct layout *layout);
/* The results, or the playlist: their scroll bars are on the rule between the panes. */
struct list_box explore_box(const struct explore_layout *mine, enum pane pane);

/* ---- shared with the commands, keys and results of other views ---- */

void explore_search(struct state *state, struct effect_list *effects); /* The search line has changed. */
void explore_forget_results(struct state *state);
/* Requests suggestions: the playlist, its name or the model has changed. */
void explore_suggest(struct state *state, struct effect_list *effects);
void explore_go_to_page(struct state *state, size_t page);
/* Ends the search that is being typed without adding a row. */
void explore_cancel_search(struct state *state);
/* Escape: ends the search. False when there is none. */
bool explore_back(struct state *state, struct effect_list *effects);
/* Adds these tracks of the active pane as one edit; `again`: even those that are in the playlist. */
enum status explore_add_tracks(struct state *state, struct effect_list *effects, const struct track *const *tracks,
                               size_t n, bool again, struct error *error);
COMMAND(explore_add);
COMMAND(explore_add_again);
COMMAND(explore_mark);
COMMAND(explore_copy);
COMMAND(explore_put);
COMMAND(explore_page);
COMMAND(explore_select);
COMMAND(explore_pane);
/* The rows of a pane, in the order shown: all suggestions, not only those of the page. */
struct pane_list {
    const struct track *const *items;
    size_t count, selected;
};
struct pane_list explore_list(const struct state *state, enum pane pane);
bool explore_is_marked(const struct state *state, enum pane pane, size_t row);
/* The entries of the playlist on which commands act: the marked ones, otherwise the selected one. In order, malloc'ed;
 * returns how many. */
size_t explore_targets(const struct state *state, size_t **entries);
/* Marks these entries of the playlist, or nothing where only the selection was meant, and selects the one that was at
 * `index` of them. */
void explore_retarget(struct state *state, const size_t *entries, size_t n, bool marked);

/* Moves the selection of the active pane by this many rows; suggestions turn the page at their ends. */
void explore_move_selection(struct state *state, int rows);

/* Suggestion `at` of the whole list, and of the page, as the person saw it; NULL when there is none. */
const struct track *explore_seen_suggestion(const struct state *state, size_t at);
const struct track *explore_seen_on_page(const struct state *state, size_t at);
/* The result takes so long that the old page is drawn dimmed. */
bool explore_late(const struct state *state);
size_t explore_pages(const struct state *state);
size_t explore_page_tracks(const struct state *state); /* on the page that is shown */
/* The selected track of the active pane; NULL when there is none. */
const struct track *explore_selected_track(const struct state *state);

/* Copies these numbers; false when memory ran out. */
bool held_out_set(struct held_out *held_out, const int64_t *seeds, size_t n_seeds, const int64_t *tracks,
                  size_t n_tracks);
void held_out_free(struct held_out *held_out);
bool held_out_has(const struct held_out *held_out, int64_t track);
/* The playlist's name where suggestions depend on it; "" if it has none, a name that says nothing ("Unsaved 2"), many
 * tracks, or the seeds of a test playlist, whose list is as it was evaluated. */
const char *explore_title(const struct state *state);
/* Whether the playlist consists of exactly the seeds of the test playlist that was opened. */
bool explore_is_test(const struct state *state);

/* ---- left_pane.c and suggestions_pane.c ---- */

/* Sets the rows of the left pane, whose columns are set. */
void explore_lay_out_left(const struct state *state, const struct layout *layout, struct explore_layout *mine);

void explore_draw_left(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen);
void explore_draw_suggestions(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                              struct screen *screen);
void explore_draw_track(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen);

#endif
