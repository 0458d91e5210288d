#include "vision/cover_prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vision/image.h"

enum {
    /* Flat artwork is stored losslessly as PNG; anything larger than this is a photograph and stored as JPEG without
     * chroma subsampling, at a fifth of the size. */
    PNG_MAX = 48 << 10,
    JPEG_QUALITY = 92,
};

static enum status encode(const struct image *fitted, struct buffer *bytes, struct error *error)
{
    enum status status = image_encode_png(fitted, bytes, error);
    if (status != STATUS_OK || bytes->size <= PNG_MAX)
        return status;
    buffer_clear(bytes);
    return image_encode_jpeg(fitted, JPEG_QUALITY, bytes, error);
}

/* Takes over the image. */
static enum status finish(enum status status, struct image *fitted, struct prepared_cover *cover, struct error *error)
{
    if (status == STATUS_OK) {
        cover->colour = image_mean_colour(fitted);
        status = encode(fitted, &cover->bytes, error);
    }
    image_free(fitted);
    if (status != STATUS_OK)
        prepared_cover_free(cover);
    return status;
}

enum status cover_prepare(const struct buffer *file, const char *name, struct prepared_cover *cover,
                          struct error *error)
{
    struct image fitted;
    *cover = (struct prepared_cover){0};
    return finish(image_decode_fitted(file, name, COVER_EDGE, &fitted, error), &fitted, cover, error);
}

enum status cover_prepare_file(const char *path, struct prepared_cover *cover, struct error *error)
{
    struct image fitted;
    *cover = (struct prepared_cover){0};
    return finish(image_load_fitted(path, COVER_EDGE, &fitted, error), &fitted, cover, error);
}

void prepared_cover_free(struct prepared_cover *cover)
{
    buffer_free(&cover->bytes);
    *cover = (struct prepared_cover){0};
}

const char *cover_refusal(enum status status)
{
    return status == STATUS_BAD_DATA ? "the file is not an image that can be used" : "the file could not be read";
}

/* Also writes the colour of an unchanged cover: earlier versions did not. */
enum status cover_store(struct catalogue *catalogue, int64_t album_id, const struct prepared_cover *cover,
                        bool *changed, struct error *error)
{
    const struct buffer *bytes = &cover->bytes;
    struct buffer old = {0};
    bool found = false;
    enum status status = catalogue_cover_read(catalogue, album_id, &old, &found, error);
    *changed = !found || old.size != bytes->size || memcmp(old.data, bytes->data, old.size) != 0;
    buffer_free(&old);
    if (status == STATUS_OK && *changed)
        status = catalogue_cover_write(catalogue, album_id, bytes->data, bytes->size, NULL, error);
    if (status == STATUS_OK)
        status = catalogue_cover_colour_write(catalogue, album_id, COVER_STORED, cover->colour, error);
    return status;
}

enum status covers_raise_version(struct catalogue *catalogue, struct error *error)
{
    char *text = NULL;
    enum status status = catalogue_setting_read(catalogue, "covers.version", &text, error);
    if (status != STATUS_OK)
        return status;
    char next[24];
    snprintf(next, sizeof next, "%llu", (text ? strtoull(text, NULL, 10) : 0) + 1);
    free(text);
    return catalogue_setting_write(catalogue, "covers.version", next, error);
}
