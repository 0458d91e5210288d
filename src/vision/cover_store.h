#ifndef SLEEVE_VISION_COVER_STORE_H
#define SLEEVE_VISION_COVER_STORE_H

#include "core/progress.h"
#include "db/catalogue.h"
#include "gpu/compute.h"
#include "vision/image.h"

/* Where a picture of an album comes from. */
enum cover_origin { COVER_STORED, COVER_GENERATED, COVER_PLACEHOLDER };

/* The album's picture, edge x edge pixels: the stored cover; else, in a catalogue whose setting "covers.generated" is
 * "1", artwork drawn by artwork_draw; else a placeholder with initials. Never fails for want of a cover. */
enum status cover_pixels(struct catalogue *catalogue, const struct album *album, int edge, struct image *image,
                         enum cover_origin *origin, struct error *error);

/* Generated artwork: a pure function of these facts. Good at 16 and at 800 pixels. */
enum status artwork_draw(const struct album *album, int edge, struct image *image, struct error *error);
/* Initials on a colour derived from the artist. */
enum status placeholder_draw(const char *artist, const char *title, int edge, struct image *image,
                             struct error *error);
/* The colour to show where the picture is not there yet: 0xRRGGBB, near the picture's mean. */
uint32_t placeholder_colour(const char *artist);

struct covers_report {
    int64_t added, unchanged, bad, unmatched;
};
/* `covers add`: images named after the album's key, or listed in the map file (album, path; TSV or CSV). A bad file is
 * counted, reported through log_message, and recorded as the reason; it stops nothing, nor does it take away a cover that
 * is there. Covers are kept as PNG where that takes at most 48 KB, otherwise as JPEG of quality 92 without colour
 * subsampling. */
enum status covers_add(struct catalogue *catalogue, const char *folder, const char *map_file, struct pool *pool,
                       struct progress *progress, struct covers_report *report, struct error *error);

#endif
