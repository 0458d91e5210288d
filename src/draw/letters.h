#ifndef SLEEVE_DRAW_LETTERS_H
#define SLEEVE_DRAW_LETTERS_H

#include "draw/canvas.h"

/* A drawn geometric alphabet: capitals and figures made of straight strokes and circular arcs of one weight. */

enum { LETTERS_MAX = 48 };

/* The text as this alphabet can show it: accents dropped, capitals, figures and single spaces; other characters are
 * left out. Empty when nothing is left. */
void letters_from_text(const char *text, char letters[LETTERS_MAX]);
/* The first letters of the first two words (one word: one letter); "" when there is none. */
void letters_initials(const char *text, char initials[3]);

/* Width of a line of letters of height 1. */
float letters_width(const char *letters);
/* One letter or a line of them, its top left corner at (x, y); `weight` is half the stroke's width, as a part of the
 * height. `quarter` turns the whole line by so many quarter turns clockwise about (x, y). */
void letters_draw(struct canvas *canvas, struct paint paint, const char *letters, float x, float y, float height,
                  float weight, int quarter);

#endif
