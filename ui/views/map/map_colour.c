/* Colours of the map by an attribute: the albums in four groups of the same size, and those without a value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/track_attributes.h"
#include "ui/effect.h"
#include "ui/views/map/map.h"

enum { GROUPS = 4 };

struct colour_output {
    double *values; /* [n_ids] */
};

static void free_output(void *output)
{
    free(((struct colour_output *)output)->values);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct effect *effect = &result->effect;
    struct colour_output *output = result->output;
    (void)cancel;
    output->values = malloc((effect->n_ids + 1) * sizeof *output->values);
    return output->values
               ? app_album_attributes(world->app, effect->text, effect->ids, effect->n_ids, output->values, error)
               : error_no_memory(error);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Which values end the groups; returns how many are known. */
static size_t find_ends(const double *values, size_t count, double ends[GROUPS], double *least)
{
    double *sorted = malloc((count + 1) * sizeof *sorted);
    size_t known = 0;
    for (size_t i = 0; sorted && i < count; i++)
        if (!isnan(values[i]))
            sorted[known++] = values[i];
    if (known > 0) {
        qsort(sorted, known, sizeof *sorted, ascending);
        *least = sorted[0];
        for (size_t g = 0; g < GROUPS; g++)
            ends[g] = sorted[(g + 1) * (known - 1) / GROUPS];
    }
    free(sorted);
    return known;
}

static void forget_names(char *names[MAP_LABELS])
{
    for (int i = 0; i < MAP_LABELS; i++) {
        free(names[i]);
        names[i] = NULL;
    }
}

/* Groups without an album are left out of the legend only where values are equal: then they have no album. */
static void set_groups(struct map_state *map, const char *attribute, const double *values)
{
    double ends[GROUPS], least = 0;
    const size_t count = map->albums.count, known = find_ends(values, count, ends, &least);
    map->n_labels = known < count ? GROUPS + 1 : GROUPS;
    for (size_t i = 0; i < count; i++) {
        int group = 0;
        while (group < GROUPS - 1 && values[i] > ends[group])
            group++;
        map->labels[i] = isnan(values[i]) ? GROUPS : group;
    }
    for (int g = 0; g < map->n_labels; g++) {
        char text[64] = "unknown";
        if (g < GROUPS)
            snprintf(text, sizeof text, "%.3g to %.3g", g > 0 ? ends[g - 1] : least, ends[g]);
        map->label_names[g] = strdup(text);
    }
    snprintf(map->colour, sizeof map->colour, "%s", attribute);
}

/* The artists' labels are kept beside, once. */
static bool keep_artists(struct map_state *map)
{
    if (map->colour[0]) {
        forget_names(map->label_names);
        return true;
    }
    int *labels = calloc(map->albums.count + 1, sizeof *labels);
    if (!labels)
        return false;
    map->artist_labels = map->labels;
    map->n_artist_labels = map->n_labels;
    memcpy(map->artist_names, map->label_names, sizeof map->artist_names);
    memset(map->label_names, 0, sizeof map->label_names);
    map->labels = labels;
    return true;
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct map_state *map = map_of(state);
    const struct colour_output *output = result->output;
    (void)effects;
    if (result->error.status != STATUS_OK) {
        result_warn(state, result);
        return;
    }
    bool same = result->effect.n_ids == map->albums.count;
    for (size_t i = 0; same && i < map->albums.count; i++)
        same = result->effect.ids[i] == map->albums.items[i].id;
    if (!same || !keep_artists(map))
        return;
    set_groups(map, result->effect.text, output->values);
    map->version++;
    state_say(state, "the map is coloured by %s; :map colour artists takes that back", map->colour);
}

const struct effect_ops effect_map_colour = {
    .name = "map colour",
    .urgency = 40,
    .latest_only = true,
    .output_size = sizeof(struct colour_output),
    .free_output = free_output,
    .run = run,
    .take = take,
};

void map_colour_forget(struct map_state *map)
{
    free(map->artist_labels);
    forget_names(map->artist_names);
    map->artist_labels = NULL;
    map->colour[0] = '\0';
}

static void show_artists(struct state *state)
{
    struct map_state *map = map_of(state);
    if (!map->colour[0])
        return;
    free(map->labels);
    forget_names(map->label_names);
    map->labels = map->artist_labels;
    map->n_labels = map->n_artist_labels;
    memcpy(map->label_names, map->artist_names, sizeof map->label_names);
    memset(map->artist_names, 0, sizeof map->artist_names);
    map->artist_labels = NULL;
    map->colour[0] = '\0';
    map->version++;
}

COMMAND(command_map_colour)
{
    struct map_state *map = map_of(state);
    if (map->phase != MAP_MOVING && map->phase != MAP_RESTING)
        return error_set(error, STATUS_USAGE, "the map is not open; %d opens it", VIEW_MAP + 1);
    if (!argument[0] || strlen(argument) >= sizeof map->colour)
        return error_set(error, STATUS_USAGE,
                         "map colour takes artists, or an attribute: energy, valence, vocalness, tempo");
    if (strcmp(argument, "artists") == 0) {
        show_artists(state);
        return STATUS_OK;
    }
    struct effect *effect = effect_request(effects, state, EFFECT_MAP_COLOUR, argument);
    int64_t *ids = effect ? malloc((map->albums.count + 1) * sizeof *ids) : NULL;
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        ids[i] = map->albums.items[i].id;
    effect->ids = ids;
    effect->n_ids = map->albums.count;
    return STATUS_OK;
}
