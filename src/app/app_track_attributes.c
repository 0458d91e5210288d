/* The attributes of a track, from the catalogue and the predictions. */
#include "app/track_attributes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/attributes.h"
#include "app/recipe_attributes.h"
#include "db/attribute_labels.h"
#include "db/track_audio.h"

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
