#include "app/steer_attributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"

void steer_attributes_free(struct steer_attributes *attributes)
{
    for (size_t i = 0; i < attributes->list.n_spaces; i++)
        free(attributes->values[i]);
    free(attributes->numbers);
    free(attributes->scores);
    free(attributes->wishes);
}

static void take_numbers(int64_t *numbers, size_t stride, const struct track_list *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        numbers[i] = tracks->items[i].id;
        numbers[stride + i] = tracks->items[i].artist_id;
        numbers[2 * stride + i] = tracks->items[i].album_id;
    }
}

static enum status attributes_make(const struct recommendation *list, const struct track_list *tracks,
                                   const struct track_list *seeds, const struct steering_list *steering,
                                   const struct track_list *wished, struct steer_attributes *attributes,
                                   struct error *error)
{
    size_t count = tracks->count, n_seeds = seeds->count, n_wishes = 0;
    attributes->numbers = calloc(4 * count + 3 * n_seeds + steering->count + 1, sizeof *attributes->numbers);
    attributes->scores = calloc(count + 1, sizeof *attributes->scores);
    attributes->wishes = calloc(steering->count + 1, sizeof *attributes->wishes);
    if (!attributes->numbers || !attributes->scores || !attributes->wishes)
        return error_no_memory(error);
    int64_t *of_list = attributes->numbers, *of_seeds = of_list + 4 * count, *wish_albums = of_seeds + 3 * n_seeds;
    take_numbers(of_list, count, tracks);
    take_numbers(of_seeds, n_seeds, seeds);
    for (size_t i = 0; i < count; i++) {
        of_list[3 * count + i] = tracks->items[i].n_playlists;
        attributes->scores[i] = list[i].score;
    }
    for (size_t i = 0, next = 0; i < steering->count; i++) {
        const struct steering_entry *entry = &steering->items[i];
        if (entry->wish == STEERING_NEVER)
            continue;
        if (entry->item == STEERING_TRACK && next < wished->count)
            wish_albums[n_wishes] = wished->items[next++].album_id;
        attributes->wishes[n_wishes++] =
            (struct rerank_wish){entry->item, entry->item_id, entry->wish == STEERING_LESS};
    }
    attributes->list = (struct rerank_list){.count = count,
                                            .tracks = of_list,
                                            .artists = of_list + count,
                                            .albums = of_list + 2 * count,
                                            .playlists = of_list + 3 * count,
                                            .scores = attributes->scores,
                                            .spaces = attributes->spaces,
                                            .wishes = attributes->wishes,
                                            .n_wishes = n_wishes};
    attributes->context =
        (struct space_context){of_seeds, of_seeds + n_seeds, of_seeds + 2 * n_seeds, n_seeds, wish_albums};
    return STATUS_OK;
}

/* The tracks of wishes about tracks, in the order of the wishes. */
static enum status read_wished(struct app *app, const struct steering_list *steering, struct track_list *wished,
                               struct error *error)
{
    int64_t *ids = calloc(steering->count + 1, sizeof *ids);
    size_t count = 0;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < steering->count; i++)
        if (steering->items[i].wish != STEERING_NEVER && steering->items[i].item == STEERING_TRACK)
            ids[count++] = steering->items[i].item_id;
    enum status status = app_tracks(app, ids, count, wished, error);
    free(ids);
    return status;
}

enum status steer_attributes_read(struct app *app, const struct recommend_query *query, int64_t playlist,
                                  const struct recommendation *list, const struct track_list *tracks,
                                  struct steer_attributes *attributes, struct error *error)
{
    struct steering_list steering = {0};
    struct track_list seeds = {0}, wished = {0};
    enum status status = app_tracks(app, query->seeds, query->n_seeds, &seeds, error);
    if (status == STATUS_OK)
        status = app_steering(app, playlist, &steering, error);
    if (status == STATUS_OK)
        status = read_wished(app, &steering, &wished, error);
    if (status == STATUS_OK)
        status = attributes_make(list, tracks, &seeds, &steering, &wished, attributes, error);
    steering_list_free(&steering);
    track_list_free(&seeds);
    track_list_free(&wished);
    return status;
}

/* ---- spaces ---- */

struct song_request {
    const char *model;
    struct steer_attributes *attributes;
};

static enum status fill_songs(struct app *app, void *context, struct error *error)
{
    struct song_request *request = context;
    struct steer_attributes *attributes = request->attributes;
    struct recommender *recommender;
    struct track_vectors vectors;
    size_t at = attributes->list.n_spaces;
    enum status status = app_model_open(app, request->model, &recommender, error);
    if (status == STATUS_OK)
        status = recommender_track_vectors(recommender, &vectors, error);
    if (status != STATUS_OK)
        return status;
    const struct space_source source = space_of_vectors(&vectors);
    return space_fill(&source, RERANK_SONG, &attributes->list, &attributes->context, &attributes->spaces[at],
                      &attributes->values[at], error);
}

static enum status add_songs(struct app *app, const char *model, struct steer_attributes *attributes,
                             struct error *error)
{
    struct song_request request = {model, attributes};
    pthread_mutex_lock(&app->models_lock);
    enum status status = app_models_do(app, fill_songs, &request, error);
    pthread_mutex_unlock(&app->models_lock);
    return status;
}

static enum status add_set(struct app *app, const char *name, struct steer_attributes *attributes, struct error *error)
{
    struct catalogue *catalogue;
    struct space_source source;
    size_t at = attributes->list.n_spaces;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = spaces_set(app->spaces, catalogue, name, &source, error);
    app_return(app, catalogue);
    if (status == STATUS_OK)
        status = space_fill(&source, name, &attributes->list, &attributes->context, &attributes->spaces[at],
                            &attributes->values[at], error);
    return status;
}

static bool has_space(const struct steer_attributes *attributes, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < attributes->list.n_spaces; i++)
        found = found || strcmp(attributes->spaces[i].name, name) == 0;
    return found;
}

enum status steer_attributes_add_spaces(struct app *app, const char *model, bool lenient,
                                        struct steer_attributes *attributes, struct suggest_answer *suggested,
                                        struct error *error)
{
    struct rerank_spec *spec = &suggested->applied;
    enum status status = STATUS_OK;
    for (int t = 0; t < spec->count && status == STATUS_OK;) {
        const char *name = spec->terms[t].space;
        struct error why = {0};
        if (!name[0] || has_space(attributes, name)) {
            t++;
            continue;
        }
        status = strcmp(name, RERANK_SONG) == 0 ? add_songs(app, model, attributes, &why)
                                                : add_set(app, name, attributes, &why);
        if (status == STATUS_OK) {
            attributes->list.n_spaces++;
            t++;
        } else if (lenient && status != STATUS_INTERRUPTED) {
            snprintf(suggested->note, sizeof suggested->note, "steering without %s=%.64s: %.200s",
                     rerank_infos[spec->terms[t].kind].name, name, why.text);
            rerank_spec_set(spec, spec->terms[t].kind, name, 0);
            status = STATUS_OK;
        } else if (error) {
            *error = why;
        }
    }
    return status;
}
