#ifndef SLEEVE_UI_VIEWS_SHEET_PICTURE_H
#define SLEEVE_UI_VIEWS_SHEET_PICTURE_H

#include "ui/cover_cache.h"
#include "ui/views/gallery/sheet.h"

/* The picture of the contact sheet, drawn on a worker from a copy of what the state shows. */

struct sheet_shown {
    struct sheet_item {
        int64_t album;
        uint32_t colour; /* shown until the cover has been read; COVER_NO_COLOUR: unknown */
        int cell;
    } * items; /* [n] owned; NULL: nothing is shown */
    size_t n;
    int columns, edge; /* of the sheet; pixels of a cover */
    int selected;      /* cell */
    int width, height; /* pixels of the terminal that the picture fills */
    uint32_t background;
    uint64_t version; /* of the state that was copied */
};

/* Whether the state shows the same in this rectangle. */
bool sheet_shown_is(const struct sheet_shown *shown, const struct state *state, const struct image_rect *rect);
/* False when memory ran out; then nothing is to be freed. */
bool sheet_shown_take(const struct state *state, const struct image_rect *rect, struct sheet_shown *shown);
bool sheet_shown_copy(const struct sheet_shown *from, struct sheet_shown *shown);
void sheet_shown_free(struct sheet_shown *shown);
/* Covers that are not in the cache are read until the deadline (clock_seconds), at least one; *incomplete: some are
 * missing. */
enum status sheet_picture(const struct sheet_shown *shown, struct cover_cache *covers, double deadline,
                          struct image *image, bool *incomplete, struct error *error);

#endif
