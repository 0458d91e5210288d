/* How the disk cache distinguishes the pictures of different catalogues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fake_app.h"
#include "ui/pictures.h"

enum status app_cover(struct app *app, int64_t album_id, int edge, struct image *image, enum cover_origin *origin,
                      struct error *error)
{
    (void)app, (void)album_id, (void)edge, (void)image, (void)origin;
    return error_set(error, STATUS_FAILED, "no cover is drawn in this test");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogues_share_no_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
