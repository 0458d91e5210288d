/* The pixels of covers and of the map: how the disk cache distinguishes the pictures of different catalogues, and
 * covers that arrive one after another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/pictures.h"
#include "ui_fixture.h"

/* On a machine that is too busy, a second passes between two looks at the clock. */
static bool busy;

double clock_seconds(void)
{
    static double late;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    late += busy;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9 + late;
}

/* Covers take a while to be read; those of every third album cannot be. */
static atomic_int covers_read;

enum status app_cover(struct app *app, int64_t album_id, int edge, struct image *image, enum cover_origin *origin,
                      struct error *error)
{
    (void)app;
    atomic_fetch_add(&covers_read, 1);
    *origin = COVER_STORED;
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    nanosleep(&pause, NULL);
    if (album_id % 3 == 0)
        return error_set(error, STATUS_FAILED, "no cover is drawn in this test");
    return image_create(edge, edge, image, error);
}

static void fingerprint(struct app *app, char text[64])
{
    struct pictures *pictures;
    struct error error;
    assert_int_equal(pictures_create(app, &pictures, &error), STATUS_OK);
    struct image_source source = pictures_source(pictures);
    memcpy(text, source.fingerprint, sizeof source.fingerprint);
    pictures_destroy(pictures);
}

/* Album 7 differs between the catalogues, although the files have the same name and as many covers. */
static void test_catalogues_share_no_pictures(void **unused)
{
    (void)unused;
    struct app *app = fake_app_create();
    struct app_summary *summary = (struct app_summary *)app_summary(app);
    char first[64], other[64], again[64];
    snprintf(summary->path, sizeof summary->path, "/music/jazz/catalogue.db");
    fingerprint(app, first);
    fingerprint(app, again);
    assert_string_equal(first, again);
    snprintf(summary->path, sizeof summary->path, "/music/folk/catalogue.db");
    fingerprint(app, other);
    assert_string_not_equal(first, other);
    snprintf(summary->path, sizeof summary->path, "/music/jazz/catalogue.db");
    summary->counts.covers++;
    fingerprint(app, other);
    assert_string_not_equal(first, other);
    summary->counts.covers--;
    summary->counts.own_playlists++; /* saving a playlist does not change the cache key */
    fingerprint(app, other);
    assert_string_equal(first, other);
    fake_app_destroy(app);
}

static struct image_rect map_rect(const struct screen *screen)
{
    for (int i = 0; i < screen->n_images; i++)
        if (screen->images[i].reference.kind == IMAGE_MAP)
            return screen->images[i];
    fail_msg("there is no picture of the map");
    return (struct image_rect){0};
}

/* Pictures of the map follow each other until all covers are there; then it is drawn no more, although some covers
 * cannot be read, and each was read once. */
static void covers_of_the_map_arrive(void)
{
    atomic_store(&covers_read, 0);
    struct fixture fixture;
    struct pictures *pictures;
    struct screen screen;
    struct error error;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "map", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "map look covers", &error), STATUS_OK);
    assert_int_equal(pictures_create(fixture.app, &pictures, &error), STATUS_OK);
    struct image_source source = pictures_source(pictures);
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    struct image_rect rect = map_rect(&screen);
    uint64_t version = 0;
    int pictures_made = 0;
    for (uint64_t next; (next = pictures_set_map(pictures, &fixture.state, &rect)) != version; version = next) {
        struct image image;
        assert_int_equal(
            source.pixels(source.context, &rect.reference, rect.columns * 8, rect.rows * 16, &image, &error),
            STATUS_OK);
        image_free(&image);
        pictures_made++;
    }
    int read = atomic_load(&covers_read);
    assert_true(read > 4 && pictures_made > 1 && pictures_made <= read + 1);
    version = pictures_set_map(pictures, &fixture.state, &rect);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "map zoom in", &error), STATUS_OK);
    assert_true(pictures_set_map(pictures, &fixture.state, &rect) != version);
    struct image small; /* half-blocks: a pixel a column, two a row */
    assert_int_equal(source.pixels(source.context, &rect.reference, rect.columns, rect.rows * 2, &small, &error),
                     STATUS_OK);
    assert_true(small.width == rect.columns && small.height == rect.rows * 2);
    image_free(&small);
    screen_free(&screen);
    pictures_destroy(pictures);
    fixture_free(&fixture);
}

static void test_covers_of_the_map_arrive(void **unused)
{
    (void)unused;
    covers_of_the_map_arrive();
}

/* Each panel of Compare's plot is a picture of its own, made again only when what it shows has changed. */
static void test_panels_of_a_plot(void **unused)
{
    (void)unused;
    struct fixture fixture;
    struct pictures *pictures;
    struct screen screen;
    struct error error;
    fixture_init(&fixture);
    fixture_settle(&fixture);
    fixture.state.pixel_images = true;
    fixture.state.cell_width = 8, fixture.state.cell_height = 16;
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "compare mf-avg als", &error), STATUS_OK);
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "compare show plot", &error), STATUS_OK);
    fixture_settle(&fixture);
    assert_int_equal(pictures_create(fixture.app, &pictures, &error), STATUS_OK);
    struct image_source source = pictures_source(pictures);
    assert_int_equal(screen_create(24, 80, &screen, &error), STATUS_OK);
    view_draw(&fixture.state, &screen);
    assert_int_equal(screen.n_images, 6);
    uint64_t versions[6];
    for (int i = 0; i < 6; i++) {
        const struct image_rect *rect = &screen.images[i];
        struct image image;
        assert_int_equal(rect->reference.id, IMAGE_MAP_PLOT + i);
        versions[i] = pictures_set_map(pictures, &fixture.state, rect);
        assert_int_equal(pictures_set_map(pictures, &fixture.state, rect), versions[i]);
        assert_int_equal(
            source.pixels(source.context, &rect->reference, rect->columns * 8, rect->rows * 16, &image, &error),
            STATUS_OK);
        assert_true(image.width == rect->columns * 8 && image.height == rect->rows * 16);
        image_free(&image);
    }
    assert_int_equal(command_run(&fixture.state, &fixture.requested, "compare swap", &error), STATUS_OK);
    fixture_settle(&fixture);
    for (int i = 0; i < 6; i++)
        assert_true(pictures_set_map(pictures, &fixture.state, &screen.images[i]) != versions[i]);
    screen_free(&screen);
    pictures_destroy(pictures);
    fixture_free(&fixture);
}

/* Each picture has a new cover even if its time is over at once. */
static void test_covers_arrive_on_a_busy_machine(void **unused)
{
    (void)unused;
    busy = true;
    covers_of_the_map_arrive();
    busy = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panels_of_a_plot),
        cmocka_unit_test(test_catalogues_share_no_pictures),
        cmocka_unit_test(test_covers_of_the_map_arrive),
        cmocka_unit_test(test_covers_arrive_on_a_busy_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
