/* The picture of an album without cover: initials, or a plain mark, on a colour derived from the artist's name. */
#include <math.h>
#include <string.h>

#include "core/hash.h"
#include "core/random.h"
#include "draw/canvas.h"
#include "draw/letters.h"
#include "vision/cover_store.h"

/* Muted colours of one lightness, so that placeholders do not stand out among covers. */
static const uint32_t colours[] = {
    0x3d5a80, 0x5b4b8a, 0x7a4a6d, 0x8a4b4b, 0x8a6240, 0x6b7040,
    0x44704f, 0x2f6f73, 0x46617a, 0x6a5d56, 0x4d5b94, 0x7d5a7f,
};

static uint64_t artist_hash(const char *artist)
{
    artist = artist ? artist : "";
    return random_mix(hash_bytes(artist, strlen(artist)));
}

uint32_t placeholder_colour(const char *artist)
{
    return colours[artist_hash(artist) % (sizeof colours / sizeof colours[0])];
}

enum status placeholder_draw(const char *artist, const char *title, int edge, struct image *image, struct error *error)
{
    *image = (struct image){0};
    if (edge < 1 || edge > 4096)
        return error_set(error, STATUS_USAGE, "a placeholder is drawn at 1 to 4096 pixels, not %d", edge);
    int factor = edge < 96 ? 2 : 1;
    struct canvas canvas;
    enum status status = canvas_create(&canvas, edge * factor, error);
    if (status != STATUS_OK)
        return status;
    struct ink ground = ink_hex(placeholder_colour(artist));
    struct ink light = ink_mix(ground, ink_hex(0xffffff), 0.78F);
    canvas_fill(&canvas, paint_run(ink_mix(ground, ink_hex(0xffffff), 0.06F), ink_mix(ground, ink_hex(0x000000), 0.06F),
                                   0.0F, 0.0F, 1.0F, 1.0F));
    char initials[3];
    letters_initials(artist, initials);
    if (initials[0] == '\0')
        letters_initials(title, initials);
    if (initials[0]) {
        float weight = 0.075F, width = letters_width(initials) + 2.0F * weight;
        float height = fminf(0.40F, 0.66F / width);
        letters_draw(&canvas, paint_flat(light), initials, 0.5F - 0.5F * letters_width(initials) * height,
                     0.5F - 0.5F * height, height, weight, 0);
    } else {
        canvas_ring(&canvas, paint_flat(light), 0.5F, 0.5F, 0.26F, 0.028F);
        canvas_disc(&canvas, paint_flat(light), 0.5F, 0.5F, 0.06F);
    }
    status = canvas_finish(&canvas, factor, image, error);
    canvas_free(&canvas);
    return status;
}
