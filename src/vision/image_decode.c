/* From the bytes of a file to upright RGB pixels: detects the format, checks the header before allocating,
 * decodes, rotates. */
#include <inttypes.h>
#include <stdlib.h>

#include "vision/image_format.h"

enum { GREY = 128, TILE = 32 };

static const uint64_t UNPACKED_MAX = 192 << 20;

static const struct image_format *const formats[] = {&image_format_jpeg, &image_format_png, &image_format_webp};

void composite_row(const uint8_t *rgba, size_t count, uint8_t *rgb)
{
    for (size_t i = 0; i < count; i++, rgba += 4, rgb += 3) {
        unsigned alpha = rgba[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = (uint8_t)((rgba[c] * alpha + GREY * (255 - alpha) + 127) / 255);
    }
}

/* ------------------------------------------------------------------ orientation */

/* The start of the upright picture within the stored one, and the steps to its next pixel and row, in pixels. */
struct walk {
    ptrdiff_t start, right, down;
};

static struct walk walk_of(int orientation, ptrdiff_t width, ptrdiff_t height)
{
    ptrdiff_t last_x = width - 1, last_y = (height - 1) * width;
    const struct walk walks[] = {
        {0, 1, width},                 /* 1: upright */
        {last_x, -1, width},           /* 2: mirrored left to right */
        {last_y + last_x, -1, -width}, /* 3: rotated by 180 degrees */
        {last_y, 1, -width},           /* 4: mirrored top to bottom */
        {0, width, 1},                 /* 5: transposed */
        {last_y, -width, 1},           /* 6: needs rotation clockwise */
        {last_y + last_x, -width, -1}, /* 7: transposed along the other diagonal */
        {last_x, width, -1},           /* 8: needs rotation anticlockwise */
    };
    return walks[orientation - 1];
}

static void copy_tile(const struct image *stored, struct walk walk, struct image *upright, int left, int top)
{
    int right = left + TILE < upright->width ? left + TILE : upright->width;
    int bottom = top + TILE < upright->height ? top + TILE : upright->height;
    for (int y = top; y < bottom; y++) {
        uint8_t *out = upright->rgb + ((size_t)y * (size_t)upright->width + (size_t)left) * 3;
        ptrdiff_t at = 3 * (walk.start + y * walk.down + left * walk.right);
        for (int x = left; x < right; x++, out += 3, at += 3 * walk.right) {
            out[0] = stored->rgb[at];
            out[1] = stored->rgb[at + 1];
            out[2] = stored->rgb[at + 2];
        }
    }
}

/* In tiles, because transposing row by row misses the cache at each pixel. */
static enum status turn(struct image *image, int orientation, struct error *error)
{
    if (orientation == 1)
        return STATUS_OK;
    bool sideways = orientation >= 5;
    struct walk walk = walk_of(orientation, image->width, image->height);
    struct image upright;
    enum status status =
        image_create(sideways ? image->height : image->width, sideways ? image->width : image->height, &upright, error);
    if (status != STATUS_OK)
        return status;
    for (int top = 0; top < upright.height; top += TILE)
        for (int left = 0; left < upright.width; left += TILE)
            copy_tile(image, walk, &upright, left, top);
    image_free(image);
    *image = upright;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ decoding */

struct picture {
    const uint8_t *bytes;
    size_t size;
    const char *name;
    const struct image_format *format;
    struct image_header header;
    size_t memory; /* peak memory of decoding and rotating */
    uint8_t *rgb;  /* [rgb_size]: pixels that need not be rotated are decoded to here, if they fit; NULL: nowhere */
    size_t rgb_size;
};

static enum status explain(const struct picture *picture, enum status status, const struct error *reason,
                           struct error *error)
{
    if (status == STATUS_BAD_DATA)
        return error_set(error, status, "%s cannot be decoded: %s", picture->name, reason->text);
    return error_set(error, status, "%s: %s", picture->name, reason->text);
}

static enum status check_size(struct picture *picture, int edge_max, struct error *error)
{
    int width = picture->header.width, height = picture->header.height;
    size_t pixels = width > 0 && height > 0 ? (size_t)width * (size_t)height : 0;
    if (pixels == 0 || width > edge_max || height > edge_max || pixels > IMAGE_PIXELS_MAX)
        return error_set(error, STATUS_BAD_DATA,
                         "%s has %d x %d pixels; at most %d an edge and %d million in all can be used", picture->name,
                         width, height, edge_max, IMAGE_PIXELS_MAX / 1000000);
    if (picture->header.unpacked > UNPACKED_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s unpacks to %" PRIu64 " MB; at most %" PRIu64 " can be used",
                         picture->name, picture->header.unpacked >> 20, UNPACKED_MAX >> 20);
    picture->memory = 3 * pixels + picture->header.working;
    if (picture->header.orientation != 1 && picture->memory < 6 * pixels)
        picture->memory = 6 * pixels;
    if (picture->memory > IMAGE_MEMORY_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s takes %zu MB to decode; at most %d can be used", picture->name,
                         picture->memory >> 20, IMAGE_MEMORY_MAX >> 20);
    return STATUS_OK;
}

static enum status visit(const void *bytes, size_t size, const char *name, int edge_max, struct picture *picture,
                         struct error *error)
{
    *picture = (struct picture){.bytes = bytes, .size = size, .name = name};
    if (size > IMAGE_FILE_MAX)
        return error_set(error, STATUS_BAD_DATA, "%s is larger than 32 MB: too large for a cover", name);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0] && !picture->format; i++)
        if (formats[i]->recognise(bytes, size))
            picture->format = formats[i];
    if (size == 0)
        return error_set(error, STATUS_BAD_DATA, "%s is empty", name);
    if (!picture->format)
        return error_set(error, STATUS_BAD_DATA, "%s is not a PNG, JPEG or WebP image", name);
    struct error reason;
    enum status status = picture->format->read_header(bytes, size, &picture->header, &reason);
    return status == STATUS_OK ? check_size(picture, edge_max, error) : explain(picture, status, &reason, error);
}

static enum status create(const struct picture *picture, struct image *image, struct error *error)
{
    int width = picture->header.width, height = picture->header.height;
    if (picture->rgb && picture->header.orientation == 1 && 3 * (size_t)width * (size_t)height <= picture->rgb_size) {
        *image = (struct image){width, height, picture->rgb};
        return STATUS_OK;
    }
    return image_create(width, height, image, error);
}

static enum status decode(const struct picture *picture, struct image *image, struct error *error)
{
    enum status status = create(picture, image, error);
    if (status != STATUS_OK)
        return status;
    struct error reason;
    status = picture->format->decode(picture->bytes, picture->size, &picture->header, image->rgb, &reason);
    if (status == STATUS_OK)
        status = turn(image, picture->header.orientation, error);
    else
        explain(picture, status, &reason, error);
    if (status != STATUS_OK && image->rgb == picture->rgb)
        *image = (struct image){0};
    if (status != STATUS_OK)
        image_free(image);
    return status;
}

enum status image_decode_allowed(const void *bytes, size_t size, const char *name, const struct image_limits *limits,
                                 struct image *image, struct error *error)
{
    *image = (struct image){0};
    struct picture picture;
    enum status status = visit(bytes, size, name, limits->edge_max, &picture, error);
    picture.rgb = limits->rgb;
    picture.rgb_size = limits->rgb_size;
    if (status == STATUS_OK)
        status = limits->allow(limits->context, picture.memory, error);
    return status == STATUS_OK ? decode(&picture, image, error) : status;
}

static enum status allow_all(void *context, size_t bytes, struct error *error)
{
    (void)context, (void)bytes, (void)error;
    return STATUS_OK;
}

enum status image_decode_limited(const void *bytes, size_t size, const char *name, int edge_max, struct image *image,
                                 struct error *error)
{
    const struct image_limits limits = {.edge_max = edge_max, .allow = allow_all};
    return image_decode_allowed(bytes, size, name, &limits, image, error);
}

enum status image_decode(const void *bytes, size_t size, const char *name, struct image *image, struct error *error)
{
    return image_decode_limited(bytes, size, name, IMAGE_EDGE_MAX, image, error);
}
