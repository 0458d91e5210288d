#ifndef SLEEVE_UI_IMAGE_REQUEST_H
#define SLEEVE_UI_IMAGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"
#include "draw/image.h"
#include "ui/screen.h"

/* Where pixels come from; called on a worker. Covers are requested as squares (width == height). A picture smaller than
 * requested is centred on the background, a larger one is refused. */
struct image_source {
    enum status (*pixels)(void *context, const struct image_reference *reference, int width, int height,
                          struct image *image, struct error *error);
    void *context;
    char fingerprint[64]; /* identifies what determines the covers' looks, for names in the disk cache */
};

/* What is made of a picture: sixel bytes (whole cells, below 900 KB), a file (for kitty, iTerm2), or struct block (for
 * text). */
enum image_format { FORMAT_SIXEL, FORMAT_PNG, FORMAT_JPEG, FORMAT_BLOCKS };

struct image_request {
    struct image_reference reference;
    enum image_format format;
    int width, height;   /* pixels; for blocks: BLOCK_CELL_WIDTH x BLOCK_CELL_HEIGHT for each cell */
    int margin;          /* pixels of background on each side of a cover */
    int registers;       /* sixel: the palette's size; blocks: enum block_shape */
    bool dimmed;         /* sixel and blocks: made at once from the undimmed picture when that is available */
    uint32_t background; /* 0xRRGGBB of the page, which fills the rest of the picture */
    uint32_t colour;     /* 0xRRGGBB of the plain picture that replaces one that is not available */
};

struct encoded_image {
    enum image_format format;
    int width, height; /* pixels */
    struct buffer bytes;
    uint64_t serial; /* never 0; two pictures never have the same */
};

#endif
