#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vision/cover_store.h"
#include "vision/embedder.h"

enum { SMALL = 32 };

static struct album album_of(const char *artist, const char *key)
{
    struct album album = {.id = 1, .key = key, .title = key, .artist = artist, .genre = "rock", .year = 1994};
    for (int i = 0; i < AUDIO_FEATURES; i++)
        album.audio[i] = 0.5F;
    album.audio[10] = 120.0F;
    return album;
}

static struct image drawn(const struct album *album, int edge)
{
    struct image image;
    struct error error;
    assert_int_equal(artwork_draw(album, edge, &image, &error), STATUS_OK);
    assert_int_equal(image.width, edge);
    assert_int_equal(image.height, edge);
    return image;
}

static double difference(const struct image *a, const struct image *b)
{
    double sum = 0.0;
    for (int i = 0; i < a->width * a->height * 3; i++)
        sum += fabs((double)a->rgb[i] - b->rgb[i]);
    return sum / (a->width * a->height * 3);
}

static void same_facts_same_picture(void **state)
{
    (void)state;
    struct album album = album_of("Someone", "first");
    struct image a = drawn(&album, 54), b = drawn(&album, 54);
    assert_memory_equal(a.rgb, b.rgb, 54 * 54 * 3);
    album.key = "second";
    struct image c = drawn(&album, 54);
    assert_true(difference(&a, &c) > 1.0);
    image_free(&a);
    image_free(&b);
    image_free(&c);
}

static void every_size_and_unknown_facts_are_drawn(void **state)
{
    (void)state;
    static const int edges[] = {1, 2, 7, 16, 95, 96, 300};
    struct album bare = {.id = 1};
    for (int i = 0; i < AUDIO_FEATURES; i++)
        bare.audio[i] = NAN;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        struct image image = drawn(&bare, edges[i]);
        image_free(&image);
    }
    struct image none;
    struct error error;
    assert_int_equal(artwork_draw(&bare, 0, &none, &error), STATUS_USAGE);
    assert_int_equal(artwork_draw(&bare, 1 << 20, &none, &error), STATUS_USAGE);
}

/* A small drawing equals the resized large one, so that embeddings of small drawings match the displayed ones; no cover
 * is a single flat colour. */
static void small_drawings_look_like_large_ones(void **state)
{
    (void)state;
    double worst = 0.0, sum = 0.0;
    enum { ARTISTS = 150 };
    for (int i = 0; i < ARTISTS; i++) {
        char artist[32];
        snprintf(artist, sizeof artist, "Artist %d", i);
        struct album album = album_of(artist, "album");
        struct image small = drawn(&album, SMALL), large = drawn(&album, 224), shrunk;
        struct error error;
        assert_int_equal(image_resize(&large, SMALL, SMALL, FILTER_BOX, &shrunk, &error), STATUS_OK);
        double d = difference(&small, &shrunk), spread = 0.0, mean = 0.0;
        for (int p = 0; p < SMALL * SMALL; p++)
            mean += small.rgb[3 * p + 1];
        mean /= SMALL * SMALL;
        for (int p = 0; p < SMALL * SMALL; p++)
            spread += fabs(small.rgb[3 * p + 1] - mean);
        assert_true(spread / (SMALL * SMALL) > 4.0);
        worst = d > worst ? d : worst;
        sum += d;
        image_free(&small);
        image_free(&large);
        image_free(&shrunk);
    }
    assert_true(sum / ARTISTS < 4.0);
    assert_true(worst < 20.0);
}

/* With gist, an album's nearest neighbour is nearly always by the same artist. */
static void artists_are_families(void **state)
{
    (void)state;
    enum { ARTISTS = 10, ALBUMS = 8, N = ARTISTS * ALBUMS };
    const struct embedder *gist = embedder_find("gist");
    float *values = malloc((size_t)N * (size_t)gist->dim * sizeof *values);
    for (int i = 0; i < N; i++) {
        char artist[32], key[32];
        struct error error;
        snprintf(artist, sizeof artist, "Band %d", i / ALBUMS);
        snprintf(key, sizeof key, "record %d", i);
        struct album album = album_of(artist, key);
        struct image image = drawn(&album, SMALL);
        assert_int_equal(gist->embed(&image, values + i * gist->dim, &error), STATUS_OK);
        image_free(&image);
    }
    struct embedding_set set = {.n_albums = N, .dim = gist->dim, .values = values};
    int same = 0;
    for (int i = 0; i < N; i++) {
        struct neighbour nearest;
        struct error error;
        size_t count;
        assert_int_equal(embedding_neighbours(&set, i + 1, 1, &nearest, &count, &error), STATUS_OK);
        same += (nearest.album - 1) / ALBUMS == i / ALBUMS;
    }
    assert_true(same >= N * 8 / 10);
    free(values);
}

static void placeholders_have_a_letter_and_their_colour(void **state)
{
    (void)state;
    static const char *const names[] = {"The Beatles", "\xc3\x85sa", "\xe5\xae\x87\xe5\xa4\x9a\xe7\x94\xb0", "",
                                        "2Pac",        "\xff\xfe"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct image image;
        struct error error;
        assert_int_equal(placeholder_draw(names[i], NULL, 48, &image, &error), STATUS_OK);
        uint32_t colour = placeholder_colour(names[i]);
        int light = 0;
        for (int c = 0; c < 3; c++)
            assert_in_range(image.rgb[c] + 40 - (int)(colour >> (16 - 8 * c) & 255), 0, 80);
        for (int p = 0; p < 48 * 48; p++)
            light += image.rgb[3 * p] > 180 && image.rgb[3 * p + 1] > 180;
        assert_true(light > 20);
        image_free(&image);
    }
    assert_int_equal(placeholder_colour("Prince"), placeholder_colour("Prince"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_facts_same_picture),
        cmocka_unit_test(every_size_and_unknown_facts_are_drawn),
        cmocka_unit_test(small_drawings_look_like_large_ones),
        cmocka_unit_test(artists_are_families),
        cmocka_unit_test(placeholders_have_a_letter_and_their_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
