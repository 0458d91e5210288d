#ifndef SLEEVE_UI_IMAGE_PICTURE_H
#define SLEEVE_UI_IMAGE_PICTURE_H

#include "ui/image_request.h"

/* The work on one picture: pixels from the source, set on the background, encoded. On a worker. `folder`: of the disk
 * cache, or NULL. STATUS_OK also when the picture could not be had: then it is a plain one, after a warning. */
enum status picture_make(const struct image_source *source, const char *folder, const struct image_request *request,
                         struct encoded_image *picture, struct error *error);
/* The same picture, moved half way to the background. Quick: only the palette, or a few pixels, change. */
enum status picture_dim(const struct encoded_image *picture, uint32_t background, struct encoded_image *dimmed,
                        struct error *error);
void picture_free(struct encoded_image *picture);
size_t picture_size(const struct encoded_image *picture);

#endif
