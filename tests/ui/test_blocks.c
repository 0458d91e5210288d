/* Pictures made of block characters: the choice of masks and colours, and how near they come to the picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "ui/terminal/blocks.h"
#include "vision/cover_store.h"

static const int divisions[][2] = {[BLOCKS_HALF] = {1, 2}, [BLOCKS_QUADRANT] = {2, 2}, [BLOCKS_SEXTANT] = {2, 3}};

static struct image picture_of(int columns, int rows)
{
    struct image image;
    struct error error;
    assert_int_equal(image_create(columns * BLOCK_CELL_WIDTH, rows * BLOCK_CELL_HEIGHT, &image, &error), STATUS_OK);
    return image;
}

static void set_pixel(struct image *image, int x, int y, uint32_t rgb)
{
    for (int c = 0; c < 3; c++)
        image->rgb[3 * (y * image->width + x) + c] = (uint8_t)(rgb >> (16 - 8 * c));
}

/* The picture that the blocks show. */
static struct image drawn(const struct buffer *blocks, enum block_shape shape, int columns, int rows)
{
    struct image image = picture_of(columns, rows);
    int across = divisions[shape][0], down = divisions[shape][1];
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++) {
            struct block block;
            int cell = y / BLOCK_CELL_HEIGHT * columns + x / BLOCK_CELL_WIDTH;
            memcpy(&block, blocks->data + (size_t)cell * sizeof block, sizeof block);
            int bit = y % BLOCK_CELL_HEIGHT * down / BLOCK_CELL_HEIGHT * across +
                      x % BLOCK_CELL_WIDTH * across / BLOCK_CELL_WIDTH;
            memcpy(image.rgb + 3 * (y * image.width + x), block.mask >> bit & 1 ? block.foreground : block.background,
                   3);
        }
    return image;
}

static double squared_error(const struct image *a, const struct image *b)
{
    double sum = 0;
    size_t count = 3 * (size_t)a->width * (size_t)a->height;
    for (size_t i = 0; i < count; i++)
        sum += (a->rgb[i] - b->rgb[i]) * (a->rgb[i] - b->rgb[i]);
    return sum / (double)count;
}

static double error_of(const struct image *image, enum block_shape shape)
{
    struct buffer blocks = {0};
    int columns = image->width / BLOCK_CELL_WIDTH, rows = image->height / BLOCK_CELL_HEIGHT;
    blocks_make(image, shape, &blocks);
    assert_int_equal(blocks.size, (size_t)(columns * rows) * sizeof(struct block));
    assert_true(blocks_are_valid(blocks.data, blocks.size, (size_t)(columns * rows), shape));
    struct image shown = drawn(&blocks, shape, columns, rows);
    double error = squared_error(image, &shown);
    image_free(&shown);
    buffer_free(&blocks);
    return error;
}

/* Every mask with two colours is shown exactly. */
static void two_colours_are_exact(void **state)
{
    (void)state;
    for (int shape = BLOCKS_HALF; shape <= BLOCKS_SEXTANT; shape++) {
        int across = divisions[shape][0], down = divisions[shape][1];
        for (unsigned mask = 0; mask < 1U << (across * down); mask++) {
            struct image image = picture_of(1, 1);
            for (int y = 0; y < BLOCK_CELL_HEIGHT; y++)
                for (int x = 0; x < BLOCK_CELL_WIDTH; x++) {
                    int bit = y * down / BLOCK_CELL_HEIGHT * across + x * across / BLOCK_CELL_WIDTH;
                    set_pixel(&image, x, y, mask >> bit & 1 ? 0xcc3322 : 0x1144ee);
                }
            assert_true(error_of(&image, (enum block_shape)shape) == 0);
            image_free(&image);
        }
    }
}

/* No other mask with the best colours for it has a smaller error over the blocks. The blocks are plain here, so that
 * the error over the pixels is the same. */
static void no_mask_is_better(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 3);
    for (int round = 0; round < 200; round++) {
        uint32_t values[6];
        struct image image = picture_of(1, 1);
        for (int i = 0; i < 6; i++)
            values[i] = (uint32_t)random_below(&random, 1 << 24);
        for (int y = 0; y < BLOCK_CELL_HEIGHT; y++)
            for (int x = 0; x < BLOCK_CELL_WIDTH; x++)
                set_pixel(&image, x, y, values[y / 4 * 2 + x / 3]);
        double least = 1e30;
        for (unsigned mask = 0; mask < 32; mask++) {
            double sum = 0;
            for (int c = 0; c < 3; c++) {
                double total[2] = {0}, squares[2] = {0}, count[2] = {0};
                for (int i = 0; i < 6; i++) {
                    double value = values[i] >> (16 - 8 * c) & 255;
                    total[mask >> i & 1] += value;
                    squares[mask >> i & 1] += value * value;
                    count[mask >> i & 1]++;
                }
                for (int side = 0; side < 2; side++)
                    sum += count[side] > 0 ? squares[side] - total[side] * total[side] / count[side] : 0;
            }
            least = fmin(least, sum / 18);
        }
        struct buffer blocks = {0};
        struct block block;
        blocks_make(&image, BLOCKS_SEXTANT, &blocks);
        memcpy(&block, blocks.data, sizeof block);
        double sum = 0; /* of the chosen mask, with the means that minimise the error */
        for (int c = 0; c < 3; c++)
            for (int side = 0; side < 2; side++) {
                double total = 0, squares = 0, count = 0;
                for (int i = 0; i < 6; i++)
                    if ((block.mask >> i & 1) == side) {
                        double value = values[i] >> (16 - 8 * c) & 255;
                        total += value;
                        squares += value * value;
                        count++;
                    }
                sum += count > 0 ? squares - total * total / count : 0;
            }
        assert_true(sum / 18 <= least + 0.1); /* blocks are measured as floats */
        buffer_free(&blocks);
        image_free(&image);
    }
}

/* Black and white in turn are as bright as the grey with half the light, 188, not as 128. */
static void means_are_of_light(void **state)
{
    (void)state;
    struct image image = picture_of(1, 1);
    for (int y = 0; y < BLOCK_CELL_HEIGHT; y++)
        for (int x = 0; x < BLOCK_CELL_WIDTH; x++)
            set_pixel(&image, x, y, y & 1 ? 0xffffff : 0x000000);
    struct buffer blocks = {0};
    struct block block;
    blocks_make(&image, BLOCKS_SEXTANT, &blocks);
    memcpy(&block, blocks.data, sizeof block);
    assert_int_equal(block.mask, 0);
    assert_in_range(block.background[1], 187, 189);
    buffer_free(&blocks);
    image_free(&image);
}

/* Covers of the demo, six columns by three rows as at 120 x 36 and twice that. */
static void more_blocks_come_nearer_to_a_cover(void **state)
{
    (void)state;
    static const char *const artists[] = {"Prince", "Beyonc\xc3\xa9", "MEDUZA",   "Zedd",
                                          "Kygo",   "Adele",          "Bon Iver", "Low"};
    for (int rows = 3; rows <= 6; rows += 3) {
        double errors[3] = {0};
        for (size_t i = 0; i < sizeof artists / sizeof artists[0]; i++) {
            struct album album = {.id = (int64_t)i + 1, .title = "One", .artist = (char *)artists[i], .key = "k"};
            struct image image;
            struct error error;
            assert_int_equal(artwork_draw(&album, rows * BLOCK_CELL_HEIGHT, &image, &error), STATUS_OK);
            for (int shape = BLOCKS_HALF; shape <= BLOCKS_SEXTANT; shape++)
                errors[shape] += error_of(&image, (enum block_shape)shape) / 8;
            image_free(&image);
        }
        for (int shape = BLOCKS_HALF; shape <= BLOCKS_SEXTANT; shape++)
            print_message("# %d rows, shape %d: PSNR %.2f dB\n", rows, shape, 10 * log10(255 * 255 / errors[shape]));
        assert_true(errors[BLOCKS_QUADRANT] < 0.95 * errors[BLOCKS_HALF]);
        assert_true(errors[BLOCKS_SEXTANT] < 0.95 * errors[BLOCKS_QUADRANT]);
    }
}

static void foreign_bytes_are_refused(void **state)
{
    (void)state;
    struct block blocks[2] = {{.mask = 31}, {.mask = 32}};
    assert_true(blocks_are_valid((char *)blocks, sizeof blocks[0], 1, BLOCKS_SEXTANT));
    assert_false(blocks_are_valid((char *)blocks, sizeof blocks, 2, BLOCKS_SEXTANT));
    assert_false(blocks_are_valid((char *)blocks, sizeof blocks[0], 2, BLOCKS_SEXTANT));
    assert_false(blocks_are_valid((char *)blocks, sizeof blocks[0], 1, BLOCKS_QUADRANT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_colours_are_exact),     cmocka_unit_test(no_mask_is_better),
        cmocka_unit_test(means_are_of_light),        cmocka_unit_test(more_blocks_come_nearer_to_a_cover),
        cmocka_unit_test(foreign_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
