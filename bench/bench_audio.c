#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/buffer.h"
#include "core/clock.h"
#include "core/random.h"
#include "features/audio/spectrogram.h"

/* Mel spectrograms of Ogg files, decoding included. bench/peers/audio.py measures librosa with the same files. */

enum { N_FILES = 8, SECONDS = 60, RATE = 44100, ROUNDS = 3, TONES = 12 };

extern char **environ;

struct measuring {
    char folder[256];
    const struct spectrogram_settings *settings; /* NULL: only decoding */
    int rate;
    struct spectrogram **spectrograms; /* [threads] */
    double seconds[N_FILES];           /* of sound */
    enum status status;
    struct error error;
};

static void path_of(const struct measuring *measuring, size_t file, const char *extension, char path[320])
{
    snprintf(path, 320, "%s/%zu.%s", measuring->folder, file, extension);
}

/* ------------------------------------------------------------------ the files */

/* Chords that change every second, with noise: stereo, 16 bits. */
static enum status write_samples(const char *path, uint64_t seed, struct error *error)
{
    FILE *file = fopen(path, "wb");
    struct random random;
    double phases[TONES] = {0}, steps[TONES] = {0};
    random_seed(&random, seed);
    for (int i = 0; file && i < SECONDS * RATE; i++) {
        double sum = 0.05 * (random_uniform(&random) - 0.5);
        for (int k = 0; k < TONES; k++) {
            if (i % RATE == 0)
                steps[k] = 2 * 3.14159265358979 * 55 * pow(2, 6 * random_uniform(&random)) / RATE;
            sum += 0.06 * sin(phases[k] += steps[k]);
        }
        const int16_t frame[2] = {(int16_t)lrint(32000 * sum), (int16_t)lrint(28000 * sum)};
        fwrite(frame, sizeof frame, 1, file);
    }
    if (!file || fclose(file) != 0)
        return error_set(error, STATUS_FAILED, "%s cannot be written", path);
    return STATUS_OK;
}

static enum status encode(const char *from, const char *to, struct error *error)
{
    char *const words[] = {"ffmpeg", "-loglevel", "error",      "-y",   "-f",        "s16le", "-ar", "44100",    "-ac",
                           "2",      "-i",        (char *)from, "-c:a", "libvorbis", "-q:a",  "5",   (char *)to, NULL};
    pid_t child;
    int how = -1;
    if (posix_spawnp(&child, words[0], NULL, NULL, words, environ) != 0 || waitpid(child, &how, 0) < 0 || how != 0)
        return error_set(
            error, STATUS_FAILED,
            "the Ogg files of this benchmark are made by the program ffmpeg, which failed; install ffmpeg");
    return STATUS_OK;
}

static enum status make_files(const struct measuring *measuring, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < N_FILES && status == STATUS_OK; i++) {
        char raw[320], ogg[320];
        path_of(measuring, i, "raw", raw);
        path_of(measuring, i, "ogg", ogg);
        if (access(ogg, R_OK) == 0)
            continue;
        status = write_samples(raw, i, error);
        if (status == STATUS_OK)
            status = encode(raw, ogg, error);
        unlink(raw);
    }
    return status;
}

static void remove_files(const struct measuring *measuring)
{
    for (size_t i = 0; i < N_FILES; i++) {
        char path[320];
        path_of(measuring, i, "ogg", path);
        unlink(path);
    }
    rmdir(measuring->folder);
}

/* ------------------------------------------------------------------ measuring */

static enum status count_rows(void *context, const float *values, int64_t frames, struct error *error)
{
    (void)values, (void)error;
    *(int64_t *)context += frames;
    return STATUS_OK;
}

static enum status only_decode(int descriptor, const char *name, int rate, struct audio_info *info, struct error *error)
{
    struct audio_stream *stream;
    const float *samples;
    size_t count = 1;
    enum status status = audio_open(descriptor, name, &(struct audio_request){.rate = rate}, &stream, error);
    while (status == STATUS_OK && count > 0)
        status = audio_next(stream, &samples, &count, error);
    if (status == STATUS_OK)
        *info = *audio_stream_info(stream);
    audio_close(stream);
    return status;
}

static void task(void *context, size_t i, int worker)
{
    struct measuring *measuring = context;
    struct audio_info info = {0};
    struct error error;
    char path[320];
    int64_t frames = 0;
    path_of(measuring, i, "ogg", path);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    const enum status status = measuring->settings ? spectrogram_stream(measuring->spectrograms[worker], descriptor,
                                                                        path, 0, count_rows, &frames, &info, &error)
                                                   : only_decode(descriptor, path, measuring->rate, &info, &error);
    close(descriptor);
    measuring->seconds[i] = info.decoded;
    if (status != STATUS_OK) {
        measuring->status = status;
        measuring->error = error;
    }
}

/* Seconds of sound a second, on all threads. */
static double once(struct bench *bench, struct measuring *measuring)
{
    double sound = 0;
    const double start = clock_seconds();
    pool_run(bench->pool, N_FILES, task, measuring);
    const double seconds = clock_seconds() - start;
    for (size_t i = 0; i < N_FILES; i++)
        sound += measuring->seconds[i];
    return sound / seconds;
}

static enum status create(const struct bench *bench, struct measuring *measuring, struct error *error)
{
    enum status status = STATUS_OK;
    measuring->spectrograms = calloc((size_t)pool_threads(bench->pool), sizeof *measuring->spectrograms);
    if (!measuring->spectrograms)
        return error_no_memory(error);
    for (int i = 0; i < pool_threads(bench->pool) && status == STATUS_OK; i++)
        status = spectrogram_create(measuring->settings, &measuring->spectrograms[i], error);
    return status;
}

static enum status measure(struct bench *bench, struct measuring *measuring, const char *preset, struct error *error)
{
    double rates[2][ROUNDS];
    char names[2][64];
    measuring->settings = spectrogram_preset(preset);
    measuring->rate = measuring->settings->rate;
    enum status status = create(bench, measuring, error);
    for (int round = -1; status == STATUS_OK && round < ROUNDS; round++) /* the first starts the decoders */
        for (int whole = 0; whole < 2 && status == STATUS_OK; whole++) {
            measuring->settings = whole ? spectrogram_preset(preset) : NULL;
            const double rate = once(bench, measuring);
            if (round >= 0)
                rates[whole][round] = rate;
            if (measuring->status != STATUS_OK) {
                *error = measuring->error;
                status = measuring->status;
            }
            if (status == STATUS_OK)
                status = bench_check_interrupted(error);
        }
    for (int i = 0; measuring->spectrograms && i < pool_threads(bench->pool); i++)
        spectrogram_destroy(measuring->spectrograms[i]);
    free(measuring->spectrograms);
    if (status != STATUS_OK)
        return status;
    snprintf(names[0], sizeof names[0], "decode %d Hz", measuring->rate);
    const struct bench_row decoding = bench_row_make(names[0], N_FILES, "s/s", rates[0], ROUNDS, NAN, true);
    snprintf(names[1], sizeof names[1], "mel %s", preset);
    const struct bench_row row = bench_row_make(names[1], N_FILES, "s/s", rates[1], ROUNDS, decoding.median, true);
    status = bench_print(bench, &decoding, error);
    return status == STATUS_OK ? bench_print(bench, &row, error) : status;
}

enum status bench_audio(struct bench *bench, struct error *error)
{
    struct measuring measuring = {0};
    enum status status = STATUS_OK;
    if (bench->keep) {
        snprintf(measuring.folder, sizeof measuring.folder, "%s", bench->keep);
        mkdir(measuring.folder, 0700);
    } else {
        const char *parent = getenv("TMPDIR");
        snprintf(measuring.folder, sizeof measuring.folder, "%s/sleeve-bench-XXXXXX", parent ? parent : "/tmp");
        if (!mkdtemp(measuring.folder))
            return error_set(error, STATUS_FAILED, "no folder for the files can be made");
    }
    status = make_files(&measuring, error);
    if (status == STATUS_OK)
        status = measure(bench, &measuring, "thesis", error);
    if (status == STATUS_OK)
        status = measure(bench, &measuring, "musicnn", error);
    if (!bench->keep)
        remove_files(&measuring);
    return status;
}
