#ifndef SLEEVE_UI_VIEWS_EXPLORE_H
#define SLEEVE_UI_VIEWS_EXPLORE_H

#include "app/steer.h"
#include "app/track_sound.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/marks.h"
#include "ui/screen.h"
#include "ui/state.h"
#include "ui/view_ops.h"

/* Explore: the search, its results and the playlist at the left, ten suggestions at the right, and on wide screens the
 * selected track. */

enum pane { PANE_RESULTS, PANE_PLAYLIST, PANE_SUGGESTIONS, PANE_COUNT };

/* After rows have been replaced, keys and clicks refer to the old rows for this many seconds, because a person needs
 * that time to see the change. */
#define EXPLORE_GLANCE 0.2

/* Rows that an edit brought or moved are marked for this many seconds. */
#define EXPLORE_NEWS 2.0

/* Suggestions also depend on the name of a playlist of at most so many tracks; the tracks of a longer one say more. */
enum { EXPLORE_TITLE_TRACKS = 5 };

/* The input of EFFECT_RECOMMEND besides the model and the tracks. */
struct suggest_input {
    char *title; /* "": none */
    struct suggest_settings steering;
    int64_t *rejected; /* of the settings */
};

/* A suggestion compared with the list before the last edit. */
struct news {
    int before; /* its position in that list; -1: it was not there */
    int moved;  /* how many of the tracks of both lists it has passed; negative: how many have passed it */
};

struct suggestions {
    struct track_row tracks;
    float *scores;                   /* [tracks.count] */
    float (*parts)[SCORE_PARTS_MAX]; /* [tracks.count] of the scores */
    bool *new_songs;                 /* [tracks.count] those of no training playlist (models/new_tracks.h) */
    int32_t *ranks;                  /* [tracks.count] in the model's list, from 1 */
    size_t hidden;                   /* tracks of that list which are never to be suggested, or were rejected */
    size_t repeats;                  /* tracks of that list which are of a song that the playlist or the list has */
    char steered[RERANK_TEXT_SIZE];  /* how the list was re-ranked, in a few words; "": it is in the model's order */
    struct app_parts part_names;
    bool has_features; /* a part other than the song's contributes to some score */
    float worst, best; /* scores, between which they are shown from 0 to 100 (explore_share) */
    char model[NAME_SIZE];
    size_t page, selected;   /* selected: 0..9 on the page */
    struct track_row before; /* the rows that the last result replaced, and the page of them that was shown */
    size_t page_before;
    double replaced;   /* when they were replaced */
    struct news *news; /* [tracks.count] if they were for the same playlist and model; else NULL */
    uint64_t serial;   /* the playlist that they are for */
    int clicks;
    bool stale;       /* newer ones were requested; these are shown until they arrive */
    double requested; /* when they were requested */
    bool answered;    /* suggestions have arrived at least once */
    bool failed;      /* the last request failed */
    double milliseconds;
    int64_t *predicted; /* [n_predicted] tracks of the playlist that count by a predicted vector */
    size_t n_predicted;
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

/* Of the playlist, only the entries that match what is typed are shown: words in title, artist or album. */
struct playlist_filter {
    struct line line;
    bool typing;
    char text[LINE_SIZE];   /* the rest is of this text and these entries */
    struct track_row shown; /* the tracks that match */
    size_t *entries;        /* [shown.count] their positions in the playlist */
    int64_t *of;            /* [of_count] the tracks of the playlist */
    size_t of_count;
    uint64_t serial; /* of the playlist; another one is opened without a filter */
};

/* What is known and predicted of the selected track (app/track_attributes.h), where it has a pane of its own. */
struct explore_attributes {
    bool shown;            /* there is such a pane; set by settle */
    int64_t wanted, track; /* that was asked about, and that `text` is about; 0: none */
    char text[256];
};

/* What models hear in the selected track (app/track_sound.h), where it has a pane of its own. Reading a file takes
 * seconds, so a track must have been selected for EXPLORE_REST seconds. */
#define EXPLORE_REST 0.3
struct explore_sound {
    int64_t selected;         /* the track; 0: none */
    char model[SETTING_SIZE]; /* the setting "fitness" */
    double since;             /* when it was selected */
    bool requested;           /* both effects are under way or answered */
    int64_t heard;            /* the track that `fitness` is about; 0: not answered */
    int64_t curve_heard;      /* and `curve` */
    struct track_fitness fitness;
    struct attribute_curve curve;
    char failure[256]; /* why there is no fitness, or no curve; "" otherwise */
};

struct explore_state {
    enum pane pane, pane_before_search;
    enum pane pane_at_left; /* the results or the playlist, where the selection was last */
    struct line search;
    bool search_fresh; /* the first character typed replaces the earlier search */
    struct track_row results;
    int64_t results_total;
    bool results_random;                         /* they are by random weights, so their order means nothing */
    char search_note[512];                       /* why covers cannot be searched; "" otherwise */
    bool results_answered, searching;            /* a search was requested and has no result yet */
    double search_requested;                     /* when that was */
    struct list_position result_at, playlist_at; /* of the rows that are shown: with a filter, fewer than entries */
    struct playlist_filter filter;
    struct marks marks[PANE_COUNT];
    struct track_row copied; /* what `put` inserts */
    struct suggestions suggestions;
    size_t restore_page; /* of the session, used for the first result */
    struct held_out held_out;
    struct explore_attributes attributes;
    struct explore_sound sound;
    int list_need;               /* columns that the titles at the left need; set by settle */
    const struct track *clicked; /* the track at the first click of a double click */
    int clicked_row;
};

static inline struct explore_state *explore_of(const struct state *state)
{
    return state->own[VIEW_EXPLORE];
}

/* Ten suggestions, in one lane or in two of five. */
struct page_layout {
    int lanes, per_lane, lane_columns;
    int top, pitch;            /* the first suggestion's row, and rows from one to the next */
    int cover_rows;            /* lines of a suggestion; its cover is twice as many columns wide */
    bool framed;               /* there are blank cells all around a cover, for a frame */
    int spare;                 /* rows left over */
    bool pair_gap;             /* a row more after every second suggestion */
    int strip_row, strip_rows; /* the selected track below the page; rows 0: not shown */
    int shelf, shelf_first;    /* presenting: so many suggestions side by side, from this one of the page on; 0: not */
    int shelf_strip;           /* rows of the covers of the playlist below them */
};

struct explore_layout {
    int left_columns, rule_column, right_column, right_columns;
    int info_column, info_columns; /* the selected track at the right; columns 0: not shown */
    struct page_layout page;
    int results_top, results_rows; /* rows 0: not shown */
    int list_rule_row, list_header_row, list_top, list_rows;
};
struct explore_layout explore_layout(const struct state *state, const struct layout *layout);
/* The results, or the playlist: their scroll bars are on the rule between the panes. */
struct list_box explore_box(const struct explore_layout *mine, enum pane pane);
/* The columns that the left pane needs to show the titles of a playlist. */
int explore_list_need(const struct track *const *tracks, size_t count, bool numbered);
/* Where suggestion i of the page is: its first row, its columns, and those of its cover and its text. */
struct place {
    int row, column, right, cover, text, text_right;
};
struct place explore_place(const struct explore_layout *layout, size_t i);
/* The suggestion at a cell; -1: none. */
int explore_place_at(const struct explore_layout *layout, int row, int column);

/* attributes_effect.c: asks for the attributes of another track. */
double explore_attributes_due(const struct state *state);
void explore_attributes_tick(struct state *state, struct effect_list *effects);

/* sound_effects.c: the same for what is heard in it. */
double explore_sound_due(const struct state *state);
void explore_sound_tick(struct state *state, struct effect_list *effects);
void explore_sound_free(struct explore_sound *sound);
/* track_sound.c: the fittest playlists and the energy over time. Returns the rows used. */
int explore_draw_sound(const struct state *state, const struct track *track, struct screen *screen, int row, int column,
                       int columns, int rows);

/* ---- shared with the commands, keys and results of other views ---- */

void explore_search(struct state *state, struct effect_list *effects); /* The search line has changed. */
void explore_forget_results(struct state *state);
/* What follows "cover:" in a search, which finds covers by what they show; NULL in another search. */
const char *explore_cover_words(const char *text);
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
/* The position in the playlist of a row of its pane; the number of entries when there is no such row. */
size_t explore_entry(const struct state *state, size_t row);
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
/* A search takes so long that this is said. */
bool explore_search_late(const struct state *state);
/* Compares the list with the one before it. The mark of suggestion `at` is "new" when it was not on this page, "↑3" or
 * "↓2" when it has moved, else "". */
void explore_find_news(struct suggestions *suggestions);
void explore_forget_news(struct suggestions *suggestions);
void explore_news_of(const struct state *state, size_t at, char text[16]);
/* Seconds until the marks disappear; negative: none are shown. */
double explore_news_left(const struct state *state);
/* "6 new, 3 moved" on the page, as long as they are marked; "" when there are none. */
void explore_news_describe(const struct state *state, char text[64]);

/* Sets the ends of the scale. All models have one: 100 is the best score of the list and 0 a score of 0, so a number is
 * the share of the best score. Where a model has negative scores (dot products of factors, for example), 0 is the worst
 * score of the list instead, because a share of the best would have no meaning. */
void explore_set_scale(struct suggestions *suggestions);
/* The place of suggestion `at` on the scale, from 0 to 1. */
float explore_share(const struct suggestions *suggestions, size_t at);
/* Whether each part of a score has a share of its own: the scale begins at 0, and no part is negative. */
bool explore_has_shares(const struct suggestions *suggestions, size_t at);
size_t explore_pages(const struct state *state);
size_t explore_page_tracks(const struct state *state); /* on the page that is shown */
/* The selected track of the active pane; NULL when there is none. */
const struct track *explore_selected_track(const struct state *state);
bool explore_suggestion(const struct state *state, struct view_suggestion *suggestion); /* as in struct view_ops */

/* ---- the filter of the playlist ---- */

void playlist_filter_free(struct playlist_filter *filter);
/* Finds the entries to show, if the filter or the playlist has changed. */
void playlist_filter_settle(struct state *state);
bool playlist_filter_on(const struct state *state);
void playlist_filter_end(struct state *state);
/* The functions of these names of struct view_ops. */
struct line *explore_typed_line(const struct state *state);
void explore_filter_typed(struct state *state, struct effect_list *effects);
enum status explore_filter_accept(struct state *state, struct effect_list *effects, struct error *error);
void explore_filter_cancel(struct state *state, struct effect_list *effects);
COMMAND(explore_filter);
COMMAND(explore_covers);

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

/* ---- presenting (present.c) ---- */

/* Whether the results or the playlist are shown beside the suggestions. */
bool present_shows_list(const struct state *state);
/* Sets the page of a layout whose columns are set. */
void present_lay_out(const struct state *state, const struct layout *layout, struct explore_layout *mine);
struct place present_place(const struct explore_layout *mine, size_t i);
/* Goes to the next (1) or previous (-1) suggestions of the page; false: there are none, or nothing is presented. */
bool present_step(struct state *state, int direction);
/* Goes to the suggestion at the left or at the right; false: there is none. */
bool present_move(struct state *state, bool right);
int present_covers(const struct state *state, const struct explore_layout *mine, int direction,
                   struct image_rect *rects);
/* "1–4 of 500". */
void present_describe(const struct state *state, char text[128]);
void present_draw(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                  struct screen *screen);

/* ---- drawing ---- */

/* Sets the rows of the left pane, whose columns are set. */
void explore_lay_out_left(const struct state *state, const struct layout *layout, struct explore_layout *mine);

void explore_draw_left(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen);
/* The title of the list, what its bars mean, and which page it is. */
void explore_draw_header(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                         struct screen *screen);
/* The suggestions with their header, in the layout for an audience or in the other. */
void explore_draw_page(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                       struct screen *screen);
void explore_draw_suggestions(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                              struct screen *screen);
/* The bar of a score, and its parts if they have shares. */
void explore_draw_bar(const struct suggestions *suggestions, size_t at, struct screen *screen, int row, int column,
                      int columns, bool selected);
/* The cover of the selected track's pane or strip; rows 0: there is none. */
struct image_rect explore_large_cover(const struct state *state, const struct layout *layout,
                                      const struct explore_layout *mine, const struct track *track);
/* The selected track: in a pane of its own, or below the page. */
void explore_draw_track(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen);
void explore_draw_strip(const struct state *state, const struct layout *layout, const struct explore_layout *mine,
                        struct screen *screen);

#endif
