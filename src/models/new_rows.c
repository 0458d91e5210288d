#include "models/new_rows.h"

#include <stdlib.h>

const char *const new_tracks_seeds_names[NEW_SEEDS_CHOICES] = {
    [NEW_SEEDS_NEVER] = "never", [NEW_SEEDS_BESIDE] = "beside", [NEW_SEEDS_ALWAYS] = "always"};

static int by_row(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

const float *new_tracks_vector(const struct new_tracks_rows *rows, int32_t row)
{
    const int32_t *found = rows && rows->n > 0 ? bsearch(&row, rows->rows, (size_t)rows->n, sizeof row, by_row) : NULL;
    return found ? rows->vectors + (found - rows->rows) * rows->width : NULL;
}
