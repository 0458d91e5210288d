#include "ui/large_cover.h"

#include <stddef.h>

/* Longer than the time between the repetitions of a key (33 to 50 ms); a cover that is not available is awaited longer,
 * because its plain colour would flash. */
static const double REPEAT_SECONDS = 0.06;
static const double PATIENCE_SECONDS = 0.3;

struct image_rect *large_cover_of(struct large_cover *large, struct screen *screen)
{
    for (int i = 0; i < screen->n_images; i++)
        if (screen->images[i].large)
            return &screen->images[i];
    large->shown.rows = 0;
    return NULL;
}

static bool same_place(const struct image_rect *a, const struct image_rect *b)
{
    return a->row == b->row && a->column == b->column && a->rows == b->rows && a->columns == b->columns;
}

double large_cover_settle(struct large_cover *large, struct image_rect *wanted, double since_key, bool available)
{
    double patience = available ? REPEAT_SECONDS : PATIENCE_SECONDS;
    bool same =
        wanted->reference.kind == large->shown.reference.kind && wanted->reference.id == large->shown.reference.id;
    if (same || !same_place(wanted, &large->shown) || since_key >= patience) {
        large->shown = *wanted;
        return 0;
    }
    *wanted = large->shown;
    return (since_key < REPEAT_SECONDS ? REPEAT_SECONDS : PATIENCE_SECONDS) - since_key;
}
