/* Attributes of the fake app: predictions of energy and rock for its first tracks, none in the pane of a track. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/track_attributes.h"
#include "fake_app_internal.h"

enum status app_track_attributes(struct app *app, int64_t track, struct track_attributes *attributes,
                                 struct error *error)
{
    (void)app, (void)track, (void)error;
    *attributes = (struct track_attributes){.n_genres = 0};
    for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++)
        attributes->known[kind] = attributes->predicted[kind] = (double)NAN;
    return STATUS_OK;
}

/* Energy grows with the number of the album; the first is unknown. */
enum status app_album_attributes(struct app *app, const char *attribute, const int64_t *ids, size_t count,
                                 double *values, struct error *error)
{
    (void)app;
    if (strcmp(attribute, "energy") != 0)
        return error_set(error, STATUS_USAGE, "no track has the attribute \"%.60s\"", attribute);
    for (size_t i = 0; i < count; i++)
        values[i] = i == 0 ? (double)NAN : (double)ids[i] / 1000;
    return STATUS_OK;
}

enum status app_attribute_names(struct app *app, struct buffer *names, struct error *error)
{
    (void)app;
    buffer_add_text(names, "energy, genre:rock");
    return names->failed ? error_no_memory(error) : STATUS_OK;
}

enum status app_attribute_unsure(struct app *app, const char *attribute, size_t most, struct attribute_unsure *unsure,
                                 struct error *error)
{
    enum { TRACKS = 5 };
    const int64_t ids[TRACKS] = {1, 2, 3, 4, 5};
    (void)app, (void)most;
    *unsure = (struct attribute_unsure){.threshold = 0.4, .predicted = true};
    if (strcmp(attribute, "energy") != 0 && strcmp(attribute, "genre:rock") != 0)
        return error_set(error, STATUS_USAGE, "labels are of energy and genre:rock, not of \"%.80s\"", attribute);
    unsure->values = malloc(TRACKS * sizeof *unsure->values);
    if (!unsure->values)
        return error_no_memory(error);
    for (int i = 0; i < TRACKS; i++)
        unsure->values[i] = 0.25 + 0.01 * i;
    return fake_fill(ids, TRACKS, &unsure->tracks, error);
}

enum status app_attribute_label(struct app *app, int64_t track, const char *attribute, double value,
                                struct error *error)
{
    (void)app, (void)attribute, (void)value;
    return track == 5 ? error_set(error, STATUS_FAILED, "the catalogue can only be read; labels cannot be stored")
                      : STATUS_OK;
}
