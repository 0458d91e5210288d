#ifndef SLEEVE_VISION_COVER_STORE_H
#define SLEEVE_VISION_COVER_STORE_H

#include "core/pool.h"
#include "core/progress.h"
#include "db/catalogue.h"
#include "vision/image.h"

/* The album's picture with edge x edge pixels: the stored cover; otherwise, if the catalogue's setting
 * "covers.generated" is "1", artwork by artwork_draw; otherwise a placeholder with initials. A missing or bad cover is
 * not an error. */
enum status cover_pixels(struct catalogue *catalogue, const struct album *album, int edge, struct image *image,
                         enum cover_origin *origin, struct error *error);

/* The pixels of a stored cover (image_decode_safely). Catalogues are not trusted: a cover larger than four times
 * COVER_EDGE is STATUS_BAD_DATA. */
enum status cover_decode(const struct buffer *bytes, struct image *image, struct error *error);

/* Generated artwork: a pure function of the album's data. Suitable for 16 to 800 pixels. */
enum status artwork_draw(const struct album *album, int edge, struct image *image, struct error *error);
/* Initials on a colour derived from the artist. */
enum status placeholder_draw(const char *artist, const char *title, int edge, struct image *image, struct error *error);
/* The background of a placeholder, 0xRRGGBB. */
uint32_t placeholder_colour(const char *artist);

struct covers_report {
    int64_t images;           /* image files, or rows of the map */
    int64_t folders;          /* that were searched; 0 with a map */
    int64_t added, unchanged; /* albums */
    int64_t bad;              /* files of albums that are not images, or truncated */
    int64_t unmatched;        /* image files, or lines of the map, without an album */
    int64_t duplicates;       /* files of an album that has a better one (enum cover_rank) */
    int64_t other_files;      /* files of other kinds */
    int64_t skipped_folders;  /* too deep, not readable, or links */
};
/* `covers add`: adds images of the folder and its subfolders by name (vision/cover_match.h), or those of a map
 * (vision/cover_map.h). Unused files are counted; the first few of each kind are reported through log_message. If an
 * album has no cover, the reason why its file is bad is recorded. A bad file is not an error and does not replace an
 * existing cover. Covers are stored as PNG if that takes at most 48 KB, otherwise as JPEG of quality 92 without chroma
 * subsampling. */
enum status covers_add(struct catalogue *catalogue, const char *folder, const char *map_file, struct pool *pool,
                       struct progress *progress, struct covers_report *report, struct error *error);

#endif
