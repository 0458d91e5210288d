#ifndef SLEEVE_UI_TERMINAL_IMAGES_H
#define SLEEVE_UI_TERMINAL_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

/* Determines which pictures must be sent and which erased. Pure. */
struct placed_image {
    int row, column, rows, columns;
    uint64_t serial; /* identifies the picture; 0: not available yet and not shown */
    bool dimmed;     /* by the terminal */
};

bool same_rect(const struct placed_image *a, const struct placed_image *b);
bool placed_overlap(const struct placed_image *a, const struct placed_image *b);

/* erase[i]: shown[i] is erased before anything else is written; a picture that is replaced by another at exactly the
 * same place is not erased but drawn over. draw[i]: wanted[i] must be sent, in this order, after the text. */
void images_plan(const struct placed_image *shown, int n_shown, const struct placed_image *wanted, int n_wanted,
                 bool *erase, bool *draw);

#endif
