#include <math.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_tsne.h"

/* A step visits the pairs once, in parts of equal work. Each part accumulates its own forces; a second loop adds the
 * parts in order and moves the points. Parts depend on n alone, so that results do not depend on the threads. */
enum {
    PARTS_MAX = 64,
    PART_POINTS = 128, /* points per part, on average */
    CHUNK = 512,       /* points per task of the second loop; a multiple of TSNE_PANEL */
    FORK_FORCES = 768, /* with fewer points, one thread computes the pairs: synchronisation would cost more */
    FORK_MOVES = 4096, /* the same for the second loop */
};

static const float FAR = 1e8F; /* coordinate of the padding: its attraction is below the last bit of everything else */

struct step {
    const struct tsne_kernels *kernels;
    int64_t n, padded, groups, parts;
    const uint32_t *words;
    float *x, *y;  /* [padded] */
    float *forces; /* [parts x TSNE_FORCES x padded] */
    double z[PARTS_MAX];
    struct tsne_divergence divergence[PARTS_MAX];
    double z_sum;
    float exaggeration;
    struct tsne_descent descent;
};

static int64_t parts_of(int64_t n)
{
    int64_t parts = (n + PART_POINTS - 1) / PART_POINTS, groups = tsne_groups(n);
    if (parts > PARTS_MAX)
        parts = PARTS_MAX;
    return parts < groups ? parts : groups;
}

static int64_t part_panel(const struct step *step, int64_t part)
{
    int64_t all = tsne_tiles_before(step->groups, step->groups), panel = 0;
    while (panel < step->groups && tsne_tiles_before(step->groups, panel) * step->parts < all * part)
        panel++;
    return panel;
}

static void for_each_strip(struct step *step, int64_t part, float *forces,
                           void (*visit)(struct step *, int64_t, const struct tsne_strip *))
{
    struct tsne_strip strip = {.x = step->x, .y = step->y, .forces = forces, .stride = step->padded, .n = step->n};
    for (int64_t panel = part_panel(step, part); panel < part_panel(step, part + 1); panel++) {
        strip.words = step->words + tsne_tiles_before(step->groups, panel) * TSNE_TILE_WORDS;
        for (int64_t block = panel; block < step->groups; block += TSNE_BLOCK) {
            strip.groups = step->groups - block < TSNE_BLOCK ? step->groups - block : TSNE_BLOCK;
            strip.column = block * TSNE_PANEL;
            strip.diagonal = block == panel;
            for (int r = 0; r < TSNE_PANEL; r += TSNE_STRIP) {
                strip.row = panel * TSNE_PANEL + r;
                if (strip.row < step->n)
                    visit(step, part, &strip);
                strip.words += strip.groups * TSNE_STRIP * TSNE_WORDS;
            }
        }
    }
}

static void visit_forces(struct step *step, int64_t part, const struct tsne_strip *strip)
{
    step->z[part] += step->kernels->forces(strip);
}

static void visit_divergence(struct step *step, int64_t part, const struct tsne_strip *strip)
{
    step->kernels->divergence(strip, &step->divergence[part]);
}

static void part_forces(void *context, size_t index, int worker)
{
    (void)worker;
    struct step *step = context;
    int64_t part = (int64_t)index, start = part_panel(step, part) * TSNE_PANEL;
    float *forces = step->forces + part * TSNE_FORCES * step->padded;
    for (int f = 0; f < TSNE_FORCES; f++)
        memset(forces + f * step->padded + start, 0, sizeof *forces * (size_t)(step->padded - start));
    step->z[part] = 0;
    for_each_strip(step, part, forces, visit_forces);
}

static void part_divergence(void *context, size_t index, int worker)
{
    (void)worker;
    struct step *step = context;
    step->divergence[index] = (struct tsne_divergence){0};
    for_each_strip(step, (int64_t)index, NULL, visit_divergence);
}

static void move_chunk(void *context, size_t index, int worker)
{
    (void)worker;
    const struct step *step = context;
    float sums[TSNE_FORCES][CHUNK] = {{0}};
    int64_t first = (int64_t)index * CHUNK, end = first + CHUNK < step->n ? first + CHUNK : step->n;
    for (int64_t part = 0; part < step->parts; part++) {
        int64_t start = part_panel(step, part) * TSNE_PANEL;
        start = start > first ? start : first;
        for (int f = 0; f < TSNE_FORCES; f++) {
            const float *forces = step->forces + (part * TSNE_FORCES + f) * step->padded;
            for (int64_t i = start; i < end; i++)
                sums[f][i - first] += forces[i];
        }
    }
    float attraction = 4 * step->exaggeration, repulsion = (float)(4 / step->z_sum);
    for (int64_t i = first; i < end; i++) {
        tsne_move(&step->descent, 2 * i, attraction * sums[0][i - first] - repulsion * sums[2][i - first]);
        tsne_move(&step->descent, 2 * i + 1, attraction * sums[1][i - first] - repulsion * sums[3][i - first]);
    }
}

static void run(struct pool *pool, bool fork, int64_t count, void (*task)(void *, size_t, int), struct step *step)
{
    if (fork)
        pool_run(pool, (size_t)count, task, step);
    else
        for (int64_t i = 0; i < count; i++)
            task(step, (size_t)i, 0);
}

static double divergence(struct step *step, struct pool *pool)
{
    run(pool, step->n >= FORK_FORCES, step->parts, part_divergence, step);
    double p_log = 0, p = 0;
    for (int64_t part = 0; part < step->parts; part++) {
        p_log += step->divergence[part].p_log;
        p += step->divergence[part].p;
    }
    return 2 * (p_log + p * log(step->z_sum));
}

enum { ALIGNMENT = 64 };

size_t cpu_tsne_step_scratch(const struct compute_device *device, int64_t n)
{
    (void)device;
    int64_t padded = tsne_groups(n) * TSNE_PANEL;
    return (size_t)(padded * (2 + TSNE_FORCES * parts_of(n))) * sizeof(float) + ALIGNMENT;
}

static enum status check(const struct compute_stream *stream, int64_t n, struct compute_slice p, struct compute_slice y,
                         struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                         struct compute_slice scratch, struct error *error)
{
    const char *operation = "tsne_step";
    const struct compute_device *device = stream->device;
    enum status status = cpu_check(operation, "p", p, (int64_t)cpu_tsne_affinity_bytes(device, n), 1, error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "y", y, n * 2, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "velocity", velocity, n * 2, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "gains", gains, n * 2, sizeof(float), error);
    if (status == STATUS_OK && kl.buffer)
        status = cpu_check(operation, "kl", kl, 1, sizeof(double), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "scratch", scratch, (int64_t)cpu_tsne_step_scratch(device, n), 1, error);
    return status;
}

enum status cpu_tsne_step(struct compute_stream *stream, int64_t n, float exaggeration, float learning_rate,
                          float momentum, struct compute_slice p, struct compute_slice y, struct compute_slice velocity,
                          struct compute_slice gains, struct compute_slice kl, struct compute_slice scratch,
                          struct error *error)
{
    enum status status = check(stream, n, p, y, velocity, gains, kl, scratch, error);
    if (status != STATUS_OK)
        return status;
    if (n < 2) {
        if (kl.buffer)
            *cpu_doubles(kl) = 0;
        return STATUS_OK;
    }
    struct pool *pool = stream->device->pool;
    struct step step = {.kernels = cpu_tsne_kernels(stream->device->simd),
                        .n = n,
                        .groups = tsne_groups(n),
                        .parts = parts_of(n),
                        .words = cpu_bytes(p),
                        .exaggeration = exaggeration,
                        .descent = {.learning_rate = learning_rate,
                                    .momentum = momentum,
                                    .points = cpu_floats(y),
                                    .velocity = cpu_floats(velocity),
                                    .gains = cpu_floats(gains)}};
    step.padded = step.groups * TSNE_PANEL;
    uintptr_t start = (uintptr_t)cpu_bytes(scratch);
    step.x = (float *)((start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    step.y = step.x + step.padded;
    step.forces = step.y + step.padded;
    for (int64_t i = 0; i < step.padded; i++) {
        step.x[i] = i < n ? step.descent.points[2 * i] : FAR;
        step.y[i] = i < n ? step.descent.points[2 * i + 1] : FAR;
    }
    run(pool, n >= FORK_FORCES, step.parts, part_forces, &step);
    for (int64_t part = 0; part < step.parts; part++)
        step.z_sum += 2 * step.z[part];
    if (kl.buffer)
        *cpu_doubles(kl) = divergence(&step, pool);
    run(pool, n >= FORK_MOVES, (n + CHUNK - 1) / CHUNK, move_chunk, &step);
    return STATUS_OK;
}
