#ifndef SLEEVE_UI_STATE_H
#define SLEEVE_UI_STATE_H

#include <stdbool.h>

#include "app/app.h"
#include "ui/candidates.h"
#include "ui/effect_list.h"
#include "ui/event.h"
#include "ui/line.h"
#include "ui/own_keys.h"
#include "ui/playlist_edit.h"
#include "ui/settings.h"
#include "ui/tour.h"
#include "ui/tracks.h"
#include "ui/view_list.h"

/* The screen is a function of the state. Commands, keys and results change it, on one thread, without waiting. State
 * that only one view needs is in the view (ui/views/). */

enum {
    PAGE_TRACKS = 10,
    PAGE_COVERS = PAGE_TRACKS + 1, /* and the selected track's at large */
    SUGGESTIONS_MAX = 500,
    MESSAGES_MAX = 200,
    NAME_SIZE = 64,
};

/* Seconds until the screen shows that a result has not arrived yet. */
#define STATE_LATE 0.12
/* Seconds after g until the last line shows the keys that may follow. */
#define STATE_GOING_SHOWN 0.3

/* Few suggestions with large covers, for an audience: so many side by side, or as many as there are columns for. */
enum { PRESENT_OFF = 0, PRESENT_AUTO = 1, PRESENT_LEAST = 3, PRESENT_MOST = 5 };

enum input_line { INPUT_NONE, INPUT_SEARCH, INPUT_COMMAND };

struct messages {
    char *lines[MESSAGES_MAX];
    bool warnings[MESSAGES_MAX];
    int count;
};

struct list_position {
    size_t selected, top;
    size_t rows; /* shown at once, as of the last layout; 0: not laid out yet */
};

/* Keys that wait for a result (ui/held.h). */
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
    struct device_state device; /* the device in use, as of the last result */
    int rows, columns;
    int cell_width, cell_height; /* pixels */
    bool no_images;              /* the terminal shows no pictures */
    bool pixel_images;           /* they have the terminal's pixels; otherwise they are made of characters */
    uint32_t page;               /* the page's colour as 0xRRGGBB, or SCREEN_NO_COLOUR */
    double now;                  /* seconds; set by the caller of update */

    enum view view;        /* the open tab */
    enum view overlay;     /* the popup over it, or VIEW_NONE */
    void *own[VIEW_COUNT]; /* each view's own state; the view's header has a function that returns it with its type */
    int present;           /* PRESENT_OFF, PRESENT_AUTO or the number of suggestions */
    int overlay_top;       /* first line shown of a popup of text */
    enum input_line input;
    bool going;        /* g, or a key that begins a person's own sequences, was pressed: the next key belongs to it */
    int32_t going_key; /* which */
    double going_since;
    bool first_start; /* there was no session, and nothing was done yet */
    struct line command;
    struct history history;
    char overwrite[LINE_SIZE];         /* the command that overwrites what was written last; "": nothing was */
    struct completion completion;      /* of the command being typed */
    struct explorer_settings settings; /* those that no other member holds: player, rater */
    struct own_keys keys;              /* the person's own */
    struct tour tour;

    struct track_book book;
    struct playlist_edits playlist;
    struct saved_serial *saved; /* numbers of saved playlists */
    size_t n_saved;
    struct saved_serial *origins; /* numbers of the catalogue's playlists of which a copy, or the seeds, were opened */
    size_t n_origins;

    struct name_list models;
    bool models_failed;            /* the list could not be read */
    uint8_t *models_seen;          /* [models.count] what ui/model_names.h knows of each */
    char model[NAME_SIZE];         /* "": the first model */
    char model_refused[NAME_SIZE]; /* the last choice, if it was refused; `model next` continues from there; "": none */
    char theme[16];                /* of the session (ui/terminal/theme.h); "": "auto" */
    char theme_forced[16];         /* by the command line: shown instead, until another is chosen; "": none */
    bool model_chosen;             /* set by the command line: the session's model is not used */

    char message[512];
    bool message_warning;
    struct messages messages;

    struct held_events held;
    char exit_message[256]; /* printed after the explorer has quit; "": nothing */

    uint64_t sequence;
    uint64_t wanted[EFFECT_COUNT];   /* number of the current request: only its result is used; 0: none */
    uint64_t answered[EFFECT_COUNT]; /* number of the last request whose result has arrived */
    bool session_known;              /* the session was read or found missing; until then it must not be written */
    bool dirty;
    int saving; /* saves that have not finished */
    double dirty_since;
    double retry_at;        /* when a failed save is tried again; 0: none failed */
    char save_failure[256]; /* why the last save failed; "": it succeeded */
    bool quitting;
};

enum status state_start(struct state *state, const struct app_summary *summary, int rows, int columns,
                        struct error *error);
void state_free(struct state *state);

/* Shows a text in the message line; also kept for :messages. */
void state_say(struct state *state, const char *format, ...) __attribute__((format(printf, 2, 3)));
void state_warn(struct state *state, const char *text);
/* Only kept for :messages, like the lines of the log. */
void state_note(struct state *state, bool warning, const char *text);

/* Something that the session stores has changed. */
void state_touch(struct state *state);
int64_t state_saved_id(const struct state *state, uint64_t serial);
void state_set_saved_id(struct state *state, uint64_t serial, int64_t id);
/* Remembers that the playlist in hand is a copy of one of the catalogue, or has its seeds. */
void state_set_origin(struct state *state, int64_t id);
/* The number of that playlist; 0: none. */
int64_t state_origin(const struct state *state);
/* The catalogue's number of the playlist in hand: as which it is saved, or that it was opened from. 0: none. */
int64_t state_playlist_number(const struct state *state);

/* Whether the result of the current request has not arrived yet. */
bool state_awaits(const struct state *state, enum effect_type type);

void held_free(struct held_events *held);

bool name_list_set(struct name_list *list, const char *const *names, size_t count);
/* The index of a name; the count when it is not in the list. */
size_t name_list_find(const struct name_list *list, const char *name);

#endif
