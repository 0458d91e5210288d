#ifndef SLEEVE_UI_EFFECTS_H
#define SLEEVE_UI_EFFECTS_H

#include "core/workers.h"
#include "ui/state.h"

/* What update asks for. Owns its texts and numbers. */
struct effect {
    enum effect_type type;
    uint64_t number; /* state->wanted[type] when it was asked */
    char *text;      /* query, model, set, file, name, device, by type */
    char *more;      /* session JSON; the other model */
    int64_t id;      /* playlist or album */
    uint64_t serial; /* of the playlist to save */
    int64_t *ids;
    size_t n_ids;
    bool flag;                /* save: the playlist too, not only the session; open: it is the person's own */
    struct own_playlist base; /* save: the playlist as it was last read or written; set when the save begins */
    struct failure_filter filter;
};

struct effect_list {
    struct effect *items;
    size_t count, capacity;
};

void effect_free(struct effect *effect);
void effect_list_free(struct effect_list *list);
/* Appends an effect of this type, numbers it, and makes its result the wanted one. NULL when memory ran out. */
struct effect *effect_ask(struct effect_list *list, struct state *state, enum effect_type type, const char *text);
/* Copies the playlist's track numbers into the effect; false when memory ran out. */
bool effect_set_tracks(struct effect *effect, const struct playlist_version *playlist);

/* What came of an effect. Update takes what it wants out of it; the rest is freed by result_free. */
struct result {
    struct effect effect;
    struct error error; /* status STATUS_OK: it was done */
    struct device_state device;
    struct track_list tracks;
    int64_t total, id;
    struct recommendation *recommendations;
    struct app_answer answer;
    char *json;
    struct model_list models;
    char **names;
    struct playlist_list own, others;
    struct own_playlist written; /* save: what was written; opened and of the session: what was read; id 0: nothing */
    struct own_playlist before;  /* what became `written` because of changes elsewhere; name NULL: there were none */
    enum playlist_fate fate;     /* save */
    char *note;                  /* session: something to tell; NULL: nothing */
    struct album_list albums;
    int *labels;
    char *label_names[MAP_LABELS];
    int n_labels;
    float *values; /* points or distances */
    int iteration, iterations;
    bool done;
    double kl;
    struct failure_list failures;
    struct failure_case failure;
};
void result_free(struct result *result);

/* Runs effects as jobs and hands results to `take` (on the thread that calls workers_collect), which owns nothing: the
 * result is freed after it. */
struct effects;

enum status effects_create(struct app *app, struct workers *workers, void (*take)(struct result *result, void *context),
                           void *context, struct effects **effects, struct error *error);
/* After workers_destroy. */
void effects_destroy(struct effects *effects);
/* Takes the effect over. A job of the same kind that was not saved work is told to stop. */
void effects_post(struct effects *effects, struct effect *effect);
/* Does result->effect and fills the rest of the result: what a job does on its worker. */
void effects_run(struct effects *effects, struct result *result, const atomic_bool *cancel);
/* Jobs whose result has not been taken yet. */
int effects_pending(const struct effects *effects);
/* Writes playlist and session now, on this thread: for the way out. Takes the effect over. What cannot be written is
 * kept in a file (app_rescue), which the sentence of the error names. */
enum status effects_save_now(struct effects *effects, struct effect *effect, struct error *error);
/* Stops giving results; called before workers_destroy. */
void effects_stop(struct effects *effects);

#endif
