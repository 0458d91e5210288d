#include "features/audio/spectrogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/vectorised.h"
#include "features/audio/fourier.h"
#include "features/audio/spectrogram_internal.h"

enum { MELS_MAX = 4096 };

struct spectrogram {
    struct spectrogram_settings settings;
    struct fourier *fourier;
    struct mel_filters *filters; /* NULL: none */
    spectrogram_make *make;      /* NULL: the fast transform */
    void *make_context;
    float *window;   /* [n_fft] */
    float *spectrum; /* [n_fft / 2 + 1] */
    /* Samples with the padding at the start: those of frames that are not complete, and what the end reflects. */
    float *samples;
    size_t size, capacity;
    size_t at;    /* of the next frame */
    bool started; /* the padding at the start has been added */
};

/* ------------------------------------------------------------------ settings */

int spectrogram_width(const struct spectrogram_settings *settings)
{
    return settings->mels > 0 ? settings->mels : settings->n_fft / 2 + 1;
}

static int64_t padding_of(const struct spectrogram_settings *settings)
{
    return settings->padding == SPECTROGRAM_INSIDE ? 0 : settings->n_fft / 2;
}

int64_t spectrogram_frames(const struct spectrogram_settings *settings, int64_t samples)
{
    const int64_t padded = samples + 2 * padding_of(settings);
    return samples <= 0 || padded < settings->n_fft ? 0 : 1 + (padded - settings->n_fft) / settings->hop;
}

static double highest(const struct spectrogram_settings *settings)
{
    return settings->fmax > 0 ? settings->fmax : (double)settings->rate / 2;
}

enum status spectrogram_check(const struct spectrogram_settings *settings, struct error *error)
{
    const struct spectrogram_settings *s = settings;
    const char *wrong = NULL;
    if (s->rate < 1000 || s->rate > 192000)
        wrong = "the rate must be 1,000 to 192,000 Hz";
    else if (s->n_fft < 2 || s->n_fft > FOURIER_MAX || s->n_fft % 2 != 0)
        wrong = "n_fft must be an even number from 2 to 65,536";
    else if (s->window < 0 || s->window > s->n_fft || s->hop < 1 || s->hop > s->n_fft)
        wrong = "window and hop must not be longer than n_fft";
    else if (s->power != 1 && s->power != 2)
        wrong = "power must be 1 or 2";
    else if (s->mels < 0 || s->mels > MELS_MAX || s->mels > s->n_fft || s->fmin < 0 || highest(s) <= s->fmin ||
             highest(s) > (double)s->rate / 2)
        wrong = "the mel bands must lie between 0 Hz and half the rate, and be fewer than n_fft";
    else if (s->values == SPECTROGRAM_DB && !(s->amin > 0 && s->top_db >= 0))
        wrong = "amin must be above 0, and top_db must not be negative";
    else if (s->patch < 0 || !(s->duration >= 0))
        wrong = "patch and duration must not be negative";
    return wrong ? error_set(error, STATUS_USAGE, "impossible settings of a spectrogram: %s", wrong) : STATUS_OK;
}

const struct spectrogram_settings *spectrogram_settings_of(const struct spectrogram *s)
{
    return &s->settings;
}

/* ------------------------------------------------------------------ creation */

/* A periodic Hann window, in the middle of the frame. */
void spectrogram_fill_window(const struct spectrogram_settings *settings, float *window)
{
    const int size = settings->window > 0 ? settings->window : settings->n_fft, first = (settings->n_fft - size) / 2;
    const double turn = 2 * acos(-1) / size;
    for (int i = 0; i < size; i++)
        window[first + i] = (float)(0.5 - 0.5 * cos(turn * i));
}

enum status spectrogram_filters(const struct spectrogram_settings *settings, struct mel_filters **filters,
                                struct error *error)
{
    return mel_create(settings->rate, settings->n_fft, settings->mels, settings->scale, settings->norm, settings->fmin,
                      highest(settings), filters, error);
}

enum status spectrogram_create(const struct spectrogram_settings *settings, struct spectrogram **created,
                               struct error *error)
{
    *created = NULL;
    enum status status = spectrogram_check(settings, error);
    if (status != STATUS_OK)
        return status;
    struct spectrogram *s = calloc(1, sizeof *s);
    if (!s)
        return error_no_memory(error);
    s->settings = *settings;
    s->window = calloc((size_t)settings->n_fft, sizeof *s->window);
    s->spectrum = calloc((size_t)settings->n_fft / 2 + 1, sizeof *s->spectrum);
    status = s->window && s->spectrum ? fourier_create(settings->n_fft, &s->fourier, error) : error_no_memory(error);
    if (status == STATUS_OK && settings->mels > 0)
        status = spectrogram_filters(settings, &s->filters, error);
    if (status != STATUS_OK) {
        spectrogram_destroy(s);
        return status;
    }
    spectrogram_fill_window(settings, s->window);
    *created = s;
    return STATUS_OK;
}

void spectrogram_destroy(struct spectrogram *s)
{
    if (!s)
        return;
    fourier_destroy(s->fourier);
    mel_destroy(s->filters);
    free(s->window);
    free(s->spectrum);
    free(s->samples);
    free(s);
}

void spectrogram_use(struct spectrogram *s, spectrogram_make *make, void *context)
{
    s->make = make;
    s->make_context = context;
}

void spectrogram_rows_free(struct spectrogram_rows *rows)
{
    free(rows->values);
    *rows = (struct spectrogram_rows){0};
}

/* ------------------------------------------------------------------ a row */

VECTORISED static void weigh(const float *restrict frame, const float *restrict window, int n, float *restrict input)
{
    for (int i = 0; i < n; i++)
        input[i] = frame[i] * window[i];
}

VECTORISED static void to_spectrum(const float (*restrict transform)[2], int bins, int power, float *restrict spectrum)
{
    for (int k = 0; k < bins; k++)
        spectrum[k] = transform[k][0] * transform[k][0] + transform[k][1] * transform[k][1];
    for (int k = 0; power == 1 && k < bins; k++)
        spectrum[k] = sqrtf(spectrum[k]);
}

static void make_row(struct spectrogram *s, const float *frame, float *row)
{
    const int n = s->settings.n_fft;
    weigh(frame, s->window, n, fourier_input(s->fourier));
    float *spectrum = s->filters ? s->spectrum : row;
    to_spectrum(fourier_transform(s->fourier), n / 2 + 1, s->settings.power, spectrum);
    if (s->filters)
        mel_apply(s->filters, spectrum, row);
}

static bool reserve_rows(struct spectrogram_rows *rows, int64_t extra, int width)
{
    if (rows->frames + extra <= rows->capacity && rows->width == width)
        return true;
    int64_t capacity = rows->capacity < 256 ? 256 : rows->capacity;
    while (capacity < rows->frames + extra)
        capacity += capacity / 2;
    float *values = realloc(rows->values, (size_t)capacity * (size_t)width * sizeof *values);
    if (!values)
        return false;
    rows->values = values;
    rows->capacity = capacity;
    rows->width = width;
    return true;
}

bool spectrogram_rows_append(struct spectrogram_rows *rows, const float *values, int64_t frames)
{
    if (!reserve_rows(rows, frames, rows->width))
        return false;
    memcpy(rows->values + rows->frames * rows->width, values,
           (size_t)frames * (size_t)rows->width * sizeof *rows->values);
    rows->frames += frames;
    return true;
}

/* All complete frames. */
static enum status make_rows(struct spectrogram *s, struct spectrogram_rows *rows, struct error *error)
{
    const size_t n = (size_t)s->settings.n_fft, hop = (size_t)s->settings.hop;
    if (s->at + n > s->size)
        return STATUS_OK;
    const size_t count = 1 + (s->size - s->at - n) / hop;
    if (!reserve_rows(rows, (int64_t)count, spectrogram_width(&s->settings)))
        return error_no_memory(error);
    const float *frames = s->samples + s->at;
    float *values = rows->values + rows->frames * rows->width;
    enum status status = STATUS_OK;
    if (s->make)
        status = s->make(s->make_context, frames, (int64_t)count, values, error);
    for (size_t i = 0; !s->make && i < count; i++)
        make_row(s, frames + i * hop, values + i * (size_t)rows->width);
    if (status != STATUS_OK)
        return status;
    spectrogram_to_values(&s->settings, values, count * (size_t)rows->width);
    rows->frames += (int64_t)count;
    s->at += count * hop;
    return STATUS_OK;
}

/* ------------------------------------------------------------------ the signal */

void spectrogram_begin(struct spectrogram *s)
{
    s->size = s->at = 0;
    s->started = false;
}

static bool reserve_samples(struct spectrogram *s, size_t extra)
{
    if (extra <= s->capacity - s->size)
        return true;
    const size_t capacity = s->size + extra + (size_t)s->settings.n_fft;
    float *samples = realloc(s->samples, capacity * sizeof *samples);
    if (!samples)
        return false;
    s->samples = samples;
    s->capacity = capacity;
    return true;
}

/* Sample i of a signal of n samples that is reflected at both ends, again and again. */
static float reflected(const float *signal, size_t n, int64_t i)
{
    if (n == 1)
        return signal[0];
    const int64_t period = 2 * ((int64_t)n - 1);
    int64_t at = i % period;
    at = at < 0 ? at + period : at;
    return signal[at < (int64_t)n ? at : period - at];
}

/* Half a frame of padding before (`at_end`: behind) a signal of n samples. */
static void make_padding(const struct spectrogram *s, const float *signal, size_t n, bool at_end, float *padding)
{
    const int64_t half = padding_of(&s->settings), first = at_end ? (int64_t)n : -half;
    for (int64_t i = 0; i < half; i++)
        padding[i] = s->settings.padding == SPECTROGRAM_REFLECT ? reflected(signal, n, first + i) : 0;
}

static bool pad_start(struct spectrogram *s)
{
    const size_t half = (size_t)padding_of(&s->settings);
    if (!reserve_samples(s, half))
        return false;
    memmove(s->samples + half, s->samples, s->size * sizeof *s->samples);
    make_padding(s, s->samples + half, s->size, false, s->samples);
    s->size += half;
    s->started = true;
    return true;
}

/* `signal`: where the part of the signal that is still there begins. */
static bool pad_end(struct spectrogram *s, size_t signal)
{
    const size_t half = (size_t)padding_of(&s->settings);
    if (!reserve_samples(s, half))
        return false;
    make_padding(s, s->samples + signal, s->size - signal, true, s->samples + s->size);
    s->size += half;
    return true;
}

/* Drops samples that neither a frame nor the padding at the end needs. */
static void drop(struct spectrogram *s)
{
    const size_t kept = (size_t)padding_of(&s->settings) + 1;
    size_t useless = s->size > kept ? s->size - kept : 0;
    if (s->at < useless)
        useless = s->at;
    memmove(s->samples, s->samples + useless, (s->size - useless) * sizeof *s->samples);
    s->size -= useless;
    s->at -= useless;
}

enum status spectrogram_add(struct spectrogram *s, const float *samples, size_t count, struct spectrogram_rows *rows,
                            struct error *error)
{
    if (count == 0)
        return STATUS_OK;
    if (!reserve_samples(s, count))
        return error_no_memory(error);
    memcpy(s->samples + s->size, samples, count * sizeof *samples);
    s->size += count;
    if (!s->started && s->size <= (size_t)padding_of(&s->settings))
        return STATUS_OK; /* too few to be reflected */
    if (!s->started && !pad_start(s))
        return error_no_memory(error);
    const enum status status = make_rows(s, rows, error);
    drop(s);
    return status;
}

enum status spectrogram_end(struct spectrogram *s, struct spectrogram_rows *rows, struct error *error)
{
    const size_t half = (size_t)padding_of(&s->settings);
    if (s->size == 0)
        return STATUS_OK;
    /* Of a signal that is shorter than the padding all is left; of a longer one, what is reflected. */
    const bool is_short = !s->started;
    bool made = !is_short || pad_start(s);
    made = made && pad_end(s, is_short ? half : s->size > half ? s->size - half - 1 : 0);
    const enum status status = made ? make_rows(s, rows, error) : error_no_memory(error);
    spectrogram_begin(s);
    return status;
}

void spectrogram_limit(const struct spectrogram_settings *settings, float *values, int64_t frames)
{
    const size_t count = (size_t)frames * (size_t)spectrogram_width(settings);
    if (settings->values != SPECTROGRAM_DB || settings->top_db <= 0 || count == 0)
        return;
    float most = values[0];
    for (size_t i = 1; i < count; i++)
        most = values[i] > most ? values[i] : most;
    const float least = most - (float)settings->top_db;
    for (size_t i = 0; i < count; i++)
        values[i] = values[i] > least ? values[i] : least;
}
