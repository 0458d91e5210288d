#ifndef SLEEVE_DRAW_STROKE_FONT_H
#define SLEEVE_DRAW_STROKE_FONT_H

#include <stdbool.h>
#include <stdint.h>

#include "draw/image.h"

/* Text in a stroke font of one weight: ASCII, and Latin letters with their accents. Other characters are shown as empty
 * boxes. Any bytes are accepted. `height` is that of a capital letter, in pixels. */

/* Whether no character of the text is shown as a box. */
bool stroke_font_has(const char *text);
float stroke_font_width(const char *text, float height);
/* (x, y) is the left end of the baseline; `upwards` rotates the text a quarter turn to the left. */
void stroke_font_draw(struct image *image, const char *text, float x, float y, float height, bool upwards,
                      uint32_t colour);

#endif
