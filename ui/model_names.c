#include "ui/model_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A model's byte in state->models_seen: its enum seen_answers, and whether it was evaluated. */
enum { EVALUATED = 0x80 };

bool model_names_set(struct state *state, const struct model_list *models)
{
    const char **names = calloc(models->count + 1, sizeof *names);
    uint8_t *seen = calloc(models->count + 1, sizeof *seen);
    bool set = names && seen;
    for (size_t i = 0; set && i < models->count; i++) {
        names[i] = models->items[i].name;
        seen[i] = (uint8_t)(seen_answers_read(&models->items[i]) | (models->items[i].results[0] ? EVALUATED : 0));
    }
    set = set && name_list_set(&state->models, names, models->count);
    if (set) {
        free(state->models_seen);
        state->models_seen = seen;
        seen = NULL;
    }
    free(seen);
    free(names);
    return set;
}

enum seen_answers model_seen(const struct state *state, const char *name)
{
    size_t at = name_list_find(&state->models, name);
    return at < state->models.count && state->models_seen ? (enum seen_answers)(state->models_seen[at] & ~EVALUATED)
                                                          : SEEN_NO;
}

void model_label(const struct state *state, const char *name, char text[MODEL_LABEL_SIZE])
{
    enum seen_answers seen = model_seen(state, name);
    bool marked = seen != SEEN_NO;
    snprintf(text, MODEL_LABEL_SIZE, "%.63s%s%s%s", name, marked ? " (" : "", seen_answers_text(seen),
             marked ? ")" : "");
}

void model_mark(const struct state *state, const char *name, char text[MODEL_LABEL_SIZE])
{
    snprintf(text, MODEL_LABEL_SIZE, "%.63s%s", name, model_seen(state, name) != SEEN_NO ? "!" : "");
}

const char *model_rival_after(const struct state *state, const char *model, const char *tried)
{
    const struct name_list *models = &state->models;
    bool passed = name_list_find(models, tried) == models->count;
    for (int seen = 0; seen < 2; seen++)
        for (size_t i = 0; i < models->count; i++) {
            const char *name = models->names[i];
            if ((model_seen(state, name) != SEEN_NO) != seen)
                continue;
            if (passed && strcmp(name, model) != 0 && state->models_seen && state->models_seen[i] & EVALUATED)
                return name;
            passed = passed || strcmp(name, tried) == 0;
        }
    return "";
}
