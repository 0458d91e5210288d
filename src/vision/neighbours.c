#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "vision/embedder.h"

static bool is_zero(const float *row, int dim)
{
    for (int i = 0; i < dim; i++)
        if (row[i] != 0.0F)
            return false;
    return true;
}

static float squared_distance(const float *a, const float *b, int dim)
{
    enum { LANES = 16 };
    float sums[LANES] = {0};
    int i = 0;
    for (; i + LANES <= dim; i += LANES)
        for (int l = 0; l < LANES; l++) {
            float d = a[i + l] - b[i + l];
            sums[l] += d * d;
        }
    float sum = 0.0F;
    for (; i < dim; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    for (int l = 0; l < LANES; l++)
        sum += sums[l];
    return sum;
}

enum status embedding_neighbours(const struct embedding_set *set, int64_t album, size_t k, struct neighbour *out,
                                 size_t *count, struct error *error)
{
    *count = 0;
    if (album < 1 || album > set->n_albums)
        return error_set(error, STATUS_USAGE,
                         "album %lld is not in the embedding set; make the set again with `sleeve embed`",
                         (long long)album);
    const float *row = set->values + (album - 1) * set->dim;
    if (is_zero(row, set->dim))
        return error_set(error, STATUS_FAILED, "this album has no cover in the embedding set, so nothing is like it");
    for (int64_t i = 0; i < set->n_albums && k > 0; i++) {
        const float *other = set->values + i * set->dim;
        if (i == album - 1)
            continue;
        float distance = squared_distance(row, other, set->dim);
        if (*count == k && distance >= out[k - 1].distance)
            continue;
        if (is_zero(other, set->dim))
            continue;
        size_t at = *count < k ? (*count)++ : k - 1;
        for (; at > 0 && out[at - 1].distance > distance; at--)
            out[at] = out[at - 1];
        out[at] = (struct neighbour){.album = i + 1, .distance = distance};
    }
    for (size_t i = 0; i < *count; i++)
        out[i].distance = sqrtf(out[i].distance);
    return STATUS_OK;
}
