#include "map/tsne.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "map/principal.h"

enum { N_BUFFERS = 9 };

static const double SPREAD = 1e-4; /* initial standard deviation of the first component */

struct tsne {
    struct compute *compute;
    struct tsne_settings settings;
    int64_t n;
    int64_t neighbours; /* of each point in P; 0: all pairs, the exact method */
    float learning_rate;
    int iteration;
    size_t state_bytes; /* of y, velocity and gains */
    struct compute_buffer *p, *y, *velocity, *gains;
    struct compute_buffer *y_spare, *velocity_spare, *gains_spare; /* modified by a step that only measures the
                                                                    * divergence */
    struct compute_buffer *kl, *scratch;
    float *host; /* [n x 2] */
};

struct tsne_settings tsne_defaults(void)
{
    return (struct tsne_settings){
        .perplexity = 30, .iterations = 1000, .exaggerated = 250, .exaggeration = 12, .learning_rate = 0, .seed = 42};
}

static struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){.buffer = buffer};
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

/* Centres the columns and scales all values to at most 1 in magnitude: this does not change the map, since perplexity
 * fixes the scale, and makes the distances more accurate and free of overflow. */
static enum status centre(int64_t n, int64_t d, const float *x, float **centred, struct error *error)
{
    float *out = malloc(sizeof *out * (size_t)(n * d) + 1);
    double *mean = calloc((size_t)d + 1, sizeof *mean);
    if (!out || !mean) {
        free(out);
        free(mean);
        return error_no_memory(error);
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            mean[k] += (double)x[i * d + k] / (double)n;
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            largest = fmax(largest, fabs((double)x[i * d + k] - mean[k]));
    double scale = largest > 0 ? 1 / largest : 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++)
            out[i * d + k] = (float)(((double)x[i * d + k] - mean[k]) * scale);
    free(mean);
    *centred = out;
    return STATUS_OK;
}

static double deviation(const float *points, int64_t n, int component)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)points[2 * i + component];
    for (int64_t i = 0; i < n; i++) {
        double off = (double)points[2 * i + component] - sum / (double)n;
        squares += off * off;
    }
    return sqrt(squares / (double)n);
}

/* Scales the components to the initial spread. If the data have fewer than two, a little noise replaces them, because
 * points that start on one line never leave it. */
static void scale_start(float *points, int64_t n, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    double first = deviation(points, n, 0), second = deviation(points, n, 1);
    for (int64_t i = 0; i < n; i++) {
        if (first > 0)
            points[2 * i] = (float)((double)points[2 * i] / first * SPREAD);
        else
            points[2 * i] = (float)(random_normal(&random) * SPREAD);
        if (second > 1e-6 * first)
            points[2 * i + 1] = (float)((double)points[2 * i + 1] / first * SPREAD);
        else
            points[2 * i + 1] = (float)(random_normal(&random) * SPREAD / 100);
    }
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

static enum status find_all_affinities(struct tsne *tsne, int64_t d, struct compute_slice x, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    const int64_t n = tsne->n;
    struct compute_buffer *distances = NULL;
    enum status status = ops->buffer_create(tsne->compute->device, sizeof(float) * (size_t)(n * n), &distances, error);
    if (status == STATUS_OK)
        status = ops->tsne_distances(stream, n, d, x, whole(distances), error);
    if (status == STATUS_OK)
        status = ops->tsne_affinities(stream, n, tsne->settings.perplexity, whole(distances), whole(tsne->p), error);
    ops->buffer_destroy(distances);
    return status;
}

static enum status find_knn_affinities(struct tsne *tsne, int64_t d, struct compute_slice x, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_device *device = tsne->compute->device;
    struct compute_stream *stream = tsne->compute->stream;
    const int64_t n = tsne->n, k = tsne->neighbours;
    const size_t pairs = (size_t)(n * k), search = ops->nearest_scratch(device, n, d, k);
    const size_t join = ops->tsne_knn_affinities_scratch(device, n, k);
    struct compute_buffer *ids = NULL, *distances = NULL, *scratch = NULL;
    enum status status = ops->buffer_create(device, sizeof(int32_t) * pairs, &ids, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, sizeof(float) * pairs, &distances, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, search > join ? search : join, &scratch, error);
    if (status == STATUS_OK)
        status = ops->nearest(stream, n, d, k, x, whole(ids), whole(distances), whole(scratch), error);
    if (status == STATUS_OK)
        status = ops->tsne_knn_affinities(stream, n, k, tsne->settings.perplexity, whole(ids), whole(distances),
                                          whole(tsne->p), whole(scratch), error);
    ops->buffer_destroy(ids);
    ops->buffer_destroy(distances);
    ops->buffer_destroy(scratch);
    return status;
}

/* Everything that needs X: affinities and initial points. */
static enum status prepare(struct tsne *tsne, int64_t d, const float *x, struct error *error)
{
    const struct compute_ops *ops = tsne->compute->ops;
    struct compute_stream *stream = tsne->compute->stream;
    const int64_t n = tsne->n;
    float *centred = NULL;
    enum status status = centre(n, d, x, &centred, error);
    if (status != STATUS_OK)
        return status;
    struct compute_buffer *vectors = NULL;
    size_t bytes = sizeof(float) * (size_t)(n * d);
    status = ops->buffer_wrap(tsne->compute->device, centred, bytes, &vectors, error);
    if (status == STATUS_OK)
        status = tsne->neighbours > 0 ? find_knn_affinities(tsne, d, whole(vectors), error)
                                      : find_all_affinities(tsne, d, whole(vectors), error);
    if (status == STATUS_OK)
        status = principal_components(tsne->compute, n, d, whole(vectors), tsne->settings.seed, tsne->host, error);
    if (status == STATUS_OK) {
        scale_start(tsne->host, n, tsne->settings.seed);
        status = ops->buffer_write(stream, tsne->y, 0, tsne->host, tsne->state_bytes, error);
    }
    ops->buffer_destroy(vectors);
    free(centred);
    return status;
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
    tsne->learning_rate = settings->learning_rate > 0 ? settings->learning_rate : fmaxf((float)n / 12 / 4, 50);
    tsne->state_bytes = sizeof(float) * 2 * (size_t)n;
    tsne->host = malloc(tsne->state_bytes + 1);
    if (!tsne->host)
        status = error_no_memory(error);
    if (status == STATUS_OK && n > 1)
        status = create_buffers(tsne, error);
    if (status == STATUS_OK && n > 1)
        status = prepare(tsne, d, x, error);
    if (status == STATUS_OK && n > 1)
        status = write_rest(tsne, error);
    if (status != STATUS_OK) {
        tsne_destroy(tsne);
        return error_prefix(error, "the map could not be started");
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

/* Centres a component of the points in tsne->host, and scales it to SPREAD if it has become much smaller.
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
    float factor = (float)SPREAD / spread;
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
    const int early = tsne->iteration < tsne->settings.exaggerated;
    enum status status = STATUS_OK;
    if (tsne->neighbours == 0 && tsne->iteration > 0 && tsne->iteration <= tsne->settings.exaggerated &&
        tsne->iteration % CHECKED_EVERY == 0)
        status = keep_digits(tsne, error);
    if (status == STATUS_OK && tsne->iteration == tsne->settings.exaggerated && tsne->iteration > 0)
        status = write_rest(tsne, error); /* scikit-learn starts its second stage with zero velocity */
    if (status == STATUS_OK)
        status = descend(tsne, early ? tsne->settings.exaggeration : 1, tsne->learning_rate, early ? 0.5F : 0.8F,
                         tsne->y, tsne->velocity, tsne->gains, NULL, error);
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
