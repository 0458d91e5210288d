/* Reading the tour that comes with the program. */
#include <stdlib.h>

#include "core/assets.h"
#include "core/file.h"
#include "ui/effect.h"
#include "ui/tour_show.h"

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
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    tour_free(&state->tour);
    state->tour = *read;
    *read = (struct tour){0};
    size_t from = (size_t)atol(result->effect.text);
    state->tour.open = tour_go(&state->tour, from > 0 ? from - 1 : 0, 1);
}

const struct effect_ops effect_tour = {
    .name = "tour",
    .urgency = 90,
    .output_size = sizeof(struct tour),
    .free_output = free_output,
    .run = run,
    .take = take,
};
