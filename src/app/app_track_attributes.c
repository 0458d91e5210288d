/* The attributes of a track, and labels, from the catalogue and the predictions. */
#include "app/track_attributes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/app_internal.h"
#include "app/attributes.h"
#include "app/ratings.h"
#include "app/recipe_attributes.h"
#include "db/attribute_labels.h"
#include "db/track_audio.h"

/* ---- one track ---- */

struct label_means {
    double sums[ATTRIBUTE_KINDS];
    int counts[ATTRIBUTE_KINDS];
};

static bool add_label(const struct attribute_label *label, void *context)
{
    struct label_means *means = context;
    enum attribute_kind kind;
    if (attribute_kind_named(label->attribute, &kind)) {
        means->sums[kind] += label->value;
        means->counts[kind]++;
    }
    return true;
}

static enum status read_known(struct catalogue *catalogue, int64_t track, struct track_attributes *attributes,
                              struct error *error)
{
    float audio[AUDIO_FEATURES];
    bool known = false;
    struct label_means means = {.counts = {0}};
    enum status status = catalogue_track_audio(catalogue, track, 1, audio, &known, error);
    if (status == STATUS_OK)
        status = catalogue_attribute_labels(catalogue, track, add_label, &means, error);
    for (int kind = 0; status == STATUS_OK && kind < ATTRIBUTE_KINDS; kind++) {
        double *value = &attributes->known[kind];
        for (int i = 0; known && i < AUDIO_FEATURES; i++)
            if (strcmp(track_audio_names[i], attribute_specs[kind].name) == 0)
                *value = (double)audio[i];
        if (!isfinite(*value) && means.counts[kind] > 0)
            *value = means.sums[kind] / means.counts[kind];
    }
    return status;
}

/* Keeps the genres ordered by falling probability. */
static void add_genre(struct track_attributes *attributes, const char *name, double probability)
{
    int at = attributes->n_genres;
    while (at > 0 && attributes->genres[at - 1].probability < probability)
        at--;
    if (at == TRACK_GENRES_MAX)
        return;
    if (attributes->n_genres < TRACK_GENRES_MAX)
        attributes->n_genres++;
    memmove(&attributes->genres[at + 1], &attributes->genres[at],
            (size_t)(attributes->n_genres - at - 1) * sizeof *attributes->genres);
    snprintf(attributes->genres[at].name, TRACK_GENRE_SIZE, "%s", name);
    attributes->genres[at].probability = probability;
}

static void read_predicted(const struct feature_set *set, int64_t track, struct track_attributes *attributes)
{
    enum attribute_kind kind;
    for (int c = 0; track >= 1 && track <= set->n_rows && feature_set_has(set, track - 1) && c < set->width; c++) {
        const double value = (double)set->values[(track - 1) * set->width + c];
        if (attribute_kind_named(set->columns[c], &kind) && kind != ATTRIBUTE_GENRE)
            attributes->predicted[kind] = value;
        else if (strncmp(set->columns[c], ATTRIBUTE_GENRE_COLUMN, sizeof ATTRIBUTE_GENRE_COLUMN - 1) == 0 &&
                 value >= recipe_attributes_threshold(set, set->columns[c]))
            add_genre(attributes, set->columns[c] + sizeof ATTRIBUTE_GENRE_COLUMN - 1, value);
    }
}

/* `set`: the predictions; NULL: there are none. */
static enum status read_attributes(struct catalogue *catalogue, const struct feature_set *set, int64_t track,
                                   struct track_attributes *attributes, struct error *error)
{
    *attributes = (struct track_attributes){.n_genres = 0};
    for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++)
        attributes->known[kind] = attributes->predicted[kind] = (double)NAN;
    enum status status = read_known(catalogue, track, attributes, error);
    if (status == STATUS_OK && set)
        read_predicted(set, track, attributes);
    attributes->any = attributes->n_genres > 0;
    for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++)
        attributes->any = attributes->any || isfinite(attributes->known[kind]) || isfinite(attributes->predicted[kind]);
    return status;
}

enum status track_attributes_read(struct catalogue *catalogue, int64_t track, struct track_attributes *attributes,
                                  struct error *error)
{
    struct feature_set set;
    const bool is_open = recipe_attributes_open(catalogue, &set);
    enum status status = read_attributes(catalogue, is_open ? &set : NULL, track, attributes, error);
    if (is_open)
        feature_set_close(&set);
    return status;
}

/* The set stays open for the next track, until its file is another one. */
enum status app_track_attributes(struct app *app, int64_t track, struct track_attributes *attributes,
                                 struct error *error)
{
    struct catalogue *catalogue;
    const struct feature_set *set = NULL;
    const struct column_statistics *ignored;
    if (app_feature_set(app, ATTRIBUTE_SET, &set, &ignored, NULL) != STATUS_OK || !recipe_attributes_has(set))
        set = NULL;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = read_attributes(catalogue, set, track, attributes, error);
    app_return(app, catalogue);
    return status;
}

/* ---- labels ---- */

enum status app_attribute_names(struct app *app, struct buffer *names, struct error *error)
{
    struct catalogue *catalogue;
    struct feature_set set;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    if (recipe_attributes_open(catalogue, &set)) {
        for (int c = 0; c < set.width; c++)
            buffer_printf(names, "%s%s", c > 0 ? ", " : "", set.columns[c]);
        feature_set_close(&set);
    }
    app_return(app, catalogue);
    return names->failed ? error_no_memory(error) : STATUS_OK;
}

struct unsure_item {
    double distance, value;
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

static enum status choose(struct catalogue *catalogue, const struct feature_set *set, int column,
                          const struct known_tracks *known, size_t most, struct attribute_unsure *unsure,
                          struct error *error)
{
    struct unsure_item *items = malloc(((size_t)set->n_rows + 1) * sizeof *items);
    size_t count = 0;
    if (!items)
        return error_no_memory(error);
    unsure->threshold = recipe_attributes_threshold(set, known->attribute);
    for (int64_t i = 0; i < set->n_rows; i++) {
        const double value = (double)set->values[i * set->width + column];
        if (feature_set_has(set, i) && isfinite(value) && !known->known[i])
            items[count++] =
                (struct unsure_item){distance_of(known->attribute, value, unsure->threshold), value, i + 1};
    }
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
    int column = -1;
    if (!recipe_attributes_open(catalogue, &set))
        return error_set(error, STATUS_FAILED,
                         "there are no predictions yet; learn from labels with `sleeve attributes train`, then `sleeve "
                         "attributes apply`");
    for (int c = 0; c < set.width; c++)
        column = strcmp(set.columns[c], attribute) == 0 ? c : column;
    struct known_tracks known = {attribute, rater, calloc((size_t)set.n_rows + 1, sizeof *known.known), set.n_rows};
    enum status status = column < 0
                             ? error_set(error, STATUS_FAILED, "there are no predictions of \"%.80s\"", attribute)
                         : known.known ? mark_known(catalogue, &known, error)
                                       : error_no_memory(error);
    if (status == STATUS_OK)
        status = choose(catalogue, &set, column, &known, most, unsure, error);
    free(known.known);
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
