#ifndef SLEEVE_DRAW_LETTERS_H
#define SLEEVE_DRAW_LETTERS_H

#include "draw/canvas.h"

/* A geometric alphabet: capitals and digits made of straight strokes and circular arcs of one weight. */

enum { LETTERS_MAX = 48 };

/* The text in this alphabet: accents removed, capitals, digits and single spaces; other characters are dropped, so the
 * result may be empty. */
void letters_from_text(const char *text, char letters[LETTERS_MAX]);
/* The initials of the first two words (or of the only one); "" if there are none. */
void letters_initials(const char *text, char initials[3]);

/* The width of a line of letters of height 1. */
float letters_width(const char *letters);
/* Draws a line of letters with its top left corner at (x, y); `weight` is half the stroke's width relative to the
 * height. `quarter` rotates the line by that many quarter turns clockwise about (x, y). */
void letters_draw(struct canvas *canvas, struct paint paint, const char *letters, float x, float y, float height,
                  float weight, int quarter);

#endif
