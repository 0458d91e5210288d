#include "fake_pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vision/image.h"

struct fake_stored *fake_stored(struct fake_pictures *pictures, unsigned id)
{
    for (int i = 0; i < pictures->n_stored; i++)
        if (pictures->stored[i].id == id)
            return &pictures->stored[i];
    return NULL;
}

void fake_pictures_free(struct fake_pictures *pictures)
{
    for (int i = 0; i < pictures->n_stored; i++)
        image_free(&pictures->stored[i].image);
    buffer_free(&pictures->upload);
    *pictures = (struct fake_pictures){0};
}

/* ------------------------------------------------------------------ base64 */

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool decode_base64(const char *text, size_t size, struct buffer *out)
{
    if (size % 4 != 0)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        int padding = i + 4 < size ? 0 : (text[i + 3] == '=') + (text[i + 2] == '=');
        unsigned group = 0;
        for (size_t j = 0; j < 4; j++) {
            int value = j + (size_t)padding >= 4 ? 0 : digit(text[i + j]);
            if (value < 0)
                return false;
            group = group << 6 | (unsigned)value;
        }
        for (int j = 0; j < 3 - padding; j++)
            buffer_add_byte(out, (char)(group >> (16 - 8 * j)));
    }
    return true;
}

/* ------------------------------------------------------------------ kitty */

struct keys {
    char action, what; /* a, d */
    int quiet, format, more, columns, rows, depth, width, height, cursor, is_virtual;
    unsigned id, placement;
};

static bool read_keys(const char *text, struct keys *keys)
{
    *keys = (struct keys){.action = 't', .what = 'a', .format = 32, .more = -1};
    for (const char *at = text; *at && *at != ';';) {
        char name = at[0];
        if (at[1] != '=')
            return false;
        at += 2;
        long value = strtol(at, NULL, 10);
        switch (name) {
        case 'a':
            keys->action = *at;
            break;
        case 'd':
            keys->what = *at;
            break;
        case 'q':
            keys->quiet = (int)value;
            break;
        case 'f':
            keys->format = (int)value;
            break;
        case 'm':
            keys->more = (int)value;
            break;
        case 'c':
            keys->columns = (int)value;
            break;
        case 'r':
            keys->rows = (int)value;
            break;
        case 'z':
            keys->depth = (int)value;
            break;
        case 's':
            keys->width = (int)value;
            break;
        case 'v':
            keys->height = (int)value;
            break;
        case 'C':
            keys->cursor = (int)value;
            break;
        case 'U':
            keys->is_virtual = (int)value;
            break;
        case 'i':
            keys->id = (unsigned)strtoul(at, NULL, 10);
            break;
        case 'p':
            keys->placement = (unsigned)strtoul(at, NULL, 10);
            break;
        default:
            return false;
        }
        at += strcspn(at, ",;");
        at += *at == ',';
    }
    return true;
}

static void drop_placements(struct fake_pictures *pictures, unsigned id, unsigned placement)
{
    int kept = 0;
    for (int i = 0; i < pictures->n_placements; i++) {
        const struct fake_placement *at = &pictures->placements[i];
        if ((id && at->id != id) || (placement && at->placement != placement))
            pictures->placements[kept++] = *at;
    }
    pictures->n_placements = kept;
}

static void drop_stored(struct fake_pictures *pictures, struct fake_stored *stored)
{
    drop_placements(pictures, stored->id, 0);
    image_free(&stored->image);
    *stored = pictures->stored[--pictures->n_stored];
}

static const char *delete (struct fake_pictures *pictures, const struct keys *keys)
{
    struct fake_stored *stored = keys->id ? fake_stored(pictures, keys->id) : NULL;
    switch (keys->what) {
    case 'i':
        drop_placements(pictures, keys->id, keys->placement);
        return keys->id && stored ? NULL : "the removal of a placement of an unknown picture";
    case 'I':
        if (stored)
            drop_stored(pictures, stored);
        return NULL;
    case 'A':
        while (pictures->n_placements > 0)
            drop_stored(pictures, fake_stored(pictures, pictures->placements[0].id));
        return NULL;
    default:
        return "another deletion than of a placement, a picture or all";
    }
}

static const char *store(struct fake_pictures *pictures)
{
    struct buffer bytes = {0};
    struct error error;
    struct fake_stored new = {.id = pictures->upload_id, .alpha = 255};
    if (!decode_base64(pictures->upload.data, pictures->upload.size, &bytes))
        return "bytes that are not base64";
    const char *rule = NULL;
    if (pictures->upload_format == 100) {
        if (image_decode(bytes.data, bytes.size, "upload", &new.image, &error) != STATUS_OK)
            rule = "a picture that is not a PNG file";
    } else if (pictures->upload_format == 32 && pictures->upload_width == 1 && pictures->upload_height == 1 &&
               bytes.size == 4 && image_create(1, 1, &new.image, &error) == STATUS_OK) {
        memcpy(new.image.rgb, bytes.data, 3);
        new.alpha = (uint8_t)bytes.data[3];
    } else {
        rule = "pixels of another size than was said";
    }
    buffer_free(&bytes);
    buffer_clear(&pictures->upload);
    pictures->uploading = false;
    if (rule)
        return rule;
    struct fake_stored *old = fake_stored(pictures, new.id);
    if (old)
        drop_stored(pictures, old);
    if (pictures->n_stored == FAKE_PICTURES_MAX)
        return "too many pictures";
    pictures->stored[pictures->n_stored++] = new;
    if (pictures->n_stored > pictures->most_stored)
        pictures->most_stored = pictures->n_stored;
    pictures->n_uploads++;
    return NULL;
}

static const char *transmit(struct fake_pictures *pictures, const struct keys *keys, const char *payload)
{
    size_t size = strlen(payload);
    if (size > 4096 || (keys->more == 1 && size % 4 != 0))
        return "a chunk of more than 4096 characters, or of broken bytes";
    if (!pictures->uploading) {
        if (keys->id == 0)
            return "a picture without an id";
        pictures->upload_id = keys->id;
        pictures->upload_format = keys->format;
        pictures->upload_width = keys->width;
        pictures->upload_height = keys->height;
    }
    pictures->uploading = true;
    buffer_add(&pictures->upload, payload, size);
    return keys->more == 1 ? NULL : store(pictures);
}

static const char *place(struct fake_pictures *pictures, const struct keys *keys, int row, int column, bool *placed)
{
    struct fake_stored *stored = fake_stored(pictures, keys->id);
    if (!stored)
        return "a placement of a picture that was not sent";
    if (keys->rows <= 0 || keys->columns <= 0)
        return "a placement without a size";
    if (keys->is_virtual) {
        stored->virtual_rows = keys->rows;
        stored->virtual_columns = keys->columns;
        return NULL;
    }
    if (keys->cursor != 1 || keys->placement == 0)
        return "a placement that moves the cursor, or without a number";
    for (int i = 0; i < pictures->n_placements; i++) /* one of the same number moves */
        if (pictures->placements[i].id == keys->id && pictures->placements[i].placement == keys->placement)
            pictures->placements[i--] = pictures->placements[--pictures->n_placements];
    if (pictures->n_placements == FAKE_PICTURES_MAX)
        return "too many placements";
    pictures->placements[pictures->n_placements++] =
        (struct fake_placement){keys->id, keys->placement, row, column, keys->rows, keys->columns, keys->depth};
    pictures->n_placed++;
    *placed = true;
    return NULL;
}

const char *fake_kitty(struct fake_pictures *pictures, const char *text, int row, int column, bool *placed)
{
    struct keys keys;
    const char *payload = strchr(text, ';');
    *placed = false;
    if (text[0] != 'G' || !read_keys(text + 1, &keys))
        return "a control string of kitty's that cannot be read";
    payload = payload ? payload + 1 : "";
    if (keys.action == 'q')
        return NULL;
    if (keys.quiet != 2)
        return "a control string that would be answered";
    if (pictures->uploading && keys.action != 't')
        return "a command inside an upload";
    switch (keys.action) {
    case 't':
        return transmit(pictures, &keys, payload);
    case 'p':
        return place(pictures, &keys, row, column, placed);
    case 'd':
        return delete (pictures, &keys);
    default:
        return "an unknown command";
    }
}

/* The first diacritics of the protocol's list; no test needs more. */
int fake_diacritic(unsigned character)
{
    static const unsigned short list[] = {
        0x0305, 0x030d, 0x030e, 0x0310, 0x0312, 0x033d, 0x033e, 0x033f, 0x0346, 0x034a, 0x034b, 0x034c, 0x0350,
        0x0351, 0x0352, 0x0357, 0x035b, 0x0363, 0x0364, 0x0365, 0x0366, 0x0367, 0x0368, 0x0369, 0x036a, 0x036b,
        0x036c, 0x036d, 0x036e, 0x036f, 0x0483, 0x0484, 0x0485, 0x0486, 0x0487, 0x0592, 0x0593, 0x0594, 0x0595};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (list[i] == character)
            return (int)i;
    return -1;
}

/* ------------------------------------------------------------------ iTerm2 */

static int argument(const char *text, const char *name)
{
    const char *colon = strchr(text, ':'), *at = strstr(text, name);
    return at && colon && at < colon ? atoi(at + strlen(name)) : -1;
}

const char *fake_iterm(const char *text, int *rows, int *columns, struct image *image)
{
    struct buffer bytes = {0};
    struct error error;
    const char *colon = strchr(text, ':');
    *rows = argument(text, ";height=");
    *columns = argument(text, ";width=");
    if (!colon || *rows <= 0 || *columns <= 0 || strncmp(text, "1337;File=inline=1;", 19) != 0 ||
        argument(text, "preserveAspectRatio=") != 0)
        return "an inline picture without its size in cells";
    const char *rule = NULL;
    if (!decode_base64(colon + 1, strlen(colon + 1), &bytes))
        rule = "bytes that are not base64";
    else if (argument(text, ";size=") != (int)bytes.size)
        rule = "an inline picture of another size than was said";
    else if (image_decode(bytes.data, bytes.size, "inline picture", image, &error) != STATUS_OK)
        rule = "an inline picture that cannot be decoded";
    buffer_free(&bytes);
    return rule;
}
