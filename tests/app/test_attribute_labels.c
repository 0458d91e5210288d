/* Which tracks a person is asked to label: before anything is predicted, and after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "app/app.h"
#include "app/attributes.h"
#include "app/track_attributes.h"
#include "core/pool.h"
#include "db/import/import.h"
#include "features/feature_set.h"
#include "tests/folder.h"
#include "tests/must.h"

enum { TRACKS = 30 };

static char folder[TEST_FOLDER_MAX];
static struct catalogue *catalogue;
static struct app *app;

static int begin(void **state)
{
    char path[TEST_FOLDER_MAX + 32], csv[TEST_FOLDER_MAX + 32];
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    struct pool *pool;
    (void)state;
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fputs("playlist,pos,track,artist,album\n", file);
    for (int t = 0; t < TRACKS; t++)
        fprintf(file, "one,%d,Song %d,Band %d,Album\n", t, t, t % 7);
    fclose(file);
    must(pool_create(1, &pool, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, pool, NULL, &report, &error));
    pool_destroy(pool);
    const struct app_options app_options = {.catalogue = path, .device = {DEVICE_CPU, 1, NULL}, .write = true};
    must(app_open(&app_options, &app, &error));
    return 0;
}

static int end(void **state)
{
    (void)state;
    app_close(app);
    catalogue_close(catalogue);
    char command[TEST_FOLDER_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static struct attribute_unsure list(const char *attribute, size_t most)
{
    struct attribute_unsure unsure;
    must(app_attribute_unsure(app, attribute, most, &unsure, &error));
    return unsure;
}

static bool same_order(const struct attribute_unsure *a, const struct attribute_unsure *b)
{
    assert_int_equal(a->tracks.count, b->tracks.count);
    for (size_t i = 0; i < a->tracks.count; i++)
        if (a->tracks.items[i].id != b->tracks.items[i].id)
            return false;
    return true;
}

static void the_first_labels_need_no_predictions(void **state)
{
    (void)state;
    struct buffer names = {0};
    must(app_attribute_names(app, &names, &error));
    assert_string_equal(names.data, "energy, valence, vocalness, music");
    buffer_free(&names);
    struct attribute_unsure first = list("energy", 100), again = list("energy", 100), other = list("genre:rock", 100);
    bool seen[TRACKS + 1] = {false};
    assert_int_equal(first.tracks.count, TRACKS);
    assert_false(first.predicted);
    for (size_t i = 0; i < TRACKS; i++) {
        assert_false(seen[first.tracks.items[i].id]);
        seen[first.tracks.items[i].id] = true;
        assert_true(isnan(first.values[i]));
    }
    assert_true(same_order(&first, &again));
    assert_false(same_order(&first, &other));
    must(app_attribute_label(app, first.tracks.items[0].id, "energy", 1, &error));
    attribute_unsure_free(&again);
    again = list("energy", 4);
    assert_int_equal(again.tracks.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(again.tracks.items[i].id, first.tracks.items[i + 1].id);
    must(app_attribute_label(app, first.tracks.items[0].id, "energy", (double)NAN, &error));
    attribute_unsure_free(&first);
    attribute_unsure_free(&again);
    attribute_unsure_free(&other);
}

static void unknown_attributes_are_refused(void **state)
{
    static const char *const wrong[] = {"mood", "genre", "genre:", ""};
    struct attribute_unsure unsure;
    struct error why;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(app_attribute_unsure(app, wrong[i], 5, &unsure, &why), STATUS_USAGE);
        assert_non_null(strstr(why.text, "genre:NAME"));
    }
}

/* Energies 0, 1/29, ..., 1: the borders of low, middle and high are 1/4 and 3/4. */
static void predictions_come_least_sure_first(void **state)
{
    static const char *const columns[] = {"energy", "genre:rock"};
    float values[TRACKS * 2];
    (void)state;
    for (int t = 0; t < TRACKS; t++) {
        values[2 * t] = (float)t / (TRACKS - 1);
        values[2 * t + 1] = (float)t / TRACKS;
    }
    const struct feature_set set = {.item = FEATURE_TRACKS,
                                    .n_rows = TRACKS,
                                    .width = 2,
                                    .values = values,
                                    .n_present = TRACKS,
                                    .columns = columns,
                                    .extractor = ATTRIBUTE_EXTRACTOR};
    const struct metadata_pair thresholds = {"attributes.thresholds", "genre:rock\t0.5\n"};
    must(feature_set_write(catalogue, ATTRIBUTE_SET, &set, &thresholds, 1, &error));
    struct attribute_unsure energy = list("energy", 6), rock = list("genre:rock", 1), valence = list("valence", 100);
    assert_true(energy.predicted && rock.predicted && !valence.predicted);
    for (size_t i = 1; i < energy.tracks.count; i++) {
        const double before = fmin(fabs(energy.values[i - 1] - 0.25), fabs(energy.values[i - 1] - 0.75));
        assert_true(before <= fmin(fabs(energy.values[i] - 0.25), fabs(energy.values[i] - 0.75)));
    }
    assert_int_equal(rock.tracks.items[0].id, TRACKS / 2 + 1);
    assert_true(rock.threshold == 0.5);
    assert_int_equal(valence.tracks.count, TRACKS);
    attribute_unsure_free(&energy);
    attribute_unsure_free(&rock);
    attribute_unsure_free(&valence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_labels_need_no_predictions),
                                       cmocka_unit_test(unknown_attributes_are_refused),
                                       cmocka_unit_test(predictions_come_least_sure_first)};
    return cmocka_run_group_tests_name("attribute_labels", tests, begin, end);
}
