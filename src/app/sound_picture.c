#include "app/sound_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app_internal.h"
#include "core/file.h"
#include "db/track_file.h"

enum { LEVELS = 255, RANGE_DB = 80 };

/* Sums of power over `frames` rows a column. When there are too many columns, neighbours are joined. */
struct summing {
    double *sums; /* [2 SOUND_COLUMNS x bands] */
    int columns, bands;
    int64_t frames; /* rows of a column */
    int64_t in_last;
    const atomic_bool *cancel; /* may be NULL */
};

static void join_columns(struct summing *summing)
{
    const size_t bands = (size_t)summing->bands;
    for (size_t i = 0; i < SOUND_COLUMNS / 2; i++)
        for (size_t k = 0; k < bands; k++)
            summing->sums[i * bands + k] = summing->sums[2 * i * bands + k] + summing->sums[(2 * i + 1) * bands + k];
    summing->columns = SOUND_COLUMNS / 2;
    summing->frames *= 2;
}

static enum status add_rows(void *context, const float *values, int64_t frames, struct error *error)
{
    struct summing *summing = context;
    if (summing->cancel && atomic_load(summing->cancel))
        return error_set(error, STATUS_INTERRUPTED, "the spectrogram was stopped");
    for (int64_t t = 0; t < frames; t++) {
        if (summing->columns == 0 || summing->in_last == summing->frames) {
            if (summing->columns == SOUND_COLUMNS)
                join_columns(summing);
            memset(summing->sums + (size_t)summing->columns++ * (size_t)summing->bands, 0,
                   (size_t)summing->bands * sizeof *summing->sums);
            summing->in_last = 0;
        }
        double *last = summing->sums + (size_t)(summing->columns - 1) * (size_t)summing->bands;
        for (int k = 0; k < summing->bands; k++)
            last[k] += (double)values[t * summing->bands + k];
        summing->in_last++;
    }
    return STATUS_OK;
}

static enum status to_levels(const struct summing *summing, struct sound_picture *picture, struct error *error)
{
    const size_t bands = (size_t)summing->bands, count = (size_t)summing->columns * bands;
    double most = 1e-10;
    picture->levels = malloc(count + 1);
    if (!picture->levels)
        return error_no_memory(error);
    picture->columns = summing->columns;
    picture->bands = summing->bands;
    for (size_t i = 0; i < count; i++) {
        const bool is_last = i / bands == (size_t)summing->columns - 1;
        summing->sums[i] /= (double)(is_last ? summing->in_last : summing->frames);
        most = fmax(most, summing->sums[i]);
    }
    picture->high = 10 * log10(most);
    picture->low = picture->high - RANGE_DB;
    for (size_t i = 0; i < count; i++) {
        const double db = 10 * log10(fmax(summing->sums[i], 1e-12));
        picture->levels[i] = (uint8_t)(fmax(0, db - picture->low) * LEVELS / RANGE_DB + 0.5);
    }
    return STATUS_OK;
}

/* Where a frequency is in the picture; band m of n is at (m + 1) / (n + 1) of the scale. */
static double place_of(const struct spectrogram_settings *settings, double hertz)
{
    const double top = settings->fmax > 0 ? settings->fmax : (double)settings->rate / 2;
    if (settings->mels == 0)
        return hertz / top;
    const double low = mel_of_hertz(settings->fmin, settings->scale), high = mel_of_hertz(top, settings->scale);
    const double share = (mel_of_hertz(hertz, settings->scale) - low) / (high - low);
    return (share * (settings->mels + 1) - 0.5) / settings->mels;
}

static void add_ticks(const struct spectrogram_settings *settings, struct sound_picture *picture)
{
    static const int hertz[] = {100, 250, 500, 1000, 2000, 3000, 5000, 8000, 12000, 20000};
    for (size_t i = 0; i < sizeof hertz / sizeof hertz[0]; i++) {
        const double at = place_of(settings, hertz[i]);
        if (at < 0 || at > 1)
            continue;
        struct spectrogram_tick *tick = &picture->ticks[picture->n_ticks++];
        tick->at = at;
        snprintf(tick->text, sizeof tick->text, "%d", hertz[i]);
    }
}

static enum status sum_file(int descriptor, const char *name, const struct spectrogram_settings *settings,
                            struct summing *summing, struct sound_picture *picture, struct error *error)
{
    struct spectrogram *spectrogram = NULL;
    enum status status = spectrogram_create(settings, &spectrogram, error);
    if (status == STATUS_OK)
        status =
            spectrogram_stream(spectrogram, descriptor, name, picture->start, add_rows, summing, &picture->info, error);
    spectrogram_destroy(spectrogram);
    if (status == STATUS_OK && summing->columns == 0)
        status = error_set(error, STATUS_BAD_DATA, "%s: it holds no sound", name);
    return status;
}

enum status sound_picture_of_file(const char *path, const struct spectrogram_settings *settings, double start,
                                  double duration, const atomic_bool *cancel, struct sound_picture *picture,
                                  struct error *error)
{
    struct spectrogram_settings power = *settings;
    int descriptor;
    power.values = SPECTROGRAM_LINEAR;
    power.power = 2;
    power.half = false;
    power.patch = 0;
    power.duration = duration;
    *picture = (struct sound_picture){.start = start};
    struct summing summing = {.bands = spectrogram_width(&power), .frames = 1, .cancel = cancel};
    enum status status = file_open_input(path, &descriptor, NULL, error);
    if (status != STATUS_OK)
        return status;
    summing.sums = malloc((size_t)SOUND_COLUMNS * (size_t)summing.bands * sizeof *summing.sums);
    status = summing.sums ? sum_file(descriptor, path, &power, &summing, picture, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = to_levels(&summing, picture, error);
    close(descriptor);
    free(summing.sums);
    const int64_t frames = summing.frames * (summing.columns - 1) + summing.in_last;
    picture->seconds = (double)frames * power.hop / power.rate;
    add_ticks(&power, picture);
    return status;
}

void sound_picture_free(struct sound_picture *picture)
{
    free(picture->levels);
    *picture = (struct sound_picture){0};
}

enum status app_sound_picture(struct app *app, int64_t track, const atomic_bool *cancel, struct sound_picture *picture,
                              struct error *error)
{
    struct catalogue *catalogue;
    struct buffer file = {0};
    *picture = (struct sound_picture){0};
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_track_file(catalogue, track, &file, error);
    app_return(app, catalogue);
    if (status == STATUS_OK && file.size == 0)
        status = error_set(error, STATUS_FAILED,
                           "this track has no file; `sleeve import library FOLDER` finds the files of a folder");
    if (status == STATUS_OK)
        status = sound_picture_of_file(file.data, spectrogram_preset("thesis"), 0, 0, cancel, picture, error);
    buffer_free(&file);
    return status;
}
