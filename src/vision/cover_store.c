#include "vision/cover_store.h"

#include "core/log.h"

static enum status at_edge(struct image *image, int edge, struct error *error)
{
    if (image->width == edge && image->height == edge)
        return STATUS_OK;
    struct image resized;
    enum status status = image_resize(image, edge, edge, FILTER_LANCZOS, &resized, error);
    image_free(image);
    *image = resized;
    return status;
}

enum status cover_decode(const struct buffer *bytes, struct image *image, struct error *error)
{
    return image_decode_safely(bytes->data, bytes->size, "the stored cover", 4 * COVER_EDGE, image, error);
}

enum status cover_pixels(struct catalogue *catalogue, const struct album *album, int edge, struct image *image,
                         enum cover_origin *origin, struct error *error)
{
    *image = (struct image){0};
    *origin = COVER_PLACEHOLDER;
    struct buffer bytes = {0};
    bool found = false, generated = false;
    enum status status = catalogue_cover_read(catalogue, album->id, &bytes, &found, error);
    if (status == STATUS_OK && found) {
        struct error why;
        status = cover_decode(&bytes, image, &why);
        if (status == STATUS_OK) {
            buffer_free(&bytes);
            *origin = COVER_STORED;
            return at_edge(image, edge, error);
        }
        if (status == STATUS_BAD_DATA) {
            log_message(LOG_WARNING, "album %s: %s; a placeholder is shown", album->key, why.text);
            status = STATUS_OK;
        } else {
            error_set(error, status, "%s", why.text);
        }
    }
    buffer_free(&bytes);
    if (status == STATUS_OK && !found)
        status = catalogue_covers_generated(catalogue, &generated, error);
    if (status != STATUS_OK)
        return status;
    if (generated) {
        *origin = COVER_GENERATED;
        return artwork_draw(album, edge, image, error);
    }
    return placeholder_draw(album->artist, album->title, edge, image, error);
}
