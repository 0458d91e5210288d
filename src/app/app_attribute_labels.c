/* Labels that people give to tracks: which tracks to label, and storing labels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app_internal.h"
#include "app/attributes.h"
#include "app/ratings.h"
#include "app/recipe_attributes.h"
#include "app/track_attributes.h"
#include "core/hash.h"
#include "core/random.h"
#include "db/attribute_labels.h"
#include "db/summary.h"
#include "db/track_audio.h"

/* ---- names ---- */

static void add_name(struct buffer *names, const char *name)
{
    buffer_printf(names, "%s%s", names->size > 0 ? ", " : "", name);
}

enum status app_attribute_names(struct app *app, struct buffer *names, struct error *error)
{
    struct catalogue *catalogue;
    struct feature_set set;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    if (recipe_attributes_open(catalogue, &set)) {
        for (int c = 0; c < set.width; c++)
            add_name(names, set.columns[c]);
        feature_set_close(&set);
    } else {
        for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++)
            if (attribute_specs[kind].type != ATTRIBUTE_CLASSES)
                add_name(names, attribute_specs[kind].name);
    }
    app_return(app, catalogue);
    return names->failed ? error_no_memory(error) : STATUS_OK;
}

/* Of one column: "energy", "genre:metal". */
static enum status check_name(const char *attribute, struct error *error)
{
    enum attribute_kind kind;
    const size_t prefix = sizeof ATTRIBUTE_GENRE_COLUMN - 1;
    const bool is_genre = strncmp(attribute, ATTRIBUTE_GENRE_COLUMN, prefix) == 0 && attribute[prefix] != '\0';
    if (is_genre || (attribute_kind_named(attribute, &kind) && attribute_specs[kind].type != ATTRIBUTE_CLASSES))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "labels are of energy, valence, vocalness, music or genre:NAME (genre:rock), not of \"%.80s\"",
                     attribute);
}

/* ---- which tracks ---- */

struct unsure_item {
    double distance, value; /* how sure the model is, or a random number; the prediction or NAN */
    int64_t track;
};

static int by_distance(const void *a, const void *b)
{
    const struct unsure_item *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->track > y->track) - (x->track < y->track);
}

struct known_tracks {
    const char *attribute, *rater;
    bool *known; /* [n] */
    int64_t n;
};

static bool mark_labelled(const struct attribute_label *label, void *context)
{
    struct known_tracks *known = context;
    if (label->track >= 1 && label->track <= known->n && strcmp(label->attribute, known->attribute) == 0 &&
        strcmp(label->rater, known->rater) == 0)
        known->known[label->track - 1] = true;
    return true;
}

/* Of amounts: how far the value is from the nearest border of two labels. */
static double distance_of(const char *attribute, double value, double threshold)
{
    enum attribute_kind kind;
    if (attribute_kind_named(attribute, &kind) && attribute_specs[kind].type == ATTRIBUTE_AMOUNT)
        return fmin(fabs(value - 0.25), fabs(value - 0.75));
    return fabs(value - threshold);
}

static enum status mark_known(struct catalogue *catalogue, struct known_tracks *known, struct error *error)
{
    enum { CHUNK = 4096 };
    int column = -1;
    for (int i = 0; i < AUDIO_FEATURES; i++)
        column = strcmp(track_audio_names[i], known->attribute) == 0 ? i : column;
    float *values = malloc((size_t)CHUNK * AUDIO_FEATURES * sizeof *values);
    bool *present = malloc(CHUNK * sizeof *present);
    enum status status = values && present ? catalogue_attribute_labels(catalogue, 0, mark_labelled, known, error)
                                           : error_no_memory(error);
    for (int64_t first = 0; status == STATUS_OK && column >= 0 && first < known->n; first += CHUNK) {
        const size_t count = known->n - first < CHUNK ? (size_t)(known->n - first) : CHUNK;
        status = catalogue_track_audio(catalogue, first + 1, count, values, present, error);
        for (size_t i = 0; status == STATUS_OK && i < count; i++)
            if (present[i] && isfinite(values[i * AUDIO_FEATURES + (size_t)column]))
                known->known[first + (int64_t)i] = true;
    }
    free(values);
    free(present);
    return status;
}

/* The tracks that are not known, with distances: of predictions, or random where there are none. */
static size_t collect(const struct feature_set *set, int column, const struct known_tracks *known, double threshold,
                      struct unsure_item *items)
{
    const uint64_t seed = hash_bytes(known->attribute, strlen(known->attribute));
    size_t count = 0;
    for (int64_t i = 0; i < known->n; i++) {
        struct unsure_item item = {.value = (double)NAN, .track = i + 1};
        if (column < 0)
            item.distance = (double)random_mix(seed ^ (uint64_t)i);
        else if (i < set->n_rows && feature_set_has(set, i))
            item.value = (double)set->values[i * set->width + column];
        if (known->known[i] || (column >= 0 && !isfinite(item.value)))
            continue;
        if (column >= 0)
            item.distance = distance_of(known->attribute, item.value, threshold);
        items[count++] = item;
    }
    return count;
}

/* `set` NULL: there are no predictions. */
static enum status choose(struct catalogue *catalogue, const struct feature_set *set, const struct known_tracks *known,
                          size_t most, struct attribute_unsure *unsure, struct error *error)
{
    struct unsure_item *items = malloc(((size_t)known->n + 1) * sizeof *items);
    int column = -1;
    if (!items)
        return error_no_memory(error);
    for (int c = 0; set && c < set->width; c++)
        column = strcmp(set->columns[c], known->attribute) == 0 ? c : column;
    unsure->predicted = column >= 0;
    unsure->threshold = unsure->predicted ? recipe_attributes_threshold(set, known->attribute) : (double)INFINITY;
    size_t count = collect(set, column, known, unsure->threshold, items);
    qsort(items, count, sizeof *items, by_distance);
    count = count < most ? count : most;
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    unsure->values = malloc((count + 1) * sizeof *unsure->values);
    enum status status = ids && unsure->values ? STATUS_OK : error_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        ids[i] = items[i].track;
        unsure->values[i] = items[i].value;
    }
    if (status == STATUS_OK)
        status = catalogue_tracks_read(catalogue, ids, count, &unsure->tracks, error);
    free(ids);
    free(items);
    return status;
}

static enum status find_unsure(struct catalogue *catalogue, const char *attribute, const char *rater, size_t most,
                               struct attribute_unsure *unsure, struct error *error)
{
    struct feature_set set;
    struct catalogue_counts counts = {0};
    enum status status = check_name(attribute, error);
    if (status == STATUS_OK)
        status = catalogue_count(catalogue, &counts, error);
    if (status != STATUS_OK)
        return status;
    struct known_tracks known = {attribute, rater, calloc((size_t)counts.tracks + 1, sizeof *known.known),
                                 counts.tracks};
    const bool is_open = recipe_attributes_open(catalogue, &set);
    status = known.known ? mark_known(catalogue, &known, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = choose(catalogue, is_open ? &set : NULL, &known, most, unsure, error);
    free(known.known);
    if (is_open)
        feature_set_close(&set);
    return status;
}

enum status app_attribute_unsure(struct app *app, const char *attribute, size_t most, struct attribute_unsure *unsure,
                                 struct error *error)
{
    struct catalogue *catalogue;
    struct rater rater;
    *unsure = (struct attribute_unsure){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = ratings_rater(catalogue, NULL, &rater, error);
    if (status == STATUS_OK)
        status = find_unsure(catalogue, attribute, rater.name, most, unsure, error);
    app_return(app, catalogue);
    if (status != STATUS_OK)
        attribute_unsure_free(unsure);
    return status;
}

enum status app_attribute_label(struct app *app, int64_t track, const char *attribute, double value,
                                struct error *error)
{
    struct catalogue *catalogue;
    struct rater rater;
    if (!app->options.write)
        return error_set(error, STATUS_FAILED, "%s can only be read; labels cannot be stored", app->path);
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = ratings_rater(catalogue, NULL, &rater, error);
    const struct attribute_label label = {track, attribute, rater.name, value, (int64_t)time(NULL)};
    if (status == STATUS_OK)
        status = isnan(value) ? catalogue_attribute_label_remove(catalogue, track, attribute, rater.name, error)
                              : catalogue_attribute_label_set(catalogue, &label, error);
    app_return(app, catalogue);
    return status;
}
