#include "gpu/cuda/cuda_internal.h"
#include "gpu/cuda/cuda_reduce.h"

/* The triplet loss: a block per row, rows PARTS apart, in float64 as on the CPU. */

enum { PARTS = 1024, THREADS = 128 };

struct triplet {
    int64_t rows, d;
    bool squared;
    double margin, factor;
    const float *a, *p, *n;
    float beta_a, beta_p, beta_n, *d_a, *d_p, *d_n;
};

static __device__ inline double slope_of(const struct triplet &t, double distance)
{
    if (t.squared)
        return 2 * t.factor;
    return distance > 0 ? t.factor / distance : 0;
}

static __device__ inline void put(float beta, float *to, int64_t at, double slope)
{
    if (to)
        to[at] = cuda_blend(beta, &to[at], (float)slope);
}

static __global__ void triplet_kernel(struct triplet t, double *parts)
{
    __shared__ double sums[32];
    double total = 0;
    for (int64_t row = blockIdx.x; row < t.rows; row += gridDim.x) {
        int64_t at = row * t.d;
        double near = 0, far = 0;
        for (int64_t j = threadIdx.x; j < t.d; j += blockDim.x) {
            double to_p = (double)t.a[at + j] - (double)t.p[at + j], to_n = (double)t.a[at + j] - (double)t.n[at + j];
            near += to_p * to_p;
            far += to_n * to_n;
        }
        near = cuda_block_sum(near, sums);
        far = cuda_block_sum(far, sums);
        if (!t.squared) {
            near = sqrt(near);
            far = sqrt(far);
        }
        double loss = near - far + t.margin;
        bool active = !(loss <= 0); /* NaN is kept */
        double to_p = active ? slope_of(t, near) : 0, to_n = active ? slope_of(t, far) : 0;
        for (int64_t j = threadIdx.x; j < t.d; j += blockDim.x) {
            double from_p = to_p * ((double)t.a[at + j] - (double)t.p[at + j]);
            double from_n = to_n * ((double)t.a[at + j] - (double)t.n[at + j]);
            put(t.beta_a, t.d_a, at + j, from_p - from_n);
            put(t.beta_p, t.d_p, at + j, -from_p);
            put(t.beta_n, t.d_n, at + j, from_n);
        }
        total += active ? t.factor * loss : 0;
    }
    if (threadIdx.x == 0)
        parts[blockIdx.x] = total;
}

enum status cuda_triplet_loss(struct compute_stream *stream, int64_t rows, int64_t d, bool squared, float margin,
                              float factor, struct compute_slice a, struct compute_slice p, struct compute_slice n,
                              struct compute_slice loss, float beta_a, struct compute_slice d_a, float beta_p,
                              struct compute_slice d_p, float beta_n, struct compute_slice d_n, struct error *error)
{
    static const char *const operation = "triplet_loss";
    int64_t count = cuda_count(rows, d);
    enum status status = cuda_check_all(operation,
                                        {{"A", a, count},
                                         {"P", p, count},
                                         {"N", n, count},
                                         {"loss", loss, 1, 8, true},
                                         {"dA", d_a, count, 4, true},
                                         {"dP", d_p, count, 4, true},
                                         {"dN", d_n, count, 4, true}},
                                        error);
    if (status != STATUS_OK || rows == 0)
        return status;
    struct triplet triplet = {
        rows,           d,      squared, (double)margin, (double)factor,   cuda_floats(a),   cuda_floats(p),
        cuda_floats(n), beta_a, beta_p,  beta_n,         cuda_floats(d_a), cuda_floats(d_p), cuda_floats(d_n)};
    double *parts = (double *)(void *)stream->workspace;
    unsigned n_parts = cuda_parts(rows, 1, PARTS);
    CUDA_LAUNCH(triplet_kernel, n_parts, THREADS, 0, stream->queue, triplet, parts);
    status = cuda_launched(operation, error);
    if (status == STATUS_OK && loss.buffer)
        status = cuda_add_parts(stream, operation, n_parts, parts, cuda_doubles(loss), error);
    return status;
}
