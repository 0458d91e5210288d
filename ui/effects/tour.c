/* Reading the tour that comes with the program, and deleting what a tour has saved. */
#include <stdlib.h>
#include <string.h>

#include "core/assets.h"
#include "core/file.h"
#include "ui/effect.h"
#include "ui/effects/save_internal.h"
#include "ui/tour_end.h"
#include "ui/tour_show.h"
#include "ui/views/ratings/ratings.h"

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct buffer path = {0}, text = {0};
    (void)world, (void)cancel;
    enum status status = asset_find("tour.txt", &path, error);
    if (status == STATUS_OK)
        status = file_read(path.data, TOUR_FILE_MAX, &text, error);
    if (status == STATUS_OK)
        status = tour_read(text.data ? text.data : "", "tour.txt", result->output, error);
    buffer_free(&text);
    buffer_free(&path);
    return status;
}

static void free_output(void *output)
{
    tour_free(output);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct tour *read = result->output;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    tour_end(state, effects);
    tour_free(&state->tour);
    state->tour = *read;
    *read = (struct tour){0};
    size_t from = (size_t)atol(result->effect.text);
    if (tour_go(&state->tour, from > 0 ? from - 1 : 0, 1))
        tour_open(state, effects);
}

const struct effect_ops effect_tour = {
    .name = "tour",
    .urgency = 90,
    .output_size = sizeof(struct tour),
    .free_output = free_output,
    .run = run,
    .take = take,
};

/* ---- the end ---- */

static void free_end(void *input)
{
    free(((struct tour_end_input *)input)->serials);
}

/* Adds the numbers that playlists of this run have got by now. */
static void prepare_end(struct effect_world *world, struct effect *effect)
{
    const struct tour_end_input *input = effect->input;
    int64_t *ids = realloc(effect->ids, (effect->n_ids + input->n + 1) * sizeof *ids);
    if (!ids)
        return;
    effect->ids = ids;
    for (size_t i = 0; i < input->n; i++) {
        const int64_t id = save_known_id(world->memory[EFFECT_SAVE], input->serials[i]);
        if (id > 0)
            ids[effect->n_ids++] = id;
    }
}

/* One that got another name since, here or elsewhere, stays. */
static enum status delete_one(struct app *app, int64_t id, struct error *error)
{
    struct own_playlist found = {0};
    enum status status = app_own_playlist(app, id, &found, error);
    if (status == STATUS_OK && found.id != 0 && found.name && strcmp(found.name, PLAYLIST_NAMELESS) == 0)
        status = app_playlist_delete(app, id, error);
    own_playlist_free(&found);
    return status;
}

static enum status run_end(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                           struct error *error)
{
    const struct effect *effect = &result->effect;
    enum status status = STATUS_OK;
    (void)cancel;
    for (size_t i = 0; i < effect->n_ids && status == STATUS_OK; i++)
        status = delete_one(world->app, effect->ids[i], error);
    return status;
}

static void take_end(struct state *state, struct effect_list *effects, struct result *result)
{
    const struct tour_end_input *input = result->effect.input;
    struct ratings_state *ratings = ratings_of(state);
    (void)effects;
    if (input->forgets && ratings->n_steps > input->n_steps)
        ratings->n_steps = input->n_steps;
    if (ratings->done > ratings->n_steps)
        ratings->done = ratings->n_steps;
    ratings->requested = -1;
    if (result->error.status != STATUS_OK)
        result_warn(state, result);
    else
        state_touch(state);
}

const struct effect_ops effect_tour_end = {
    .name = "end of the tour",
    .urgency = 60,
    .in_order = true,
    .each_counts = true,
    .must_run = true,
    .input_size = sizeof(struct tour_end_input),
    .free_input = free_end,
    .prepare = prepare_end,
    .run = run_end,
    .take = take_end,
};
