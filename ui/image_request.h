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

enum image_format { FORMAT_SIXEL, FORMAT_PIXELS };

/* What to make of a picture: sixel bytes (whole cells, below 900 KB) or pixels scaled to width x height. */
struct image_request {
    struct image_reference reference;
    enum image_format format;
    int width, height;   /* pixels; for half-blocks: columns x 2 rows */
    int registers;       /* sixel palette size */
    bool dimmed;         /* made from the undimmed picture at once when that is available */
    uint32_t background; /* 0xRRGGBB of the page, which fills the rest of the picture */
    uint32_t colour;     /* 0xRRGGBB of the plain picture that replaces one that is not available */
};

struct encoded_image {
    struct buffer bytes; /* sixel */
    struct image pixels; /* FORMAT_PIXELS */
    uint64_t serial;     /* never 0; two pictures never have the same */
};

#endif
