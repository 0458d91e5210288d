/* Effects of the map: embedding sets, the map and its steps, an album's neighbours and tracks, files. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/map_file.h"
#include "app/overwrite.h"
#include "app/resumable_tsne.h"
#include "core/clock.h"
#include "core/paths.h"
#include "ui/actions.h"
#include "ui/effect.h"
#include "ui/view.h"
#include "ui/views/map/map.h"

/* A step of the map: this many iterations, or fewer when they take longer than this. */
enum { STEP_ITERATIONS = 12, STEP_AT_ONCE = 3 };
static const double step_seconds = 0.05;

/* ---- the embedding sets ---- */

struct sets_output {
    char **names; /* NULL-terminated */
};

static void free_sets(void *output)
{
    struct sets_output *mine = output;
    if (mine->names)
        app_names_free(mine->names);
}

static enum status run_sets(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    struct sets_output *output = result->output;
    (void)cancel;
    return app_embedding_sets(world->app, &output->names, error);
}

static void take_sets(struct state *state, struct effect_list *effects, struct result *result)
{
    struct map_state *map = map_of(state);
    const struct sets_output *output = result->output;
    size_t count = 0;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    while (output->names && output->names[count])
        count++;
    name_list_set(&map->sets, (const char *const *)output->names, count);
    if (count == 0)
        snprintf(map->failure, sizeof map->failure,
                 "There is no embedding of the covers yet: \"sleeve embed gist\" makes one.");
    else if (view_is_shown(state, VIEW_MAP))
        map_open(state, effects);
}

const struct effect_ops effect_sets = {
    .name = "sets",
    .urgency = 80,
    .at_start = true,
    .output_size = sizeof(struct sets_output),
    .free_output = free_sets,
    .run = run_sets,
    .take = take_sets,
};

/* ---- the map, which stays open between effects ---- */

struct map_work {
    pthread_mutex_t lock;
    struct app_map *map;
    struct app_map_points measured[MAP_PANELS_MAX]; /* without points */
    double measured_at, cost;                       /* when that was, and how many seconds it took */
};

struct map_output {
    struct album_list albums;
    int *labels;
    char *label_names[MAP_LABELS];
    int n_labels;
    struct output_panel {
        char set[NAME_SIZE];
        bool random_weights;
        float *points;
        double kl;
        struct map_measures map, space;
    } panels[MAP_PANELS_MAX];
    int n_panels;
    int iteration, iterations;
    bool done;
};

static void free_map(void *output)
{
    struct map_output *mine = output;
    album_list_free(&mine->albums);
    free(mine->labels);
    for (int i = 0; i < MAP_LABELS; i++)
        free(mine->label_names[i]);
    for (int p = 0; p < MAP_PANELS_MAX; p++)
        free(mine->panels[p].points);
}

static enum status open_work(struct effect_world *world, struct error *error)
{
    struct map_work *work = calloc(1, sizeof *work);
    if (!work)
        return error_no_memory(error);
    pthread_mutex_init(&work->lock, NULL);
    world->memory[EFFECT_MAP_OPEN] = work;
    return STATUS_OK;
}

static void close_work(struct effect_world *world)
{
    struct map_work *work = world->memory[EFFECT_MAP_OPEN];
    app_map_close(work->map);
    pthread_mutex_destroy(&work->lock);
    free(work);
}

static enum status copy_labels(const struct app_map *map, struct map_output *output, struct error *error)
{
    output->labels = calloc(map->albums.count + 1, sizeof *output->labels);
    if (!output->labels)
        return error_no_memory(error);
    if (map->albums.count > 0)
        memcpy(output->labels, map->labels, map->albums.count * sizeof *output->labels);
    output->n_labels = map->n_labels < MAP_LABELS ? map->n_labels : MAP_LABELS;
    for (int i = 0; i < output->n_labels; i++)
        if (!(output->label_names[i] = strdup(map->label_names[i])))
            return error_no_memory(error);
    return STATUS_OK;
}

/* When measuring large maps takes longer than a frame, it is done only now and then, and at the end. */
static enum status measure(struct map_work *work, bool exactly, struct map_output *output, struct error *error)
{
    const double now = clock_seconds();
    enum status status = STATUS_OK;
    if (exactly || now - work->measured_at >= 10 * work->cost) {
        for (int p = 0; status == STATUS_OK && p < work->map->n_panels; p++) {
            struct app_map_points *to = &work->measured[p];
            status = resumable_tsne_kl(work->map->panels[p].moving, &to->kl_divergence, error);
            if (status == STATUS_OK)
                status = app_map_measure(work->map, output->panels[p].points, &to->measures, error);
        }
        work->measured_at = clock_seconds();
        work->cost = work->measured_at - now;
    }
    for (int p = 0; p < work->map->n_panels; p++) {
        output->panels[p].kl = work->measured[p].kl_divergence;
        output->panels[p].map = work->measured[p].measures;
    }
    return status;
}

static enum status copy_panel(const struct app_map *map, int at, struct output_panel *to, struct error *error)
{
    const struct app_map_panel *from = &map->panels[at];
    snprintf(to->set, sizeof to->set, "%s", from->set);
    to->random_weights = from->random_weights;
    to->space = from->space;
    to->points = calloc(map->albums.count * 2 + 1, sizeof *to->points);
    return to->points ? resumable_tsne_points(from->moving, to->points, error) : error_no_memory(error);
}

static enum status copy_points(struct map_work *work, bool exactly, struct map_output *output, struct error *error)
{
    const struct app_map *map = work->map;
    enum status status = STATUS_OK;
    output->n_panels = map->n_panels;
    output->iterations = output->iteration = tsne_defaults().iterations;
    for (int p = 0; status == STATUS_OK && p < map->n_panels; p++) {
        int iteration = resumable_tsne_iteration(map->panels[p].moving);
        output->iteration = iteration < output->iteration ? iteration : output->iteration;
        status = copy_panel(map, p, &output->panels[p], error);
    }
    return status == STATUS_OK ? measure(work, exactly, output, error) : status;
}

static enum status read_albums(struct effect_world *world, const struct app_map *map, struct map_output *output,
                               struct error *error)
{
    int64_t *ids = calloc(map->albums.count + 1, sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        ids[i] = map->albums.items[i].id;
    enum status status = STATUS_OK;
    if (map->albums.count > 0)
        status = app_albums(world->app, ids, map->albums.count, &output->albums, error);
    free(ids);
    if (status == STATUS_OK && output->albums.count != map->albums.count)
        status = error_set(error, STATUS_FAILED, "the catalogue changed while the map was opened; open it again");
    return status;
}

static enum status open_map(struct effect_world *world, struct map_work *work, struct result *result,
                            struct error *error)
{
    struct tsne_settings settings = tsne_defaults();
    app_map_close(work->map);
    work->map = NULL;
    enum status status = app_map_open(world->app, result->effect.text, MAP_LABELS, &settings, &work->map, error);
    if (status == STATUS_OK)
        status = read_albums(world, work->map, result->output, error);
    if (status == STATUS_OK)
        status = copy_labels(work->map, result->output, error);
    if (status == STATUS_OK)
        status = copy_points(work, true, result->output, error);
    return status;
}

static enum status run_open(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    struct map_work *work = world->memory[EFFECT_MAP_OPEN];
    (void)cancel;
    pthread_mutex_lock(&work->lock);
    enum status status = open_map(world, work, result, error);
    pthread_mutex_unlock(&work->lock);
    return status;
}

static void move_on(struct state *state, const struct map_output *output)
{
    struct map_state *map = map_of(state);
    map->iteration = output->iteration;
    map->iterations = output->iterations;
    for (int p = 0; p < output->n_panels; p++) {
        map->panels[p].kl = output->panels[p].kl;
        map->panels[p].map = output->panels[p].map;
    }
    map->seconds = state->now - map->started;
    map->version++;
    if (output->done) {
        map->phase = MAP_RESTING;
        return;
    }
    map->phase = MAP_MOVING;
    map->stepping = false;
}

static void fail(struct state *state, const struct result *result)
{
    struct map_state *map = map_of(state);
    if (!result_warn(state, result))
        return;
    map->phase = MAP_FAILED;
    snprintf(map->failure, sizeof map->failure, "%.255s", result->error.text);
}

static void take_open(struct state *state, struct effect_list *effects, struct result *result)
{
    struct map_state *map = map_of(state);
    struct map_output *output = result->output;
    if (result->error.status != STATUS_OK) {
        fail(state, result);
        return;
    }
    map_clear(map);
    map->albums = output->albums;
    map->labels = output->labels;
    map->n_panels = output->n_panels;
    for (int p = 0; p < output->n_panels; p++) {
        const struct output_panel *from = &output->panels[p];
        struct map_panel *panel = &map->panels[p];
        memcpy(panel->set, from->set, sizeof panel->set);
        panel->random_weights = from->random_weights;
        panel->space = from->space;
        panel->points = from->points;
    }
    map->n_labels = output->n_labels;
    memcpy(map->label_names, output->label_names, sizeof map->label_names);
    map->started = state->now;
    int64_t selected = map->albums.count > 0 ? 0 : -1;
    for (size_t i = 0; i < map->albums.count; i++)
        if (map->albums.items[i].id == map->wanted_album)
            selected = (int64_t)i;
    map_select(state, effects, selected);
    move_on(state, output);
    memset(output, 0, sizeof *output);
}

const struct effect_ops effect_map_open = {
    .name = "map open",
    .urgency = 40,
    .latest_only = true,
    .output_size = sizeof(struct map_output),
    .free_output = free_map,
    .open = open_work,
    .close = close_work,
    .run = run_open,
    .take = take_open,
};

static enum status step(struct map_work *work, struct map_output *output, const atomic_bool *cancel,
                        struct error *error)
{
    if (!work->map)
        return error_set(error, STATUS_USAGE, "the map is not open");
    enum status status = STATUS_OK;
    const double end = clock_seconds() + step_seconds;
    for (int run = 0; run < STEP_ITERATIONS && status == STATUS_OK && !output->done; run += STEP_AT_ONCE) {
        output->done = true;
        for (int p = 0; status == STATUS_OK && p < work->map->n_panels; p++) {
            bool done;
            status = resumable_tsne_run(work->map->panels[p].moving, STEP_AT_ONCE, &done, error);
            output->done = output->done && done;
        }
        if (clock_seconds() >= end || atomic_load(cancel))
            break;
    }
    return status == STATUS_OK ? copy_points(work, output->done, output, error) : status;
}

static enum status run_step(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                            struct error *error)
{
    struct map_work *work = world->memory[EFFECT_MAP_OPEN];
    pthread_mutex_lock(&work->lock);
    enum status status = step(work, result->output, cancel, error);
    pthread_mutex_unlock(&work->lock);
    return status;
}

static void take_step(struct state *state, struct effect_list *effects, struct result *result)
{
    struct map_state *map = map_of(state);
    struct map_output *output = result->output;
    (void)effects;
    if (result->error.status != STATUS_OK) {
        fail(state, result);
        return;
    }
    if (map->phase != MAP_MOVING)
        return;
    for (int p = 0; p < output->n_panels && p < map->n_panels; p++) {
        free(map->panels[p].points);
        map->panels[p].points = output->panels[p].points;
        output->panels[p].points = NULL;
    }
    move_on(state, output);
}

const struct effect_ops effect_map_step = {
    .name = "map step",
    .urgency = 40,
    .latest_only = true,
    .output_size = sizeof(struct map_output),
    .free_output = free_map,
    .run = run_step,
    .take = take_step,
};

/* ---- the map as a file ---- */

static enum status write_map(struct effect_world *world, struct map_work *work, const struct effect *effect,
                             struct map_output *output, struct error *error)
{
    const struct map_write_input *input = effect->input;
    if (!work->map)
        return error_set(error, STATUS_USAGE, "there is no map to write yet; open it first");
    struct buffer path = {0};
    enum status status = map_file_check(effect->text, error);
    if (status == STATUS_OK)
        status = copy_points(work, true, output, error);
    path_typed(effect->text, &path);
    if (status == STATUS_OK && !path.failed && !input->overwrite)
        status = app_must_be_new(path.data, "map write!", error);
    struct app_map_points panels[MAP_PANELS_MAX];
    for (int p = 0; p < MAP_PANELS_MAX; p++)
        panels[p] = (struct app_map_points){output->panels[p].points, output->panels[p].kl, output->panels[p].map};
    if (status == STATUS_OK)
        status = path.failed ? error_no_memory(error)
                             : app_map_write(world->app, work->map, panels, input->covers, path.data, error);
    buffer_free(&path);
    return status;
}

static enum status run_write(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                             struct error *error)
{
    struct map_work *work = world->memory[EFFECT_MAP_OPEN];
    (void)cancel;
    pthread_mutex_lock(&work->lock);
    enum status status = write_map(world, work, &result->effect, result->output, error);
    pthread_mutex_unlock(&work->lock);
    return status;
}

static void take_write(struct state *state, struct effect_list *effects, struct result *result)
{
    (void)effects;
    if (result->error.status == STATUS_OK)
        state_say(state, "wrote the map to %s", result->effect.text);
    else
        result_warn(state, result);
}

const struct effect_ops effect_map_write = {
    .name = "map write",
    .urgency = 80,
    .each_counts = true,
    .input_size = sizeof(struct map_write_input),
    .output_size = sizeof(struct map_output),
    .free_output = free_map,
    .run = run_write,
    .take = take_write,
};

/* ---- the selected album ---- */

/* The text of the effect names the sets as for app_map_open. */
struct neighbours_output {
    struct near {
        struct album_list albums;
        float distances[MAP_NEAREST_MAX];
    } sets[MAP_PANELS_MAX];
};

static void free_neighbours(void *output)
{
    for (int p = 0; p < MAP_PANELS_MAX; p++)
        album_list_free(&((struct neighbours_output *)output)->sets[p].albums);
}

static enum status run_neighbours(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                                  struct error *error)
{
    struct neighbours_output *output = result->output;
    enum status status = STATUS_OK;
    const char *set = result->effect.text;
    for (int p = 0; status == STATUS_OK && *set && p < MAP_PANELS_MAX && !atomic_load(cancel); p++) {
        char name[NAME_SIZE];
        size_t size = strcspn(set, ",");
        snprintf(name, sizeof name, "%.*s", (int)size, set);
        status = app_neighbours(world->app, name, result->effect.id, MAP_NEAREST_MAX, &output->sets[p].albums,
                                output->sets[p].distances, error);
        set += size + (set[size] == ',');
    }
    return status;
}

static void take_neighbours(struct state *state, struct effect_list *effects, struct result *result)
{
    struct map_state *map = map_of(state);
    struct neighbours_output *output = result->output;
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    for (int p = 0; p < map->n_panels; p++) {
        struct map_panel *panel = &map->panels[p];
        album_list_free(&panel->nearest);
        panel->nearest = output->sets[p].albums;
        output->sets[p].albums = (struct album_list){0};
        memcpy(panel->nearest_distances, output->sets[p].distances, sizeof panel->nearest_distances);
    }
    map->nearest_of = result->effect.id;
}

const struct effect_ops effect_neighbours = {
    .name = "neighbours",
    .urgency = 80,
    .latest_only = true,
    .output_size = sizeof(struct neighbours_output),
    .free_output = free_neighbours,
    .run = run_neighbours,
    .take = take_neighbours,
};

static void free_tracks(void *output)
{
    track_list_free(output);
}

static enum status run_album_add(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                                 struct error *error)
{
    (void)cancel;
    return app_album_tracks(world->app, result->effect.id, result->output, error);
}

/* The track that is in most playlists; among equals, the one with the higher popularity. */
static const struct track *most_popular(const struct track_list *tracks)
{
    const struct track *best = NULL;
    for (size_t i = 0; i < tracks->count; i++) {
        const struct track *track = &tracks->items[i];
        if (!best || track->n_playlists > best->n_playlists ||
            (track->n_playlists == best->n_playlists && track->popularity > best->popularity))
            best = track;
    }
    return best;
}

static void take_album_add(struct state *state, struct effect_list *effects, struct result *result)
{
    struct error error;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    const struct track *best = most_popular(result->output);
    const struct track *track = best ? track_book_keep(&state->book, best) : NULL;
    if (!track)
        state_warn(state, "this album has no tracks");
    else if (action_add(state, effects, track, &error) != STATUS_OK)
        state_warn(state, error.text);
}

const struct effect_ops effect_album_add = {
    .name = "album add",
    .urgency = 80,
    .in_order = true,
    .each_counts = true,
    .output_size = sizeof(struct track_list),
    .free_output = free_tracks,
    .run = run_album_add,
    .take = take_album_add,
};
