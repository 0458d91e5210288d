/* Features of image files besides plain pixels: transparency, orientation, and everything that a malicious file may
 * declare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pool.h"
#include "image_files.h"
#include "sandbox/sandbox_internal.h"

static enum status decode(const struct buffer *file, struct image *image, struct error *error)
{
    char *exact =
        malloc(file->size > 0 ? file->size : 1); /* exact size, so that a sanitizer detects reads past the end */
    memcpy(exact, file->data, file->size);
    enum status status = image_decode(exact, file->size, "picture", image, error);
    free(exact);
    return status;
}

static void assert_decodes(const struct buffer *file, int width, int height, const uint8_t *rgb)
{
    struct image image;
    struct error error = {0};
    if (decode(file, &image, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    assert_memory_equal(image.rgb, rgb, (size_t)width * (size_t)height * 3);
    image_free(&image);
}

static void assert_refused(const struct buffer *file, const char *reason)
{
    struct image image;
    struct error error = {0};
    assert_int_equal(decode(file, &image, &error), STATUS_BAD_DATA);
    assert_null(image.rgb);
    if (!strstr(error.text, reason))
        fail_msg("\"%s\" lacks \"%s\"", error.text, reason);
}

/* ------------------------------------------------------------------ transparency */

enum { GHOST_WIDTH = 4, GHOST_HEIGHT = 2 };
/* Transparent black, transparent red, half red, opaque red; the same in grey. */
static const uint8_t ghost_rgba[] = {0,   0, 0, 0, 255, 0, 0, 0,  255, 0, 0, 128, 255, 0,   0,   255,
                                     255, 0, 0, 1, 255, 0, 0, 64, 0,   0, 0, 200, 255, 255, 255, 254};
static const uint8_t ghost_rgb[] = {128, 128, 128, 128, 128, 128, 192, 64, 64, 255, 0,   0,
                                    128, 127, 127, 160, 96,  96,  28,  28, 28, 255, 255, 255};

static void add_rows(struct buffer *rows, const void *values, size_t row)
{
    for (int y = 0; y < GHOST_HEIGHT; y++) {
        buffer_add_byte(rows, 0);
        buffer_add(rows, (const char *)values + (size_t)y * row, row);
    }
}

static void check_ghost(struct png_kind kind, const struct buffer *rows)
{
    struct buffer file = {0};
    make_png(GHOST_WIDTH, GHOST_HEIGHT, kind, rows->data, rows->size, &file);
    assert_decodes(&file, GHOST_WIDTH, GHOST_HEIGHT, ghost_rgb);
    buffer_free(&file);
}

/* RGBA in the order of the seven passes: passes without columns or rows are omitted. */
static void add_passes(struct buffer *rows)
{
    static const int passes[7][4] = {{0, 8, 0, 8}, {4, 8, 0, 8}, {0, 4, 4, 8}, {2, 4, 0, 4},
                                     {0, 2, 2, 4}, {1, 2, 0, 2}, {0, 1, 1, 2}};
    for (int pass = 0; pass < 7; pass++)
        for (int y = passes[pass][2]; y < GHOST_HEIGHT && passes[pass][0] < GHOST_WIDTH; y += passes[pass][3]) {
            buffer_add_byte(rows, 0);
            for (int x = passes[pass][0]; x < GHOST_WIDTH; x += passes[pass][1])
                buffer_add(rows, ghost_rgba + 4 * (y * GHOST_WIDTH + x), 4);
        }
}

static void one_picture_in_many_encodings_is_one_cover(void **state)
{
    (void)state;
    enum { PIXELS = GHOST_WIDTH * GHOST_HEIGHT };
    struct buffer rows = {0};
    add_rows(&rows, ghost_rgba, GHOST_WIDTH * 4);
    check_ghost((struct png_kind){.depth = 8, .colour_type = 6}, &rows);
    buffer_clear(&rows);
    add_passes(&rows);
    check_ghost((struct png_kind){.depth = 8, .colour_type = 6, .interlaced = true}, &rows);

    uint8_t deep[PIXELS * 8], palette[PIXELS * 3], alphas[PIXELS], indices[PIXELS];
    for (int i = 0; i < PIXELS * 8; i++)
        deep[i] = ghost_rgba[i / 2];
    for (int i = 0; i < PIXELS; i++) {
        memcpy(palette + 3 * i, ghost_rgba + 4 * i, 3);
        alphas[i] = ghost_rgba[4 * i + 3];
        indices[i] = (uint8_t)i;
    }
    buffer_clear(&rows);
    add_rows(&rows, deep, GHOST_WIDTH * 8);
    check_ghost((struct png_kind){.depth = 16, .colour_type = 6}, &rows);

    struct buffer chunks = {0}, file = {0}; /* PLTE followed by tRNS */
    buffer_clear(&rows);
    add_rows(&rows, indices, GHOST_WIDTH);
    buffer_add(&chunks, palette, sizeof palette);
    make_png(GHOST_WIDTH, GHOST_HEIGHT,
             (struct png_kind){.depth = 8, .colour_type = 3, .before = {"PLTE", palette, sizeof palette}}, rows.data,
             rows.size, &file);
    buffer_clear(&chunks);
    size_t at = 8 + 25 + 12 + sizeof palette;
    buffer_add(&chunks, file.data, at);
    add_png_chunk(&chunks, (struct file_part){"tRNS", alphas, sizeof alphas});
    buffer_add(&chunks, file.data + at, file.size - at);
    assert_decodes(&chunks, GHOST_WIDTH, GHOST_HEIGHT, ghost_rgb);

    buffer_clear(&file);
    make_webp(ghost_rgba, GHOST_WIDTH, GHOST_HEIGHT, &file);
    assert_decodes(&file, GHOST_WIDTH, GHOST_HEIGHT, ghost_rgb);
    buffer_free(&rows);
    buffer_free(&chunks);
    buffer_free(&file);
}

static void check_grey(struct png_kind kind, const void *row, size_t size, const uint8_t wanted[3])
{
    struct buffer rows = {0}, file = {0};
    uint8_t rgb[9];
    for (int i = 0; i < 9; i++)
        rgb[i] = wanted[i / 3];
    buffer_add_byte(&rows, 0);
    buffer_add(&rows, row, size);
    make_png(3, 1, kind, rows.data, rows.size, &file);
    assert_decodes(&file, 3, 1, rgb);
    buffer_free(&rows);
    buffer_free(&file);
}

static void grey_pictures_have_transparency_too(void **state)
{
    (void)state;
    const struct file_part key8 = {"tRNS", "\0\x07", 2}, key16 = {"tRNS", "\x12\x34", 2}, key2 = {"tRNS", "\0\1", 2};
    check_grey((struct png_kind){.depth = 8, .colour_type = 4}, "\x00\x00\xff\x80\x40\xff", 6,
               (const uint8_t[]){128, 192, 64});
    check_grey((struct png_kind){.depth = 8, .colour_type = 0, .before = key8}, "\x06\x07\x08", 3,
               (const uint8_t[]){6, 128, 8});
    check_grey((struct png_kind){.depth = 2, .colour_type = 0, .before = key2}, "\x18", 1,
               (const uint8_t[]){0, 128, 170});
    /* The transparent colour is compared before 16 bits are reduced to 8. */
    check_grey((struct png_kind){.depth = 16, .colour_type = 0, .before = key16}, "\x12\x33\x12\x34\x12\x35", 6,
               (const uint8_t[]){0x12, 128, 0x12});
}

/* ------------------------------------------------------------------ orientation */

enum { STORED_WIDTH = 3, STORED_HEIGHT = 2 };

/* What a viewer shows of the stored letters abc/def, by the definition of each value: first row, first column. */
static const char *const upright[] = {"abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"};

static void add_letters(const char *letters, struct image *image)
{
    for (int i = 0; i < STORED_WIDTH * STORED_HEIGHT; i++) {
        image->rgb[3 * i] = (uint8_t)(letters[i] * 2);
        image->rgb[3 * i + 1] = (uint8_t)(letters[i] / 2);
        image->rgb[3 * i + 2] = (uint8_t)letters[i];
    }
}

static void check_turned(const struct buffer *file, int orientation)
{
    struct image wanted;
    bool sideways = orientation >= 5;
    assert_int_equal(
        image_create(sideways ? STORED_HEIGHT : STORED_WIDTH, sideways ? STORED_WIDTH : STORED_HEIGHT, &wanted, NULL),
        STATUS_OK);
    add_letters(upright[orientation - 1], &wanted);
    assert_decodes(file, wanted.width, wanted.height, wanted.rgb);
    image_free(&wanted);
}

static void all_orientations_are_turned(void **state)
{
    (void)state;
    struct image stored;
    struct buffer webp = {0};
    uint8_t rgba[STORED_WIDTH * STORED_HEIGHT * 4];
    assert_int_equal(image_create(STORED_WIDTH, STORED_HEIGHT, &stored, NULL), STATUS_OK);
    add_letters("abcdef", &stored);
    for (int i = 0; i < STORED_WIDTH * STORED_HEIGHT; i++) {
        memcpy(rgba + 4 * i, stored.rgb + 3 * i, 3);
        rgba[4 * i + 3] = 255;
    }
    make_webp(rgba, STORED_WIDTH, STORED_HEIGHT, &webp);
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            struct buffer exif = {0}, file = {0}, prefixed = {0};
            make_exif(orientation, big_endian, &exif);
            const struct file_part none = {0}, chunk = {"eXIf", exif.data, exif.size};
            make_rgb_png(&stored, chunk, none, &file);
            check_turned(&file, orientation);
            buffer_clear(&file);
            make_rgb_png(&stored, none, chunk, &file);
            check_turned(&file, orientation);
            buffer_clear(&file);
            make_extended_webp(&webp, STORED_WIDTH, STORED_HEIGHT, 8, (struct file_part){"EXIF", exif.data, exif.size},
                               &file);
            check_turned(&file, orientation);
            buffer_clear(&file);
            buffer_add(&prefixed, "Exif\0\0", 6);
            buffer_add(&prefixed, exif.data, exif.size);
            make_extended_webp(&webp, STORED_WIDTH, STORED_HEIGHT, 8,
                               (struct file_part){"EXIF", prefixed.data, prefixed.size}, &file);
            check_turned(&file, orientation);
            buffer_free(&exif);
            buffer_free(&file);
            buffer_free(&prefixed);
        }
    buffer_free(&webp);
    image_free(&stored);
}

/* 32 x 16, four blocks of one colour each, so that JPEG keeps them: top left red, top right green, bottom left blue,
 * bottom right white. */
static void make_quarters(struct buffer *jpeg)
{
    static const uint8_t colours[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    struct image image;
    assert_int_equal(image_create(32, 16, &image, NULL), STATUS_OK);
    for (int i = 0; i < 32 * 16; i++)
        memcpy(image.rgb + 3 * i, colours[(i % 32 >= 16) + 2 * (i / 32 >= 8)], 3);
    assert_int_equal(image_encode_jpeg(&image, 95, jpeg, NULL), STATUS_OK);
    image_free(&image);
}

static char colour_at(const struct image *image, int x, int y)
{
    const uint8_t *rgb = image->rgb + 3 * (y * image->width + x);
    bool red = rgb[0] > 128, green = rgb[1] > 128, blue = rgb[2] > 128;
    return red && green && blue ? 'w' : red ? 'r' : green ? 'g' : blue ? 'b' : '?';
}

static void photographs_are_turned(void **state)
{
    (void)state;
    /* top left, top right, bottom left, bottom right */
    static const char *const corners[] = {"rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"};
    struct buffer jpeg = {0};
    make_quarters(&jpeg);
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            struct buffer exif = {0}, file = {0};
            struct image image;
            make_exif(orientation, big_endian, &exif);
            make_jpeg_with_exif(&jpeg, exif.data, exif.size, &file);
            assert_int_equal(decode(&file, &image, NULL), STATUS_OK);
            assert_int_equal(image.width, orientation >= 5 ? 16 : 32);
            int right = image.width - 1, bottom = image.height - 1;
            const char found[] = {colour_at(&image, 0, 0), colour_at(&image, right, 0), colour_at(&image, 0, bottom),
                                  colour_at(&image, right, bottom), '\0'};
            assert_string_equal(found, corners[orientation - 1]);
            image_free(&image);
            buffer_free(&exif);
            buffer_free(&file);
        }
    buffer_free(&jpeg);
}

/* An EXIF block may be truncated anywhere and contain anything: the picture is still decoded. */
static void hostile_exif_is_passed_over(void **state)
{
    (void)state;
    struct buffer jpeg = {0}, exif = {0};
    make_quarters(&jpeg);
    make_exif(6, true, &exif);
    for (size_t size = 0; size <= exif.size; size++) {
        struct buffer file = {0};
        struct image image;
        make_jpeg_with_exif(&jpeg, exif.data, size, &file);
        assert_int_equal(decode(&file, &image, NULL), STATUS_OK);
        assert_int_equal(image.width, size < 34 ? 32 : 16); /* 34: the orientation's entry is complete */
        image_free(&image);
        buffer_free(&file);
    }
    for (size_t at = 0; at < exif.size; at++)
        for (int value = 0; value < 256; value += value == 1 ? 126 : 1) {
            struct buffer file = {0};
            struct image image;
            char old = exif.data[at];
            exif.data[at] = (char)value;
            make_jpeg_with_exif(&jpeg, exif.data, exif.size, &file);
            exif.data[at] = old;
            assert_int_equal(decode(&file, &image, NULL), STATUS_OK);
            assert_int_equal(image.width * image.height, 32 * 16);
            image_free(&image);
            buffer_free(&file);
        }
    buffer_free(&jpeg);
    buffer_free(&exif);
}

/* ------------------------------------------------------------------ JPEG */

static void make_progressive(int edge, bool progressive, int restart_rows, struct buffer *out)
{
    struct image image = pattern(edge, edge);
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    codec.err = jpeg_std_error(&errors);
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
    codec.image_width = codec.image_height = (unsigned)edge;
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, 90, TRUE);
    if (progressive)
        jpeg_simple_progression(&codec);
    codec.restart_in_rows = restart_rows;
    jpeg_start_compress(&codec, TRUE);
    for (int y = 0; y < edge; y++) {
        JSAMPROW row = image.rgb + (size_t)y * (size_t)edge * 3;
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    buffer_add(out, bytes, size);
    free(bytes);
    image_free(&image);
}

static void append_end(const struct buffer *whole, size_t size, struct buffer *out)
{
    buffer_clear(out);
    buffer_add(out, whole->data, size);
    buffer_add(out, "\xff\xd9", 2);
}

/* The offset of the first scan's data. */
static size_t first_scan(const struct buffer *jpeg)
{
    for (size_t at = 2; at + 4 < jpeg->size;) {
        size_t length = (size_t)(uint8_t)jpeg->data[at + 2] << 8 | (uint8_t)jpeg->data[at + 3];
        bool scan = (uint8_t)jpeg->data[at + 1] == 0xda;
        at += 2 + length;
        if (scan)
            return at;
    }
    return 0;
}

/* A decoder that fills up with zeros at the end marker would accept a picture of which half is missing. */
static void a_cut_picture_with_an_end_marker_is_refused(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct buffer whole = {0}, cut = {0};
        struct image image;
        make_progressive(48, kind & 1, kind & 2 ? 1 : 0, &whole);
        assert_int_equal(decode(&whole, &image, NULL), STATUS_OK);
        image_free(&image);
        /* After the last rows only the last bits of a block remain. A progressive picture may end after any scan. */
        size_t from = first_scan(&whole) + 4, step = 7, end = kind & 1 ? from + 28 : whole.size - 60;
        for (size_t size = from; size < end; size += step) {
            append_end(&whole, size, &cut);
            assert_int_equal(decode(&cut, &image, NULL), STATUS_BAD_DATA);
        }
        buffer_free(&whole);
        buffer_free(&cut);
    }
}

static void what_follows_the_end_marker_does_not_matter(void **state)
{
    (void)state;
    struct buffer jpeg = {0}, file = {0};
    struct image image;
    struct error error;
    make_quarters(&jpeg);
    buffer_add(&file, jpeg.data, jpeg.size);
    buffer_add(&file, jpeg.data, jpeg.size); /* a camera's second picture */
    buffer_add(&file, "\0\0\xff\xc4\xff\xff rubbish \xff\xda", 17);
    assert_int_equal(decode(&file, &image, &error), STATUS_OK);
    assert_int_equal(colour_at(&image, 0, 0), 'r');
    image_free(&image);

    /* An end marker in a thumbnail, or after a truncation, is not the picture's own. */
    for (size_t size = first_scan(&jpeg) - 2; size < jpeg.size - 2; size++) {
        buffer_clear(&file);
        make_jpeg_with_exif(&jpeg, jpeg.data, jpeg.size, &file);
        file.size -= jpeg.size - size;
        assert_refused(&file, "");
    }
    buffer_free(&jpeg);
    buffer_free(&file);
}

/* Repeats the first scan of a progressive picture `times` more. */
static void repeat_first_scan(const struct buffer *jpeg, int times, struct buffer *out)
{
    size_t from = first_scan(jpeg) - 14, end = from + 14; /* a header for three components takes 14 bytes */
    while ((uint8_t)jpeg->data[end] != 0xff || jpeg->data[end + 1] == 0)
        end++;
    buffer_clear(out);
    buffer_add(out, jpeg->data, end);
    for (int i = 0; i < times; i++)
        buffer_add(out, jpeg->data + from, end - from);
    buffer_add(out, jpeg->data + end, jpeg->size - end);
}

static void scans_are_limited(void **state)
{
    (void)state;
    struct buffer jpeg = {0}, bomb = {0};
    struct image image;
    make_progressive(16, true, 0, &jpeg);
    repeat_first_scan(&jpeg, 5, &bomb);
    assert_int_equal(decode(&bomb, &image, NULL), STATUS_OK);
    image_free(&image);
    repeat_first_scan(&jpeg, 1000, &bomb);
    assert_refused(&bomb, "more scans");
    buffer_clear(&jpeg);
    make_progressive(512, true, 0, &jpeg);
    repeat_first_scan(&jpeg, 100, &bomb);
    assert_refused(&bomb, "more scans");
    buffer_free(&jpeg);
    buffer_free(&bomb);
}

static void patch_frame(struct buffer *jpeg, int marker, int height)
{
    for (size_t at = 2; at + 8 < jpeg->size; at++)
        if ((uint8_t)jpeg->data[at] == 0xff && ((uint8_t)jpeg->data[at + 1] & 0xfc) == 0xc0) {
            jpeg->data[at + 1] = (char)marker;
            jpeg->data[at + 5] = (char)(height >> 8);
            jpeg->data[at + 6] = (char)height;
            return;
        }
}

static void kinds_that_are_not_decoded_are_named(void **state)
{
    (void)state;
    static const struct {
        int marker, height;
        const char *reason;
    } cases[] = {
        {0xc0, 0, "no height"},          {0xc0, 0x7fff, "at most"}, {0xc1, 65535, "at most"},
        {0xc3, 16, "cannot be decoded"},                                                             /* lossless */
        {0xc9, 16, "arithmetic"},        {0xca, 16, "arithmetic"},  {0xc5, 16, "cannot be decoded"}, /* hierarchical */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer jpeg = {0};
        make_quarters(&jpeg);
        patch_frame(&jpeg, cases[i].marker, cases[i].height);
        assert_refused(&jpeg, cases[i].reason);
        buffer_free(&jpeg);
    }
}

/* ------------------------------------------------------------------ PNG */

static void chunks_that_decide_no_pixel_are_passed_over(void **state)
{
    (void)state;
    enum { TEXT = 64 << 20 };
    struct image image = pattern(9, 7);
    struct buffer text = {0}, file = {0};
    uLongf size = compressBound(TEXT);
    unsigned char *packed = malloc(size);
    char *zeros = calloc(TEXT, 1);
    compress2(packed, &size, (const Bytef *)zeros, TEXT, 1);
    free(zeros);
    buffer_add(&text, "Comment\0\0", 9);
    buffer_add(&text, packed, size);
    const struct file_part none = {0},
                           parts[] = {{"zTXt", text.data, text.size},
                                      {"iCCP", text.data, text.size},
                                      {"gAMA", "\0\1\x86\xa0", 4},
                                      {"acTL", "\0\0\0\2\0\0\0\0", 8}, /* an animation: the still picture is read */
                                      {"tEXt", "wrong", 5},
                                      {"eXIf", "", 0}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        buffer_clear(&file);
        make_rgb_png(&image, parts[i], none, &file);
        assert_decodes(&file, 9, 7, image.rgb);
        buffer_clear(&file);
        make_rgb_png(&image, none, parts[i], &file);
        assert_decodes(&file, 9, 7, image.rgb);
    }
    free(packed);
    buffer_free(&text);
    buffer_free(&file);
    image_free(&image);
}

static void damage_is_noticed(void **state)
{
    (void)state;
    struct image image = pattern(40, 30), decoded;
    struct buffer file = {0};
    const struct file_part none = {0};
    make_rgb_png(&image, none, none, &file);
    for (size_t at = 45; at < file.size - 20; at += 11) {
        file.data[at] ^= 0x10;
        assert_int_equal(decode(&file, &decoded, NULL), STATUS_BAD_DATA);
        file.data[at] ^= 0x10;
    }
    buffer_free(&file);
    image_free(&image);
}

static void pictures_that_unpack_to_too_much_are_refused(void **state)
{
    (void)state;
    struct image image = pattern(5, 4);
    struct buffer file = {0};
    const struct file_part none = {0};
    make_rgb_png(&image, none, none, &file);
    memcpy(file.data + 16, "\0\0\x1f\x40\0\0\x1f\x40\x10\x06", 10); /* 8000 x 8000, 16 bits, RGBA */
    assert_refused(&file, "unpacks to 488 MB");
    memcpy(file.data + 16, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10);
    assert_refused(&file, "damaged");
    memcpy(file.data + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff\xff\xff", 10);
    assert_refused(&file, "at most");
    buffer_free(&file);
    image_free(&image);
}

/* libpng would decompress a stream after the last pixel to its end; a small excess is skipped. */
static void data_behind_the_last_pixel_are_not_unpacked(void **state)
{
    (void)state;
    enum { LITTLE = 4096, MUCH = 128 << 20 };
    static const uint8_t black[3 * 2 * 2];
    char *rows = calloc(MUCH, 1);
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        struct buffer file = {0};
        struct png_kind kind = {.depth = 8, .colour_type = 2, .interlaced = interlaced};
        make_png(2, 2, kind, rows, LITTLE, &file);
        assert_decodes(&file, 2, 2, black);
        buffer_clear(&file);
        make_png(2, 2, kind, rows, MUCH, &file);
        assert_refused(&file, "more data than its pixels take");
        buffer_free(&file);
    }
    free(rows);
}

static void decode_task(void *context, size_t index, int worker)
{
    (void)worker;
    const struct buffer *files = context;
    const struct buffer *file = &files[index % 3];
    struct image image;
    struct error error;
    assert_int_equal(image_decode_safely(file->data, file->size, "a", IMAGE_EDGE_MAX, &image, &error), STATUS_OK);
    image_free(&image);
}

/* A hundred kilobytes expand to a hundred megabytes each: together the threads stay within their limit. */
static void threads_share_one_limit_of_memory(void **state)
{
    (void)state;
    struct buffer files[3] = {{0}};
    struct pool *pool;
    make_large_png(9000, 4000, (struct png_kind){.depth = 1, .colour_type = 0}, 1, &files[0]);
    make_large_png(6000, 6000, (struct png_kind){.depth = 1, .colour_type = 0}, 1, &files[1]);
    make_large_png(4000, 9000, (struct png_kind){.depth = 1, .colour_type = 0}, 1, &files[2]);
    assert_int_equal(pool_create(8, &pool, NULL), STATUS_OK);
    pool_run(pool, 9, decode_task, files);
    pool_destroy(pool);
    assert_in_range(sandbox_memory_peak(), 36000000 * 3, IMAGE_MEMORY_MAX);
    for (int i = 0; i < 3; i++)
        buffer_free(&files[i]);
}

/* ------------------------------------------------------------------ WebP */

static void webp_is_read_or_refused_for_a_reason(void **state)
{
    (void)state;
    struct image image = pattern(24, 16), decoded;
    struct buffer file = {0}, other = {0};
    uint8_t rgba[24 * 16 * 4], *lossy = NULL;
    for (int i = 0; i < 24 * 16; i++) {
        memcpy(rgba + 4 * i, image.rgb + 3 * i, 3);
        rgba[4 * i + 3] = 255;
    }
    make_webp(rgba, 24, 16, &file);
    assert_decodes(&file, 24, 16, image.rgb);
    for (size_t size = 0; size < file.size - 2; size++) {
        buffer_clear(&other);
        buffer_add(&other, file.data, size);
        assert_refused(&other, "");
    }
    buffer_clear(&other);
    make_extended_webp(&file, 24, 16, 2, (struct file_part){0}, &other);
    assert_refused(&other, "animation");
    buffer_clear(&other);
    buffer_add(&other, file.data, file.size);
    while (other.size < 13 << 20)
        buffer_add(&other, file.data, file.size);
    assert_refused(&other, "at most 12 can be used");

    buffer_clear(&file);
    size_t size = WebPEncodeRGB(image.rgb, 24, 16, 24 * 3, 80.0F, &lossy);
    buffer_add(&file, lossy, size);
    WebPFree(lossy);
    assert_int_equal(decode(&file, &decoded, NULL), STATUS_OK);
    assert_int_equal(decoded.width, 24);
    image_free(&decoded);
    file.size -= 10;
    assert_refused(&file, "cut off");
    buffer_free(&file);
    buffer_free(&other);
    image_free(&image);
}

/* ------------------------------------------------------------------ files */

static void only_regular_files_are_opened(void **state)
{
    (void)state;
    char folder[] = "/tmp/sleeve-image-XXXXXX", path[64];
    struct image image;
    struct error error;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe.jpg", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(image_load_fitted(path, 16, &image, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "a pipe"));
    assert_int_equal(image_load_fitted("/dev/zero", 16, &image, &error), STATUS_BAD_DATA);
    assert_int_equal(image_load_fitted(folder, 16, &image, &error), STATUS_BAD_DATA);
    unlink(path);
    assert_true(image_load_fitted(path, 16, &image, &error) != STATUS_OK);
    assert_null(image.rgb);
    FILE *file = fopen(path, "wb"); /* sparse: larger than the limit */
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), IMAGE_FILE_MAX + 1), 0);
    fclose(file);
    assert_int_equal(image_load_fitted(path, 16, &image, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "32 MB"));
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_picture_in_many_encodings_is_one_cover),
        cmocka_unit_test(grey_pictures_have_transparency_too),
        cmocka_unit_test(all_orientations_are_turned),
        cmocka_unit_test(photographs_are_turned),
        cmocka_unit_test(hostile_exif_is_passed_over),
        cmocka_unit_test(a_cut_picture_with_an_end_marker_is_refused),
        cmocka_unit_test(what_follows_the_end_marker_does_not_matter),
        cmocka_unit_test(scans_are_limited),
        cmocka_unit_test(kinds_that_are_not_decoded_are_named),
        cmocka_unit_test(chunks_that_decide_no_pixel_are_passed_over),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(pictures_that_unpack_to_too_much_are_refused),
        cmocka_unit_test(data_behind_the_last_pixel_are_not_unpacked),
        cmocka_unit_test(threads_share_one_limit_of_memory),
        cmocka_unit_test(webp_is_read_or_refused_for_a_reason),
        cmocka_unit_test(only_regular_files_are_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
