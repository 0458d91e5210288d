#include "gpu/cpu/cpu_ops.h"

/* A CPU module built without t-SNE. */

static enum status refuse(struct error *error)
{
    return error_set(error, STATUS_FAILED, "This CPU module was built without t-SNE.");
}

enum status cpu_tsne_distances(struct compute_stream *stream, int64_t n, int64_t d, struct compute_slice x,
                               struct compute_slice distances, struct error *error)
{
    (void)stream, (void)n, (void)d, (void)x, (void)distances;
    return refuse(error);
}

size_t cpu_tsne_affinity_bytes(const struct compute_device *device, int64_t n)
{
    (void)device, (void)n;
    return 0;
}

enum status cpu_tsne_affinities(struct compute_stream *stream, int64_t n, float perplexity,
                                struct compute_slice distances, struct compute_slice p, struct error *error)
{
    (void)stream, (void)n, (void)perplexity, (void)distances, (void)p;
    return refuse(error);
}

size_t cpu_tsne_step_scratch(const struct compute_device *device, int64_t n)
{
    (void)device, (void)n;
    return 0;
}

enum status cpu_tsne_step(struct compute_stream *stream, int64_t n, float exaggeration, float learning_rate,
                          float momentum, struct compute_slice p, struct compute_slice y, struct compute_slice velocity,
                          struct compute_slice gains, struct compute_slice kl, struct compute_slice scratch,
                          struct error *error)
{
    (void)stream, (void)n, (void)exaggeration, (void)learning_rate, (void)momentum, (void)p, (void)y;
    (void)velocity, (void)gains, (void)kl, (void)scratch;
    return refuse(error);
}
