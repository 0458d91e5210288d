/* The sound of music files: the same samples in all formats, parts of files, and files that are cut, empty, lie, never
 * end or crash their decoder. */
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
#include <sys/mman.h>
#include <unistd.h>

#include "media/audio_decode.h"
#include "sandbox/sandbox_internal.h"
#include "tests/folder.h"
#include "tests/must.h"
#include "tests/wav.h"

static char folder[TEST_FOLDER_MAX];

static int begin(void **state)
{
    (void)state;
    return test_folder_make(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[TEST_FOLDER_MAX + 16];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* ------------------------------------------------------------------ reading whole files */

struct sound {
    float *samples;
    size_t count;
    struct audio_info info;
};

static void sound_free(struct sound *sound)
{
    free(sound->samples);
    *sound = (struct sound){0};
}

static enum status read_open(int descriptor, const char *name, const struct audio_request *request, struct sound *sound,
                             struct error *error)
{
    struct audio_stream *stream;
    *sound = (struct sound){0};
    enum status status = audio_open(descriptor, name, request, &stream, error);
    for (size_t count = 1; status == STATUS_OK && count > 0;) {
        const float *samples;
        status = audio_next(stream, &samples, &count, error);
        if (status != STATUS_OK || count == 0)
            break;
        assert_true(count <= AUDIO_BLOCK);
        sound->samples = realloc(sound->samples, (sound->count + count) * sizeof *samples);
        memcpy(sound->samples + sound->count, samples, count * sizeof *samples);
        sound->count += count;
    }
    if (stream)
        sound->info = *audio_stream_info(stream);
    audio_close(stream);
    return status;
}

static enum status read_file(const char *path, const struct audio_request *request, struct sound *sound,
                             struct error *error)
{
    const int descriptor = open(path, O_RDONLY);
    assert_true(descriptor > 0);
    const enum status status = read_open(descriptor, "a file", request, sound, error);
    close(descriptor);
    return status;
}

static const char *path_of(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *given(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/tests/media/data/%s", getenv("SLEEVE_SOURCE"), name);
    return path;
}

static const char *wav(const char *name, struct wav wav)
{
    assert_true(wav_write(path_of(name), &wav));
    return path_of(name);
}

static void assert_refused(const char *path, const struct audio_request *request, const char *reason)
{
    struct sound sound;
    struct error error = {0};
    assert_int_equal(read_file(path, request, &sound, &error), STATUS_BAD_DATA);
    sound_free(&sound);
    if (strncmp(error.text, "a file: ", 8) != 0 || !strstr(error.text, reason))
        fail_msg("\"%s\" does not contain \"%s\"", error.text, reason);
}

/* ------------------------------------------------------------------ good files */

/* The share of the power at a frequency. */
static double share_at(const struct sound *sound, double hertz, int rate)
{
    double re = 0, im = 0, power = 0;
    for (size_t i = 0; i < sound->count; i++) {
        const double turn = 2 * 3.14159265358979 * hertz * (double)i / rate, x = sound->samples[i];
        re += x * cos(turn);
        im += x * sin(turn);
        power += x * x;
    }
    return power > 0 ? 2 * (re * re + im * im) / (power * (double)sound->count) : 0;
}

/* A second of 440 Hz in each format. Formats that fill whole frames are longer, by silence. */
static void every_format_is_decoded(void **state)
{
    static const char *const names[] = {"tagged.aiff", "tagged.flac", "tagged.m4a", "alac.m4a",
                                        "tagged.mp3",  "latin1.mp3",  "tagged.ogg", "tagged.opus",
                                        "tagged.wav",  "tagged.wma",  "tagged.wv"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct sound sound;
        must(read_file(given(names[i]), &(struct audio_request){.rate = 16000}, &sound, &error));
        const double seconds = (double)sound.count / 16000, share = share_at(&sound, 440, 16000);
        print_message("# %s: %.3f s, %.3f of the power at 440 Hz, %d Hz\n", names[i], seconds, share, sound.info.rate);
        assert_int_equal(sound.info.channels, 1);
        assert_true(sound.info.ended && sound.info.damaged == 0 && !audio_lies(&sound.info));
        assert_true(seconds > 0.24 && seconds < 1.2);
        assert_true(share > (seconds < 1.1 ? 0.95 : 0.85));
        sound_free(&sound);
    }
}

static void assert_is_tone(const struct sound *sound, int rate, double level, double from)
{
    double worst = 0;
    for (size_t i = 0; i < sound->count; i++)
        worst = fmax(worst, fabs((double)sound->samples[i] - level * wav_sample(from + (double)i / rate, 0)));
    if (worst > 1e-4)
        fail_msg("a sample differs by %g", worst);
}

/* The mean of the channels, whose levels are 1, 1/2, 1/3, ... */
static void channels_are_mixed(void **state)
{
    static const int counts[] = {1, 2, 3, 6, 8};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct sound sound;
        double level = 0;
        for (int c = 0; c < counts[i]; c++)
            level += 1.0 / (1 + c) / counts[i];
        const char *path = wav("many.wav", (struct wav){.rate = 16000, .channels = counts[i], .seconds = 3});
        must(read_file(path, &(struct audio_request){.rate = 16000}, &sound, &error));
        assert_int_equal(sound.count, 3 * 16000);
        assert_int_equal(sound.info.channels, counts[i]);
        assert_is_tone(&sound, 16000, level, 0);
        sound_free(&sound);
    }
}

/* Away from the ends, resampling a tone below both limits changes nothing. */
static void other_rates_are_resampled(void **state)
{
    static const int rates[] = {8000, 11025, 22050, 48000};
    (void)state;
    const char *path = wav("rate.wav", (struct wav){.rate = 16000, .channels = 1, .seconds = 4});
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct sound sound;
        must(read_file(path, &(struct audio_request){.rate = rates[i]}, &sound, &error));
        assert_true(llabs((long long)sound.count - 4LL * rates[i]) <= 1);
        struct sound middle = {.samples = sound.samples + rates[i], .count = 2 * (size_t)rates[i]};
        assert_is_tone(&middle, rates[i], 1, 1);
        sound_free(&sound);
    }
}

/* Decodes in this process, `capacity` samples at a time. */
static size_t read_blocks(const char *path, int rate, size_t capacity, float *out, size_t out_size)
{
    struct audio_decoder *decoder;
    size_t total = 0, count = 1;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0);
    must(audio_decoder_open(descriptor, path, rate, &decoder, &error));
    while (count > 0) {
        assert_true(total + capacity <= out_size);
        must(audio_decoder_next(decoder, out + total, capacity, &count, &error));
        total += count;
    }
    assert_true(audio_decoder_info(decoder).ended);
    audio_decoder_close(decoder);
    close(descriptor);
    return total;
}

/* Also where a block ends shortly before the file does, so that the resampler has more than there is room for. */
static void blocks_of_any_size_have_the_same_samples(void **state)
{
    enum { SIZE = 1 << 17 };
    static const int rates[] = {16000, 22050, 44100, 48000};
    static const size_t capacities[] = {1, 22, 1000, 4097, 22028, 65536};
    (void)state;
    float *whole = malloc(SIZE * sizeof *whole), *blocks = malloc(SIZE * sizeof *blocks);
    assert_true(whole && blocks);
    const char *path = wav("blocks.wav", (struct wav){.rate = 44100, .channels = 2, .seconds = 1});
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const size_t count = read_blocks(path, rates[i], 65536, whole, SIZE);
        assert_true(llabs((long long)count - rates[i]) <= 1);
        for (size_t k = 0; k < sizeof capacities / sizeof capacities[0]; k++) {
            assert_int_equal(read_blocks(path, rates[i], capacities[k], blocks, SIZE), count);
            assert_memory_equal(blocks, whole, count * sizeof *whole);
        }
    }
    free(whole);
    free(blocks);
}

static void parts_are_exact(void **state)
{
    static const double starts[] = {0, 0.5, 9.3}, durations[] = {0.001, 1, 8.5, 0};
    (void)state;
    const char *path = wav("long.wav", (struct wav){.rate = 16000, .channels = 1, .seconds = 20});
    struct sound all, part;
    must(read_file(path, &(struct audio_request){.rate = 16000}, &all, &error));
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        for (size_t k = 0; k < sizeof durations / sizeof durations[0]; k++) {
            const struct audio_request request = {.rate = 16000, .start = starts[i], .duration = durations[k]};
            const size_t first = (size_t)(starts[i] * 16000 + 0.5);
            const size_t count = durations[k] > 0 ? (size_t)(durations[k] * 16000 + 0.5) : all.count - first;
            must(read_file(path, &request, &part, &error));
            assert_int_equal(part.count, count);
            assert_memory_equal(part.samples, all.samples + first, count * sizeof *part.samples);
            sound_free(&part);
        }
    sound_free(&all);
}

static void impossible_requests_are_refused(void **state)
{
    static const struct audio_request wrong[] = {
        {.rate = 0}, {.rate = 999}, {.rate = 200000}, {.rate = 16000, .start = -1}, {.rate = 16000, .duration = NAN}};
    (void)state;
    const char *path = wav("short.wav", (struct wav){.rate = 8000, .channels = 1, .seconds = 1});
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sound sound;
        struct error error = {0};
        assert_int_equal(read_file(path, &wrong[i], &sound, &error), STATUS_USAGE);
    }
}

/* ------------------------------------------------------------------ bad files */

static const struct audio_request plain = {.rate = 16000};

static void files_without_sound_are_refused(void **state)
{
    (void)state;
    FILE *file = fopen(path_of("empty.ogg"), "wb");
    fclose(file);
    assert_refused(path_of("empty.ogg"), &plain, "empty or cut");
    file = fopen(path_of("text.mp3"), "wb");
    for (int i = 0; i < 1000; i++)
        fprintf(file, "This is not music, line %d.\n", i);
    fclose(file);
    assert_refused(path_of("text.mp3"), &plain, "not music");
    assert_refused(wav("none.wav", (struct wav){.rate = 8000, .channels = 1}), &plain, "no sound");
    assert_refused("/dev/null", &plain, "empty or cut");
}

/* The kinds of sample entries of MP4 files with DRM. */
static void protected_files_are_refused(void **state)
{
    static const char *const kinds[] = {"drms", "enca", "aavd"};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char bytes[8192];
        FILE *file = fopen(given("tagged.m4a"), "rb");
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        char *entry = memmem(bytes, size, "stsd", 4);
        assert_non_null(entry);
        entry = memmem(entry, 100, "mp4a", 4);
        assert_non_null(entry);
        memcpy(entry, kinds[i], 4);
        file = fopen(path_of("protected.m4a"), "wb");
        fwrite(bytes, 1, size, file);
        fclose(file);
        assert_refused(path_of("protected.m4a"), &plain, "its audio is protected");
    }
}

static void too_many_channels_are_refused(void **state)
{
    (void)state;
    const char *path = wav("crowd.wav", (struct wav){.rate = 8000, .channels = 65, .seconds = 1});
    assert_refused(path, &plain, "it has more than 64 channels");
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    const char *path = wav("cut.wav", (struct wav){.rate = 8000, .channels = 2, .seconds = 5, .declared = 30});
    assert_refused(path, &plain, "cut: it holds 5.0 s of the 30.0 s");
    struct sound sound; /* but what is asked for is there */
    must(read_file(path, &(struct audio_request){.rate = 8000, .duration = 4}, &sound, &error));
    assert_int_equal(sound.count, 4 * 8000);
    sound_free(&sound);
    assert_refused(path, &(struct audio_request){.rate = 8000, .start = 10}, "cut");
    path = wav("short.wav", (struct wav){.rate = 8000, .channels = 1, .seconds = 5});
    assert_refused(path, &(struct audio_request){.rate = 8000, .start = 10}, "it ends after 5.0 s");
}

static void long_files_are_refused(void **state)
{
    (void)state;
    const char *path = wav("long.wav", (struct wav){.rate = 8000, .channels = 1, .seconds = 100});
    assert_refused(path, &(struct audio_request){.rate = 8000, .longest = 60}, "longer than 1 minutes by its header");
    const struct audio_request most = {.rate = 8000, .longest = 60, .duration = 95}; /* decodes until it is too long */
    assert_refused(path, &most, "longer than 1 minutes, which");
    struct sound sound;
    must(read_file(path, &(struct audio_request){.rate = 8000, .longest = 60, .duration = 20}, &sound, &error));
    assert_int_equal(sound.count, 20 * 8000);
    sound_free(&sound);
}

/* Any damage gives samples that are numbers, or a reason. */
static void damaged_files_do_no_harm(void **state)
{
    static const char *const names[] = {"tagged.flac", "alac.m4a",   "tagged.mp3", "tagged.ogg",
                                        "tagged.opus", "tagged.wma", "tagged.wv"};
    (void)state;
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char bytes[8192];
        const int original = open(given(names[i]), O_RDONLY);
        const ssize_t size = read(original, bytes, sizeof bytes);
        close(original);
        for (int trial = 0; trial < 12; trial++) {
            const int copy = memfd_create("music", MFD_CLOEXEC);
            struct sound sound;
            struct error error = {0};
            assert_int_equal(write(copy, bytes, (size_t)size), size);
            for (int k = 0; k < 20; k++) {
                random = random * 1664525 + 1013904223;
                assert_int_equal(pwrite(copy, &random, 1, random % (uint32_t)size), 1);
            }
            const enum status status = read_open(copy, "a file", &plain, &sound, &error);
            assert_true(status == STATUS_OK || status == STATUS_BAD_DATA);
            assert_true(status == STATUS_OK || strncmp(error.text, "a file", 6) == 0);
            for (size_t k = 0; k < sound.count; k++)
                assert_true(fabsf(sound.samples[k]) <= 1000);
            sound_free(&sound);
            close(copy);
        }
    }
}

/* ------------------------------------------------------------------ bad decoders */

static char decoder_path[1024];
static struct sandbox_program failing = {.file = decoder_path, .processor_seconds = 1, .seconds = 20};

static const char *kind(char first)
{
    FILE *file = fopen(path_of("kind"), "wb");
    fputc(first, file);
    fclose(file);
    return path_of("kind");
}

static void assert_whole(char first)
{
    struct sound sound;
    must(read_file(kind(first), &plain, &sound, &error));
    assert_int_equal(sound.count, 3000);
    for (size_t i = 0; i < sound.count; i++)
        assert_true(sound.samples[i] == (float)i / 4096 || (first == 'i' && (i == 1000 || i == 1001)));
    sound_free(&sound);
}

static void bad_decoders_do_no_harm(void **state)
{
    (void)state;
    snprintf(decoder_path, sizeof decoder_path, "%s/tests/media/failing_audio", getenv("SLEEVE_BUILD"));
    sandbox_set_program(SANDBOX_AUDIO, &failing);
    assert_whole('a');
    assert_whole('a');
    assert_refused(kind('c'), &plain, "crashed");
    assert_whole('a');
    assert_whole('C'); /* a decoder that an earlier file may have damaged is replaced, and the samples continue */
    assert_refused(kind('l'), &plain, "longer than");
    assert_refused(kind('n'), &plain, "no valid answer");
    assert_whole('i');
    sandbox_set_program(SANDBOX_AUDIO, NULL);
}

/* What is left half read leaves nothing behind. */
static void streams_may_be_left(void **state)
{
    (void)state;
    const char *path = wav("left.wav", (struct wav){.rate = 44100, .channels = 2, .seconds = 30});
    for (int i = 0; i < 50; i++) {
        const int descriptor = open(path, O_RDONLY);
        struct audio_stream *stream;
        const float *samples;
        size_t count;
        must(audio_open(descriptor, "a file", &plain, &stream, &error));
        must(audio_next(stream, &samples, &count, &error));
        assert_true(count > 0);
        audio_close(stream);
        close(descriptor);
    }
    pid_t pids[8];
    assert_int_equal(sandbox_running(SANDBOX_AUDIO, pids, 8), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_decoded),
        cmocka_unit_test(channels_are_mixed),
        cmocka_unit_test(too_many_channels_are_refused),
        cmocka_unit_test(other_rates_are_resampled),
        cmocka_unit_test(parts_are_exact),
        cmocka_unit_test(blocks_of_any_size_have_the_same_samples),
        cmocka_unit_test(impossible_requests_are_refused),
        cmocka_unit_test(files_without_sound_are_refused),
        cmocka_unit_test(protected_files_are_refused),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(long_files_are_refused),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(bad_decoders_do_no_harm),
        cmocka_unit_test(streams_may_be_left),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
