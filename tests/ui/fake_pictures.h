#ifndef SLEEVE_TESTS_UI_FAKE_PICTURES_H
#define SLEEVE_TESTS_UI_FAKE_PICTURES_H

#include <stdbool.h>

#include "core/buffer.h"
#include "draw/image.h"

/* The pictures of a fake terminal that has kitty's graphics protocol and iTerm2's inline images. Written from the
 * protocols' documents, not from the program's encoder. */
struct fake_stored {
    unsigned id;
    struct image image;                /* RGB; one with an alpha channel is a single pixel, whose alpha is in `alpha` */
    int alpha;                         /* 255: opaque */
    int virtual_rows, virtual_columns; /* of a placement by placeholders; 0: none */
};

struct fake_placement {
    unsigned id, placement;
    int row, column, rows, columns, depth;
};

enum { FAKE_PICTURES_MAX = 512 };

struct fake_pictures {
    struct fake_stored stored[FAKE_PICTURES_MAX];
    int n_stored, most_stored;
    struct fake_placement placements[FAKE_PICTURES_MAX];
    int n_placements;
    int n_uploads, n_placed; /* so far */
    struct buffer upload;    /* base64 of the upload in progress */
    unsigned upload_id;
    int upload_format, upload_width, upload_height;
    bool uploading;
};

void fake_pictures_free(struct fake_pictures *pictures);
/* Runs one control string of kitty's ("Ga=p,..."), with the cursor at (row, column); NULL, or the rule that it breaks.
 * `placed`: whether it placed something, which is then the last of the placements. */
const char *fake_kitty(struct fake_pictures *pictures, const char *text, int row, int column, bool *placed);
/* Decodes iTerm2's ("1337;File=...:BASE64"); NULL, or the rule that it breaks. */
const char *fake_iterm(const char *text, int *rows, int *columns, struct image *image);
struct fake_stored *fake_stored(struct fake_pictures *pictures, unsigned id);
/* The row or column of a placeholder's diacritic; -1: it is none. */
int fake_diacritic(unsigned character);

#endif
