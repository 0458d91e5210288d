#ifndef SLEEVE_UI_EFFECT_H
#define SLEEVE_UI_EFFECT_H

#include <stdatomic.h>

#include "ui/state.h"

/* An effect is a piece of work for the explorer. Commands, keys and results append effects to a list, the runner
 * (ui/effects.h) runs them, and each comes back as a result. */

struct effect {
    enum effect_type type;
    uint64_t number; /* state->wanted[type] when it was requested */
    char *text;      /* never NULL: query, model, set, file, name, device, by type */
    int64_t id;      /* playlist or album */
    int64_t *ids;    /* [n_ids] tracks */
    size_t n_ids;
    void *input; /* other inputs: the type's own struct, effect_ops.input_size bytes; NULL when that is 0 */
};

struct effect_list {
    struct effect *items;
    size_t count, capacity;
};

void effect_free(struct effect *effect);
void effect_list_free(struct effect_list *list);
/* Appends an effect of this type with an empty input, numbers it, and makes it the current request of its type: older
 * results are ignored. NULL when memory ran out. */
struct effect *effect_request(struct effect_list *list, struct state *state, enum effect_type type, const char *text);
/* Fills an effect that is in no list. False when memory ran out. */
bool effect_init(struct effect *effect, enum effect_type type, const char *text);
/* Copies the playlist's track numbers into the effect; false when memory ran out. */
bool effect_set_tracks(struct effect *effect, const struct playlist_version *playlist);

struct result {
    struct effect effect;
    struct error error; /* STATUS_OK: it succeeded */
    struct device_state device;
    void *output; /* the type's own struct, effect_ops.output_size bytes */
};
void result_free(struct result *result);
/* Shows why it failed. False when it was interrupted: then nothing is shown. */
bool result_warn(struct state *state, const struct result *result);

/* What effects run on. */
struct effect_world {
    struct app *app;
    void *memory[EFFECT_COUNT]; /* what a type keeps between effects: created and freed by `open` and `close` */
};

/* The screen, for effects on the drawing thread. Without a terminal only `write` and `shot` are set. */
struct display {
    void *context;
    void (*redraw)(void *context);
    void (*suspend)(void *context);
    void (*copy)(void *context, const char *text); /* to the clipboard */
    enum status (*set_images)(void *context, const char *mode, struct error *error);
    enum status (*set_theme)(void *context, const char *name, struct error *error);
    enum status (*write)(void *context, const char *path, bool images_only, struct error *error);
    enum status (*shot)(void *context, const char *path, bool overwrite, struct error *error);
};

struct effects;

/* An effect type has `run` and `take`, or `show`; every other member may be 0. */
struct effect_ops {
    const char *name;
    int urgency;      /* priority of the worker's job; higher runs earlier */
    bool at_start;    /* requested when the explorer starts */
    bool latest_only; /* a later effect of this type cancels it */
    bool in_order;    /* runs after all earlier in_order effects: these read and write playlists */
    bool each_counts; /* its result is taken even when a later one of its type was requested */
    bool must_run;    /* if it is cancelled or fails while the explorer stops, it stays in the queue and runs on exit */
    size_t input_size, output_size;
    void (*free_input)(void *input); /* frees what the struct owns, not the struct */
    void (*free_output)(void *output);

    /* Called when the world is created and destroyed. */
    enum status (*open)(struct effect_world *world, struct error *error);
    void (*close)(struct effect_world *world);

    /* On the drawing thread, just before an in_order effect runs. */
    void (*prepare)(struct effect_world *world, struct effect *effect);
    /* On a worker. `cancel` becomes true when the result is no longer needed. */
    enum status (*run)(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error);
    /* On the drawing thread, after `run`, even when the result is out of date. */
    void (*record)(struct effects *effects, struct result *result);
    /* Runs on the drawing thread: moves the result, or the failure in result->error, into the state. Members that it
     * moves out of the output are set to 0 there, so that `free` skips them. */
    void (*take)(struct state *state, struct effect_list *effects, struct result *result);

    /* Instead of all these: runs on the drawing thread, at once. */
    enum status (*show)(const struct display *display, const struct effect *effect, struct error *error);
};

#define EFFECT_DECLARATION(NAME, name) extern const struct effect_ops effect_##name;
EFFECT_LIST(EFFECT_DECLARATION)

const struct effect_ops *effect_ops(enum effect_type type);

#endif
