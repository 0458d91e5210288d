/* Images decoded in decoder processes: the same pixels and reasons as in this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after the above: */
#include <cmocka.h>

#include "../must.h"
#include "../vision/pattern.h"
#include "core/pool.h"
#include "killer.h"
#include "sandbox/sandbox.h"

static struct buffer png_of(int width, int height)
{
    struct image image = pattern(width, height);
    struct buffer file = {0};
    must(image_encode_png(&image, &file, &error));
    image_free(&image);
    return file;
}

static void assert_same(const struct image *a, const struct image *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_memory_equal(a->rgb, b->rgb, 3 * (size_t)a->width * (size_t)a->height);
}

static void a_decoder_gives_the_same_pixels(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {24, 16}, {640, 640}, {16, 3000}, {3000, 2000}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buffer file = png_of(sizes[i][0], sizes[i][1]);
        struct image here, there, fitted_here, fitted_there;
        must(image_decode(file.data, file.size, "a", &here, &error));
        must(image_decode_safely(file.data, file.size, "a", IMAGE_EDGE_MAX, &there, &error));
        assert_same(&here, &there);
        must(image_fit(&here, 224, &fitted_here, &error));
        must(image_decode_fitted(&file, "a", 224, &fitted_there, &error));
        assert_same(&fitted_here, &fitted_there);
        image_free(&here);
        image_free(&there);
        image_free(&fitted_here);
        image_free(&fitted_there);
        buffer_free(&file);
    }
}

static void a_decoder_gives_the_same_reasons(void **state)
{
    (void)state;
    struct buffer file = png_of(64, 64);
    for (size_t size = 0; size < file.size - 16; size += 7) { /* without an end of the file, the pixels are complete */
        struct image image;
        struct error here, there;
        assert_int_equal(image_decode(file.data, size, "a file", &image, &here), STATUS_BAD_DATA);
        assert_int_equal(image_decode_safely(file.data, size, "a file", IMAGE_EDGE_MAX, &image, &there),
                         STATUS_BAD_DATA);
        assert_string_equal(here.text, there.text);
        assert_null(image.rgb);
    }
    struct image image;
    struct error error;
    assert_int_equal(image_decode_safely(file.data, file.size, "a file", 63, &image, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "at most 63 an edge"));
    buffer_free(&file);
}

static void decode_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct buffer *files = context;
    struct image here, there;
    must(image_decode(files[index % 4].data, files[index % 4].size, "a", &here, &error));
    must(image_decode_safely(files[index % 4].data, files[index % 4].size, "a", IMAGE_EDGE_MAX, &there, &error));
    assert_same(&here, &there);
    image_free(&here);
    image_free(&there);
}

static void many_threads_decode_at_once(void **state)
{
    (void)state;
    struct buffer files[4];
    struct pool *pool;
    for (int i = 0; i < 4; i++)
        files[i] = png_of(30 + i, 40);
    must(pool_create(8, &pool, &error));
    pool_run(pool, 400, decode_task, files);
    pool_destroy(pool);
    for (int i = 0; i < 4; i++)
        buffer_free(&files[i]);
}

/* A decoder takes half a second to start under the thread sanitizer. */
#ifdef __SANITIZE_THREAD__
enum { DECODED = 200, KILLS = 3 };
#else
enum { DECODED = 1000, KILLS = 10 };
#endif

struct killed {
    struct killer killer;
    struct buffer good, bad;
    struct image pixels;
    atomic_int n_good, n_bad;
};

/* Every fifth file is damaged. */
static void killed_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct killed *killed = context;
    const struct buffer *file = index % 5 == 0 ? &killed->bad : &killed->good;
    struct image image;
    struct error error;
    enum status status = image_decode_safely(file->data, file->size, "a", IMAGE_EDGE_MAX, &image, &error);
    if (file == &killed->bad)
        atomic_fetch_add(&killed->n_bad, status == STATUS_BAD_DATA && strstr(error.text, "cannot be decoded"));
    else if (status == STATUS_OK)
        atomic_fetch_add(&killed->n_good, memcmp(image.rgb, killed->pixels.rgb, (size_t)3 * 300 * 300) == 0);
    image_free(&image);
    atomic_fetch_add(&killed->killer.served, 1);
}

static void pixels_and_reasons_do_not_depend_on_killed_decoders(void **state)
{
    (void)state;
    struct killed killed = {.good = png_of(300, 300), .bad = png_of(300, 300), .pixels = pattern(300, 300)};
    struct pool *pool;
    memset(killed.bad.data + killed.bad.size / 2, 0, 100);
    must(pool_create(4, &pool, &error));
    killer_start(&killed.killer);
    pool_run(pool, DECODED, killed_task, &killed);
    killer_stop(&killed.killer);
    pool_destroy(pool);
    assert_int_equal(atomic_load(&killed.n_good), DECODED - DECODED / 5);
    assert_int_equal(atomic_load(&killed.n_bad), DECODED / 5);
    assert_true(atomic_load(&killed.killer.killed) > KILLS);
    image_free(&killed.pixels);
    buffer_free(&killed.good);
    buffer_free(&killed.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decoder_gives_the_same_pixels),
        cmocka_unit_test(a_decoder_gives_the_same_reasons),
        cmocka_unit_test(many_threads_decode_at_once),
        cmocka_unit_test(pixels_and_reasons_do_not_depend_on_killed_decoders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
