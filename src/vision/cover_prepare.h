#ifndef SLEEVE_VISION_COVER_PREPARE_H
#define SLEEVE_VISION_COVER_PREPARE_H

#include "db/catalogue.h"

/* From an image that somebody else made to the cover that is stored: fitted into COVER_EDGE x COVER_EDGE, as PNG if
 * that takes at most 48 KB, otherwise as JPEG of quality 92 without chroma subsampling. */
struct prepared_cover {
    struct buffer bytes;
    uint32_t colour; /* image_mean_colour */
};

/* Bytes of a PNG, JPEG or WebP file. `name` is used in messages. STATUS_BAD_DATA: not an image that can be used, and
 * the error says why. Thread-safe: the memory of all threads together is limited. On failure there is nothing to free.
 */
enum status cover_prepare(const struct buffer *file, const char *name, struct prepared_cover *cover,
                          struct error *error);
enum status cover_prepare_file(const char *path, struct prepared_cover *cover, struct error *error);
void prepared_cover_free(struct prepared_cover *cover);

/* Why an album has no cover, after cover_prepare returned this status; for `covers status`. */
const char *cover_refusal(enum status status);

/* Stores the cover and its colour. *changed: the album had none or another one. */
enum status cover_store(struct catalogue *catalogue, int64_t album_id, const struct prepared_cover *cover,
                        bool *changed, struct error *error);
/* Call it in each transaction that changed covers: caches of thumbnails compare the version. */
enum status covers_raise_version(struct catalogue *catalogue, struct error *error);

#endif
