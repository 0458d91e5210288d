#ifndef SLEEVE_TESTS_UI_SCREEN_CHECK_H
#define SLEEVE_TESTS_UI_SCREEN_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/screen.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Checks what must be true of every screen, whatever was drawn. */
static inline void check_screen(const struct screen *screen)
{
    for (int row = 0; row < screen->rows; row++)
        for (int column = 0; column < screen->columns; column++) {
            const struct cell *cell = &screen->cells[row * screen->columns + column];
            CHECK(cell->style < STYLE_COUNT);
            CHECK(memchr(cell->text, '\0', sizeof cell->text) != NULL);
            CHECK(text_is_utf8(cell->text, strlen(cell->text)));
            if (cell->width == 2) {
                CHECK(column + 1 < screen->columns && cell[1].width == 0);
            } else if (cell->width == 0) {
                CHECK(column > 0 && cell[-1].width == 2 && cell->text[0] == '\0');
            } else {
                CHECK(cell->width == 1 && (unsigned char)cell->text[0] >= 0x20 && cell->text[0] != 0x7f);
            }
        }
    for (int i = 0; i < screen->n_images; i++) {
        const struct image_rect *image = &screen->images[i];
        CHECK(image->row >= 0 && image->column >= 0 && image->rows > 0 && image->columns > 0);
        CHECK(image->row + image->rows <= screen->rows - 1 && image->column + image->columns <= screen->columns);
        for (int row = image->row; row < image->row + image->rows; row++)
            for (int column = image->column; column < image->column + image->columns; column++)
                CHECK(strcmp(screen->cells[row * screen->columns + column].text, " ") == 0);
        for (int j = 0; j < i; j++) {
            const struct image_rect *other = &screen->images[j];
            CHECK(image->row >= other->row + other->rows || other->row >= image->row + image->rows ||
                  image->column >= other->column + other->columns || other->column >= image->column + image->columns);
        }
    }
    if (screen->cursor_visible)
        CHECK(screen->cursor_row >= 0 && screen->cursor_row < screen->rows && screen->cursor_column >= 0 &&
              screen->cursor_column < screen->columns);
}

#endif
