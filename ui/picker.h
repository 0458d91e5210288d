#ifndef SLEEVE_UI_PICKER_H
#define SLEEVE_UI_PICKER_H

#include "ui/effect.h"
#include "ui/fuzzy.h"
#include "ui/state.h"

/* Choosing one of many: playlists, models, commands, ... A popup with a filter, the items and a preview of the selected
 * one. Each source of items is a row (ui/pickers/). Items are read by an effect, and lists of any length are filtered
 * on a worker. */

#define PICKER_SOURCES(X)                                                                                              \
    X(ALL, all)                                                                                                        \
    X(PLAYLISTS, playlists)                                                                                            \
    X(MODELS, models)                                                                                                  \
    X(SETS, sets)                                                                                                      \
    X(RECIPES, recipes)                                                                                                \
    X(TESTS, tests)                                                                                                    \
    X(EXPORTS, exports)                                                                                                \
    X(COMMANDS, commands)                                                                                              \
    X(DEVICES, devices)                                                                                                \
    X(IMAGES, images)                                                                                                  \
    X(THEMES, themes)                                                                                                  \
    X(COMPARE_A, compare_a)                                                                                            \
    X(COMPARE_B, compare_b)                                                                                            \
    X(COMPARED, compared)                                                                                              \
    X(BROWSE, browse)                                                                                                  \
    X(ARTISTS, artists)                                                                                                \
    X(ALBUMS, albums)                                                                                                  \
    X(GENRES, genres)                                                                                                  \
    X(YEARS, years)                                                                                                    \
    X(REASONS, reasons)

#define PICKER_ENUMERATOR(NAME, name) PICK_##NAME,
enum picker_kind { PICKER_SOURCES(PICKER_ENUMERATOR) PICKER_KINDS, PICK_TRACK = PICKER_KINDS };

struct picker_item {
    int64_t id;       /* of a playlist or track */
    uint32_t tracks;  /* of a playlist */
    uint32_t seconds; /* of its tracks */
    uint32_t note;    /* where its note starts in picker_items.notes; 0: it has none */
    uint8_t kind;     /* enum picker_kind */
    bool own;
};

/* The items of a picker: complete before it is shared, then never changed. Effects and the state share it. */
struct picker_items {
    atomic_int holders;
    struct fuzzy_list names;
    struct picker_item *items; /* [names.count] */
    size_t capacity;
    struct buffer notes; /* NUL-terminated texts */
};
struct picker_items *picker_items_create(void);
struct picker_items *picker_items_hold(struct picker_items *items);
void picker_items_release(struct picker_items *items);
/* `note` may be NULL. False when memory ran out. */
bool picker_items_add(struct picker_items *items, const char *name, const char *note, const struct picker_item *item);
const char *picker_items_note(const struct picker_items *items, size_t at);
/* Sorts by name, regardless of case and accents. */
bool picker_items_sort(struct picker_items *items);

enum { PREVIEW_LINES_MAX = 48, PREVIEW_TEXT_SIZE = 256 };

struct picker_preview {
    char title[PREVIEW_TEXT_SIZE];
    struct preview_line {
        char left[PREVIEW_TEXT_SIZE], right[32];
        bool heading, warning, wrapped; /* wrapped: over as many rows as it needs */
    } lines[PREVIEW_LINES_MAX];
    int n_lines;
    struct track_list tracks; /* shown as covers and rows */
};
/* Appends a line, with printf formatting; NULL when there are too many. */
struct preview_line *preview_add(struct picker_preview *preview, const char *right, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How often and how recently something was chosen: a choice is worth 1, and each later choice in the same source takes
 * a tenth of it away. */
enum { PICKER_USES_MAX = 100 };
struct picker_use {
    enum picker_kind kind;
    char name[128];
    double value;
};
struct picker_uses {
    struct picker_use items[PICKER_USES_MAX];
    size_t count;
};
void picker_uses_add(struct picker_uses *uses, enum picker_kind kind, const char *name);
/* Moves the items that were used to the front, the most used first. */
bool picker_items_put_used_first(struct picker_items *items, const struct picker_uses *uses);

/* What reading the items of a source depends on. */
struct picker_input {
    enum picker_kind kind;
    bool first_part; /* reads only enough to show something at once */
    struct picker_uses uses;
};
enum { PICKER_FIRST_PART = 2000 };

struct picker_source {
    const char *name;                                /* as in "pick playlists" */
    const char *title;                               /* of the popup */
    const char *what;                                /* one item, in lists of several kinds: "playlist" */
    const char *empty;                               /* says what to do when there is nothing; a sentence */
    const char *command;                             /* that Enter runs with the item's name; NULL: `accept` */
    const char *(*model)(const struct state *state); /* whose items they are; NULL: the model in use */
    /* On a worker: adds the items in their order. `model`: see above. *more: there are more than were added,
     * because of first_part. */
    enum status (*collect)(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error);
    /* On a worker. */
    enum status (*preview)(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error);
    enum status (*accept)(struct state *state, struct effect_list *effects, const struct picker_item *item,
                          const char *name, struct error *error);
    /* Enter where nothing matches what is typed, and Alt-Enter: takes the text itself. NULL: it means nothing. */
    enum status (*create)(struct state *state, struct effect_list *effects, const char *text, struct error *error);
    const char *new_hint; /* more about that, a sentence; NULL without `create` */
    void (*write_title)(const struct state *state, char title[160]); /* instead of `title`; or NULL */
};
#define PICKER_DECLARATION(NAME, name) extern const struct picker_source picker_##name;
PICKER_SOURCES(PICKER_DECLARATION)
const struct picker_source *picker_source(enum picker_kind kind);
/* The source of this name; PICKER_KINDS when there is none. */
enum picker_kind picker_kind_named(const char *name);

struct picker_state {
    enum picker_kind kind;
    struct line query;
    struct picker_items *items; /* NULL: none have arrived */
    bool complete, failed;
    struct fuzzy_pattern pattern; /* of `found`, and of its tracks */
    struct fuzzy_found found;     /* only with a pattern that is not empty */
    struct picker_items *tracks;  /* found by the search, in the picker of everything; may be NULL */
    size_t before_tracks;         /* how many items are shown before them */
    struct list_position at;
    struct picker_preview preview;
    bool previewed;                       /* `preview` belongs to some item */
    enum picker_kind preview_kind;        /* of the item that was requested last */
    char preview_name[PREVIEW_TEXT_SIZE]; /* "": none */
    int64_t preview_id;
    struct picker_uses uses;
};
static inline struct picker_state *picker_of(const struct state *state)
{
    return state->own[VIEW_PICKER];
}

/* Opens the popup and requests the items. */
void picker_open(struct state *state, struct effect_list *effects, enum picker_kind kind);
void picker_close(struct state *state);
/* The number of rows after the filter, and what is in a row; NULL when there is none. */
size_t picker_count(const struct picker_state *picker);
const struct picker_item *picker_row(const struct picker_state *picker, size_t row, const char **name);
/* The note at the right of a row, made from its numbers if it has none; a shorter one where there are few columns. */
void picker_row_note(const struct picker_state *picker, size_t row, bool few_columns, char text[64]);
/* Called after every change: where the tracks stand. */
void picker_arrange(struct picker_state *picker);
/* The filter has changed. */
void picker_typed(struct state *state, struct effect_list *effects);
/* Requests the preview of the selected row, if it is not shown. */
void picker_request_preview(struct state *state, struct effect_list *effects);
enum status picker_accept(struct state *state, struct effect_list *effects, struct error *error);
/* Takes what is typed as a new item, where the source can. */
enum status picker_accept_new(struct state *state, struct effect_list *effects, struct error *error);

/* ---- for the effects (ui/effects/picker.c) ---- */

struct picker_filter {
    struct picker_items *items;
    struct fuzzy_pattern pattern;
};
/* Both take ownership; the pattern of `found` was applied to the present items. */
void picker_set_items(struct state *state, struct effect_list *effects, struct picker_items *items, bool complete);
void picker_set_found(struct state *state, struct effect_list *effects, const struct fuzzy_pattern *pattern,
                      struct fuzzy_found *found);

#endif
