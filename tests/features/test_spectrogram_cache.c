/* The cache of spectrograms: values within their steps, files that change, runs that are killed, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/catalogue.h"
#include "features/audio/spectrogram_cache.h"
#include "tests/folder.h"
#include "tests/must.h"
#include "tests/wav.h"

struct world {
    char folder[TEST_FOLDER_MAX], sound[TEST_FOLDER_MAX + 16], cache[TEST_FOLDER_MAX + 64];
    struct catalogue *catalogue;
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char path[TEST_FOLDER_MAX + 8];
    if (!world || !test_folder_make(world->folder))
        return -1;
    snprintf(path, sizeof path, "%s/c.db", world->folder);
    snprintf(world->sound, sizeof world->sound, "%s/tone.wav", world->folder);
    snprintf(world->cache, sizeof world->cache, "%s/c.data/spectrograms/thesis.cache", world->folder);
    *state = world;
    return wav_write(world->sound, &(struct wav){.rate = 22050, .channels = 1, .seconds = 14})
               ? (int)catalogue_open(path, CATALOGUE_CREATE, &world->catalogue, NULL)
               : -1;
}

static int end(void **state)
{
    struct world *world = *state;
    char command[TEST_FOLDER_MAX + 16];
    catalogue_close(world->catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    free(world);
    return system(command);
}

static const struct spectrogram_settings *preset(const char *name)
{
    return spectrogram_preset(name);
}

/* Adds the tone as the files of tracks first..last. */
static void add(const struct world *world, const struct spectrogram_settings *settings, int64_t first, int64_t last,
                int64_t modified)
{
    struct spectrogram_cache_writer *writer;
    struct spectrogram *spectrogram;
    struct error reason;
    must(spectrogram_cache_write(world->catalogue, settings, &writer, &error));
    must(spectrogram_create(spectrogram_cache_settings(writer), &spectrogram, &error));
    for (int64_t track = first; track <= last; track++) {
        const struct spectrogram_cache_entry entry = {.track = track, .size = 100, .modified = modified};
        const int descriptor = open(world->sound, O_RDONLY);
        must(spectrogram_cache_add(writer, spectrogram, &entry, descriptor, "tone", &reason, &error));
        assert_string_equal(reason.text, "");
        close(descriptor);
    }
    spectrogram_destroy(spectrogram);
    must(spectrogram_cache_finish(writer, &error));
}

static void assert_entries(const struct world *world, size_t count)
{
    struct spectrogram_cache cache;
    must(spectrogram_cache_open(world->catalogue, preset("thesis"), &cache, &error));
    assert_int_equal(cache.n_entries, count);
    assert_int_equal(cache.n_readable, count);
    for (size_t i = 0; i < count; i++) {
        float row[128], last = -1;
        const struct spectrogram_cache_entry *entry = spectrogram_cache_find(&cache, (int64_t)i + 1);
        assert_int_equal(entry->frames, 603);
        spectrogram_cache_read(&cache, entry, 602, 603, row);
        for (int k = 0; k < 128; k++)
            last = fmaxf(last, row[k]);
        assert_true(last > -1);
    }
    spectrogram_cache_close(&cache);
}

/* ------------------------------------------------------------------ values */

static void assert_values(const struct world *world, const char *name)
{
    struct spectrogram_cache cache;
    struct spectrogram_rows rows;
    const struct spectrogram_settings *settings = preset(name);
    add(world, settings, 7, 7, 1);
    must(spectrogram_of_file(world->sound, settings, 0, &rows, NULL, &error));
    must(spectrogram_cache_open(world->catalogue, settings, &cache, &error));
    const struct spectrogram_cache_entry *entry = spectrogram_cache_find(&cache, 7);
    assert_non_null(entry);
    assert_null(spectrogram_cache_find(&cache, 6));
    assert_null(spectrogram_cache_find(&cache, 8));
    assert_int_equal(entry->frames, rows.frames);
    assert_int_equal(cache.width, rows.width);
    assert_true(fabs(entry->seconds - 14) < 1e-3);
    float *read = malloc((size_t)(rows.frames * rows.width) * sizeof *read);
    for (int64_t from = 0, to; from < rows.frames; from = to) { /* windows across the borders of patches */
        to = from + 100 < rows.frames ? from + 100 : rows.frames;
        spectrogram_cache_read(&cache, entry, from, to, read + from * rows.width);
    }
    for (int64_t patch = 0; patch * cache.patch < rows.frames; patch++) {
        const int64_t first = patch * cache.patch * rows.width, all = rows.frames * rows.width;
        const int64_t last = first + cache.patch * rows.width < all ? first + cache.patch * rows.width : all;
        float low = INFINITY, high = -INFINITY;
        for (int64_t i = first; i < last; i++) {
            low = fminf(low, rows.values[i]);
            high = fmaxf(high, rows.values[i]);
        }
        for (int64_t i = first; i < last; i++) {
            const float exact = cache.halves ? fabsf(rows.values[i]) / 2048 + high * 0x1p-39F : (high - low) / 509;
            if (!(fabsf(read[i] - rows.values[i]) <= exact))
                fail_msg("%s: value %d is %g, not %g", name, (int)i, (double)read[i], (double)rows.values[i]);
        }
    }
    free(read);
    spectrogram_rows_free(&rows);
    spectrogram_cache_close(&cache);
}

static void values_are_exact_to_their_steps(void **state)
{
    assert_values(*state, "thesis");
    assert_values(*state, "musicnn");
    assert_values(*state, "fitness");
}

/* ------------------------------------------------------------------ runs */

static void a_later_file_of_a_track_counts(void **state)
{
    const struct world *world = *state;
    struct spectrogram_cache_writer *writer;
    add(world, preset("thesis"), 1, 3, 1);
    add(world, preset("thesis"), 2, 2, 9);
    assert_entries(world, 3);
    must(spectrogram_cache_write(world->catalogue, preset("thesis"), &writer, &error));
    assert_non_null(spectrogram_cache_has(writer, 1, 100, 1));
    assert_non_null(spectrogram_cache_has(writer, 2, 100, 9));
    assert_null(spectrogram_cache_has(writer, 2, 100, 1));
    assert_null(spectrogram_cache_has(writer, 3, 99, 1));
    assert_null(spectrogram_cache_has(writer, 4, 100, 1));
    must(spectrogram_cache_finish(writer, &error));
}

static int64_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

/* Records that were replaced do not stay for ever. */
static void replaced_records_are_removed(void **state)
{
    const struct world *world = *state;
    add(world, preset("thesis"), 1, 2, 1);
    const int64_t once = size_of(world->cache);
    for (int64_t i = 2; i < 30; i++)
        add(world, preset("thesis"), 1, 2, i);
    assert_entries(world, 2);
    assert_true(size_of(world->cache) < 9 * once);
    for (int64_t i = 30; i < 60; i++)
        add(world, preset("thesis"), 1, 2, i);
    assert_true(size_of(world->cache) < 9 * once + 1000);
}

/* A killed run left a part of a record, which the header does not count. */
static void a_killed_run_is_continued(void **state)
{
    const struct world *world = *state;
    struct spectrogram_cache_writer *writer;
    add(world, preset("thesis"), 1, 1, 1);
    const int64_t one = size_of(world->cache);
    add(world, preset("thesis"), 2, 2, 1);
    const int64_t two = size_of(world->cache), record = two - one;
    static const double shares[] = {0, 0.0001, 0.3, 0.999, 1};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        const int64_t size = one + (int64_t)(shares[i] * (double)record);
        const uint64_t committed = (uint64_t)one;
        const int descriptor = open(world->cache, O_RDWR);
        assert_int_equal(pwrite(descriptor, &committed, sizeof committed, 48), sizeof committed);
        assert_int_equal(ftruncate(descriptor, size), 0);
        close(descriptor);
        assert_entries(world, 1);
        must(spectrogram_cache_write(world->catalogue, preset("thesis"), &writer, &error));
        assert_int_equal(spectrogram_cache_has(writer, 2, 100, 1) != NULL, shares[i] == 1);
        must(spectrogram_cache_finish(writer, &error));
        assert_entries(world, shares[i] == 1 ? 2 : 1);
        add(world, preset("thesis"), 2, 2, 1);
        assert_entries(world, 2);
        add(world, preset("thesis"), 1, 1, 1);
    }
}

static void one_run_at_a_time(void **state)
{
    const struct world *world = *state;
    struct spectrogram_cache_writer *writer, *other;
    struct error failure = {0};
    must(spectrogram_cache_write(world->catalogue, preset("thesis"), &writer, &error));
    assert_int_equal(spectrogram_cache_write(world->catalogue, preset("thesis"), &other, &failure), STATUS_FAILED);
    assert_null(other);
    assert_non_null(strstr(failure.text, "another"));
    must(spectrogram_cache_finish(writer, &error));
}

/* ------------------------------------------------------------------ bad files */

static void unreadable_files_have_a_reason(void **state)
{
    const struct world *world = *state;
    struct spectrogram_cache_writer *writer;
    struct spectrogram_cache cache;
    struct spectrogram *spectrogram;
    struct error reason;
    const struct spectrogram_cache_entry entry = {.track = 5, .size = 0, .modified = 1};
    const int descriptor = open("/dev/null", O_RDONLY);
    must(spectrogram_cache_write(world->catalogue, preset("thesis"), &writer, &error));
    must(spectrogram_create(spectrogram_cache_settings(writer), &spectrogram, &error));
    must(spectrogram_cache_add(writer, spectrogram, &entry, descriptor, "nothing.ogg", &reason, &error));
    assert_string_equal(reason.text, "nothing.ogg: the file is empty or cut");
    spectrogram_destroy(spectrogram);
    must(spectrogram_cache_finish(writer, &error));
    must(spectrogram_cache_open(world->catalogue, preset("thesis"), &cache, &error));
    assert_int_equal(cache.n_entries, 1);
    assert_int_equal(cache.n_readable, 0);
    assert_string_equal(spectrogram_cache_find(&cache, 5)->reason, reason.text);
    spectrogram_cache_close(&cache);
    close(descriptor);
}

static void damage_is_found(void **state)
{
    const struct world *world = *state;
    struct spectrogram_cache cache;
    struct error failure = {0};
    assert_int_equal(spectrogram_cache_open(world->catalogue, preset("thesis"), &cache, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "audio compute --preset thesis"));
    add(world, preset("thesis"), 1, 3, 1);
    static const off_t places[] = {0, 20, 48, 60, 130, 140, 180};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char byte, changed;
        const int descriptor = open(world->cache, O_RDWR);
        assert_int_equal(pread(descriptor, &byte, 1, places[i]), 1);
        changed = (char)(byte ^ 0x55);
        assert_int_equal(pwrite(descriptor, &changed, 1, places[i]), 1);
        assert_int_equal(spectrogram_cache_open(world->catalogue, preset("thesis"), &cache, &failure), STATUS_BAD_DATA);
        assert_int_equal(pwrite(descriptor, &byte, 1, places[i]), 1);
        close(descriptor);
    }
    assert_entries(world, 3);
    assert_int_equal(truncate(world->cache, 1000), 0);
    assert_int_equal(spectrogram_cache_open(world->catalogue, preset("thesis"), &cache, &failure), STATUS_BAD_DATA);
    add(world, preset("thesis"), 1, 2, 1); /* what is left is used, the rest is made again */
    assert_entries(world, 2);
}

static void other_settings_make_another_cache(void **state)
{
    const struct world *world = *state;
    struct spectrogram_settings settings = *preset("thesis");
    struct spectrogram_cache cache;
    struct error failure = {0};
    add(world, &settings, 1, 2, 1);
    settings.top_db = 60;
    assert_int_equal(spectrogram_cache_open(world->catalogue, &settings, &cache, &failure), STATUS_BAD_DATA);
    assert_non_null(strstr(failure.text, "other settings"));
    add(world, &settings, 1, 1, 1);
    must(spectrogram_cache_open(world->catalogue, &settings, &cache, &error));
    assert_int_equal(cache.n_entries, 1);
    spectrogram_cache_close(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_exact_to_their_steps, begin, end),
        cmocka_unit_test_setup_teardown(a_later_file_of_a_track_counts, begin, end),
        cmocka_unit_test_setup_teardown(replaced_records_are_removed, begin, end),
        cmocka_unit_test_setup_teardown(a_killed_run_is_continued, begin, end),
        cmocka_unit_test_setup_teardown(one_run_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(unreadable_files_have_a_reason, begin, end),
        cmocka_unit_test_setup_teardown(damage_is_found, begin, end),
        cmocka_unit_test_setup_teardown(other_settings_make_another_cache, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
