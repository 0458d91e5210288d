/* The covers nearest to one. */
#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/gallery/similar.h"

struct similar_output {
    struct album_list albums;
    float distances[SIMILAR_MAX];
    bool random_weights;
};

static void free_output(void *output)
{
    album_list_free(&((struct similar_output *)output)->albums);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    struct similar_output *output = result->output;
    struct app_set_info info = {0};
    (void)cancel;
    enum status status = app_embedding_info(world->app, result->effect.text, &info, error);
    output->random_weights = info.random_weights;
    if (status == STATUS_OK)
        status = app_neighbours(world->app, result->effect.text, result->effect.id, SIMILAR_MAX, &output->albums,
                                output->distances, error);
    return status;
}

/* The oldest place is forgotten when there are too many. */
static void remember(struct similar_state *similar)
{
    if (similar->n_back == SIMILAR_BACK_MAX)
        memmove(similar->back, similar->back + 1, --similar->n_back * sizeof similar->back[0]);
    similar->back[similar->n_back++] = similar->at;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct similar_state *similar = similar_of(state);
    struct similar_output *output = result->output;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    if (similar->way == SIMILAR_ON)
        remember(similar);
    else if (similar->way == SIMILAR_BACK && similar->n_back > 0)
        similar->n_back--;
    similar->way = SIMILAR_SET;
    similar->at = similar->wanted;
    snprintf(similar->set, sizeof similar->set, "%.*s", NAME_SIZE - 1, result->effect.text);
    snprintf(similar->failure, sizeof similar->failure, "%s",
             result->error.status != STATUS_OK ? result->error.text : "");
    album_list_free(&similar->albums);
    similar->random_weights = false;
    if (result->error.status != STATUS_OK || !output)
        return;
    similar->random_weights = output->random_weights;
    similar->albums = output->albums;
    output->albums = (struct album_list){0};
    memcpy(similar->distances, output->distances, sizeof similar->distances);
}

const struct effect_ops effect_similar = {
    .name = "similar covers",
    .urgency = 80,
    .latest_only = true,
    .output_size = sizeof(struct similar_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};
