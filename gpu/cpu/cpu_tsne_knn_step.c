#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/cpu/cpu_ops.h"
#include "gpu/cpu/cpu_sequences.h"
#include "gpu/cpu/cpu_tsne_mesh.h"

/* The approximate step; cpu_tsne_mesh.h describes the method. Every round is split into tasks that depend on the points
 * alone, and tasks that add to the same values are ordered, so that results do not depend on the threads. */

enum {
    CHUNK = 2048, /* points per task when sorting */
    ROWS = 256,   /* points per task when moving them */
    RUNGS = 8,    /* rungs of the ladder of spacings per factor of 2 */
    FINEST = -8,  /* the lowest rung: a finer spacing would magnify the mesh's rounding errors */
    ALIGNMENT = 64,
    MARGIN = 5, /* nodes along a side that hold no points: splines extend past the edges of the map */
};

static const double FINE = 0.3;    /* rung 0: the largest spacing for which the mesh resolves q itself */
static const float WIDEST = 1e12F; /* a wider map has diverged */
static const double NODES = 3; /* nodes per point, at least: balances the work on the mesh with that of near pairs */
static const double Z_MIN = 1e-9;

/* State kept in the scratch memory from the last step: its mesh, whose smooth part need not be transformed again. */
struct kept {
    int64_t size, lanes;
    float spacing;
};

struct knn_step {
    const struct tsne_kernels *kernels;
    struct tsne_mesh mesh;
    struct tsne_edges edges;
    struct tsne_descent descent;
    int64_t strips, chunks;
    float left, bottom, scale; /* cells = (coordinate - left) * scale + 1 */
    float exaggeration;
    double z;
    float mean[2]; /* of the repulsion */
    struct kept *kept;
    float *roots;
    int32_t *place, *order, *first, *by_strip;
    int32_t *counts; /* [chunks x strips], then the position of each chunk's points of a strip */
    float *x, *y, *at, *work;
    int64_t work_floats;
    struct tsne_repulsion *sums; /* one per strip */
    struct tsne_divergence *divergence;
};

static int64_t largest_size(int64_t n)
{
    int64_t size = TSNE_MESH_MIN;
    while (size < TSNE_MESH_MAX && (double)(size * size) < NODES * (double)n)
        size *= 2;
    return size;
}

/* Takes `bytes` of aligned memory; with `at` NULL it only counts. */
static void *take(char *at, size_t *used, size_t bytes)
{
    void *taken = at ? at + *used : NULL;
    *used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return taken;
}

/* Lays out the memory of the largest mesh for n points. */
static size_t lay_out(struct knn_step *s, int threads, int64_t n, char *at)
{
    const size_t size = (size_t)largest_size(n), points = (size_t)n, floats = sizeof(float);
    const size_t strips = size / TSNE_STRIP_ROWS, chunks = (size_t)cpu_blocks(n, CHUNK);
    size_t used = 0;
    s->kept = take(at, &used, sizeof *s->kept);
    s->mesh.nodes = take(at, &used, floats * size * (size + TSNE_LANES_MAX));
    s->mesh.spectrum = take(at, &used, floats * (size + TSNE_LANES_MAX) * 2 * size);
    s->mesh.smooth = take(at, &used, floats * 2 * size * size);
    s->roots = take(at, &used, floats * 4 * size);
    s->place = take(at, &used, sizeof *s->place * 2 * size);
    s->order = take(at, &used, sizeof *s->order * points);
    s->by_strip = take(at, &used, sizeof *s->by_strip * points);
    s->first = take(at, &used, sizeof *s->first * (strips * size + 1));
    s->counts = take(at, &used, sizeof *s->counts * chunks * strips);
    s->x = take(at, &used, floats * (points + TSNE_LANES_MAX));
    s->y = take(at, &used, floats * (points + TSNE_LANES_MAX));
    s->at = take(at, &used, floats * 2 * points);
    s->mesh.repulsion = take(at, &used, floats * 2 * points);
    s->sums = take(at, &used, sizeof *s->sums * strips);
    s->divergence = take(at, &used, sizeof *s->divergence * (size_t)cpu_blocks(n, ROWS));
    s->work_floats = (int64_t)(2 * size * 2 * TSNE_LANES_MAX);
    s->work = take(at, &used, floats * (size_t)s->work_floats * (size_t)threads);
    return used;
}

size_t cpu_tsne_knn_step_scratch(const struct compute_device *device, int64_t n)
{
    struct knn_step s;
    return lay_out(&s, device->threads, n, NULL) + ALIGNMENT;
}

static double spacing_of(int rung)
{
    return FINE * exp2((double)rung / RUNGS);
}

static bool fits(float width, int64_t size, int rung)
{
    return (double)width <= spacing_of(rung) * (double)(size - MARGIN);
}

/* Finds the extent of the points and a mesh for it: the smallest one whose spacing is fine enough, then larger meshes,
 * then wider spacings. */
static enum status find_mesh(struct knn_step *s, struct error *error)
{
    const float *points = s->descent.points;
    float low[2] = {points[0], points[1]}, high[2] = {points[0], points[1]};
    for (int64_t i = 0; i < s->mesh.n; i++)
        for (int c = 0; c < 2; c++) {
            low[c] = points[2 * i + c] < low[c] ? points[2 * i + c] : low[c];
            high[c] = points[2 * i + c] > high[c] ? points[2 * i + c] : high[c];
        }
    const float width = fmaxf(high[0] - low[0], high[1] - low[1]);
    if (!(width <= WIDEST))
        return error_set(error, STATUS_FAILED, "the map has diverged; a lower learning rate helps");
    const int64_t most = largest_size(s->mesh.n);
    int64_t size = TSNE_MESH_MIN;
    int rung = FINEST;
    while (rung < 0 && !fits(width, size, rung))
        rung++;
    while (size < most && !fits(width, size, rung))
        size *= 2;
    while (!fits(width, size, rung))
        rung++;
    const double spacing = spacing_of(rung);
    s->mesh.size = size;
    s->mesh.stride = size + TSNE_LANES_MAX;
    s->mesh.spacing = (float)spacing;
    s->mesh.reach = rung > 0 ? (float)(spacing * spacing * TSNE_STRIP_ROWS * TSNE_STRIP_ROWS) : 0;
    s->strips = size / TSNE_STRIP_ROWS;
    s->left = low[0];
    s->bottom = low[1];
    s->scale = (float)(1 / spacing);
    return STATUS_OK;
}

static float *worker_memory(const struct knn_step *s, int worker)
{
    return s->work + (int64_t)worker * s->work_floats;
}

static void transform_smooth_rows(void *context, size_t index, int worker)
{
    const struct knn_step *s = context;
    s->kernels->smooth_rows(&s->mesh, worker_memory(s, worker), (int64_t)index);
}

static void transform_smooth_columns(void *context, size_t index, int worker)
{
    const struct knn_step *s = context;
    s->kernels->smooth_columns(&s->mesh, worker_memory(s, worker), (int64_t)index);
}

/* Computes the tables and the transform of the smooth part, unless the last step left them. */
static void prepare_mesh(struct knn_step *s, struct pool *pool)
{
    const int64_t n = 2 * s->mesh.size, lanes = s->kernels->lanes;
    if (s->kept->size == s->mesh.size && s->kept->lanes == lanes && s->kept->spacing == s->mesh.spacing)
        return;
    int bits = 0;
    while ((int64_t)1 << bits < n)
        bits++;
    for (int64_t k = 0; k < n; k++) {
        int32_t place = 0;
        for (int b = 0; b < bits; b++)
            place |= (int32_t)(k >> b & 1) << (bits - 1 - b);
        s->place[k] = place;
        double angle = 2 * acos(-1.0) * (double)k / (double)n;
        s->roots[2 * k] = (float)cos(angle);
        s->roots[2 * k + 1] = (float)-sin(angle);
    }
    pool_run(pool, (size_t)(s->mesh.size / lanes + 1), transform_smooth_rows, s);
    pool_run(pool, (size_t)(s->mesh.size / lanes), transform_smooth_columns, s);
    *s->kept = (struct kept){.size = s->mesh.size, .lanes = lanes, .spacing = s->mesh.spacing};
}

static float across(const struct knn_step *s, int64_t i)
{
    return (s->at[2 * i] - s->left) * s->scale + 1;
}

static float up(const struct knn_step *s, int64_t i)
{
    return (s->at[2 * i + 1] - s->bottom) * s->scale + 1;
}

static int64_t strip_of(const struct knn_step *s, int64_t i)
{
    return tsne_mesh_cell(&s->mesh, up(s, i)) / TSNE_STRIP_ROWS;
}

static void count_chunk(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_step *s = context;
    int32_t *counts = s->counts + (int64_t)index * s->strips;
    int64_t begin = (int64_t)index * CHUNK, end = cpu_min(begin + CHUNK, s->mesh.n);
    memcpy(s->at + 2 * begin, s->descent.points + 2 * begin, sizeof *s->at * 2 * (size_t)(end - begin));
    memset(counts, 0, sizeof *counts * (size_t)s->strips);
    for (int64_t i = begin; i < end; i++)
        counts[strip_of(s, i)]++;
}

static void place_chunk(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_step *s = context;
    int32_t *next = s->counts + (int64_t)index * s->strips;
    int64_t begin = (int64_t)index * CHUNK, end = cpu_min(begin + CHUNK, s->mesh.n);
    for (int64_t i = begin; i < end; i++)
        s->by_strip[next[strip_of(s, i)]++] = (int32_t)i;
}

/* Sorts points by strip, within a strip by index. */
static void sort_by_strips(struct knn_step *s, struct pool *pool)
{
    pool_run(pool, (size_t)s->chunks, count_chunk, s);
    int32_t next = 0;
    for (int64_t strip = 0; strip < s->strips; strip++) {
        s->first[strip * s->mesh.size] = next;
        for (int64_t chunk = 0; chunk < s->chunks; chunk++) {
            int32_t count = s->counts[chunk * s->strips + strip];
            s->counts[chunk * s->strips + strip] = next;
            next += count;
        }
    }
    s->first[s->strips * s->mesh.size] = next;
    pool_run(pool, (size_t)s->chunks, place_chunk, s);
}

/* Sorts a strip's points by the column of their cell, within a column by index, and clears its nodes. Cells start at 1,
 * so first[0], which the previous strip reads as its end, and first[size] are not changed. */
static void sort_strip(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_step *s = context;
    const int64_t size = s->mesh.size, strip = (int64_t)index;
    memset(s->mesh.nodes + strip * TSNE_STRIP_ROWS * s->mesh.stride, 0,
           sizeof(float) * TSNE_STRIP_ROWS * (size_t)s->mesh.stride);
    int32_t *first = s->first + strip * size;
    const int64_t begin = first[0], end = first[size];
    memset(first + 1, 0, sizeof *first * (size_t)(size - 1));
    for (int64_t j = begin; j < end; j++)
        first[tsne_mesh_cell(&s->mesh, across(s, s->by_strip[j])) + 1]++;
    first[1] = (int32_t)begin;
    for (int64_t column = 2; column < size; column++)
        first[column] += first[column - 1];
    for (int64_t j = begin; j < end; j++) {
        const int32_t i = s->by_strip[j];
        const float x = across(s, i);
        const int64_t to = first[tsne_mesh_cell(&s->mesh, x)]++; /* ends up where the next column starts */
        s->order[to] = i;
        s->x[to] = x;
        s->y[to] = up(s, i);
    }
    memmove(first + 2, first + 1, sizeof *first * (size_t)(size - 2));
    first[1] = (int32_t)begin;
}

static void lay_strip(const struct knn_step *s, int64_t strip)
{
    s->kernels->mesh_lay(&s->mesh, s->first[strip * s->mesh.size], s->first[(strip + 1) * s->mesh.size]);
}

/* Strips overlap the first rows of nodes of the next one: every other strip at a time. */
static void lay_even_strip(void *context, size_t index, int worker)
{
    (void)worker;
    lay_strip(context, 2 * (int64_t)index);
}

static void lay_odd_strip(void *context, size_t index, int worker)
{
    (void)worker;
    lay_strip(context, 2 * (int64_t)index + 1);
}

static void transform_forward(void *context, size_t index, int worker)
{
    const struct knn_step *s = context;
    s->kernels->mesh_forward(&s->mesh, worker_memory(s, worker), (int64_t)index);
}

static void convolve(void *context, size_t index, int worker)
{
    const struct knn_step *s = context;
    s->kernels->mesh_convolve(&s->mesh, worker_memory(s, worker), (int64_t)index);
}

static void transform_inverse(void *context, size_t index, int worker)
{
    const struct knn_step *s = context;
    s->kernels->mesh_inverse(&s->mesh, worker_memory(s, worker), (int64_t)index);
}

static void collect_strip(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_step *s = context;
    s->kernels->mesh_collect(&s->mesh, (int64_t)index, &s->sums[index]);
}

/* Repulsion of all points before it is divided by Z, and Z: the sum of potentials without that of each point at itself,
 * which is q(0) = 1. The exact forces sum to zero; the error of the mesh is nearly the same for all points of a small
 * map, so its mean is subtracted. */
static void repel(struct knn_step *s, struct pool *pool)
{
    const int64_t lanes = s->kernels->lanes, size = s->mesh.size;
    prepare_mesh(s, pool);
    sort_by_strips(s, pool);
    pool_run(pool, (size_t)s->strips, sort_strip, s);
    pool_run(pool, (size_t)s->strips / 2, lay_even_strip, s);
    pool_run(pool, (size_t)s->strips / 2, lay_odd_strip, s);
    pool_run(pool, (size_t)(size / 2 / lanes), transform_forward, s);
    pool_run(pool, (size_t)(size / lanes), convolve, s);
    pool_run(pool, (size_t)(size / 2 / lanes), transform_inverse, s);
    pool_run(pool, (size_t)s->strips, collect_strip, s);
    struct tsne_repulsion all = {0};
    for (int64_t strip = 0; strip < s->strips; strip++) {
        all.x += s->sums[strip].x;
        all.y += s->sums[strip].y;
        all.potential += s->sums[strip].potential;
    }
    s->mean[0] = (float)(all.x / (double)s->mesh.n);
    s->mean[1] = (float)(all.y / (double)s->mesh.n);
    /* Z is this small only in a map that has diverged, where the mesh's error is larger. */
    s->z = fmax(all.potential - (double)s->mesh.n, Z_MIN * (double)s->mesh.n);
}

static void move_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_step *s = context;
    const float attraction = 4 * s->exaggeration, repulsion = (float)(4 / s->z);
    int64_t end = cpu_min(((int64_t)index + 1) * ROWS, s->mesh.n);
    for (int64_t i = (int64_t)index * ROWS; i < end; i++) {
        float sums[2];
        s->kernels->edges_attract(&s->edges, s->at, i, sums);
        for (int64_t c = 0; c < 2; c++)
            tsne_move(&s->descent, 2 * i + c,
                      attraction * sums[c] - repulsion * (s->mesh.repulsion[2 * i + c] - s->mean[c]));
    }
}

static void diverge_rows(void *context, size_t index, int worker)
{
    (void)worker;
    const struct knn_step *s = context;
    s->divergence[index] = (struct tsne_divergence){0};
    int64_t end = cpu_min(((int64_t)index + 1) * ROWS, s->mesh.n);
    for (int64_t i = (int64_t)index * ROWS; i < end; i++)
        s->kernels->edges_divergence(&s->edges, s->at, i, &s->divergence[index]);
}

static double divergence(struct knn_step *s, struct pool *pool)
{
    const int64_t tasks = cpu_blocks(s->mesh.n, ROWS);
    pool_run(pool, (size_t)tasks, diverge_rows, s);
    double p_log = 0, p = 0;
    for (int64_t task = 0; task < tasks; task++) {
        p_log += s->divergence[task].p_log;
        p += s->divergence[task].p;
    }
    return p_log + p * log(s->z);
}

static enum status check(const struct compute_stream *stream, int64_t n, struct compute_slice y,
                         struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                         struct compute_slice scratch, struct error *error)
{
    const char *operation = "tsne_knn_step";
    if (n < 2 || n > INT32_MAX)
        return error_set(error, STATUS_FAILED, "operation %s cannot work on %lld points", operation, (long long)n);
    enum status status = cpu_check(operation, "y", y, n * 2, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "velocity", velocity, n * 2, sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check(operation, "gains", gains, n * 2, sizeof(float), error);
    if (status == STATUS_OK && kl.buffer)
        status = cpu_check(operation, "kl", kl, 1, sizeof(double), error);
    if (status == STATUS_OK)
        status =
            cpu_check(operation, "scratch", scratch, (int64_t)cpu_tsne_knn_step_scratch(stream->device, n), 1, error);
    return status;
}

enum status cpu_tsne_knn_step(struct compute_stream *stream, int64_t n, int64_t k, float exaggeration,
                              float learning_rate, float momentum, struct compute_slice p, struct compute_slice y,
                              struct compute_slice velocity, struct compute_slice gains, struct compute_slice kl,
                              struct compute_slice scratch, struct error *error)
{
    const struct compute_device *device = stream->device;
    enum status status = check(stream, n, y, velocity, gains, kl, scratch, error);
    if (status == STATUS_OK)
        status = cpu_check("tsne_knn_step", "p", p, (int64_t)cpu_tsne_knn_affinity_bytes(device, n, k), 1, error);
    if (status != STATUS_OK)
        return status;
    struct knn_step s = {.kernels = cpu_tsne_kernels(device->simd),
                         .mesh = {.n = n},
                         .edges = tsne_edges_at(cpu_bytes(p), n),
                         .descent = {.learning_rate = learning_rate,
                                     .momentum = momentum,
                                     .points = cpu_floats(y),
                                     .velocity = cpu_floats(velocity),
                                     .gains = cpu_floats(gains)},
                         .chunks = cpu_blocks(n, CHUNK),
                         .exaggeration = exaggeration};
    status = find_mesh(&s, error);
    if (status != STATUS_OK)
        return status;
    uintptr_t start = (uintptr_t)cpu_bytes(scratch);
    lay_out(&s, device->threads, n, (char *)((start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT));
    s.mesh.roots = s.roots;
    s.mesh.place = s.place;
    s.mesh.order = s.order;
    s.mesh.first = s.first;
    s.mesh.x = s.x;
    s.mesh.y = s.y;
    for (int64_t i = 0; i < TSNE_LANES_MAX; i++)
        s.x[n + i] = s.y[n + i] = 0;
    repel(&s, device->pool);
    if (kl.buffer)
        *cpu_doubles(kl) = divergence(&s, device->pool);
    pool_run(device->pool, (size_t)cpu_blocks(n, ROWS), move_rows, &s);
    return STATUS_OK;
}
