#ifndef SLEEVE_UI_VIEWS_EXPLORE_H
#define SLEEVE_UI_VIEWS_EXPLORE_H

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Explore: the search, its results and the playlist at the left, ten suggestions at the right, and on wide screens the
 * selected track. */

enum pane { PANE_RESULTS, PANE_PLAYLIST, PANE_SUGGESTIONS, PANE_COUNT };

/* Seconds that a person needs to see that rows have changed: until then keys and clicks mean the rows before. */
#define EXPLORE_GLANCE 0.2

struct suggestions {
    struct track_row tracks;
    float *scores;      /* [tracks.count] */
    float *cover_parts; /* [tracks.count] of the scores */
    bool has_covers;    /* some cover part is not 0 */
    char model[NAME_SIZE];
    size_t page, selected;   /* selected: 0..9 on the page */
    struct track_row before; /* the rows that the last answer replaced, and the page of them that was shown */
    size_t page_before;
    double replaced; /* when that was */
    int clicks;
    bool stale;       /* newer ones were asked for; these stay until they come */
    double requested; /* when */
    bool answered;    /* at least once */
    bool failed;      /* the last answer was an error */
    double milliseconds;
    struct seed_counts seeds;   /* what the model knows of the playlist's tracks */
    char note[SEEDS_NOTE_SIZE]; /* the same as a sentence; also among the messages */
};

/* The held-out tracks of a test playlist whose seeds were opened: marked while the playlist is just these seeds. */
struct held_out {
    int64_t *seeds, *tracks;
    size_t n_seeds, n_tracks;
};

struct explore_state {
    enum pane pane, pane_before_search;
    struct line search;
    bool search_fresh; /* the first character typed replaces the earlier search */
    struct track_row results;
    int64_t results_total;
    bool results_answered, searching; /* searching: asked for and not answered yet */
    struct list_position result_at, playlist_at;
    struct suggestions suggestions;
    size_t restore_page; /* of the session, for the first answer */
    struct held_out held_out;
    const struct track *clicked; /* the track under the first click of a double click */
    int clicked_row;
};

static inline struct explore_state *explore_of(const struct state *state)
{
    return state->own[VIEW_EXPLORE];
}

struct explore_layout {
    int left_columns, rule_column, right_column, right_columns;
    int info_column, info_columns; /* 0: the selected track is not shown */
    int thumb_columns;             /* of a suggestion's cover */
    int results_top, results_rows; /* rows 0: not shown */
    int list_rule_row, list_header_row, list_top, list_rows;
};
struct explore_layout explore_layout(const struct state *state, const struct layout *layout);

/* ---- what commands, keys and results of other views use too ---- */

void explore_search(struct state *state, struct effect_list *effects); /* the search line has changed */
void explore_forget_results(struct state *state);
/* Asks for suggestions: playlist or model have changed. */
void explore_suggest(struct state *state, struct effect_list *effects);
void explore_go_to_page(struct state *state, size_t page);
/* Ends the search that is being typed without adding a row. */
void explore_cancel_search(struct state *state);
/* Adds this track, seen in the pane in use. */
enum status explore_add_track(struct state *state, struct effect_list *effects, const struct track *track,
                              struct error *error);
COMMAND(explore_add);
COMMAND(explore_page);
COMMAND(explore_select);
COMMAND(explore_pane);
/* Moves the selection of the pane in use by so many rows; suggestions flip pages at their ends. */
void explore_move_selection(struct state *state, int rows);

/* Suggestion `at` of the whole list, and of the page, as a person has seen it; NULL when there is none. */
const struct track *explore_seen_suggestion(const struct state *state, size_t at);
const struct track *explore_seen_on_page(const struct state *state, size_t at);
/* The answer takes so long that the old page is shown as one that will go. */
bool explore_late(const struct state *state);
size_t explore_pages(const struct state *state);
size_t explore_page_tracks(const struct state *state); /* on the page shown */
/* The selected track of the pane in use; NULL when there is none. */
const struct track *explore_selected_track(const struct state *state);

/* Takes a copy of these numbers; false when memory ran out. */
bool held_out_set(struct held_out *held_out, const int64_t *seeds, size_t n_seeds, const int64_t *tracks,
                  size_t n_tracks);
void held_out_free(struct held_out *held_out);
bool held_out_has(const struct held_out *held_out, int64_t track);
/* The playlist is just the seeds of the test playlist that was opened. */
bool explore_is_test(const struct state *state);

/* ---- left_pane.c and suggestions_pane.c ---- */

void explore_draw_left(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen);
void explore_draw_suggestions(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                              struct screen *screen);
void explore_draw_track(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen);

#endif
