#include "map/tsne.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "map/tsne_internal.h"

enum { N_BUFFERS = 9 };

struct tsne_settings tsne_defaults(void)
{
    return (struct tsne_settings){.perplexity = 30,
                                  .iterations = 1000,
                                  .exaggerated = 250,
                                  .exaggeration = 12,
                                  .late_exaggeration = 1,
                                  .seed = 42};
}

/* The number of nearest neighbours of each point in P, as in scikit-learn; 0 for the exact method. */
static int64_t neighbours_for(const struct compute *compute, int64_t n, const struct tsne_settings *settings)
{
    const double wanted = 3 * (double)settings->perplexity + 1;
    if (settings->method == TSNE_EXACT || !compute->ops->tsne_knn_step || n < TSNE_APPROXIMATE_POINTS)
        return 0;
    if (settings->method == TSNE_AUTO &&
        (n <= TSNE_EXACT_POINTS || (n <= TSNE_EXACT_POINTS_MAX && wanted * 10 > (double)n)))
        return 0;
    return wanted < (double)(n - 1) ? (int64_t)wanted : n - 1;
}

static enum status check(const struct compute *compute, int64_t n, int64_t d, const float *x,
                         const struct tsne_settings *settings, struct error *error)
{
    if (n < 0 || n > TSNE_POINTS_MAX)
        return error_set(error, STATUS_USAGE, "a map has at most %d points; there are %lld here", TSNE_POINTS_MAX,
                         (long long)n);
    if (n > TSNE_EXACT_POINTS_MAX && neighbours_for(compute, n, settings) == 0)
        return error_set(error, STATUS_USAGE,
                         "an exact map has at most %d points, because it compares all pairs; there are %lld here",
                         TSNE_EXACT_POINTS_MAX, (long long)n);
    if (d < 0 || d > INT32_MAX)
        return error_set(error, STATUS_USAGE, "a map of vectors of %lld values cannot be made", (long long)d);
    if (!(settings->perplexity >= 1 && isfinite(settings->perplexity)))
        return error_set(error, STATUS_USAGE, "the perplexity is a number from 1 up, not %g; 30 is usual",
                         (double)settings->perplexity);
    if (settings->iterations < 0 || settings->exaggerated < 0)
        return error_set(error, STATUS_USAGE, "the number of iterations cannot be below 0");
    if (!(settings->exaggeration > 0 && isfinite(settings->exaggeration)))
        return error_set(error, STATUS_USAGE, "the exaggeration is a number above 0, not %g; 12 is usual",
                         (double)settings->exaggeration);
    if (!(settings->late_exaggeration > 0 && isfinite(settings->late_exaggeration)))
        return error_set(error, STATUS_USAGE, "the late exaggeration is a number above 0, not %g; 1 is usual",
                         (double)settings->late_exaggeration);
    if (settings->sample < TSNE_NO_SAMPLE || settings->sample > n)
        return error_set(error, STATUS_USAGE, "a sample of %lld points cannot be drawn from %lld",
                         (long long)settings->sample, (long long)n);
    if (!(settings->learning_rate >= 0 && isfinite(settings->learning_rate)))
        return error_set(error, STATUS_USAGE, "the learning rate is a number above 0, or 0 for the usual one, not %g",
                         (double)settings->learning_rate);
    for (int64_t i = 0; i < n * d; i++)
        if (!isfinite(x[i]))
            return error_set(
                error, STATUS_BAD_DATA,
                "row %lld, column %lld (counted from 1) holds %g, which a map cannot use; remove or replace it",
                (long long)(i / d + 1), (long long)(i % d + 1), (double)x[i]);
    return STATUS_OK;
}

static enum status write_rest(struct tsne *tsne, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    float *host = tsne->host;
    memset(host, 0, tsne->state_bytes);
    enum status status = ops->buffer_write(stream, tsne->velocity, 0, host, tsne->state_bytes, error);
    for (int64_t i = 0; i < 2 * tsne->n; i++)
        host[i] = 1;
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, tsne->gains, 0, host, tsne->state_bytes, error);
    return status;
}

static enum status create_buffers(struct tsne *tsne, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_device *device = tsne->compute->device;
    const int64_t n = tsne->n, k = tsne->neighbours;
    const size_t state = tsne->state_bytes;
    const struct {
        struct compute_buffer **buffer;
        size_t bytes;
    } wanted[N_BUFFERS] = {
        {&tsne->p, k > 0 ? ops->tsne_knn_affinity_bytes(device, n, k) : ops->tsne_affinity_bytes(device, n)},
        {&tsne->scratch, k > 0 ? ops->tsne_knn_step_scratch(device, n) : ops->tsne_step_scratch(device, n)},
        {&tsne->kl, sizeof(double)},
        {&tsne->y, state},
        {&tsne->velocity, state},
        {&tsne->gains, state},
        {&tsne->y_spare, state},
        {&tsne->velocity_spare, state},
        {&tsne->gains_spare, state},
    };
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < N_BUFFERS; i++)
        status = ops->buffer_create(device, wanted[i].bytes, wanted[i].buffer, error);
    static const char nothing[64];
    if (status == STATUS_OK && k > 0)
        status = ops->buffer_write(tsne->compute->stream, tsne->scratch, 0, nothing, sizeof nothing, error);
    return status;
}

/* What depends on whether the map is large. */
static void choose_large(struct tsne *tsne)
{
    struct tsne_settings *settings = &tsne->settings;
    const int64_t n = tsne->n;
    const bool large = n >= TSNE_LARGE_POINTS && tsne->neighbours > 0;
    settings->fast = settings->fast || large;
    tsne->early_rate = tsne->late_rate = fmaxf((float)n / 12 / 4, 50);
    if (settings->learning_rate > 0)
        tsne->early_rate = tsne->late_rate = settings->learning_rate;
    else if (settings->fast)
        tsne->late_rate = fmaxf((float)n / 4 / fmaxf(settings->late_exaggeration, 1), 50);
    if (settings->sample == 0 && large)
        settings->sample = n / 20 > TSNE_SAMPLE ? n / 20 : TSNE_SAMPLE;
    if (tsne->neighbours == 0)
        settings->sample = 0;
    tsne->exaggerated = settings->sample > 0 ? 0 : settings->exaggerated;
}

enum status tsne_create(struct compute *compute, int64_t n, int64_t d, const float *x,
                        const struct tsne_settings *settings, struct tsne **out, struct error *error)
{
    enum status status = check(compute, n, d, x, settings, error);
    if (status != STATUS_OK)
        return status;
    struct tsne *tsne = calloc(1, sizeof *tsne);
    if (!tsne)
        return error_no_memory(error);
    tsne->compute = compute;
    tsne->settings = *settings;
    tsne->settings.perplexity = fminf(settings->perplexity, fmaxf((float)(n - 1) / 3, 1));
    tsne->n = n;
    tsne->neighbours = neighbours_for(compute, n, &tsne->settings);
    choose_large(tsne);
    tsne->state_bytes = sizeof(float) * 2 * (size_t)n;
    tsne->host = malloc(tsne->state_bytes + 1);
    if (!tsne->host)
        status = error_no_memory(error);
    if (status == STATUS_OK && n > 1)
        status = create_buffers(tsne, error);
    if (status == STATUS_OK && n > 1)
        status = tsne_prepare(tsne, d, x, error);
    if (status == STATUS_OK && n > 1)
        status = write_rest(tsne, error);
    if (status != STATUS_OK) {
        tsne_destroy(tsne);
        return status == STATUS_INTERRUPTED ? status : error_prefix(error, "the map could not be started");
    }
    *out = tsne;
    return STATUS_OK;
}

/* One step of the selected method on points with their velocity and gains. */
static enum status descend(struct tsne *tsne, float exaggeration, float learning_rate, float momentum,
                           struct compute_buffer *y, struct compute_buffer *velocity, struct compute_buffer *gains,
                           struct compute_buffer *kl, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    if (tsne->neighbours > 0)
        return ops->tsne_knn_step(stream, tsne->n, tsne->neighbours, exaggeration, learning_rate, momentum,
                                  whole(tsne->p), whole(y), whole(velocity), whole(gains), whole(kl),
                                  whole(tsne->scratch), error);
    return ops->tsne_step(stream, tsne->n, exaggeration, learning_rate, momentum, whole(tsne->p), whole(y),
                          whole(velocity), whole(gains), whole(kl), whole(tsne->scratch), error);
}

/* Centres a component of the points in tsne->host, and scales it to TSNE_SPREAD if it has become much smaller.
 * Returns the factor, 1 if nothing was changed. */
static float rescale(struct tsne *tsne, int component)
{
    const float least = 1e-5F;
    double mean = 0, square = 0;
    for (int64_t i = 0; i < tsne->n; i++)
        mean += (double)tsne->host[2 * i + component] / (double)tsne->n;
    for (int64_t i = 0; i < tsne->n; i++) {
        double off = (double)tsne->host[2 * i + component] - mean;
        square += off * off / (double)tsne->n;
    }
    float spread = (float)sqrt(square);
    if (!(spread > 0 && spread < least))
        return 1;
    float factor = (float)TSNE_SPREAD / spread;
    for (int64_t i = 0; i < tsne->n; i++) {
        float *value = &tsne->host[2 * i + component];
        *value = (float)((double)*value - mean) * factor;
    }
    return factor;
}

/* Where no group of points is separate enough, exaggeration draws all points together until float32 cannot tell them
 * apart, and the map would stay a line. While the points are near to each other, the gradient is linear in them and the
 * components are independent, so centring and scaling positions and velocities of a component is the same descent, with
 * more digits. */
static enum status keep_digits(struct tsne *tsne, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    enum status status = ops->buffer_read(stream, tsne->y, 0, tsne->host, tsne->state_bytes, error);
    if (status != STATUS_OK)
        return status;
    const float factors[2] = {rescale(tsne, 0), rescale(tsne, 1)};
    if (!(factors[0] > 1 || factors[1] > 1))
        return STATUS_OK;
    status = ops->buffer_write(stream, tsne->y, 0, tsne->host, tsne->state_bytes, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, tsne->velocity, 0, tsne->host, tsne->state_bytes, error);
    for (int64_t i = 0; status == STATUS_OK && i < 2 * tsne->n; i++)
        tsne->host[i] *= factors[i % 2];
    return status == STATUS_OK ? ops->buffer_write(stream, tsne->velocity, 0, tsne->host, tsne->state_bytes, error)
                               : status;
}

static enum status step(struct tsne *tsne, struct error *error)
{
    enum { CHECKED_EVERY = 10 };
    const int early = tsne->iteration < tsne->exaggerated;
    enum status status = STATUS_OK;
    if (tsne->neighbours == 0 && tsne->iteration > 0 && tsne->iteration <= tsne->exaggerated &&
        tsne->iteration % CHECKED_EVERY == 0)
        status = keep_digits(tsne, error);
    if (status == STATUS_OK && tsne->iteration == tsne->exaggerated && tsne->iteration > 0)
        status = write_rest(tsne, error); /* scikit-learn starts its second stage with zero velocity */
    if (status == STATUS_OK)
        status = descend(tsne, early ? tsne->settings.exaggeration : tsne->settings.late_exaggeration,
                         early ? tsne->early_rate : tsne->late_rate, early ? 0.5F : 0.8F, tsne->y, tsne->velocity,
                         tsne->gains, NULL, error);
    return status;
}

enum status tsne_run(struct tsne *tsne, int count, bool *done, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < count && tsne->iteration < tsne->settings.iterations; i++) {
        if (tsne->n > 1)
            status = step(tsne, error);
        if (status == STATUS_OK)
            tsne->iteration++;
    }
    if (status == STATUS_OK && tsne->n > 1)
        status = tsne->compute->ops->stream_synchronise(tsne->compute->stream, error);
    *done = tsne->iteration >= tsne->settings.iterations;
    return status;
}

int tsne_iteration(const struct tsne *tsne)
{
    return tsne->iteration;
}

float tsne_perplexity(const struct tsne *tsne)
{
    return tsne->settings.perplexity;
}

int64_t tsne_sample(const struct tsne *tsne)
{
    return tsne->settings.sample > 0 ? tsne->settings.sample : 0;
}

bool tsne_is_exact(const struct tsne *tsne)
{
    return tsne->neighbours == 0;
}

enum status tsne_points(struct tsne *tsne, float *points, struct error *error)
{
    if (tsne->n > 1)
        return tsne->compute->ops->buffer_read(tsne->compute->stream, tsne->y, 0, points, tsne->state_bytes, error);
    memset(points, 0, tsne->state_bytes);
    return STATUS_OK;
}

enum status tsne_save(struct tsne *tsne, float *state, struct error *error)
{
    struct compute_buffer *const parts[] = {tsne->y, tsne->velocity, tsne->gains};
    enum status status = STATUS_OK;
    for (int64_t i = 0; status == STATUS_OK && i < 3 && tsne->n > 1; i++)
        status = tsne->compute->ops->buffer_read(tsne->compute->stream, parts[i], 0, state + 2 * i * tsne->n,
                                                 tsne->state_bytes, error);
    return status;
}

enum status tsne_restore(struct tsne *tsne, int iteration, const float *state, struct error *error)
{
    struct compute_buffer *const parts[] = {tsne->y, tsne->velocity, tsne->gains};
    enum status status = STATUS_OK;
    for (int64_t i = 0; status == STATUS_OK && i < 3 && tsne->n > 1; i++)
        status = tsne->compute->ops->buffer_write(tsne->compute->stream, parts[i], 0, state + 2 * i * tsne->n,
                                                  tsne->state_bytes, error);
    tsne->iteration = iteration;
    return status;
}

enum status tsne_kl_divergence(struct tsne *tsne, double *kl, struct error *error)
{
    *kl = 0;
    if (tsne->n < 2)
        return STATUS_OK;
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    enum status status = tsne_points(tsne, tsne->host, error);
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, tsne->y_spare, 0, tsne->host, tsne->state_bytes, error);
    memset(tsne->host, 0, tsne->state_bytes);
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, tsne->velocity_spare, 0, tsne->host, tsne->state_bytes, error);
    if (status == STATUS_OK)
        status = ops->buffer_write(stream, tsne->gains_spare, 0, tsne->host, tsne->state_bytes, error);
    if (status == STATUS_OK)
        status = descend(tsne, 1, 0, 0, tsne->y_spare, tsne->velocity_spare, tsne->gains_spare, tsne->kl, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, tsne->kl, 0, kl, sizeof *kl, error);
    return status;
}

void tsne_destroy(struct tsne *tsne)
{
    if (!tsne)
        return;
    struct compute_buffer *buffers[N_BUFFERS] = {tsne->p,           tsne->y,       tsne->velocity,
                                                 tsne->gains,       tsne->y_spare, tsne->velocity_spare,
                                                 tsne->gains_spare, tsne->kl,      tsne->scratch};
    for (int i = 0; i < N_BUFFERS; i++)
        if (buffers[i])
            tsne->compute->ops->buffer_destroy(buffers[i]);
    free(tsne->host);
    free(tsne);
}
