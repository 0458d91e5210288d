#include "sample_pictures.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/folder.h"

static const uint32_t colours[] = {0xcc3322, 0x2266cc, 0x22aa55, 0xddaa22, 0x8844bb, 0x22aaaa, 0xdd6699, 0x777733};

uint32_t sample_colour(int64_t id)
{
    return colours[(uint64_t)id % (sizeof colours / sizeof colours[0])];
}

static uint32_t cover_pixel(int64_t id, int x, int y, int edge)
{
    int border = edge / 24 + 1;
    if (x < border || y < border || x >= edge - border || y >= edge - border)
        return 0xffffff;
    if (x > edge / 4 && x < edge - edge / 4 && y > edge / 4 && y < edge - edge / 4)
        return sample_colour(id);
    uint32_t shade = (uint32_t)(x * 255 / edge);
    return shade << 16 | (uint32_t)(y * 255 / edge) << 8 | (255 - shade);
}

static uint32_t map_pixel(uint64_t version, int x, int y)
{
    int dx = (x + (int)(version % 32)) % 32 - 16;
    int dy = y % 32 - 16;
    return dx * dx + dy * dy < 49 ? sample_colour((x / 32 + y / 32) & 7) : 0x101014;
}

enum status sample_pixels(void *context, const struct image_reference *reference, int width, int height,
                          struct image *image, struct error *error)
{
    if (context)
        atomic_fetch_add((atomic_int *)context, 1);
    if (reference->kind == IMAGE_COVER && reference->id == 13)
        return error_set(error, STATUS_FAILED, "cover 13 cannot be loaded");
    *image = (struct image){.width = width, .height = height};
    image->rgb = malloc(3 * (size_t)width * (size_t)height);
    if (!image->rgb)
        return error_no_memory(error);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint32_t rgb = reference->kind == IMAGE_COVER ? cover_pixel(reference->id, x, y, width)
                                                          : map_pixel(reference->version, x, y);
            uint8_t *pixel = image->rgb + 3 * ((size_t)y * (size_t)width + (size_t)x);
            pixel[0] = (uint8_t)(rgb >> 16);
            pixel[1] = (uint8_t)(rgb >> 8);
            pixel[2] = (uint8_t)rgb;
        }
    return STATUS_OK;
}

struct image_source sample_source(void *context)
{
    struct image_source source = {.pixels = sample_pixels, .context = context};
    memcpy(source.fingerprint, "sample", 7);
    return source;
}

static char cache[TEST_FOLDER_MAX];

int sample_cache_make(void **state)
{
    (void)state;
    return test_folder_make(cache) ? setenv("XDG_CACHE_HOME", cache, 1) : -1;
}

int sample_cache_remove(void **state)
{
    (void)state;
    char command[TEST_FOLDER_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", cache);
    return system(command);
}
