#ifndef SLEEVE_UI_VIEW_OPS_H
#define SLEEVE_UI_VIEW_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/command.h"
#include "ui/key_set.h"
#include "ui/view_list.h"

struct album;
struct event;
struct image_rect;
struct json_value;
struct json_writer;
struct key_set;
struct layout;
struct line;
struct screen;
struct track;

/* A suggestion with what it was suggested for. All but the seeds are borrowed. */
struct view_suggestion {
    const struct track *track;
    const char *model, *title; /* title: "" for none */
    int32_t rank;              /* in the model's list, from 1; 0: it is not in it */
    int64_t *seeds;            /* [n_seeds] malloc'ed */
    size_t n_seeds;
};

/* A view is one struct of functions. ui/view.c dispatches to them; no other file tests which view is shown. This header
 * includes nothing that views or their dispatcher implement, so that all of them can include it. */

struct view_ops {
    const char *name;                        /* also the command that opens it, and its name in the session: "map" */
    const char *title;                       /* in the tab bar */
    const struct explorer_command *commands; /* its own commands; the first opens it */
    size_t n_commands;
    const struct key_set *keys;               /* its own key set; NULL: none */
    const struct key_set *const *shared_keys; /* NULL-terminated; NULL: the sets of every tab, or of every popup */
    size_t state_size;                        /* size of its own state, state->own[VIEW_...] */
    const char *list_of;                      /* the name of its list in messages, before a model's name; may be NULL */

    /* Every function but `draw` may be NULL. Where a view has no `add`, `page`, `select` or `pane`, these commands do
     * what they do in Explore. */
    void (*start)(struct state *state);
    void (*free)(struct state *state);
    /* Requests the data that it shows and does not have yet: when it is opened, and when the session was read. */
    void (*enter)(struct state *state, struct effect_list *effects);
    void (*leave)(struct state *state); /* another tab was opened */
    /* While it is shown: the list of models has arrived, or another model was chosen. */
    void (*model_changed)(struct state *state, struct effect_list *effects);
    /* Keeps selections inside their lists and selected rows visible; called for all views after every change. */
    void (*settle)(struct state *state, const struct layout *layout);
    void (*draw)(const struct state *state, const struct layout *layout, struct screen *screen);
    /* The model and time for the first row of the screen. False: it has none; then Explore's are shown. */
    bool (*answer)(const struct state *state, const char **model, double *milliseconds);
    /* The positions of the covers of the next (1) or previous (-1) page; returns how many, at most PAGE_COVERS. */
    int (*page_covers)(const struct state *state, int direction, struct image_rect *rects);

    enum status (*click)(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error);
    enum status (*wheel)(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error);
    enum status (*drag)(struct state *state, struct effect_list *effects, const struct layout *layout,
                        const struct event *event, struct error *error);
    /* The commands of these names in this view. */
    COMMAND((*add));
    COMMAND((*page));
    COMMAND((*select));
    COMMAND((*pane));
    /* The album of what is selected, its texts borrowed; false: there is none. */
    bool (*album)(const struct state *state, struct album *album);
    /* The selected suggestion; false: none is selected. The caller frees its seeds, which are NULL if memory ran out.
     */
    bool (*suggestion)(const struct state *state, struct view_suggestion *suggestion);
    /* The catalogue's playlist that the suggestions are for; 0, or NULL: the playlist in hand. */
    int64_t (*suggested_for)(const struct state *state);
    /* Whether the hint of a key is true now, such as in the active pane; NULL: all are. */
    bool (*hinted)(const struct state *state, const struct binding *binding);
    /* Escape when nothing is being typed: ends one thing that narrows or covers what is shown, such as a filter. False:
     * there is none. */
    bool (*back)(struct state *state, struct effect_list *effects);
    /* Whether this command of a key must wait for a pending result (ui/held.h). */
    bool (*waits)(const struct state *state, const char *command);

    /* The line that is typed in this view; NULL: none now. `typed`: it has changed. `accept` and `cancel`: Enter and
     * Escape while it is typed. */
    struct line *(*line)(const struct state *state);
    void (*typed)(struct state *state, struct effect_list *effects);
    enum status (*accept)(struct state *state, struct effect_list *effects, struct error *error);
    void (*cancel)(struct state *state, struct effect_list *effects);

    /* Work at a scheduled time, called for all views. update_due: seconds until then (0: now); negative: nothing is
     * scheduled. */
    void (*tick)(struct state *state, struct effect_list *effects);
    double (*due)(const struct state *state);

    /* Its members of the session's object. */
    void (*save)(const struct state *state, struct json_writer *writer);
    void (*load)(struct state *state, const struct json_value *session);
};

#define VIEW_DECLARATION(NAME, name) extern const struct view_ops view_##name;
VIEW_TABS(VIEW_DECLARATION)
VIEW_POPUPS(VIEW_DECLARATION)

/* view_table.c */
const struct view_ops *view_ops(enum view view);
/* The tab of this name; VIEW_NONE when there is none. */
enum view view_find(const char *name);

#endif
