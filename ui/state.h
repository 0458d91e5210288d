#ifndef SLEEVE_UI_STATE_H
#define SLEEVE_UI_STATE_H

#include <stdbool.h>

#include "app/app.h"
#include "app/failures.h"
#include "ui/event.h"
#include "ui/line.h"
#include "ui/playlist_edit.h"
#include "ui/tracks.h"

/* Everything the screen is a function of. Changed by commands and update only, on one thread, without waiting. */

enum {
    PAGE_TRACKS = 10,
    SUGGESTIONS_MAX = 500,
    RESULTS_MAX = 200,
    MESSAGES_MAX = 200,
    MAP_LABELS = 10,
    NEAREST_MAX = 6,
    PLAYLISTS_SHOWN = 1000,
    NAME_SIZE = 64,
};

/* Seconds until it is shown that something is not there yet. */
#define STATE_LATE 0.12
/* Seconds that a person needs to see that rows are others now: until then keys and clicks mean those that were there.
 */
#define STATE_GLANCE 0.2

enum view { VIEW_EXPLORE, VIEW_MAP, VIEW_FAILURES };
enum overlay { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_PLAYLISTS, OVERLAY_MESSAGES };
enum pane { PANE_RESULTS, PANE_PLAYLIST, PANE_SUGGESTIONS, PANE_COUNT };
enum failures_pane { FAILURES_LIST, FAILURES_HELD_OUT, FAILURES_PAGE, FAILURES_PANES };
enum input { INPUT_NONE, INPUT_SEARCH, INPUT_COMMAND };

/* What is asked of the world outside; each kind is wanted at most once, the latest one counts. */
enum effect_type {
    EFFECT_SESSION_READ,
    EFFECT_MODELS,
    EFFECT_SETS,
    EFFECT_SEARCH,
    EFFECT_RECOMMEND,
    EFFECT_SAVE,
    EFFECT_PLAYLISTS,
    EFFECT_PLAYLIST_OPEN,
    EFFECT_PLAYLIST_DELETE,
    EFFECT_MAP_OPEN,
    EFFECT_MAP_STEP,
    EFFECT_MAP_WRITE,
    EFFECT_NEIGHBOURS,
    EFFECT_ALBUM_ADD,
    EFFECT_FAILURES,
    EFFECT_FAILURE_OPEN,
    EFFECT_DEVICE,
    EFFECT_JOBS, /* those above run on workers, those below on the thread that draws */
    EFFECT_REDRAW = EFFECT_JOBS,
    EFFECT_SUSPEND,
    EFFECT_IMAGES,
    EFFECT_SAVE_DISPLAY,
    EFFECT_DUMP_IMAGES,
    EFFECT_COUNT
};

struct messages {
    char *lines[MESSAGES_MAX];
    bool warnings[MESSAGES_MAX];
    int count;
};

struct list_position {
    size_t selected, top;
};

struct suggestions {
    struct track_row tracks;
    float *scores;                   /* [tracks.count] */
    float (*parts)[SCORE_PARTS_MAX]; /* [tracks.count] of the scores */
    struct app_parts part_names;
    bool has_features; /* a feature set adds to some score */
    char model[NAME_SIZE];
    size_t page, selected;   /* selected: 0..9 on the page */
    struct track_row before; /* what was there until the last answer, and on which page */
    size_t page_before;
    double replaced; /* when that was */
    int clicks;
    bool stale;    /* asked anew; the old ones stay until the answer */
    double asked;  /* when */
    bool answered; /* at least once */
    bool failed;   /* the last answer was an error */
    double milliseconds;
    struct seed_counts seeds;   /* what the model knows of the playlist's tracks */
    char note[SEEDS_NOTE_SIZE]; /* the same as a sentence; also among the messages */
};

enum map_phase { MAP_CLOSED, MAP_OPENING, MAP_MOVING, MAP_RESTING, MAP_FAILED };

struct map_state {
    enum map_phase phase;
    bool paused, stepping; /* stepping: asked for the next points */
    double step_due;       /* when they may be asked for */
    char set[NAME_SIZE];
    struct album_list albums;
    int *labels; /* [albums.count] */
    char *label_names[MAP_LABELS];
    int n_labels;
    float *points; /* [albums.count x 2] */
    int iteration, iterations;
    double kl, started, seconds;
    int64_t selected;
    int64_t wanted_album; /* of the session: selected when the map opens */
    uint64_t version;     /* changes with the points and with the selection */
    struct album_list nearest;
    float nearest_distances[NEAREST_MAX];
    int64_t nearest_of; /* album they are about; 0: none */
    char failure[256];
};

struct failures_state {
    bool answered;     /* the list, at least once */
    bool stale;        /* list or playlist asked anew; the old ones stay until the answer */
    double asked;      /* when */
    char failure[256]; /* why there is no list; "": there is one, or it is on its way */
    struct failure_filter filter;
    char against[NAME_SIZE]; /* the other model; "": none */
    char tried[NAME_SIZE];   /* asked for last as the other model, refused or not */
    struct failure_list list;
    struct list_position at;
    int64_t wanted; /* playlist to select when the list arrives; 0: the first */
    struct failure_case opened;
    enum failures_pane pane;
    struct list_position held_out_at;
    size_t page, selected; /* selected: 0..9 on the page, then 10..19 of the other model */
};

/* What the seeds of a test playlist that was opened to build on hide: marked while the playlist is just these seeds. */
struct held_out {
    int64_t *seeds, *tracks;
    size_t n_seeds, n_tracks;
};

/* Keys that wait for an answer (ui/held.h). */
struct held_events {
    struct held_event {
        struct event event;
        double at; /* when it was pressed */
    } * items;
    size_t count, capacity;
};

struct name_list {
    char (*names)[NAME_SIZE];
    size_t count;
};

struct saved_serial {
    uint64_t serial;
    int64_t id;
};

struct state {
    struct app_summary summary;
    struct device_state device; /* what computes, as of the last result */
    int rows, columns;
    int cell_width, cell_height; /* pixels */
    bool no_images;              /* the terminal shows none */
    bool marks;                  /* the person wants the map drawn with characters */
    double now;                  /* seconds; set by whoever calls update */

    enum view view;
    enum overlay overlay;
    int overlay_top;
    enum input input;
    enum pane pane, pane_before_search;
    struct line search, command;
    bool search_fresh; /* the first character typed replaces what was looked for before */
    struct history history;

    struct track_book book;
    struct track_row results;
    int64_t results_total;
    bool results_answered, searching; /* searching: asked and not answered yet */
    struct list_position result_at;

    struct playlist_edits playlist;
    struct list_position playlist_at;
    struct saved_serial *saved; /* numbers of saved playlists */
    size_t n_saved;

    struct suggestions suggestions;
    size_t restore_page; /* of the session, for the first answer */
    struct name_list models, sets;
    char model[NAME_SIZE];         /* "": the first there is */
    char model_refused[NAME_SIZE]; /* the one asked for after it, for going on to the next; "": none */
    bool model_chosen;             /* by the command line: the session's is not taken */
    struct map_state map;
    struct failures_state failures;
    struct held_out held_out;

    struct playlist_list playlists;
    bool playlists_answered;
    size_t n_own; /* the first ones of the list */
    struct list_position playlists_at;

    char message[512];
    bool message_warning;
    struct messages messages;

    struct held_events held;
    const struct track *clicked; /* the track under the first click of a double click */
    int clicked_row;
    char farewell[256]; /* told on the way out; "": nothing */

    uint64_t sequence;
    uint64_t wanted[EFFECT_COUNT];   /* number of the effect whose result counts; 0: none */
    uint64_t answered[EFFECT_COUNT]; /* number of the last one whose result came */
    bool session_known;              /* read, or found missing: only then may it be written */
    bool dirty;
    int saving; /* saves not answered yet */
    double dirty_since;
    double retry_at;        /* when a save that failed is tried again; 0: none did */
    char save_failure[256]; /* of the last save, told once; "": it was saved */
    bool quitting;
};

enum status state_start(struct state *state, const struct app_summary *summary, int rows, int columns,
                        struct error *error);
void state_free(struct state *state);

/* The message line; also kept for :messages. */
void state_say(struct state *state, const char *format, ...) __attribute__((format(printf, 2, 3)));
void state_warn(struct state *state, const char *text);
/* The same without the message line: what the log says. */
void state_note(struct state *state, bool warning, const char *text);

/* Something that the session keeps has changed. */
void state_touch(struct state *state);
int64_t state_saved_id(const struct state *state, uint64_t serial);
void state_set_saved_id(struct state *state, uint64_t serial, int64_t id);

/* The result that counts has not come yet. */
bool state_awaits(const struct state *state, enum effect_type type);
/* Suggestion `at` of the whole list, and of the page, as a person has seen it; NULL when there is none. */
const struct track *state_seen_suggestion(const struct state *state, size_t at);
const struct track *state_seen_on_page(const struct state *state, size_t at);

/* The answer takes so long that the old page is shown as one that will go. */
bool state_suggestions_late(const struct state *state);
size_t state_pages(const struct state *state);
size_t state_page_tracks(const struct state *state); /* on the page shown */
/* The selected track of the pane in use; NULL when there is none. */
const struct track *state_selected_track(const struct state *state);
const struct album *state_selected_album(const struct state *state); /* of the map */
void state_map_clear(struct state *state);

/* Of the failures: the playlist selected in the list; NULL when there is none. */
const struct failure *state_failure(const struct state *state);
bool state_failures_late(const struct state *state);
size_t state_failure_pages(const struct state *state); /* of the longer answer */
/* The suggestion selected on the page, and whose it is; NULL when there is none. */
const struct failure_side *state_failure_suggestion(const struct state *state, size_t *at);
/* Takes a copy of these numbers; false when memory ran out. */
bool held_out_set(struct held_out *held_out, const int64_t *seeds, size_t n_seeds, const int64_t *tracks,
                  size_t n_tracks);
void held_out_free(struct held_out *held_out);
/* The playlist is still what the test playlist showed. */
bool state_is_test(const struct state *state);
bool held_out_has(const struct held_out *held_out, int64_t track);
bool name_list_set(struct name_list *list, const char *const *names, size_t count);

#endif
