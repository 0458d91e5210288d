/* Reading the versions of a playlist and their tracks. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/effect.h"
#include "ui/effects/save_internal.h"
#include "ui/views/history/history.h"

struct history_output {
    struct playlist_history history;
    struct track_list tracks; /* of all versions, each once */
};

static void free_output(void *output)
{
    playlist_history_free(&((struct history_output *)output)->history);
    track_list_free(&((struct history_output *)output)->tracks);
}

/* A playlist that was saved a moment ago has a number by now. */
static void prepare(struct effect_world *world, struct effect *effect)
{
    const struct history_input *input = effect->input;
    if (effect->id == 0)
        effect->id = save_known_id(world->memory[EFFECT_SAVE], input->serial);
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum status read_tracks(struct app *app, struct history_output *output, struct error *error)
{
    const struct playlist_history *history = &output->history;
    size_t count = 0, distinct = 0;
    for (size_t i = 0; i < history->count; i++)
        count += history->items[i].tracks.count;
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    count = 0;
    for (size_t i = 0; i < history->count; i++)
        for (size_t k = 0; k < history->items[i].tracks.count; k++)
            ids[count++] = history->items[i].tracks.ids[k];
    qsort(ids, count, sizeof *ids, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            ids[distinct++] = ids[i];
    enum status status = app_tracks(app, ids, distinct, &output->tracks, error);
    free(ids);
    return status;
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct history_output *output = result->output;
    (void)cancel;
    if (result->effect.id == 0)
        return error_set(error, STATUS_FAILED, "the playlist could not be saved, so it has no versions yet");
    enum status status = app_playlist_history(world->app, result->effect.id, &output->history, error);
    return status == STATUS_OK ? read_tracks(world->app, output, error) : status;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct history_state *mine = history_of(state);
    struct history_output *output = result->output;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    mine->read = true;
    snprintf(mine->failure, sizeof mine->failure, "%.511s",
             result->error.status != STATUS_OK ? result->error.text : "");
    playlist_history_free(&mine->history);
    if (result->error.status != STATUS_OK)
        return;
    for (size_t i = 0; i < output->tracks.count; i++)
        if (!track_book_keep(&state->book, &output->tracks.items[i])) {
            snprintf(mine->failure, sizeof mine->failure, "memory ran out: the history is not shown");
            return;
        }
    mine->history = output->history;
    mine->serial = ((const struct history_input *)result->effect.input)->serial;
    output->history = (struct playlist_history){0};
}

const struct effect_ops effect_history = {
    .name = "history",
    .urgency = 70,
    .latest_only = true,
    .in_order = true,
    .input_size = sizeof(struct history_input),
    .output_size = sizeof(struct history_output),
    .free_output = free_output,
    .prepare = prepare,
    .run = run,
    .take = take,
};
