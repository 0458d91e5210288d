#include "features/audio/spectrogram_device.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "features/audio/spectrogram_internal.h"

enum {
    N_FFT_MAX = 4096,
    VALUES = 4 << 20, /* of the transforms that are computed together */
};

struct spectrogram_device {
    const struct compute *compute;
    pthread_mutex_t mutex;
    int64_t n_fft, hop, bins, mels; /* mels 0: no filters */
    int64_t together;               /* frames */
    struct compute_slice waves;     /* [n_fft x bins x 2]: the window times cosine and negative sine */
    struct compute_slice filters;   /* [bins x mels] */
    struct compute_slice samples, transforms /* [together x bins x 2] */, power /* [together x bins] */,
        bands /* [together x mels] */;
};

bool spectrogram_device_takes(const struct spectrogram_settings *settings)
{
    return settings->power == 2 && settings->n_fft <= N_FFT_MAX;
}

/* ------------------------------------------------------------------ creation */

static enum status make(const struct spectrogram_device *device, int64_t floats, struct compute_slice *slice,
                        struct error *error)
{
    const struct compute *compute = device->compute;
    return compute->ops->buffer_create(compute->device, (size_t)floats * sizeof(float), &slice->buffer, error);
}

/* A buffer with these floats. */
static enum status send(const struct spectrogram_device *device, const float *values, int64_t floats,
                        struct compute_slice *slice, struct error *error)
{
    const struct compute *compute = device->compute;
    enum status status = make(device, floats, slice, error);
    if (status == STATUS_OK)
        status = compute->ops->buffer_write(compute->stream, slice->buffer, 0, values, (size_t)floats * sizeof(float),
                                            error);
    return status;
}

static enum status send_waves(struct spectrogram_device *device, const struct spectrogram_settings *settings,
                              struct error *error)
{
    const int64_t n = device->n_fft, bins = device->bins;
    float *waves = malloc((size_t)(n * bins * 2) * sizeof *waves);
    float *window = calloc((size_t)n, sizeof *window);
    double *turns = malloc((size_t)n * 2 * sizeof *turns);
    enum status status = waves && window && turns ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK) {
        spectrogram_fill_window(settings, window);
        for (int64_t i = 0; i < n; i++) {
            turns[2 * i] = cos(2 * acos(-1) * (double)i / (double)n);
            turns[2 * i + 1] = -sin(2 * acos(-1) * (double)i / (double)n);
        }
        for (int64_t j = 0; j < n; j++)
            for (int64_t k = 0; k < bins; k++)
                for (int64_t part = 0; part < 2; part++)
                    waves[(j * bins + k) * 2 + part] = (float)(turns[j * k % n * 2 + part] * (double)window[j]);
        status = send(device, waves, n * bins * 2, &device->waves, error);
    }
    free(waves);
    free(window);
    free(turns);
    return status;
}

static enum status send_filters(struct spectrogram_device *device, const struct spectrogram_settings *settings,
                                struct error *error)
{
    struct mel_filters *filters;
    enum status status = spectrogram_filters(settings, &filters, error);
    if (status != STATUS_OK)
        return status;
    float *weights = calloc((size_t)(device->bins * device->mels), sizeof *weights);
    if (weights) {
        mel_weights(filters, weights);
        status = send(device, weights, device->bins * device->mels, &device->filters, error);
    } else {
        status = error_no_memory(error);
    }
    free(weights);
    mel_destroy(filters);
    return status;
}

static enum status make_work(struct spectrogram_device *device, struct error *error)
{
    enum status status = make(device, (device->together - 1) * device->hop + device->n_fft, &device->samples, error);
    if (status == STATUS_OK)
        status = make(device, device->together * device->bins * 2, &device->transforms, error);
    if (status == STATUS_OK)
        status = make(device, device->together * device->bins, &device->power, error);
    if (status == STATUS_OK && device->mels > 0)
        status = make(device, device->together * device->mels, &device->bands, error);
    return status;
}

enum status spectrogram_device_create(const struct spectrogram_settings *settings, const struct compute *compute,
                                      struct spectrogram_device **created, struct error *error)
{
    *created = NULL;
    enum status status = spectrogram_check(settings, error);
    if (status != STATUS_OK)
        return status;
    if (!spectrogram_device_takes(settings))
        return error_set(error, STATUS_USAGE, "a device computes spectrograms of power, with n_fft of at most %d",
                         N_FFT_MAX);
    struct spectrogram_device *device = calloc(1, sizeof *device);
    if (!device)
        return error_no_memory(error);
    *device = (struct spectrogram_device){.compute = compute,
                                          .n_fft = settings->n_fft,
                                          .hop = settings->hop,
                                          .bins = settings->n_fft / 2 + 1,
                                          .mels = settings->mels};
    device->together = VALUES / (device->bins * 2);
    pthread_mutex_init(&device->mutex, NULL);
    status = send_waves(device, settings, error);
    if (status == STATUS_OK && device->mels > 0)
        status = send_filters(device, settings, error);
    if (status == STATUS_OK)
        status = make_work(device, error);
    if (status != STATUS_OK) {
        spectrogram_device_destroy(device);
        return status;
    }
    *created = device;
    return STATUS_OK;
}

void spectrogram_device_destroy(struct spectrogram_device *device)
{
    if (!device)
        return;
    const struct compute_slice slices[] = {device->waves,      device->filters, device->samples,
                                           device->transforms, device->power,   device->bands};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++)
        device->compute->ops->buffer_destroy(slices[i].buffer);
    pthread_mutex_destroy(&device->mutex);
    free(device);
}

/* ------------------------------------------------------------------ rows */

static enum status compute_frames(const struct spectrogram_device *device, const float *samples, int64_t frames,
                                  float *rows, struct error *error)
{
    const struct compute_ops *ops = device->compute->ops;
    struct compute_stream *stream = device->compute->stream;
    const int64_t n = device->n_fft, bins = device->bins, count = (frames - 1) * device->hop + n;
    const struct compute_window window = {.batch = 1,
                                          .time = count,
                                          .frequency = 1,
                                          .in = 1,
                                          .out_time = frames,
                                          .out_frequency = 1,
                                          .out = bins * 2,
                                          .kernel_time = n,
                                          .kernel_frequency = 1,
                                          .stride_time = device->hop,
                                          .stride_frequency = 1};
    const struct compute_slice none = {0}, *result = device->mels > 0 ? &device->bands : &device->power;
    const int64_t width = device->mels > 0 ? device->mels : bins;
    enum status status =
        ops->buffer_write(stream, device->samples.buffer, 0, samples, (size_t)count * sizeof *samples, error);
    if (status == STATUS_OK)
        status = ops->network.convolution(stream, ACTIVATION_IDENTITY, &window, device->samples, device->waves, none,
                                          device->transforms, error);
    if (status == STATUS_OK)
        status = ops->network.batched_dot(stream, frames * bins, 1, 2, device->transforms, device->transforms,
                                          device->power, error);
    if (status == STATUS_OK && device->mels > 0)
        status = ops->gemm(stream, false, false, frames, device->mels, bins, 1, device->power, device->filters, 0,
                           device->bands, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, result->buffer, 0, rows, (size_t)(frames * width) * sizeof *rows, error);
    return status;
}

static enum status make_rows(void *context, const float *samples, int64_t frames, float *rows, struct error *error)
{
    struct spectrogram_device *device = context;
    const int64_t width = device->mels > 0 ? device->mels : device->bins;
    enum status status = STATUS_OK;
    pthread_mutex_lock(&device->mutex);
    for (int64_t first = 0; first < frames && status == STATUS_OK; first += device->together) {
        const int64_t count = frames - first < device->together ? frames - first : device->together;
        status = compute_frames(device, samples + first * device->hop, count, rows + first * width, error);
    }
    pthread_mutex_unlock(&device->mutex);
    return status;
}

void spectrogram_device_use(struct spectrogram_device *device, struct spectrogram *spectrogram)
{
    spectrogram_use(spectrogram, device ? make_rows : NULL, device);
}
