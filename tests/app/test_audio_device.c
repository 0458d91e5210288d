/* Spectrograms on a device that is lost at any operation, or has too little memory: the CPU continues, nothing is
 * counted twice, and one message reports it. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "app/audio.h"
#include "app/import.h"
#include "core/log.h"
#include "failing_device.h"
#include "tests/folder.h"
#include "tests/must.h"
#include "tests/wav.h"

enum { FILES = 3 };

static char folder[TEST_FOLDER_MAX], path[TEST_FOLDER_MAX + 8];
static struct failing_device *control;
static int n_warnings;

static void count_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    if (level <= LOG_WARNING) {
        n_warnings++;
        assert_non_null(strstr(text, "Test GPU"));
        assert_non_null(strstr(text, "on the CPU"));
    }
}

static enum status open_device(enum device_choice choice, int threads, struct compute *compute, struct error *error)
{
    if (choice == DEVICE_CPU)
        return compute_open(choice, threads, compute, error);
    return compute_open_module(FAILING_MODULE_PATH, threads, compute, error);
}

static void shell(const char *format)
{
    char command[2 * TEST_FOLDER_MAX + 32];
    snprintf(command, sizeof command, format, folder);
    assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
    (void)state;
    char name[TEST_FOLDER_MAX + 32];
    struct app_import_result result;
    void *module = dlopen(FAILING_MODULE_PATH, RTLD_NOW);
    struct failing_device *(*get)(void) = NULL;
    if (!module || !test_folder_make(folder))
        return -1;
    *(void **)&get = dlsym(module, FAILING_DEVICE_CONTROL);
    control = get();
    snprintf(path, sizeof path, "%s/c.db", folder);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%s/song %d.wav", folder, i);
        if (!wav_write(name, &(struct wav){.rate = 22050, .channels = 2, .seconds = 2 + i}))
            return -1;
    }
    const char *const paths[] = {folder};
    const struct app_import_settings settings = {
        .catalogue = path, .format = "library", .input = {.paths = paths, .n_paths = 1}, .threads = 2};
    must(app_import(&settings, &result, &error));
    app_import_result_free(&result);
    log_set_sink(count_warning, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    shell("rm -rf '%s'");
    return 0;
}

/* Computes all spectrograms, none of which is there. Returns the device's operations. */
static long compute_all(long lost_at, size_t largest)
{
    struct device device;
    struct audio_report report;
    struct audio_status found;
    struct catalogue *catalogue;
    const struct device_options options = {DEVICE_AUTO, 2, open_device};
    *control = (struct failing_device){.lost_at = lost_at, .largest = largest};
    n_warnings = 0;
    shell("rm -rf '%s/c.data'");
    device_start(&device, &options);
    struct device_use use = {.device = &device};
    const struct audio_settings settings = {.spectrogram = spectrogram_preset("thesis"), .threads = 2, .device = &use};
    must(catalogue_open(path, CATALOGUE_READ, &catalogue, &error));
    must(app_audio_compute(catalogue, &settings, &report, &error));
    must(app_audio_status(catalogue, &found, &error));
    assert_int_equal(found.readable, FILES);
    assert_int_equal(report.computed, FILES);
    assert_int_equal(report.kept + report.unreadable + report.missing, 0);
    app_audio_status_free(&found);
    catalogue_close(catalogue);
    device_close(&use);
    device_end(&device);
    assert_int_equal(control->devices + control->streams + control->buffers, 0);
    return control->calls;
}

static void a_device_that_works(void **state)
{
    (void)state;
    assert_true(compute_all(0, 0) > 10);
    assert_int_equal(n_warnings, 0);
}

static void a_device_that_is_lost(void **state)
{
    (void)state;
    const long calls = compute_all(0, 0);
    for (long lost_at = 1; lost_at < calls; lost_at++) {
        compute_all(lost_at, 0);
        assert_int_equal(n_warnings, 1);
    }
}

static void a_device_with_little_memory(void **state)
{
    (void)state;
    for (size_t largest = 1000; largest < 10000000; largest *= 100) {
        compute_all(0, largest);
        assert_int_equal(n_warnings, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_works),
        cmocka_unit_test(a_device_that_is_lost),
        cmocka_unit_test(a_device_with_little_memory),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
