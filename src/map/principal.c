#include "map/principal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/random.h"

enum { WIDTH = 12, ITERATIONS_MAX = 100, SWEEPS_MAX = 40 };

static const double CONVERGED = 1e-5;

struct subspace {
    struct compute *compute;
    int64_t n, d;
    int width;
    struct compute_buffer *basis, *images, *products; /* V [d x width], X V [n x width], Xᵀ X V [d x width] */
    float *host;                                      /* a copy of the buffer that was read last */
    double *v, *w;                                    /* [d x width] */
    double values[WIDTH], rotation[WIDTH][WIDTH];     /* of Vᵀ Xᵀ X V, largest first, vectors in columns */
};

/* Gram-Schmidt, applied twice for accuracy; a column that depends on the previous ones becomes zeros. */
static void orthonormalise(double *v, int64_t d, int width)
{
    for (int c = 0; c < width; c++) {
        double before = 0;
        for (int64_t i = 0; i < d; i++)
            before += v[i * width + c] * v[i * width + c];
        for (int round = 0; round < 2; round++)
            for (int b = 0; b < c; b++) {
                double dot = 0;
                for (int64_t i = 0; i < d; i++)
                    dot += v[i * width + c] * v[i * width + b];
                for (int64_t i = 0; i < d; i++)
                    v[i * width + c] -= dot * v[i * width + b];
            }
        double norm = 0;
        for (int64_t i = 0; i < d; i++)
            norm += v[i * width + c] * v[i * width + c];
        double scale = norm > 1e-12 * before && norm > DBL_MIN ? 1 / sqrt(norm) : 0;
        for (int64_t i = 0; i < d; i++)
            v[i * width + c] *= scale;
    }
}

static void rotate(double a[WIDTH][WIDTH], double vectors[WIDTH][WIDTH], int n, int p, int q)
{
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; k++) {
        double kp = a[k][p], kq = a[k][q];
        a[k][p] = c * kp - s * kq;
        a[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
        double pk = a[p][k], qk = a[q][k];
        a[p][k] = c * pk - s * qk;
        a[q][k] = s * pk + c * qk;
        double vp = vectors[k][p], vq = vectors[k][q];
        vectors[k][p] = c * vp - s * vq;
        vectors[k][q] = s * vp + c * vq;
    }
}

/* Eigenvalues, largest first, and eigenvectors of a small symmetric matrix by Jacobi rotations. Overwrites the matrix.
 */
static void decompose(double a[WIDTH][WIDTH], int n, double values[WIDTH], double vectors[WIDTH][WIDTH])
{
    double found[WIDTH][WIDTH] = {{0}};
    for (int i = 0; i < n; i++)
        found[i][i] = 1;
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++)
                if (fabs(a[p][q]) > 1e-15 * sqrt(fabs(a[p][p] * a[q][q])))
                    rotate(a, found, n, p, q);
    int order[WIDTH];
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && a[order[at - 1]][order[at - 1]] < a[i][i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (int c = 0; c < n; c++) {
        values[c] = a[order[c]][order[c]];
        for (int k = 0; k < n; k++)
            vectors[k][c] = found[k][order[c]];
    }
}

static struct compute_slice whole(struct compute_buffer *buffer)
{
    return (struct compute_slice){.buffer = buffer};
}

/* Computes W = Xᵀ X V on the device and copies it to the host. */
static enum status multiply(struct subspace *s, struct compute_slice x, struct error *error)
{
    const struct compute_ops *ops = s->compute->ops;
    struct compute_stream *stream = s->compute->stream;
    size_t size = (size_t)s->d * (size_t)s->width;
    for (size_t i = 0; i < size; i++)
        s->host[i] = (float)s->v[i];
    enum status status = ops->buffer_write(stream, s->basis, 0, s->host, size * sizeof(float), error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, 0, 0, s->n, s->width, s->d, 1, x, whole(s->basis), 0, whole(s->images), error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, 1, 0, s->d, s->width, s->n, 1, x, whole(s->images), 0, whole(s->products), error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, s->products, 0, s->host, size * sizeof(float), error);
    for (size_t i = 0; status == STATUS_OK && i < size; i++)
        s->w[i] = (double)s->host[i];
    return status;
}

/* Rayleigh-Ritz: rotates V and W = Xᵀ X V so that the columns of V are the best eigenvectors within their span. Returns
 * whether the first two have converged. */
static int settle(struct subspace *s)
{
    const int width = s->width;
    double small[WIDTH][WIDTH] = {{0}};
    for (int64_t i = 0; i < s->d; i++)
        for (int p = 0; p < width; p++)
            for (int q = 0; q < width; q++)
                small[p][q] += s->v[i * width + p] * s->w[i * width + q];
    for (int p = 0; p < width; p++)
        for (int q = 0; q < p; q++)
            small[p][q] = small[q][p] = (small[p][q] + small[q][p]) / 2;
    decompose(small, width, s->values, s->rotation);
    double residual[WIDTH] = {0};
    for (int64_t i = 0; i < s->d; i++) {
        double v[WIDTH] = {0}, w[WIDTH] = {0};
        for (int c = 0; c < width; c++)
            for (int k = 0; k < width; k++) {
                v[c] += s->v[i * width + k] * s->rotation[k][c];
                w[c] += s->w[i * width + k] * s->rotation[k][c];
            }
        for (int c = 0; c < width; c++) {
            s->v[i * width + c] = v[c];
            s->w[i * width + c] = w[c];
            double off = w[c] - s->values[c] * v[c];
            residual[c] += off * off;
        }
    }
    int settled = 1;
    for (int c = 0; c < 2 && c < width; c++)
        settled = settled && sqrt(residual[c]) <= CONVERGED * s->values[0];
    return settled;
}

static enum status iterate(struct subspace *s, struct compute_slice x, uint64_t seed, struct error *error)
{
    struct random random;
    random_seed(&random, seed);
    size_t size = (size_t)s->d * (size_t)s->width;
    for (size_t i = 0; i < size; i++)
        s->v[i] = random_normal(&random);
    for (int k = 0; k < ITERATIONS_MAX; k++) {
        orthonormalise(s->v, s->d, s->width);
        enum status status = multiply(s, x, error);
        if (status != STATUS_OK)
            return status;
        if (settle(s))
            return STATUS_OK;
        double *swap = s->v;
        s->v = s->w;
        s->w = swap;
    }
    orthonormalise(s->v, s->d, s->width); /* not converged: two components are almost degenerate, so any basis of them
                                           * is fine */
    return STATUS_OK;
}

/* Scores X V of the first two columns, signs fixed. */
static enum status project(struct subspace *s, struct compute_slice x, float *scores, struct error *error)
{
    const struct compute_ops *ops = s->compute->ops;
    struct compute_stream *stream = s->compute->stream;
    const int width = s->width;
    double sign[WIDTH] = {0}, largest[WIDTH] = {0};
    for (int64_t i = 0; i < s->d; i++)
        for (int c = 0; c < width; c++) {
            double v = s->v[i * width + c];
            s->host[i * width + c] = (float)v;
            if (fabs(v) > largest[c]) {
                largest[c] = fabs(v);
                sign[c] = v < 0 ? -1 : 1;
            }
        }
    size_t size = sizeof(float) * (size_t)width;
    enum status status = ops->buffer_write(stream, s->basis, 0, s->host, size * (size_t)s->d, error);
    if (status == STATUS_OK)
        status = ops->gemm(stream, 0, 0, s->n, width, s->d, 1, x, whole(s->basis), 0, whole(s->images), error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, s->images, 0, s->host, size * (size_t)s->n, error);
    for (int64_t i = 0; status == STATUS_OK && i < s->n; i++)
        for (int c = 0; c < 2; c++)
            scores[2 * i + c] = c < width && largest[c] > 0 ? (float)sign[c] * s->host[i * width + c] : 0;
    return status;
}

enum status principal_components(struct compute *compute, int64_t n, int64_t d, struct compute_slice x, uint64_t seed,
                                 float *scores, struct error *error)
{
    const struct compute_ops *ops = compute->ops;
    struct subspace s = {.compute = compute, .n = n, .d = d, .width = WIDTH};
    if (s.width > d)
        s.width = (int)d;
    if (s.width > n)
        s.width = (int)n;
    size_t longest = (size_t)(n > d ? n : d) * (size_t)s.width, size = (size_t)d * (size_t)s.width;
    for (int64_t i = 0; i < 2 * n; i++)
        scores[i] = 0;
    if (size == 0)
        return STATUS_OK;
    s.host = malloc(sizeof *s.host * longest);
    s.v = malloc(sizeof *s.v * size);
    s.w = malloc(sizeof *s.w * size);
    enum status status = s.host && s.v && s.w ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, sizeof(float) * size, &s.basis, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, sizeof(float) * size, &s.products, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(compute->device, sizeof(float) * (size_t)n * (size_t)s.width, &s.images, error);
    if (status == STATUS_OK)
        status = iterate(&s, x, seed, error);
    if (status == STATUS_OK)
        status = project(&s, x, scores, error);
    struct compute_buffer *buffers[] = {s.basis, s.images, s.products};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (buffers[i])
            ops->buffer_destroy(buffers[i]);
    free(s.host);
    free(s.v);
    free(s.w);
    return status;
}
