#include "ui/effect.h"

#include <stdlib.h>
#include <string.h>

#define EFFECT_ROW(NAME, name) [EFFECT_##NAME] = &effect_##name,
static const struct effect_ops *const table[EFFECT_COUNT] = {EFFECT_LIST(EFFECT_ROW)};

const struct effect_ops *effect_ops(enum effect_type type)
{
    return table[type];
}

void effect_free(struct effect *effect)
{
    const struct effect_ops *ops = effect_ops(effect->type);
    if (effect->input && ops->free_input)
        ops->free_input(effect->input);
    free(effect->input);
    free(effect->text);
    free(effect->ids);
    memset(effect, 0, sizeof *effect);
}

void effect_list_free(struct effect_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        effect_free(&list->items[i]);
    free(list->items);
    memset(list, 0, sizeof *list);
}

bool effect_init(struct effect *effect, enum effect_type type, const char *text)
{
    size_t size = effect_ops(type)->input_size;
    *effect = (struct effect){.type = type, .text = strdup(text ? text : "")};
    effect->input = size > 0 ? calloc(1, size) : NULL;
    if (effect->text && (effect->input || size == 0))
        return true;
    effect_free(effect);
    return false;
}

struct effect *effect_request(struct effect_list *list, struct state *state, enum effect_type type, const char *text)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? list->capacity * 2 : 8;
        struct effect *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    struct effect *effect = &list->items[list->count];
    if (!effect_init(effect, type, text))
        return NULL;
    effect->number = ++state->sequence;
    state->wanted[type] = effect->number;
    list->count++;
    return effect;
}

bool effect_set_tracks(struct effect *effect, const struct playlist_version *playlist)
{
    effect->ids = calloc(playlist->count + 1, sizeof *effect->ids);
    if (!effect->ids)
        return false;
    for (size_t i = 0; i < playlist->count; i++)
        effect->ids[i] = playlist->items[i]->id;
    effect->n_ids = playlist->count;
    return true;
}

void result_free(struct result *result)
{
    const struct effect_ops *ops = effect_ops(result->effect.type);
    if (result->output && ops->free_output)
        ops->free_output(result->output);
    free(result->output);
    effect_free(&result->effect);
    memset(result, 0, sizeof *result);
}

bool result_warn(struct state *state, const struct result *result)
{
    if (result->error.status == STATUS_INTERRUPTED)
        return false;
    state_warn(state, result->error.text);
    return true;
}
