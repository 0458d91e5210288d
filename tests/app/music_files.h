#ifndef SLEEVE_TESTS_APP_MUSIC_FILES_H
#define SLEEVE_TESTS_APP_MUSIC_FILES_H

/* FLAC files with any tags and a picture, without sound. After cmocka.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/file.h"
#include "draw/image.h"

static inline void music_add_number(struct buffer *out, uint32_t number, int bytes, bool big)
{
    for (int i = 0; i < bytes; i++)
        buffer_add_byte(out, (char)(number >> 8 * (big ? bytes - 1 - i : i)));
}

static inline void music_add_block(struct buffer *out, int type, bool last, const struct buffer *block)
{
    buffer_add_byte(out, (char)(type | (last ? 0x80 : 0)));
    music_add_number(out, (uint32_t)block->size, 3, true);
    buffer_add(out, block->data, block->size);
}

/* A plain square as a PNG file. */
static inline void music_picture(int edge, uint8_t grey, struct buffer *png)
{
    struct image image;
    assert_int_equal(image_create(edge, edge, &image, NULL), 0);
    memset(image.rgb, grey, (size_t)edge * (size_t)edge * 3);
    assert_int_equal(image_encode_png(&image, png, NULL), 0);
    image_free(&image);
}

static inline void music_save(const char *path, const struct buffer *bytes)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(folder_make(folder, NULL), 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data ? bytes->data : "", 1, bytes->size, file), bytes->size);
    assert_int_equal(fclose(file), 0);
}

/* Tags are separated by "|": "TITLE=x|ARTIST=y". `picture` may be NULL; it is the front cover. */
static inline void music_write(const char *path, const char *tags, int seconds, const struct buffer *picture)
{
    struct buffer out = {0}, block = {0};
    const uint64_t samples = (uint64_t)seconds * 8000;
    buffer_add(&out, "fLaC", 4);
    music_add_number(&block, 4096, 2, true);
    music_add_number(&block, 4096, 2, true);
    music_add_number(&block, 0, 3, true);
    music_add_number(&block, 0, 3, true);
    music_add_number(&block, 8000U << 12 | 15 << 4 | (uint32_t)(samples >> 32), 4, true); /* mono, 16 bits */
    music_add_number(&block, (uint32_t)samples, 4, true);
    for (int i = 0; i < 16; i++)
        buffer_add_byte(&block, 0);
    music_add_block(&out, 0, false, &block);
    uint32_t count = *tags != '\0';
    for (const char *at = tags; *at; at++)
        count += *at == '|';
    buffer_clear(&block);
    music_add_number(&block, 4, 4, false);
    buffer_add(&block, "test", 4);
    music_add_number(&block, count, 4, false);
    for (const char *at = tags; *at; at += at[0] == '|') {
        const size_t size = strcspn(at, "|");
        music_add_number(&block, (uint32_t)size, 4, false);
        buffer_add(&block, at, size);
        at += size;
    }
    music_add_block(&out, 4, !picture, &block);
    if (picture) {
        const uint32_t front = 3;
        buffer_clear(&block);
        music_add_number(&block, front, 4, true);
        music_add_number(&block, 9, 4, true);
        buffer_add(&block, "image/png", 9);
        for (int i = 0; i < 5; i++)
            music_add_number(&block, 0, 4, true);
        music_add_number(&block, (uint32_t)picture->size, 4, true);
        buffer_add(&block, picture->data, picture->size);
        music_add_block(&out, 6, true, &block);
    }
    assert_false(out.failed || block.failed);
    music_save(path, &out);
    buffer_free(&out);
    buffer_free(&block);
}

#endif
