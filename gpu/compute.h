#ifndef SLEEVE_GPU_COMPUTE_H
#define SLEEVE_GPU_COMPUTE_H

#include <stddef.h>
#include <stdint.h>

#include "core/pool.h"
#include "core/status.h"
#include "gpu/compute_network.h"
#include "gpu/compute_types.h"

/* The table of operations that every device implements. Operations work on contiguous row-major float32 buffers, take
 * explicit sizes, run in the order of their stream, return a status, and neither allocate nor wait. A failure that only
 * the data reveals (a matrix without a Cholesky factor) is reported by the operation itself or by the next buffer_read
 * or stream_synchronise. Buffers are opaque: only buffer_write, buffer_read and buffer_host cross to the host.
 * buffer_write has copied the bytes when it returns; buffer_read waits for all earlier operations of its stream.
 * Scratch memory is a buffer that the caller passes; each operation that needs one has a *_scratch function that
 * returns its size in bytes.
 *
 * Any function that returns a status returns STATUS_DEVICE when the device is lost or its memory is full, with a
 * message that names the device and the cause; every other failure is caused by the work itself. Such work can be
 * repeated in smaller pieces or on the CPU, which never returns STATUS_DEVICE. Buffers, streams and the device can
 * still be destroyed and closed afterwards: these functions neither fail nor wait for a lost device. */

enum { COMPUTE_VERSION = 2 };

struct compute_info {
    const char *name;    /* "CPU", "NVIDIA H200" */
    const char *library; /* "OpenBLAS 0.3.21" */
    const char *core;    /* BLAS core or compute capability */
    const char *simd;    /* "AVX-512", "AVX2", "portable" */
    int threads;
};

struct compute_ops {
    uint32_t version;
    enum status (*device_open)(struct pool *pool, struct compute_device **device, struct error *error);
    void (*device_close)(struct compute_device *device);
    void (*device_info)(const struct compute_device *device, struct compute_info *info);
    enum status (*stream_open)(struct compute_device *device, struct compute_stream **stream, struct error *error);
    void (*stream_close)(struct compute_stream *stream);
    enum status (*stream_synchronise)(struct compute_stream *stream, struct error *error);
    enum status (*buffer_create)(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                                 struct error *error);
    /* Uses host memory in place where the device can (CPU) and copies it otherwise. The buffer is read-only; the memory
     * must outlive it. */
    enum status (*buffer_wrap)(struct compute_device *device, const void *host, size_t bytes,
                               struct compute_buffer **buffer, struct error *error);
    void (*buffer_destroy)(struct compute_buffer *buffer); /* waits for operations that use it; NULL is ignored */
    enum status (*buffer_write)(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                                const void *host, size_t bytes, struct error *error);
    enum status (*buffer_read)(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                               void *host, size_t bytes, struct error *error);

    /* The buffer's bytes if the host can read them in place, otherwise NULL. */
    const void *(*buffer_host)(const struct compute_buffer *buffer);

    /* C[m x n] = alpha op(A) op(B) + beta C; transpose_a: A is stored [k x m]; transpose_b: B is stored [n x k]. */
    enum status (*gemm)(struct compute_stream *stream, int transpose_a, int transpose_b, int64_t m, int64_t n,
                        int64_t k, float alpha, struct compute_slice a, struct compute_slice b, float beta,
                        struct compute_slice c, struct error *error);
    /* G[d x d] = YᵀY + ridge I of Y[n x d]. */
    enum status (*gram)(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice y, float ridge,
                        struct compute_slice g, struct error *error);
    /* Lower Cholesky factor of G[d x d] in place; fails when G is not positive definite. */
    enum status (*cholesky)(struct compute_stream *stream, int64_t d, struct compute_slice g, struct error *error);
    /* X[n x d] <- X (L Lᵀ)⁻¹ in place. */
    enum status (*cholesky_solve)(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice l,
                                  struct compute_slice x, struct error *error);
    /* C[n_rows x d] = S B[n_columns x d], S in CSR form (starts int64 [n_rows + 1], columns int32, values float; a NULL
     * buffer of values means all ones). */
    enum status (*sparse_gemm)(struct compute_stream *stream, int64_t n_rows, int64_t d, struct compute_slice starts,
                               struct compute_slice columns, struct compute_slice values, struct compute_slice b,
                               struct compute_slice c, struct error *error);
    /* One weighted ALS half-step (Hu, Koren and Volinsky 2008, equation 4): for each row u of CSR, with confidence 1 +
     * alpha r, X[u] = (G + Yᵀ(C_u - I)Y)⁻¹ Yᵀ C_u p(u), where G = YᵀY + ridge I is an input. */
    size_t (*als_weighted_scratch)(const struct compute_device *device, int64_t d);
    enum status (*als_weighted)(struct compute_stream *stream, int64_t n_rows, int64_t d, float alpha,
                                struct compute_slice starts, struct compute_slice columns, struct compute_slice values,
                                struct compute_slice y, struct compute_slice g, struct compute_slice x,
                                struct compute_slice scratch, struct error *error);
    /* For each query q of Q[n_queries x d]: the k rows of items[n_items x d] with the highest dot product, highest
     * first, ties by row. Excluded rows (CSR over queries: int64 starts, sorted int32 rows) are omitted. ids int32 and
     * scores float are [n_queries x k]; unused entries are -1 and -inf. The scores of all items are never stored. */
    size_t (*top_k_scratch)(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t k);
    enum status (*top_k)(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                         struct compute_slice queries, struct compute_slice items, struct compute_slice excluded_starts,
                         struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                         struct compute_slice scratch, struct error *error);
    /* The same result through an index, which is faster when the same items are searched many times. Scores are summed
     * in float64 and rounded to float32 (top_k sums in float32); they are bit-identical on every processor and for
     * every number of threads, and rows are ordered exactly as if every row had been scored. The items must not change
     * after the index is built. The index contains no addresses, so it can be stored in a file for the same program and
     * items. index_bytes returns 0 on a device that needs no index: index_build then does nothing, and top_k_indexed
     * takes a slice without a buffer and searches the items. All five may be NULL on a device that only has top_k. d is
     * at most 65,536. */
    size_t (*index_bytes)(const struct compute_device *device, int64_t n_items, int64_t d);
    size_t (*index_scratch)(const struct compute_device *device, int64_t n_items, int64_t d);
    enum status (*index_build)(struct compute_stream *stream, int64_t n_items, int64_t d, struct compute_slice items,
                               struct compute_slice index, struct compute_slice scratch, struct error *error);
    size_t (*top_k_indexed_scratch)(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d,
                                    int64_t k);
    enum status (*top_k_indexed)(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d,
                                 int64_t k, struct compute_slice queries, struct compute_slice items,
                                 struct compute_slice index, struct compute_slice excluded_starts,
                                 struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                                 struct compute_slice scratch, struct error *error);
    /* For each row of X[n x d]: the k nearest other rows by Euclidean distance, nearest first, ties by row: ids int32
     * and squared distances float [n x k]. */
    size_t (*nearest_scratch)(const struct compute_device *device, int64_t n, int64_t d, int64_t k);
    enum status (*nearest)(struct compute_stream *stream, int64_t n, int64_t d, int64_t k, struct compute_slice x,
                           struct compute_slice ids, struct compute_slice distances, struct compute_slice scratch,
                           struct error *error);

    /* ---- t-SNE (van der Maaten and Hinton 2008), exact ---- */
    /* Squared distances D[n x n] of X[n x d]; the diagonal is 0, never negative. */
    enum status (*tsne_distances)(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice x,
                                  struct compute_slice distances, struct error *error);
    /* Joint probabilities P (in the layout of tsne_step, tsne_affinity_bytes long) from D by a binary search of each
     * row's precision for the perplexity (section 2), symmetrised, with sum 1. Overwrites D. */
    size_t (*tsne_affinity_bytes)(const struct compute_device *device, int64_t n);
    enum status (*tsne_affinities)(struct compute_stream *stream, int64_t n, float perplexity,
                                   struct compute_slice distances, struct compute_slice p, struct error *error);
    /* One gradient step on Y[n x 2] with gains and velocity [n x 2] (delta-bar-delta as in scikit-learn's `exact`),
     * with P multiplied by `exaggeration`. When `kl` has a buffer, it receives the KL divergence of the unscaled P
     * (double). */
    size_t (*tsne_step_scratch)(const struct compute_device *device, int64_t n);
    enum status (*tsne_step)(struct compute_stream *stream, int64_t n, float exaggeration, float learning_rate,
                             float momentum, struct compute_slice p, struct compute_slice y,
                             struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                             struct compute_slice scratch, struct error *error);

    /* ---- t-SNE of many points (van der Maaten 2014): P over nearest neighbours only, approximate repulsion ----
     * All five are NULL on a device that only has the exact method. */
    /* Joint probabilities P (in the layout of tsne_knn_step, tsne_knn_affinity_bytes long) from the output of `nearest`
     * for the same k < n, with perplexity <= k: a binary search of each row's precision over its k neighbours, then
     * (p(j|i) + p(i|j)) / 2n where either is a neighbour of the other. The sum is 1. Overwrites the distances. */
    size_t (*tsne_knn_affinity_bytes)(const struct compute_device *device, int64_t n, int64_t k);
    size_t (*tsne_knn_affinities_scratch)(const struct compute_device *device, int64_t n, int64_t k);
    enum status (*tsne_knn_affinities)(struct compute_stream *stream, int64_t n, int64_t k, float perplexity,
                                       struct compute_slice ids, struct compute_slice distances, struct compute_slice p,
                                       struct compute_slice scratch, struct error *error);
    /* tsne_step for such a P: the same gradient descent and the same `kl`, summed over the pairs of P. The error of the
     * repulsion is at most 1 % of its root mean square (10 % in a map narrower than 0.03, as at the start), that of Z
     * at most 0.1 %; both are larger with fewer than seven points. The scratch memory belongs to one map; set its first
     * 64 bytes to 0 before the first step. A step may cache data there that speeds up the next one; results never
     * depend on it. */
    size_t (*tsne_knn_step_scratch)(const struct compute_device *device, int64_t n);
    enum status (*tsne_knn_step)(struct compute_stream *stream, int64_t n, int64_t k, float exaggeration,
                                 float learning_rate, float momentum, struct compute_slice p, struct compute_slice y,
                                 struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                                 struct compute_slice scratch, struct error *error);

    struct compute_network_ops network;
};

/* ---- loading (gpu/compute.c) ---- */

enum device_choice { DEVICE_AUTO, DEVICE_CPU, DEVICE_CUDA };

/* An open device with its thread pool and one stream. */
struct compute {
    const struct compute_ops *ops;
    struct compute_device *device;
    struct compute_stream *stream;
    struct pool *pool;
    struct compute_info info;
    void *module;     /* never closed */
    struct error gpu; /* DEVICE_AUTO: why an existing GPU is not used; empty if it is used or there is none */
};

/* Loads the device's module from the folder of the program (build or installed) and nowhere else; first sets
 * OPENBLAS_CORETYPE if OpenBLAS would not recognise the processor. threads 0: all. DEVICE_CUDA returns STATUS_DEVICE
 * when no GPU is available; DEVICE_AUTO then opens the CPU. */
enum status compute_open(enum device_choice choice, int threads, struct compute *compute, struct error *error);
/* Opens the device of the module in this file, as compute_open does with the module that it finds. Used by tests. */
enum status compute_open_module(const char *path, int threads, struct compute *compute, struct error *error);
void compute_close(struct compute *compute);

/* The one entry point of a module. */
#define COMPUTE_ENTRY "sleeve_compute_v2"
const struct compute_ops *sleeve_compute_v2(void);

#endif
