#ifndef SLEEVE_UI_STATE_H
#define SLEEVE_UI_STATE_H

#include <stdbool.h>

#include "app/app.h"
#include "ui/effect_list.h"
#include "ui/event.h"
#include "ui/line.h"
#include "ui/playlist_edit.h"
#include "ui/tracks.h"
#include "ui/view_list.h"

/* The screen is a function of this. Commands, keys and results change it, on one thread, without waiting. What only one
 * view needs is the view's own (ui/views/). */

enum {
    PAGE_TRACKS = 10,
    SUGGESTIONS_MAX = 500,
    MESSAGES_MAX = 200,
    NAME_SIZE = 64,
};

/* Seconds until it is shown that something is not there yet. */
#define STATE_LATE 0.12

enum input_line { INPUT_NONE, INPUT_SEARCH, INPUT_COMMAND };

struct messages {
    char *lines[MESSAGES_MAX];
    bool warnings[MESSAGES_MAX];
    int count;
};

struct list_position {
    size_t selected, top;
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
    double now;                  /* seconds; set by the caller of update */

    enum view view;        /* a tab */
    enum view overlay;     /* the popup over it, or VIEW_NONE */
    void *own[VIEW_COUNT]; /* each view's own state; its header has a function that gives it its type */
    int overlay_top;       /* first line shown of a popup of text */
    enum input_line input;
    struct line command;
    struct history history;

    struct track_book book;
    struct playlist_edits playlist;
    struct saved_serial *saved; /* numbers of saved playlists */
    size_t n_saved;

    struct name_list models;
    char model[NAME_SIZE];         /* "": the first there is */
    char model_refused[NAME_SIZE]; /* the one chosen after it that was refused; `model next` goes on from there; "":
                                      none */
    bool model_chosen;             /* by the command line: the session's is not taken */

    char message[512];
    bool message_warning;
    struct messages messages;

    struct held_events held;
    char farewell[256]; /* shown after the explorer was left; "": nothing */

    uint64_t sequence;
    uint64_t wanted[EFFECT_COUNT];   /* number of the effect whose result counts; 0: none */
    uint64_t answered[EFFECT_COUNT]; /* number of the last one whose result came */
    bool session_known;              /* read, or found missing: only then may it be written */
    bool dirty;
    int saving; /* saves not answered yet */
    double dirty_since;
    double retry_at;        /* when a save that failed is tried again; 0: none did */
    char save_failure[256]; /* of the last save; "": it succeeded */
    bool quitting;
};

enum status state_start(struct state *state, const struct app_summary *summary, int rows, int columns,
                        struct error *error);
void state_free(struct state *state);
/* Forgets the keys that wait. */
void state_drop_held(struct state *state);

/* The message line; also kept for :messages. */
void state_say(struct state *state, const char *format, ...) __attribute__((format(printf, 2, 3)));
void state_warn(struct state *state, const char *text);
/* Only kept for :messages, as the log's lines are. */
void state_note(struct state *state, bool warning, const char *text);

/* Something that the session keeps has changed. */
void state_touch(struct state *state);
int64_t state_saved_id(const struct state *state, uint64_t serial);
void state_set_saved_id(struct state *state, uint64_t serial, int64_t id);

/* The result that counts has not come yet. */
bool state_awaits(const struct state *state, enum effect_type type);

bool name_list_set(struct name_list *list, const char *const *names, size_t count);
/* The place of a name; the count when it is not there. */
size_t name_list_find(const struct name_list *list, const char *name);

#endif
