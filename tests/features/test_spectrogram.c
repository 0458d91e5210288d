/* Spectrograms: equal to librosa's, however the samples arrive; and of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/float16.h"
#include "core/random.h"
#include "core/safetensors.h"
#include "features/audio/mfcc.h"
#include "features/audio/spectrogram.h"
#include "features/audio/spectrogram_internal.h"
#include "tests/must.h"

static struct safetensors *golden;
static const float *signal_values;
static size_t signal_size;

static int open_golden(void **state)
{
    (void)state;
    char path[1024];
    const struct tensor_view *view;
    struct error error;
    snprintf(path, sizeof path, "%s/tests/features/golden/audio.safetensors", getenv("SLEEVE_SOURCE"));
    if (safetensors_open(path, &golden, &error) != STATUS_OK ||
        safetensors_floats(golden, "signal", 1, (int64_t[]){-1}, &signal_values, &view, &error) != STATUS_OK)
        return 1;
    signal_size = (size_t)view->shape[0];
    return 0;
}

static int close_golden(void **state)
{
    (void)state;
    safetensors_close(golden);
    return 0;
}

/* ------------------------------------------------------------------ librosa */

static const struct spectrogram_settings magnitude = {
    .rate = 22050, .n_fft = 256, .hop = 100, .padding = SPECTROGRAM_INSIDE, .power = 1};
static const struct spectrogram_settings narrow = {.rate = 22050,
                                                   .n_fft = 512,
                                                   .hop = 160,
                                                   .window = 400,
                                                   .power = 1,
                                                   .mels = 20,
                                                   .scale = MEL_SLANEY,
                                                   .fmin = 100,
                                                   .fmax = 5000};

/* In pieces of random sizes; seed 0: in one. */
static struct spectrogram_rows rows_of(const struct spectrogram_settings *settings, size_t size, uint64_t seed)
{
    struct spectrogram *spectrogram;
    struct spectrogram_rows rows = {0};
    struct random random;
    random_seed(&random, seed);
    must(spectrogram_create(settings, &spectrogram, &error));
    spectrogram_begin(spectrogram);
    for (size_t at = 0; at < size;) {
        size_t count = seed == 0 ? size : 1 + random_below(&random, seed % 2 ? 100 : 3000);
        count = count < size - at ? count : size - at;
        must(spectrogram_add(spectrogram, signal_values + at, count, &rows, &error));
        at += count;
    }
    must(spectrogram_end(spectrogram, &rows, &error));
    spectrogram_destroy(spectrogram);
    assert_int_equal(rows.frames, spectrogram_frames(settings, (int64_t)size));
    spectrogram_limit(settings, rows.values, rows.frames);
    return rows;
}

/* Within 1e-4 of the range of the reference. */
static void assert_near(const char *name, const struct spectrogram_rows *rows)
{
    const float *wanted;
    const struct tensor_view *view;
    must(safetensors_floats(golden, name, 2, (int64_t[]){rows->frames, rows->width}, &wanted, &view, &error));
    float low = wanted[0], high = wanted[0];
    double worst = 0;
    for (int64_t i = 0; i < rows->frames * rows->width; i++) {
        low = fminf(low, wanted[i]);
        high = fmaxf(high, wanted[i]);
        worst = fmax(worst, fabs((double)wanted[i] - (double)rows->values[i]));
    }
    print_message("# %s: %.1e of the range %g\n", name, worst / (double)(high - low), (double)(high - low));
    if (!(worst <= 1e-4 * (double)(high - low)))
        fail_msg("%s differs by %g, its range is %g", name, worst, (double)(high - low));
}

static void assert_equal_to_librosa(const char *name, const struct spectrogram_settings *settings, size_t size)
{
    struct spectrogram_rows rows = rows_of(settings, size, 0);
    assert_near(name, &rows);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct spectrogram_rows again = rows_of(settings, size, seed);
        assert_int_equal(again.frames, rows.frames);
        assert_memory_equal(again.values, rows.values, (size_t)(rows.frames * rows.width) * sizeof(float));
        spectrogram_rows_free(&again);
    }
    spectrogram_rows_free(&rows);
}

static void presets_are_equal_to_librosa(void **state)
{
    (void)state;
    struct spectrogram_settings zero = *spectrogram_preset("musicnn");
    zero.padding = SPECTROGRAM_ZERO;
    assert_equal_to_librosa("thesis", spectrogram_preset("thesis"), signal_size);
    assert_equal_to_librosa("musicnn", spectrogram_preset("musicnn"), signal_size);
    assert_equal_to_librosa("musicnn zero", &zero, signal_size);
    assert_equal_to_librosa("fitness", spectrogram_preset("fitness"), signal_size);
}

static void other_settings_are_equal_to_librosa(void **state)
{
    (void)state;
    assert_equal_to_librosa("magnitude", &magnitude, signal_size);
    assert_equal_to_librosa("narrow", &narrow, signal_size);
}

/* Fewer samples than half a frame are reflected again and again, as by numpy.pad. */
static void short_signals_are_equal_to_librosa(void **state)
{
    (void)state;
    assert_equal_to_librosa("thesis short", spectrogram_preset("thesis"), 300);
    struct spectrogram_rows rows = rows_of(spectrogram_preset("thesis"), 1, 0);
    assert_int_equal(rows.frames, 1);
    spectrogram_rows_free(&rows);
    rows = rows_of(spectrogram_preset("thesis"), 0, 0);
    assert_int_equal(rows.frames, 0);
    spectrogram_rows_free(&rows);
}

/* Each of the three parts within 1e-4 of its own range. */
static void tones_are_equal_to_librosa(void **state)
{
    (void)state;
    struct spectrogram_rows rows = rows_of(spectrogram_preset("thesis"), signal_size, 0);
    const float *wanted;
    const struct tensor_view *view;
    float *tones = malloc((size_t)rows.frames * MFCC_WIDTH * sizeof *tones);
    must(mfcc_vectors(&rows, tones, &error));
    must(safetensors_floats(golden, "tones", 2, (int64_t[]){rows.frames, MFCC_WIDTH}, &wanted, &view, &error));
    for (int part = 0; part < 3; part++) {
        float low = INFINITY, high = -INFINITY, worst = 0;
        for (int64_t t = 0; t < rows.frames; t++)
            for (int k = part * MFCC_COUNT; k < (part + 1) * MFCC_COUNT; k++) {
                low = fminf(low, wanted[t * MFCC_WIDTH + k]);
                high = fmaxf(high, wanted[t * MFCC_WIDTH + k]);
                worst = fmaxf(worst, fabsf(wanted[t * MFCC_WIDTH + k] - tones[t * MFCC_WIDTH + k]));
            }
        print_message("# part %d: %.1e of the range %g\n", part, (double)(worst / (high - low)), (double)(high - low));
        assert_true(worst <= 1e-4F * (high - low));
    }
    struct error failure = {0};
    rows.frames = MFCC_DELTA_WIDTH - 1;
    assert_int_equal(mfcc_vectors(&rows, tones, &failure), STATUS_BAD_DATA);
    free(tones);
    spectrogram_rows_free(&rows);
}

static void impossible_settings_are_refused(void **state)
{
    (void)state;
    static const struct spectrogram_settings wrong[] = {
        {.rate = 10, .n_fft = 512, .hop = 256, .power = 2},
        {.rate = 16000, .n_fft = 511, .hop = 256, .power = 2},
        {.rate = 16000, .n_fft = 1 << 20, .hop = 256, .power = 2},
        {.rate = 16000, .n_fft = 512, .hop = 0, .power = 2},
        {.rate = 16000, .n_fft = 512, .hop = 513, .power = 2},
        {.rate = 16000, .n_fft = 512, .hop = 256, .power = 3},
        {.rate = 16000, .n_fft = 512, .hop = 256, .power = 2, .mels = 40, .fmax = 9000},
        {.rate = 16000, .n_fft = 512, .hop = 256, .power = 2, .mels = 40, .fmin = 8000},
        {.rate = 16000, .n_fft = 512, .hop = 256, .power = 2, .values = SPECTROGRAM_DB},
        {.rate = 16000, .n_fft = 512, .hop = 256, .power = 2, .patch = -1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct spectrogram *spectrogram;
        struct error error = {0};
        assert_int_equal(spectrogram_create(&wrong[i], &spectrogram, &error), STATUS_USAGE);
        assert_null(spectrogram);
    }
}

/* ------------------------------------------------------------------ float16 */

/* The vectorised rounding is that of float16.h, also between two halves and at the ends. */
static void rows_round_as_halves_do(void **state)
{
    enum { EACH = 4 };
    (void)state;
    for (uint32_t half = 0; half < 0x7c00; half++) {
        const float value = float16_float((uint16_t)half);
        const float next = half == 0x7bff ? 65536 : float16_float((uint16_t)(half + 1)), middle = (value + next) / 2;
        const float x[EACH] = {value, nextafterf(middle, 0), middle, nextafterf(middle, INFINITY)};
        float rounded[EACH];
        memcpy(rounded, x, sizeof x);
        spectrogram_round_halves(rounded, EACH);
        for (int i = 0; i < EACH; i++)
            if (rounded[i] != float16_float(float16_of(x[i])))
                fail_msg("%.9g is rounded to %.9g", (double)x[i], (double)rounded[i]);
    }
}

/* Against double precision, over all exponents and closely around 1. */
static void logarithms_are_exact(void **state)
{
    enum { N = 4096 };
    const struct spectrogram_settings settings = {.values = SPECTROGRAM_DB, .amin = 1e-30, .power = 2};
    float x[N], values[N];
    (void)state;
    for (int i = 0; i < N; i++)
        values[i] = x[i] = (float)(i % 2 ? pow(10, (i - N / 2.0) / 70) : 1 + (i - N / 2.0) * 1e-7);
    spectrogram_to_values(&settings, values, N);
    for (int i = 0; i < N; i++) {
        const double right = 10 * log10((double)x[i]);
        if (!(fabs((double)values[i] - right) <= 4e-7 * fmax(1, fabs(right))))
            fail_msg("%.9g: %.9g instead of %.9g", (double)x[i], (double)values[i], right);
    }
}

/* Every half is its own image, and the middle between two neighbours goes to the even one. */
static void halves_round_to_even(void **state)
{
    (void)state;
    for (uint32_t half = 0; half < 0x7c00; half++) {
        const float value = float16_float((uint16_t)half);
        assert_int_equal(float16_of(value), half);
        assert_int_equal(float16_of(-value), half | 0x8000);
        if (half == 0x7bff)
            continue;
        const float next = float16_float((uint16_t)(half + 1)), middle = (value + next) / 2;
        assert_int_equal(float16_of(middle), half % 2 == 0 ? half : half + 1);
        assert_int_equal(float16_of(nextafterf(middle, 0)), half);
        assert_int_equal(float16_of(nextafterf(middle, INFINITY)), half + 1);
    }
    assert_int_equal(float16_of(65504), 0x7bff);
    assert_int_equal(float16_of(65520), 0x7c00);
    assert_int_equal(float16_of(nextafterf(65520, 0)), 0x7bff);
    assert_int_equal(float16_of(INFINITY), 0x7c00);
    assert_true(isnan(float16_float(float16_of(NAN))));
    assert_true(isinf(float16_float(0xfc00)));
    assert_true(fabsf(float16_float(0x3555) - 0.33325195F) < 1e-8F);
}

/* ------------------------------------------------------------------ files */

static void a_tone_is_where_it_belongs(void **state)
{
    (void)state;
    static const char *const names[] = {"tagged.flac", "tagged.ogg", "tagged.opus", "tagged.mp3", "alac.m4a"};
    struct spectrogram_settings settings = *spectrogram_preset("thesis");
    settings.mels = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[1024];
        struct spectrogram_rows rows;
        struct audio_info info;
        snprintf(path, sizeof path, "%s/tests/media/data/%s", getenv("SLEEVE_SOURCE"), names[i]);
        must(spectrogram_of_file(path, &settings, 0, &rows, &info, &error));
        assert_int_equal(rows.width, 513);
        const float *row = rows.values + rows.frames / 2 * rows.width;
        int loudest = 0;
        for (int k = 1; k < rows.width; k++)
            loudest = row[k] > row[loudest] ? k : loudest;
        assert_int_equal(loudest, 440 * 1024 / 22050); /* 20.4 */
        assert_true(fabs(info.decoded - (double)(rows.frames - 1) * 512 / 22050) < 0.05);
        spectrogram_rows_free(&rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_equal_to_librosa),
        cmocka_unit_test(other_settings_are_equal_to_librosa),
        cmocka_unit_test(short_signals_are_equal_to_librosa),
        cmocka_unit_test(impossible_settings_are_refused),
        cmocka_unit_test(tones_are_equal_to_librosa),
        cmocka_unit_test(halves_round_to_even),
        cmocka_unit_test(rows_round_as_halves_do),
        cmocka_unit_test(logarithms_are_exact),
        cmocka_unit_test(a_tone_is_where_it_belongs),
    };
    return cmocka_run_group_tests(tests, open_golden, close_golden);
}
