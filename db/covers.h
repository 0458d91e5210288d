#ifndef SLEEVE_DB_COVERS_H
#define SLEEVE_DB_COVERS_H

#include "db/connection.h"

/* The covers of albums, as they are stored. */

enum { COVER_EDGE = 224 };

/* What is shown as an album's picture: initials, artwork made from its data, or the cover that is stored. */
enum cover_origin { COVER_PLACEHOLDER, COVER_GENERATED, COVER_STORED };
#define COVER_NO_COLOUR 0xffffffffU

/* Whether albums without a cover are shown with generated artwork: the setting "covers.generated" is "1". */
enum status catalogue_covers_generated(struct catalogue *catalogue, bool *generated, struct error *error);

/* Whether every album has a stored cover, or artwork of which the colour is known. */
enum status catalogue_covers_coloured(struct catalogue *catalogue, bool *all, struct error *error);

/* A prepared cover (COVER_EDGE square, PNG or JPEG bytes) or, with bytes NULL, the reason why an album has none. */
enum status catalogue_cover_write(struct catalogue *catalogue, int64_t album_id, const void *bytes, size_t size,
                                  const char *reason, struct error *error);
/* The mean colour of an album's picture (0xRRGGBB, image_mean_colour in vision/image.h). Does nothing if the picture is
 * no longer the one that `origin` says. */
enum status catalogue_cover_colour_write(struct catalogue *catalogue, int64_t album_id, enum cover_origin origin,
                                         uint32_t colour, struct error *error);
/* Appends the image bytes; *found is false when the album has none. */
enum status catalogue_cover_read(struct catalogue *catalogue, int64_t album_id, struct buffer *bytes, bool *found,
                                 struct error *error);
/* How many albums have a cover and how many not, by reason: calls `each` with reason "" for those that have one and
 * "not looked for" for those that nobody tried to find. */
enum status catalogue_cover_status(struct catalogue *catalogue,
                                   void (*each)(const char *reason, int64_t n_albums, void *context), void *context,
                                   struct error *error);
/* Sets covered[i] (zeroed, [n_tracks]) of each track number i + 1 whose album has a cover; with `any_album`, of each
 * that has an album. */
enum status catalogue_tracks_covered(struct catalogue *catalogue, bool any_album, bool *covered, size_t n_tracks,
                                     struct error *error);

#endif
