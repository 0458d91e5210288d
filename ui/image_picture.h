#ifndef SLEEVE_UI_IMAGE_PICTURE_H
#define SLEEVE_UI_IMAGE_PICTURE_H

#include "ui/image_request.h"

/* Makes one picture, on a worker: pixels from the source, put on the background, encoded. `folder`: the disk cache, or
 * NULL. If the picture is not available, a warning is logged, the result is a plain one, and the status is STATUS_OK.
 */
enum status picture_make(const struct image_source *source, const char *folder, const struct image_request *request,
                         struct encoded_image *picture, struct error *error);
/* The same picture of sixel or blocks, blended half with the background. Fast: only the palette, or two colours a cell,
 * change. */
enum status picture_dim(const struct encoded_image *picture, uint32_t background, struct encoded_image *dimmed,
                        struct error *error);
void picture_free(struct encoded_image *picture);
size_t picture_size(const struct encoded_image *picture);

#endif
