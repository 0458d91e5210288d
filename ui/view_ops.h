#ifndef SLEEVE_UI_VIEW_OPS_H
#define SLEEVE_UI_VIEW_OPS_H

#include "ui/command.h"
#include "ui/screen.h"
#include "ui/state.h"

struct json_value;
struct json_writer;
struct key_set;
struct layout;

/* A view is one struct of functions. view.c dispatches to them; nothing else asks which view is shown. */

struct view_ops {
    const char *name;                        /* also of the command that opens it, and in the session: "map" */
    const char *title;                       /* of its tab */
    const struct explorer_command *commands; /* its own, the one that opens it first */
    size_t n_commands;
    const struct key_set *keys;               /* its own; NULL: none */
    const struct key_set *const *shared_keys; /* NULL-terminated; NULL: those of every tab or of every popup */
    size_t state_size;                        /* of its own state, state->own[VIEW_...] */
    const char *list_of;                      /* what a message calls its list, before a model's name; may be NULL */

    /* All of these may be NULL but draw. Of a view that has no `add`, `page`, `select` or `pane` these commands do what
     * they do in Explore. */
    void (*start)(struct state *state);
    void (*free)(struct state *state);
    /* Asks for what it shows, as far as it is not there: when it is opened, and when the session was read. */
    void (*enter)(struct state *state, struct effect_list *effects);
    void (*leave)(struct state *state); /* another tab was opened */
    /* The list of models came, or another model was chosen, while it is shown. */
    void (*model_changed)(struct state *state, struct effect_list *effects);
    /* Keeps selections inside their lists and what is selected in sight; of all views, after every change. */
    void (*settle)(struct state *state, const struct layout *layout);
    void (*draw)(const struct state *state, const struct layout *layout, struct screen *screen);
    /* The model and the time behind what it shows, for the first row. False: nothing to name; then Explore's. */
    bool (*answer)(const struct state *state, const char **model, double *milliseconds);
    /* Where the covers of the next (1) or previous (-1) page will stand; returns how many, at most PAGE_TRACKS. */
    int (*page_covers)(const struct state *state, int direction, struct image_rect rects[PAGE_TRACKS]);

    enum status (*click)(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error);
    enum status (*wheel)(struct state *state, struct effect_list *effects, const struct layout *layout,
                         const struct event *event, struct error *error);
    /* The commands of these names in this view. */
    COMMAND((*add));
    COMMAND((*page));
    COMMAND((*select));
    COMMAND((*pane));
    /* This command of a key has to wait for an answer that is on its way (ui/held.h). */
    bool (*waits)(const struct state *state, const char *command);

    /* Work at a set time, of all views. update_due: seconds until then (0: now), negative: none is planned. */
    void (*tick)(struct state *state, struct effect_list *effects);
    double (*due)(const struct state *state);

    /* Its members of the session's object. */
    void (*save)(const struct state *state, struct json_writer *writer);
    void (*load)(struct state *state, const struct json_value *session);
};

#define VIEW_DECLARATION(NAME, name) extern const struct view_ops view_##name;
VIEW_TABS(VIEW_DECLARATION)
VIEW_POPUPS(VIEW_DECLARATION)

const struct view_ops *view_ops(enum view view);
#endif
