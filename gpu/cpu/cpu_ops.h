#ifndef SLEEVE_GPU_CPU_OPS_H
#define SLEEVE_GPU_CPU_OPS_H

#include "gpu/compute.h"

/* The operations of compute.h in the CPU module, by file. */

/* cpu_device.c */
enum status cpu_device_open(struct pool *pool, struct compute_device **device, struct error *error);
void cpu_device_close(struct compute_device *device);
void cpu_device_info(const struct compute_device *device, struct compute_info *info);
enum status cpu_stream_open(struct compute_device *device, struct compute_stream **stream, struct error *error);
void cpu_stream_close(struct compute_stream *stream);
enum status cpu_stream_synchronise(struct compute_stream *stream, struct error *error);

/* cpu_buffer.c */
enum status cpu_buffer_create(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                              struct error *error);
enum status cpu_buffer_wrap(struct compute_device *device, const void *host, size_t bytes,
                            struct compute_buffer **buffer, struct error *error);
void cpu_buffer_destroy(struct compute_buffer *buffer);
enum status cpu_buffer_write(struct compute_stream *stream, struct compute_buffer *buffer, size_t offset_bytes,
                             const void *host, size_t bytes, struct error *error);
enum status cpu_buffer_read(struct compute_stream *stream, const struct compute_buffer *buffer, size_t offset_bytes,
                            void *host, size_t bytes, struct error *error);
const void *cpu_buffer_host(const struct compute_buffer *buffer);

/* cpu_dense.c */
enum status cpu_gemm(struct compute_stream *stream, int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k,
                     float alpha, struct compute_slice a, struct compute_slice b, float beta, struct compute_slice c,
                     struct error *error);
enum status cpu_gram(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice y, float ridge,
                     struct compute_slice g, struct error *error);
enum status cpu_cholesky(struct compute_stream *stream, int64_t d, struct compute_slice g, struct error *error);
enum status cpu_cholesky_solve(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice l,
                               struct compute_slice x, struct error *error);

/* cpu_als.c */
enum status cpu_sparse_gemm(struct compute_stream *stream, int64_t n_rows, int64_t d, struct compute_slice starts,
                            struct compute_slice columns, struct compute_slice values, struct compute_slice b,
                            struct compute_slice c, struct error *error);
size_t cpu_als_weighted_scratch(const struct compute_device *device, int64_t d);
enum status cpu_als_weighted(struct compute_stream *stream, int64_t n_rows, int64_t d, float alpha,
                             struct compute_slice starts, struct compute_slice columns, struct compute_slice values,
                             struct compute_slice y, struct compute_slice g, struct compute_slice x,
                             struct compute_slice scratch, struct error *error);

/* cpu_top_k.c */
size_t cpu_top_k_scratch(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t k);
enum status cpu_top_k(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                      struct compute_slice queries, struct compute_slice items, struct compute_slice excluded_starts,
                      struct compute_slice excluded, struct compute_slice ids, struct compute_slice scores,
                      struct compute_slice scratch, struct error *error);

/* cpu_index.c */
size_t cpu_index_bytes(const struct compute_device *device, int64_t n_items, int64_t d);
size_t cpu_index_scratch(const struct compute_device *device, int64_t n_items, int64_t d);
enum status cpu_index_build(struct compute_stream *stream, int64_t n_items, int64_t d, struct compute_slice items,
                            struct compute_slice index, struct compute_slice scratch, struct error *error);

/* cpu_top_k_indexed.c */
size_t cpu_top_k_indexed_scratch(const struct compute_device *device, int64_t n_queries, int64_t n_items, int64_t d,
                                 int64_t k);
enum status cpu_top_k_indexed(struct compute_stream *stream, int64_t n_queries, int64_t n_items, int64_t d, int64_t k,
                              struct compute_slice queries, struct compute_slice items, struct compute_slice index,
                              struct compute_slice excluded_starts, struct compute_slice excluded,
                              struct compute_slice ids, struct compute_slice scores, struct compute_slice scratch,
                              struct error *error);

/* cpu_nearest.c */
size_t cpu_nearest_scratch(const struct compute_device *device, int64_t n, int64_t d, int64_t k);
enum status cpu_nearest(struct compute_stream *stream, int64_t n, int64_t d, int64_t k, struct compute_slice x,
                        struct compute_slice ids, struct compute_slice distances, struct compute_slice scratch,
                        struct error *error);

/* cpu_tsne_affinities.c, cpu_tsne_step.c */
enum status cpu_tsne_distances(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice x,
                               struct compute_slice distances, struct error *error);
size_t cpu_tsne_affinity_bytes(const struct compute_device *device, int64_t n);
enum status cpu_tsne_affinities(struct compute_stream *stream, int64_t n, float perplexity,
                                struct compute_slice distances, struct compute_slice p, struct error *error);
size_t cpu_tsne_step_scratch(const struct compute_device *device, int64_t n);
enum status cpu_tsne_step(struct compute_stream *stream, int64_t n, float exaggeration, float learning_rate,
                          float momentum, struct compute_slice p, struct compute_slice y, struct compute_slice velocity,
                          struct compute_slice gains, struct compute_slice kl, struct compute_slice scratch,
                          struct error *error);

/* cpu_tsne_knn_affinities.c, cpu_tsne_knn_step.c */
size_t cpu_tsne_knn_affinity_bytes(const struct compute_device *device, int64_t n, int64_t k);
size_t cpu_tsne_knn_affinities_scratch(const struct compute_device *device, int64_t n, int64_t k);
enum status cpu_tsne_knn_affinities(struct compute_stream *stream, int64_t n, int64_t k, float perplexity,
                                    struct compute_slice ids, struct compute_slice distances, struct compute_slice p,
                                    struct compute_slice scratch, struct error *error);
size_t cpu_tsne_knn_step_scratch(const struct compute_device *device, int64_t n);
enum status cpu_tsne_knn_step(struct compute_stream *stream, int64_t n, int64_t k, float exaggeration,
                              float learning_rate, float momentum, struct compute_slice p, struct compute_slice y,
                              struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                              struct compute_slice scratch, struct error *error);

#endif
