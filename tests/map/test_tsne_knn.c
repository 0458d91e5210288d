#include "operations.h"

#include "gpu/cpu/cpu_tsne_mesh.h"

/* The two operations of t-SNE with many points, for every instruction set of this processor, against float64: P of the
 * nearest neighbours, and the step whose repulsion comes from a mesh. */

struct knn_map {
    int64_t n, k;
    struct compute_slice p, y, velocity, gains, kl, scratch;
};

static struct compute_slice zeros(struct bench *bench, size_t bytes)
{
    void *nothing = calloc(1, bytes);
    assert_non_null(nothing);
    struct compute_slice slice = upload(bench, nothing, bytes);
    free(nothing);
    return slice;
}

static void find_affinities(struct bench *bench, int64_t n, int64_t d, int64_t k, float perplexity, const float *x,
                            struct compute_slice *p, int32_t *ids, float *distances)
{
    struct compute_slice dx = upload(bench, x, sizeof *x * (size_t)(n * d));
    struct compute_slice near = upload(bench, NULL, sizeof *ids * (size_t)(n * k));
    struct compute_slice far = upload(bench, NULL, sizeof *distances * (size_t)(n * k));
    struct compute_slice search = upload(bench, NULL, cpu_nearest_scratch(bench->device, n, d, k));
    struct compute_slice join = upload(bench, NULL, cpu_tsne_knn_affinities_scratch(bench->device, n, k));
    *p = upload(bench, NULL, cpu_tsne_knn_affinity_bytes(bench->device, n, k));
    must(cpu_nearest(bench->stream, n, d, k, dx, near, far, search, &error));
    if (ids)
        memcpy(ids, cpu_ints(near), sizeof *ids * (size_t)(n * k));
    if (distances)
        memcpy(distances, cpu_floats(far), sizeof *distances * (size_t)(n * k));
    must(cpu_tsne_knn_affinities(bench->stream, n, k, perplexity, near, far, *p, join, &error));
    struct compute_slice slices[] = {dx, near, far, search, join};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++)
        cpu_buffer_destroy(slices[i].buffer);
}

/* A map at points y, with P of random vectors. */
static void map_make(struct bench *bench, int64_t n, int64_t k, const float *y, struct knn_map *m)
{
    const size_t points = sizeof(float) * 2 * (size_t)n;
    float *x = normals((size_t)(n * 7), 3), *ones = malloc(points);
    assert_non_null(ones);
    for (int64_t i = 0; i < 2 * n; i++)
        ones[i] = 1;
    *m = (struct knn_map){.n = n, .k = k};
    find_affinities(bench, n, 7, k, fmaxf((float)k / 3, 1), x, &m->p, NULL, NULL);
    m->y = upload(bench, y, points);
    m->velocity = zeros(bench, points);
    m->gains = upload(bench, ones, points);
    m->kl = upload(bench, NULL, sizeof(double));
    m->scratch = zeros(bench, cpu_tsne_knn_step_scratch(bench->device, n));
    free(x);
    free(ones);
}

static void map_free(struct knn_map *m)
{
    struct compute_slice slices[] = {m->p, m->y, m->velocity, m->gains, m->kl, m->scratch};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++)
        cpu_buffer_destroy(slices[i].buffer);
}

static void take_step(struct bench *bench, struct knn_map *m, float exaggeration, float rate, float momentum)
{
    must(cpu_tsne_knn_step(bench->stream, m->n, m->k, exaggeration, rate, momentum, m->p, m->y, m->velocity, m->gains,
                           m->kl, m->scratch, &error));
}

/* P as a full matrix, unpacked from the layout in cpu_tsne_mesh.h. */
static double *unpack(struct compute_slice slice, int64_t n)
{
    double *p = calloc((size_t)(n * n), sizeof *p);
    assert_non_null(p);
    struct tsne_edges edges = tsne_edges_at(cpu_bytes(slice), n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t g = edges.starts[i]; g < edges.starts[i + 1]; g++)
            for (int64_t e = 0; e < TSNE_EDGES; e++) {
                const int32_t *group = edges.groups + g * 2 * TSNE_EDGES;
                float value;
                memcpy(&value, group + TSNE_EDGES + e, sizeof value);
                assert_true(value == 0 || (p[i * n + group[e]] == 0 && group[e] != i));
                p[i * n + group[e]] += (double)value;
            }
    return p;
}

static void check_affinities(struct bench *bench, int64_t n, int64_t k, float perplexity)
{
    float *x = normals((size_t)(n * 5), 11);
    int32_t *ids = malloc(sizeof *ids * (size_t)(n * k));
    float *distances = malloc(sizeof *distances * (size_t)(n * k));
    struct compute_slice slice;
    find_affinities(bench, n, 5, k, perplexity, x, &slice, ids, distances);
    double *p = unpack(slice, n), *wanted = calloc((size_t)(n * n), sizeof *wanted), sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double low = 1e-12, high = 1e12, total = 0, row[512];
        for (int search = 0; search < 60; search++) {
            double beta = sqrt(low * high), weighted = 0;
            total = 0;
            for (int64_t e = 0; e < k; e++) {
                double d = (double)distances[i * k + e] - (double)distances[i * k];
                row[e] = exp(-beta * d);
                total += row[e];
                weighted += row[e] * d;
            }
            *(log(total) + beta * weighted / total > log((double)perplexity) ? &low : &high) = beta;
        }
        for (int64_t e = 0; e < k; e++) {
            double share = row[e] / total / (2 * (double)n);
            wanted[i * n + ids[i * k + e]] += share;
            wanted[ids[i * k + e] * n + i] += share;
        }
    }
    for (int64_t i = 0; i < n * n; i++) {
        assert_true(p[i] == p[i % n * n + i / n]);
        assert_true(fabs(p[i] - wanted[i]) <= 5e-4 * wanted[i] + 1e-12); /* beta is found to 1e-5 of entropy */
        sum += p[i];
    }
    assert_true(fabs(sum - 1) < 1e-5);
    cpu_buffer_destroy(slice.buffer);
    free(x);
    free(ids);
    free(distances);
    free(p);
    free(wanted);
}

static void affinities_join_what_is_near(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(2, &bench);
    for (int simd = bench.device->simd; simd >= CPU_PORTABLE; simd--) {
        bench.device->simd = (enum cpu_simd)simd;
        check_affinities(&bench, 7, 3, 2);
        check_affinities(&bench, 33, 32, 10);
        check_affinities(&bench, 200, 16, 5);
        check_affinities(&bench, 601, 91, 30);
    }
    bench_close(&bench);
}

enum shape { CLOUD, POINT, CLUSTERS, LINE, TWO_FAR, SHAPES };

static float *make_points(enum shape shape, int64_t n, float width)
{
    float *y = normals(2 * (size_t)n, 5);
    for (int64_t i = 0; i < n; i++) {
        float *at = y + 2 * i;
        if (shape == POINT)
            at[0] = at[1] = 3;
        else if (shape == CLUSTERS)
            for (int c = 0; c < 2; c++)
                at[c] = 0.05F * width * at[c] + width * (float)((i % 7 * 3 + c * 5) % 7) / 7 - 1000;
        else if (shape == LINE)
            at[0] = width * (float)i / (float)n, at[1] = at[0] / 2;
        else if (shape == TWO_FAR)
            at[0] = at[0] + (i == n / 2 ? width : 0);
        else
            at[0] *= width, at[1] *= width;
    }
    return y;
}

/* Attraction and repulsion separately, in float64: the tolerance is a share of the repulsion. */
static void reference(const double *p, const float *y, int64_t n, double *attraction, double *repulsion, double *z,
                      double *kl)
{
    *z = *kl = 0;
    double p_sum = 0;
    for (int64_t i = 0; i < 2 * n; i++)
        attraction[i] = repulsion[i] = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double dx = (double)y[2 * i] - (double)y[2 * j], dy = (double)y[2 * i + 1] - (double)y[2 * j + 1];
            double q = 1 / (1 + dx * dx + dy * dy), pij = p[i * n + j];
            *z += i == j ? 0 : q;
            *kl += pij > 0 ? pij * log(pij / q) : 0;
            p_sum += pij;
            attraction[2 * i] += pij * q * dx;
            attraction[2 * i + 1] += pij * q * dy;
            repulsion[2 * i] += q * q * dx;
            repulsion[2 * i + 1] += q * q * dy;
        }
    *kl += p_sum * log(*z);
}

static void check_step(struct bench *bench, enum shape shape, int64_t n, float width)
{
    const int64_t k = n > 30 ? 30 : n - 1;
    float *y = make_points(shape, n, width);
    struct knn_map m;
    map_make(bench, n, k, y, &m);
    double *p = unpack(m.p, n), *attraction = malloc(sizeof(double) * 2 * (size_t)n), z, kl;
    double *repulsion = malloc(sizeof(double) * 2 * (size_t)n), error = 0, size = 0, largest = 0;
    reference(p, y, n, attraction, repulsion, &z, &kl);
    take_step(bench, &m, 12, 1, 0.5F);
    for (int64_t i = 0; i < 2 * n; i++) {
        double wanted = 4 * (12 * attraction[i] - repulsion[i] / z);
        double off = (double)cpu_floats(m.velocity)[i] / -0.8 - wanted; /* starting at rest, with a gain of 0.8 */
        error += off * off;
        size += pow(4 * repulsion[i] / z, 2);
        largest = fmax(largest, fabs(48 * attraction[i]));
    }
    error = sqrt(error / (2 * (double)n));
    size = sqrt(size / (2 * (double)n));
    const double share = width < 0.01F ? 0.1 : 0.01; /* a map within a hundredth of a cell, or the mesh's guarantee */
    if (!(error <= share * size + 2e-6 * largest + 1e-9))
        fail_msg("shape %d, %lld points, width %g, set %d: off by %g of %g", (int)shape, (long long)n, (double)width,
                 (int)bench->device->simd, error, size);
    if (!(fabs(*cpu_doubles(m.kl) - kl) <= 1e-3 * (1 + fabs(kl))))
        fail_msg("shape %d, %lld points, width %g, set %d: divergence %g, not %g", (int)shape, (long long)n,
                 (double)width, (int)bench->device->simd, *cpu_doubles(m.kl), kl);
    map_free(&m);
    free(y);
    free(p);
    free(attraction);
    free(repulsion);
}

static void steps_follow_the_gradient(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(2, &bench);
    for (int simd = bench.device->simd; simd >= CPU_PORTABLE; simd--) {
        bench.device->simd = (enum cpu_simd)simd;
        for (int shape = CLOUD; shape < SHAPES; shape++) {
            static const float widths[] = {0.001F, 1, 8, 40, 300};
            for (int w = 0; w < 5; w++)
                check_step(&bench, (enum shape)shape, 301, widths[w]);
        }
        check_step(&bench, CLOUD, 63, 5);
        check_step(&bench, CLOUD, 2603, 12);
        check_step(&bench, CLUSTERS, 2603, 90);
    }
    bench_close(&bench);
}

/* Few points, where Z is small: nothing may become infinite or change sign. */
static void few_points_part(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(2, &bench);
    for (int64_t n = 2; n < 20; n++) {
        float *y = make_points(CLOUD, n, 2);
        struct knn_map m;
        map_make(&bench, n, n - 1, y, &m);
        for (int step = 0; step < 100; step++)
            take_step(&bench, &m, 1, 10, 0.5F);
        for (int64_t i = 0; i < 2 * n; i++)
            assert_true(fabsf(cpu_floats(m.y)[i]) < 1000);
        assert_true(*cpu_doubles(m.kl) < 1);
        map_free(&m);
        free(y);
    }
    bench_close(&bench);
}

enum { MANY = 5003 };

static void threads_and_what_is_kept_do_not_change_a_bit(void **state)
{
    (void)state;
    static float first[2 * MANY];
    for (int run = 0; run < 5; run++) {
        struct bench bench;
        bench_open(run % 3 + 1, &bench);
        float *y = make_points(CLOUD, MANY, 10);
        struct knn_map m;
        map_make(&bench, MANY, 20, y, &m);
        for (int step = 0; step < 6; step++) {
            take_step(&bench, &m, step < 3 ? 1 : 12, 3000, 0.8F); /* so wide a map that it needs another mesh */
            if (run >= 3)
                memset(cpu_bytes(m.scratch), 0, cpu_tsne_knn_step_scratch(bench.device, MANY));
        }
        if (run == 0)
            memcpy(first, cpu_floats(m.y), sizeof first);
        assert_memory_equal(first, cpu_floats(m.y), sizeof first);
        map_free(&m);
        free(y);
        bench_close(&bench);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(1, &bench);
    float *y = make_points(CLOUD, 40, 1);
    struct knn_map m;
    map_make(&bench, 40, 9, y, &m);
    struct error error = {0};
    static const int32_t none[40 * 9] = {[17] = -1}, beyond[40 * 9] = {[17] = 40};
    struct compute_slice ids = upload(&bench, none, sizeof none), far = upload(&bench, beyond, sizeof beyond);
    struct compute_slice d = zeros(&bench, sizeof none);
    struct compute_slice join = zeros(&bench, cpu_tsne_knn_affinities_scratch(bench.device, 40, 9));
    assert_int_not_equal(cpu_tsne_knn_affinities(bench.stream, 40, 9, 3, ids, d, m.p, join, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_knn_affinities(bench.stream, 40, 9, 3, far, d, m.p, join, &error), STATUS_OK);
    memset(cpu_bytes(ids), 0, sizeof none);
    assert_int_not_equal(cpu_tsne_knn_affinities(bench.stream, 40, 9, 10, ids, d, m.p, join, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_knn_affinities(bench.stream, 40, 9, NAN, ids, d, m.p, join, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_knn_affinities(bench.stream, 9, 9, 3, ids, d, m.p, join, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_knn_affinities(bench.stream, 40, 9, 3, ids, d, m.p, m.kl, &error), STATUS_OK);
    assert_int_not_equal(
        cpu_tsne_knn_step(bench.stream, 41, 9, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.scratch, &error),
        STATUS_OK);
    assert_int_not_equal(
        cpu_tsne_knn_step(bench.stream, 40, 9, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.kl, &error), STATUS_OK);
    cpu_floats(m.y)[5] = INFINITY;
    assert_int_equal(
        cpu_tsne_knn_step(bench.stream, 40, 9, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.scratch, &error),
        STATUS_FAILED);
    assert_non_null(strstr(error.text, "has diverged"));
    cpu_buffer_destroy(ids.buffer);
    cpu_buffer_destroy(far.buffer);
    cpu_buffer_destroy(d.buffer);
    cpu_buffer_destroy(join.buffer);
    map_free(&m);
    free(y);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affinities_join_what_is_near),
        cmocka_unit_test(steps_follow_the_gradient),
        cmocka_unit_test(few_points_part),
        cmocka_unit_test(threads_and_what_is_kept_do_not_change_a_bit),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("t-SNE of many points", tests, NULL, NULL);
}
