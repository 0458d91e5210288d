/* Spectrograms that a device computes are those of the fast transform, which test_spectrogram compares with librosa. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/random.h"
#include "features/audio/spectrogram_device.h"
#include "tests/device.h"
#include "tests/must.h"

enum { SAMPLES = 70000 };

static struct compute compute;
static float signal_values[SAMPLES];

/* Tones that fade, in noise that is 80 dB below them. */
static int make_signal(void **state)
{
    (void)state;
    struct random random;
    struct error error;
    random_seed(&random, 11);
    for (int i = 0; i < SAMPLES; i++) {
        const double t = (double)i / 16000;
        signal_values[i] = (float)(0.4 * exp(-t) * (sin(2 * acos(-1) * 440 * t) + sin(2 * acos(-1) * 3333 * t)) +
                                   1e-4 * (random_uniform(&random) - 0.5));
    }
    return test_device_open(2, &compute, &error) == STATUS_OK ? 0 : -1;
}

static int close_device(void **state)
{
    (void)state;
    compute_close(&compute);
    return 0;
}

/* In pieces of `piece` samples. */
static struct spectrogram_rows rows_of(const struct spectrogram_settings *settings, struct spectrogram_device *device,
                                       size_t size, size_t piece)
{
    struct spectrogram *spectrogram;
    struct spectrogram_rows rows = {0};
    must(spectrogram_create(settings, &spectrogram, &error));
    spectrogram_device_use(device, spectrogram);
    spectrogram_begin(spectrogram);
    for (size_t at = 0; at < size; at += piece)
        must(spectrogram_add(spectrogram, signal_values + at, piece < size - at ? piece : size - at, &rows, &error));
    must(spectrogram_end(spectrogram, &rows, &error));
    spectrogram_destroy(spectrogram);
    spectrogram_limit(settings, rows.values, rows.frames);
    return rows;
}

/* Within 1e-4 of the range. */
static void assert_equal(const struct spectrogram_settings *settings, size_t size, size_t piece)
{
    struct spectrogram_device *device;
    must(spectrogram_device_create(settings, &compute, &device, &error));
    struct spectrogram_rows wanted = rows_of(settings, NULL, size, size),
                            found = rows_of(settings, device, size, piece);
    assert_true(wanted.frames > 0);
    assert_int_equal(found.frames, wanted.frames);
    float low = wanted.values[0], high = low, worst = 0;
    for (int64_t i = 0; i < wanted.frames * wanted.width; i++) {
        low = fminf(low, wanted.values[i]);
        high = fmaxf(high, wanted.values[i]);
        worst = fmaxf(worst, fabsf(wanted.values[i] - found.values[i]));
    }
    print_message("# n_fft %d, %d bands: %.1e of the range %g\n", settings->n_fft, settings->mels,
                  (double)(worst / (high - low)), (double)(high - low));
    assert_true(worst <= 1e-4F * (high - low));
    spectrogram_rows_free(&wanted);
    spectrogram_rows_free(&found);
    spectrogram_device_destroy(device);
}

static void presets_are_those_of_the_fast_transform(void **state)
{
    (void)state;
    assert_equal(spectrogram_preset("thesis"), 4000, 1700);
    assert_equal(spectrogram_preset("musicnn"), 4000, 777);
    assert_equal(spectrogram_preset("fitness"), 4000, 4000);
}

static void windows_and_bins(void **state)
{
    (void)state;
    const struct spectrogram_settings narrow = {.rate = 16000, .n_fft = 128, .window = 100, .hop = 30, .power = 2};
    const struct spectrogram_settings inside = {
        .rate = 16000, .n_fft = 96, .hop = 96, .padding = SPECTROGRAM_INSIDE, .power = 2, .mels = 12};
    assert_equal(&narrow, 3000, 100);
    assert_equal(&inside, 3000, 1000);
    assert_equal(&narrow, 1, 1);
}

/* More frames than are computed together. */
static void many_frames(void **state)
{
    (void)state;
    const struct spectrogram_settings dense = {.rate = 16000, .n_fft = 64, .hop = 1, .power = 2, .mels = 8};
    if (test_device_is_cpu()) /* the emulator would take a minute */
        assert_equal(&dense, SAMPLES, SAMPLES);
}

static void what_a_device_does_not_compute(void **state)
{
    (void)state;
    const struct spectrogram_settings magnitudes = {.rate = 16000, .n_fft = 64, .hop = 8, .power = 1};
    const struct spectrogram_settings large = {.rate = 16000, .n_fft = 8192, .hop = 8, .power = 2};
    struct spectrogram_device *device;
    struct error error;
    assert_false(spectrogram_device_takes(&magnitudes));
    assert_false(spectrogram_device_takes(&large));
    assert_int_equal(spectrogram_device_create(&large, &compute, &device, &error), STATUS_USAGE);
    assert_null(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_those_of_the_fast_transform),
        cmocka_unit_test(windows_and_bins),
        cmocka_unit_test(many_frames),
        cmocka_unit_test(what_a_device_does_not_compute),
    };
    return cmocka_run_group_tests(tests, make_signal, close_device);
}
