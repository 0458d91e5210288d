#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "pattern.h"
#include "vision/embedder.h"

static float *embed(const char *name, const struct image *image)
{
    const struct embedder *embedder = embedder_find(name);
    assert_non_null(embedder);
    float *values = malloc((size_t)embedder->dim * sizeof *values);
    struct error error;
    assert_int_equal(embedder->embed(image, values, &error), STATUS_OK);
    return values;
}

static void gist_agrees_with_its_definition(void **state)
{
    (void)state;
    struct image image = pattern(32, 32);
    float *values = embed("gist", &image);
    assert_int_equal(embedder_find("gist")->dim, 960);
    double norm = 0.0;
    for (int i = 0; i < 960; i++)
        norm += (double)values[i] * values[i];
    assert_true(fabs(sqrt(norm) - gist_norm) < 1e-5);
    for (int i = 0; i < 24; i++)
        assert_true(fabs(values[40 * i] - gist_values[i]) < 2e-6);
    free(values);
    image_free(&image);
}

static void gray16_agrees_with_its_definition(void **state)
{
    (void)state;
    struct image image = pattern(40, 25);
    float *values = embed("gray16", &image);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < 256; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
    }
    assert_true(fabs(sum) < 1e-3 && fabs(squares - 256.0) < 1e-2);
    for (int i = 0; i < 16; i++)
        assert_true(fabs(values[16 * i] - gray16_values[i]) < 1e-6);
    free(values);
    image_free(&image);
}

static void a_constant_picture_has_nothing_to_say(void **state)
{
    (void)state;
    struct image image;
    struct error error;
    assert_int_equal(image_create(50, 50, &image, &error), STATUS_OK);
    memset(image.rgb, 77, 50 * 50 * 3);
    float *grey = embed("gray16", &image), *gist = embed("gist", &image);
    for (int i = 0; i < 256; i++)
        assert_true(grey[i] == 0.0F);
    for (int i = 0; i < 960; i++)
        assert_true(fabsf(gist[i]) < 1e-5F);
    free(grey);
    free(gist);
    image_free(&image);
}

static void gist_channels_follow_colours(void **state)
{
    (void)state;
    struct image image = pattern(32, 32), swapped = pattern(32, 32);
    for (int i = 0; i < 32 * 32; i++) {
        swapped.rgb[3 * i] = image.rgb[3 * i + 2];
        swapped.rgb[3 * i + 2] = image.rgb[3 * i];
    }
    float *a = embed("gist", &image), *b = embed("gist", &swapped);
    for (int i = 0; i < 320; i++) {
        assert_true(fabsf(a[i] - b[640 + i]) < 1e-6F);
        assert_true(fabsf(a[320 + i] - b[320 + i]) < 1e-6F);
    }
    free(a);
    free(b);
    image_free(&swapped);
    image_free(&image);
}

/* Vertical stripes excite one filter of a scale; rotated by a quarter turn, the one 90 degrees away. */
static void gist_filters_follow_direction(void **state)
{
    (void)state;
    int strongest[2];
    for (int turned = 0; turned < 2; turned++) {
        struct image image;
        struct error error;
        assert_int_equal(image_create(32, 32, &image, &error), STATUS_OK);
        for (int i = 0; i < 32 * 32; i++)
            memset(image.rgb + 3 * i, (int)(128.0 + 100.0 * sin(2.0 * M_PI * (turned ? i / 32 : i % 32) * 10.0 / 32.0)),
                   3);
        float *values = embed("gist", &image), best = -1.0F;
        for (int filter = 0; filter < 8; filter++)
            if (values[filter * 16 + 5] > best) {
                best = values[filter * 16 + 5];
                strongest[turned] = filter;
            }
        free(values);
        image_free(&image);
    }
    assert_int_equal((strongest[0] + 4) % 8, strongest[1]);
}

static void neighbours_are_exact(void **state)
{
    (void)state;
    enum { N = 300, DIM = 37, K = 12 };
    float *values = calloc(N * DIM, sizeof *values);
    for (int i = 0; i < N; i++)
        for (int d = 0; d < DIM && i % 17 != 3; d++)
            values[i * DIM + d] = (float)((i * i * 31 + d * 57 + i * d) % 11);
    memcpy(values + 10 * DIM, values + 20 * DIM, DIM * sizeof *values); /* ties at distance 0 and elsewhere */
    struct embedding_set set = {.n_albums = N, .dim = DIM, .values = values};
    struct neighbour found[K];
    struct error error;
    size_t count;
    for (int album = 1; album <= N; album += 13) {
        enum status status = embedding_neighbours(&set, album, K, found, &count, &error);
        if ((album - 1) % 17 == 3) {
            assert_int_equal(status, STATUS_FAILED);
            continue;
        }
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(count, K);
        size_t closer = 0;
        for (int other = 1; other <= N; other++) {
            double sum = 0.0;
            bool zero = true;
            for (int d = 0; d < DIM; d++) {
                double difference = values[(album - 1) * DIM + d] - values[(other - 1) * DIM + d];
                sum += difference * difference;
                zero = zero && values[(other - 1) * DIM + d] == 0.0F;
            }
            if (other == album || zero)
                continue;
            double last = found[K - 1].distance;
            if (sqrt(sum) < last - 1e-4 || (fabs(sqrt(sum) - last) < 1e-4 && other <= found[K - 1].album)) {
                assert_int_equal(found[closer].distance * 1000.0F > 0.0F || sum < 1e-9, 1);
                closer++;
            }
        }
        assert_int_equal(closer, K);
        for (int i = 1; i < K; i++)
            assert_true(found[i - 1].distance < found[i].distance ||
                        (found[i - 1].distance == found[i].distance && found[i - 1].album < found[i].album));
    }
    assert_int_equal(embedding_neighbours(&set, 0, K, found, &count, &error), STATUS_USAGE);
    assert_int_equal(embedding_neighbours(&set, N + 1, K, found, &count, &error), STATUS_USAGE);
    set.n_albums = 3;
    assert_int_equal(embedding_neighbours(&set, 1, K, found, &count, &error), STATUS_OK);
    assert_int_equal(count, 2);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gist_agrees_with_its_definition),       cmocka_unit_test(gray16_agrees_with_its_definition),
        cmocka_unit_test(a_constant_picture_has_nothing_to_say), cmocka_unit_test(gist_channels_follow_colours),
        cmocka_unit_test(gist_filters_follow_direction),         cmocka_unit_test(neighbours_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
