#ifndef SLEEVE_UI_LARGE_COVER_H
#define SLEEVE_UI_LARGE_COVER_H

#include "ui/screen.h"

/* The large cover of the selected track is many times larger than the text that changes with the selection. So the text
 * is shown at once, and the cover when no key has followed for a moment: until then the one before stays. Holding a key
 * down then sends no large covers, and a slow terminal keeps up. */
struct large_cover {
    struct image_rect shown; /* rows 0: none */
};

/* The screen's large cover; NULL if it has none, which is remembered. */
struct image_rect *large_cover_of(struct large_cover *large, struct screen *screen);
/* Puts the cover that is shown in the place of `wanted` while that has to wait: `since_key` seconds have passed since
 * the last key; `available`: the picture of `wanted` is. Returns the seconds after which to ask again; 0: `wanted` is
 * shown from now on. */
double large_cover_settle(struct large_cover *large, struct image_rect *wanted, double since_key, bool available);

#endif
