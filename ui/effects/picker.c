/* The items of a picker, the filter of long lists, and the preview of an item. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/picker.h"

/* ---- items ---- */

struct picker_output {
    struct picker_items *items;
    bool more;
    struct track_list tracks; /* of the search */
};

static void free_items(void *output)
{
    picker_items_release(((struct picker_output *)output)->items);
    track_list_free(&((struct picker_output *)output)->tracks);
}

static enum status run_items(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    const struct picker_input *input = result->effect.input;
    struct picker_output *output = result->output;
    (void)cancel;
    output->items = picker_items_create();
    if (!output->items)
        return error_no_memory(error);
    enum status status = picker_source(input->kind)
                             ->collect(world->app, input, result->effect.text, output->items, &output->more, error);
    if (status == STATUS_OK && !picker_items_put_used_first(output->items, &input->uses))
        status = error_no_memory(error);
    return status;
}

static void take_items(struct state *state, struct effect_list *effects, struct result *result)
{
    struct picker_output *output = result->output;
    if (result->error.status != STATUS_OK) {
        picker_of(state)->failed = result_warn(state, result);
        return;
    }
    picker_set_items(state, effects, output->items, !output->more);
    output->items = NULL;
}

const struct effect_ops effect_pick = {
    .name = "pick",
    .urgency = 85,
    .latest_only = true,
    .input_size = sizeof(struct picker_input),
    .output_size = sizeof(struct picker_output),
    .free_output = free_items,
    .run = run_items,
    .take = take_items,
};

/* ---- the filter ---- */

/* What the last filter left, for a pattern that narrows it. */
struct filter_memory {
    pthread_mutex_t lock;
    struct pool *pool;
    struct picker_items *items;
    struct fuzzy_pattern pattern;
    struct fuzzy_found found; /* only `ordered` */
};

static enum status open_filter(struct effect_world *world, struct error *error)
{
    struct filter_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return error_no_memory(error);
    pthread_mutex_init(&memory->lock, NULL);
    world->memory[EFFECT_PICK_FILTER] = memory;
    return STATUS_OK;
}

static void forget(struct filter_memory *memory)
{
    picker_items_release(memory->items);
    fuzzy_found_free(&memory->found);
    memory->items = NULL;
}

static void close_filter(struct effect_world *world)
{
    struct filter_memory *memory = world->memory[EFFECT_PICK_FILTER];
    forget(memory);
    pool_destroy(memory->pool);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static enum status filter(struct filter_memory *memory, const struct picker_filter *input, const atomic_bool *cancel,
                          struct fuzzy_found *found, struct error *error)
{
    bool narrows = memory->items == input->items && fuzzy_pattern_narrows(&memory->pattern, &input->pattern);
    enum status status = STATUS_OK;
    if (!memory->pool)
        status = pool_create(0, &memory->pool, error);
    if (status == STATUS_OK)
        status = fuzzy_filter(&input->items->names, &input->pattern, narrows ? &memory->found : NULL, memory->pool,
                              cancel, found, error);
    if (status != STATUS_OK)
        return status;
    forget(memory);
    memory->items = picker_items_hold(input->items);
    memory->pattern = input->pattern;
    memory->found = (struct fuzzy_found){.ordered = found->ordered, .count = found->count};
    found->ordered = NULL;
    return STATUS_OK;
}

static enum status run_filter(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    struct filter_memory *memory = world->memory[EFFECT_PICK_FILTER];
    pthread_mutex_lock(&memory->lock);
    enum status status = filter(memory, result->effect.input, cancel, result->output, error);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

static void free_filter(void *input)
{
    picker_items_release(((struct picker_filter *)input)->items);
}

static void free_found(void *output)
{
    fuzzy_found_free(output);
}

static void take_filter(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct picker_filter *input = result->effect.input;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    else if (picker_of(state)->items == input->items)
        picker_set_found(state, effects, &input->pattern, result->output);
}

const struct effect_ops effect_pick_filter = {
    .name = "pick filter",
    .urgency = 90,
    .latest_only = true,
    .input_size = sizeof(struct picker_filter),
    .output_size = sizeof(struct fuzzy_found),
    .free_input = free_filter,
    .free_output = free_found,
    .open = open_filter,
    .close = close_filter,
    .run = run_filter,
    .take = take_filter,
};

/* ---- the preview ---- */

static void free_preview(void *output)
{
    track_list_free(&((struct picker_preview *)output)->tracks);
}

static enum status preview_track(struct app *app, const struct picker_item *item, struct picker_preview *preview,
                                 struct error *error)
{
    enum status status = app_tracks(app, &item->id, 1, &preview->tracks, error);
    if (status != STATUS_OK || preview->tracks.count == 0)
        return status;
    const struct track *track = &preview->tracks.items[0];
    preview_add(preview, NULL, "%s", track->artist);
    preview_add(preview, NULL, "%s", track->album);
    return STATUS_OK;
}

static enum status run_preview(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                               struct error *error)
{
    const struct picker_item *item = result->effect.input;
    struct picker_preview *preview = result->output;
    (void)cancel;
    snprintf(preview->title, sizeof preview->title, "%s", result->effect.text);
    if (item->kind == PICK_TRACK)
        return preview_track(world->app, item, preview, error);
    return picker_source((enum picker_kind)item->kind)->preview(world->app, item, result->effect.text, preview, error);
}

static void take_preview(struct state *state, struct effect_list *effects, struct result *result)
{
    struct picker_state *picker = picker_of(state);
    (void)effects;
    if (state->overlay != VIEW_PICKER)
        return;
    track_list_free(&picker->preview.tracks);
    picker->previewed = true;
    if (result->error.status != STATUS_OK) {
        memset(&picker->preview, 0, sizeof picker->preview);
        struct preview_line *line = preview_add(&picker->preview, NULL, "%s", result->error.text);
        line->warning = line->wrapped = true;
        return;
    }
    picker->preview = *(struct picker_preview *)result->output;
    ((struct picker_preview *)result->output)->tracks = (struct track_list){0};
}

const struct effect_ops effect_pick_preview = {
    .name = "pick preview",
    .urgency = 75,
    .latest_only = true,
    .input_size = sizeof(struct picker_item),
    .output_size = sizeof(struct picker_preview),
    .free_output = free_preview,
    .run = run_preview,
    .take = take_preview,
};

/* ---- tracks, in the picker of everything ---- */

enum { TRACKS_SHOWN = 50 };

static enum status run_tracks(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                              struct error *error)
{
    struct picker_output *output = result->output;
    struct track_list *tracks = &output->tracks;
    int64_t total;
    output->items = picker_items_create();
    if (!output->items)
        return error_no_memory(error);
    enum status status = app_search(world->app, result->effect.text, TRACKS_SHOWN, tracks, &total, cancel, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        struct picker_item item = {.id = track->id, .kind = PICK_TRACK};
        if (!picker_items_add(output->items, track->title, track->artist, &item))
            status = error_no_memory(error);
    }
    return status;
}

static void take_tracks(struct state *state, struct effect_list *effects, struct result *result)
{
    struct picker_state *picker = picker_of(state);
    struct picker_output *output = result->output;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    if (state->overlay != VIEW_PICKER)
        return;
    for (size_t i = 0; i < output->tracks.count; i++)
        if (!track_book_keep(&state->book, &output->tracks.items[i]))
            return;
    picker_items_release(picker->tracks);
    picker->tracks = output->items;
    output->items = NULL;
    picker_arrange(picker);
    picker_request_preview(state, effects);
}

const struct effect_ops effect_pick_tracks = {
    .name = "pick tracks",
    .urgency = 80,
    .latest_only = true,
    .output_size = sizeof(struct picker_output),
    .free_output = free_items,
    .run = run_tracks,
    .take = take_tracks,
};
