#include "ui/terminal/images.h"

bool same_rect(const struct placed_image *a, const struct placed_image *b)
{
    return a->row == b->row && a->column == b->column && a->rows == b->rows && a->columns == b->columns;
}

bool placed_overlap(const struct placed_image *a, const struct placed_image *b)
{
    return a->row < b->row + b->rows && b->row < a->row + a->rows && a->column < b->column + b->columns &&
           b->column < a->column + a->columns;
}

void images_plan(const struct placed_image *shown, int n_shown, const struct placed_image *wanted, int n_wanted,
                 bool *erase, bool *draw)
{
    for (int i = 0; i < n_shown; i++) {
        erase[i] = true;
        for (int j = 0; j < n_wanted; j++)
            if (wanted[j].serial != 0 && same_rect(&shown[i], &wanted[j]))
                erase[i] = false;
    }
    for (int j = 0; j < n_wanted; j++) {
        draw[j] = wanted[j].serial != 0;
        for (int i = 0; i < n_shown; i++)
            if (wanted[j].serial == shown[i].serial && wanted[j].dimmed == shown[i].dimmed &&
                same_rect(&shown[i], &wanted[j]))
                draw[j] = false;
        if (wanted[j].serial == 0)
            continue;
        for (int i = 0; i < n_shown; i++) /* those that an erased picture overlapped */
            draw[j] = draw[j] || (erase[i] && placed_overlap(&shown[i], &wanted[j]));
        for (int k = 0; k < j; k++) /* those below, over which this picture was drawn */
            draw[j] = draw[j] || (draw[k] && placed_overlap(&wanted[k], &wanted[j]));
    }
}
