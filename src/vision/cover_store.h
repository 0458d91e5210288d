#ifndef SLEEVE_VISION_COVER_STORE_H
#define SLEEVE_VISION_COVER_STORE_H

#include "core/pool.h"
#include "core/progress.h"
#include "db/catalogue.h"
#include "vision/image.h"

/* Where a picture of an album comes from. */
enum cover_origin { COVER_STORED, COVER_GENERATED, COVER_PLACEHOLDER };

/* The album's picture, edge x edge pixels: the stored cover; else, in a catalogue whose setting "covers.generated" is
 * "1", artwork drawn by artwork_draw; else a placeholder with initials. Never fails for want of a cover. */
enum status cover_pixels(struct catalogue *catalogue, const struct album *album, int edge, struct image *image,
                         enum cover_origin *origin, struct error *error);

/* The pixels of a stored cover. A catalogue may come from anywhere: one larger than four times COVER_EDGE is bad data.
 */
enum status cover_decode(const struct buffer *bytes, struct image *image, struct error *error);

/* Generated artwork: a pure function of these info. Good at 16 and at 800 pixels. */
enum status artwork_draw(const struct album *album, int edge, struct image *image, struct error *error);
/* Initials on a colour derived from the artist. */
enum status placeholder_draw(const char *artist, const char *title, int edge, struct image *image, struct error *error);
/* The colour to show where the picture is not there yet: 0xRRGGBB, near the picture's mean. */
uint32_t placeholder_colour(const char *artist);

struct covers_report {
    int64_t added, unchanged; /* albums */
    int64_t bad;              /* files of albums that are no images, or not whole */
    int64_t unmatched;        /* image files, or lines of the map, of no album */
    int64_t duplicates;       /* files of an album that has a better one (enum cover_rank) */
    int64_t other_files;      /* files of other kinds */
    int64_t skipped_folders;  /* too deep, not readable, or links */
};
/* `covers add`: images of the folder and the folders in it, by name (vision/cover_match.h), or those that a map names
 * (vision/cover_map.h). What is not used is counted; the first few of each kind are named through log_message. The
 * reason why an album's file is bad is recorded where the album has no cover. A bad file stops nothing, nor does it
 * take away a cover that is there. Covers are kept as PNG where that takes at most 48 KB, otherwise as JPEG of quality
 * 92 without colour subsampling. */
enum status covers_add(struct catalogue *catalogue, const char *folder, const char *map_file, struct pool *pool,
                       struct progress *progress, struct covers_report *report, struct error *error);

#endif
