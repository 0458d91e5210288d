/* The table of all ratings. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/effect.h"
#include "ui/views/ratings/ratings.h"

/* Tracks are only read for so many ratings. */
enum { TRACKS_MAX = 5000 };

struct ratings_output {
    struct rating_table table;
    struct track_list tracks;
};

static void free_output(void *output)
{
    rating_table_free(&((struct ratings_output *)output)->table);
    track_list_free(&((struct ratings_output *)output)->tracks);
}

static enum status read_tracks(struct app *app, struct ratings_output *output, struct error *error)
{
    const struct rating_list *ratings = &output->table.ratings;
    int64_t *ids = calloc(ratings->count + 1, sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < ratings->count; i++)
        ids[i] = ratings->items[i].track_id;
    enum status status = app_tracks(app, ids, ratings->count, &output->tracks, error);
    free(ids);
    return status;
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct rating_filter all = {0};
    (void)cancel;
    struct ratings_output *output = result->output;
    enum status status = app_ratings_table(world->app, &all, &output->table, error);
    const size_t count = output->table.ratings.count;
    return status == STATUS_OK && count > 0 && count <= TRACKS_MAX ? read_tracks(world->app, output, error) : status;
}

/* The row of the playlist in hand and the model in use is selected at first. */
static size_t row_in_hand(const struct state *state, const struct rating_table *table)
{
    const int64_t playlist = state_playlist_number(state);
    for (size_t i = 0; playlist > 0 && i < table->n_rows; i++)
        if (table->rows[i].playlist_id == playlist)
            return i;
    return 0;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct ratings_state *mine = ratings_of(state);
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    snprintf(mine->failure, sizeof mine->failure, "%.511s",
             result->error.status != STATUS_OK ? result->error.text : "");
    if (result->error.status != STATUS_OK)
        return;
    const bool first = !mine->read;
    rating_table_free(&mine->table);
    track_list_free(&mine->tracks);
    mine->table = ((struct ratings_output *)result->output)->table;
    mine->tracks = ((struct ratings_output *)result->output)->tracks;
    *(struct ratings_output *)result->output = (struct ratings_output){0};
    mine->read = true;
    if (first)
        mine->at.selected = row_in_hand(state, &mine->table);
}

const struct effect_ops effect_ratings = {
    .name = "ratings",
    .urgency = 70,
    .latest_only = true,
    .output_size = sizeof(struct ratings_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};
