#include <math.h>
#include <stdlib.h>

#include "features/feature_set.h"

static float squared_distance(const float *a, const float *b, int width)
{
    enum { LANES = 16 };
    float sums[LANES] = {0};
    int i = 0;
    for (; i + LANES <= width; i += LANES)
        for (int l = 0; l < LANES; l++) {
            float d = a[i + l] - b[i + l];
            sums[l] += d * d;
        }
    float sum = 0.0F;
    for (; i < width; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    for (int l = 0; l < LANES; l++)
        sum += sums[l];
    return sum;
}

/* `values` are the set's, or its standardised values. */
static void find(const struct feature_set *set, const float *values, int64_t self, size_t k, struct neighbour *out,
                 size_t *count)
{
    const float *row = values + self * set->width;
    for (int64_t i = 0; i < set->n_rows && k > 0; i++) {
        if (i == self)
            continue;
        float distance = squared_distance(row, values + i * set->width, set->width);
        if (*count == k && distance >= out[k - 1].distance)
            continue;
        if (!feature_set_has(set, i))
            continue;
        size_t at = *count < k ? (*count)++ : k - 1;
        for (; at > 0 && out[at - 1].distance > distance; at--)
            out[at] = out[at - 1];
        out[at] = (struct neighbour){.item = i + 1, .distance = distance};
    }
    for (size_t i = 0; i < *count; i++)
        out[i].distance = sqrtf(out[i].distance);
}

static enum status find_standardised(const struct feature_set *set, int64_t self, size_t k, struct neighbour *out,
                                     size_t *count, struct error *error)
{
    struct column_statistics *columns = malloc((size_t)set->width * sizeof *columns);
    float *values = malloc((size_t)set->n_rows * (size_t)set->width * sizeof *values);
    enum status status = columns && values ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        feature_set_statistics(set, columns);
        feature_set_standardise(set, columns, values);
        find(set, values, self, k, out, count);
    }
    free(columns);
    free(values);
    return status;
}

enum status feature_neighbours(const struct feature_set *set, int64_t item, size_t k, struct neighbour *out,
                               size_t *count, struct error *error)
{
    *count = 0;
    const char *kind = set->item == FEATURE_TRACKS ? "track" : "album";
    if (item < 1 || item > set->n_rows)
        return error_set(error, STATUS_USAGE,
                         "%s %lld is not in the feature set; make the set again with `sleeve embed`", kind,
                         (long long)item);
    if (!feature_set_has(set, item - 1))
        return set->item == FEATURE_TRACKS
                   ? error_set(error, STATUS_FAILED, "the feature set has no row for this track")
                   : error_set(error, STATUS_FAILED,
                               "this album has no cover in the feature set, so it has no neighbours");
    if (set->columns)
        return find_standardised(set, item - 1, k, out, count, error);
    find(set, set->values, item - 1, k, out, count);
    return STATUS_OK;
}
