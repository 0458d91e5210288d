#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain_internal.h"

/* The playlist's tracks that are nearest to the suggestion. */

static double cosine(const float *x, const float *y, int64_t width)
{
    double product = 0, left = 0, right = 0;
    for (int64_t i = 0; i < width; i++) {
        product += (double)x[i] * (double)y[i];
        left += (double)x[i] * (double)x[i];
        right += (double)y[i] * (double)y[i];
    }
    return left > 0 && right > 0 ? product / sqrt(left * right) : NAN;
}

static double standardised(const struct column_statistics *column, float value)
{
    bool usable = isfinite(value) && column->deviation > 0;
    return usable ? ((double)value - column->mean) / column->deviation : 0;
}

/* The root mean square difference of standardised columns. */
static double distance(const struct column_statistics *columns, const float *x, const float *y, int width)
{
    double sum = 0;
    for (int i = 0; i < width; i++) {
        double difference = standardised(&columns[i], x[i]) - standardised(&columns[i], y[i]);
        sum += difference * difference;
    }
    return sqrt(sum / width);
}

void why_nearest_song(struct app_why *why, const struct track_vectors *vectors)
{
    struct why_nearest nearest = {.space = "song", .of_model = true, .value = -INFINITY};
    int64_t row = why->tracks.items[0].id - 1;
    if (row >= vectors->n_tracks || why->n_nearest == WHY_SPACES_MAX)
        return;
    for (size_t i = 0; i < why->score.n_seeds; i++) {
        int64_t seed = why->score.seeds[i].track - 1;
        double value = seed >= 0 && seed < vectors->n_tracks
                           ? cosine(vectors->values + row * vectors->stride, vectors->values + seed * vectors->stride,
                                    vectors->width)
                           : NAN;
        if (value > nearest.value) {
            nearest.value = value;
            nearest.seed = i;
        }
    }
    if (isfinite(nearest.value))
        why->nearest[why->n_nearest++] = nearest;
}

/* The row of a track; NULL: the set has none. */
static const float *row_of(const struct feature_set *set, const struct track *track)
{
    int64_t row = (set->item == FEATURE_ALBUMS ? track->album_id : track->id) - 1;
    return row >= 0 && row < set->n_rows && feature_set_has(set, row) ? set->values + row * set->width : NULL;
}

static void find_nearest(struct app_why *why, const char *name, bool of_model, const struct feature_set *set,
                         const struct column_statistics *columns)
{
    struct why_nearest nearest = {
        .of_model = of_model, .is_distance = columns, .value = columns ? INFINITY : -INFINITY};
    const float *row = row_of(set, &why->tracks.items[0]);
    for (size_t i = 0; row && i < why->score.n_seeds; i++) {
        const float *seed = row_of(set, &why->tracks.items[1 + i]);
        if (!seed)
            continue;
        double value = columns ? distance(columns, row, seed, set->width) : cosine(row, seed, set->width);
        if (columns ? value < nearest.value : value > nearest.value) {
            nearest.value = value;
            nearest.seed = i;
        }
    }
    if (!isfinite(nearest.value) || why->n_nearest == WHY_SPACES_MAX)
        return;
    snprintf(nearest.space, sizeof nearest.space, "%s", name);
    why->nearest[why->n_nearest++] = nearest;
}

/* ---- all sets ---- */

bool set_names_have(const struct set_names *names, const char *name)
{
    size_t at = 0;
    while (at < names->count && strcmp(names->names[at], name) != 0)
        at++;
    return at < names->count;
}

static void add_name(const char *name, void *context)
{
    struct set_names *names = context;
    if (names->count < WHY_SPACES_MAX)
        snprintf(names->names[names->count++], sizeof names->names[0], "%s", name);
}

/* Those of the model first. A set that cannot be opened is left out. */
enum status why_nearest_features(struct app *app, struct app_why *why, const struct set_names *used,
                                 struct error *error)
{
    struct catalogue *catalogue;
    struct set_names names = {.count = 0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = feature_sets_list(catalogue, add_name, &names, error);
    app_return(app, catalogue);
    for (int others = 0; others < 2 && status == STATUS_OK; others++)
        for (size_t i = 0; i < names.count; i++) {
            const struct feature_set *set;
            const struct column_statistics *columns;
            bool of_model = set_names_have(used, names.names[i]);
            if (of_model == !others && app_feature_set(app, names.names[i], &set, &columns, NULL) == STATUS_OK)
                find_nearest(why, names.names[i], of_model, set, columns);
        }
    return status;
}
