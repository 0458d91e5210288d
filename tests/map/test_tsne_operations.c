#include "operations.h"

#include "gpu/cpu/cpu_tsne.h"

/* Each t-SNE operation of the CPU module, for every instruction set of this processor, against float64. */

static const int64_t sizes[] = {2, 3, 5, 31, 32, 33, 64, 65, 100, 257, 1100};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static float one(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* P as a full matrix, unpacked from the layout in cpu_tsne.h. */
static double *unpack(const uint32_t *words, int64_t n)
{
    double *p = calloc((size_t)(n * n), sizeof *p);
    assert_non_null(p);
    int64_t groups = tsne_groups(n);
    for (int64_t panel = 0; panel < groups; panel++)
        for (int64_t block = panel; block < groups; block += TSNE_BLOCK) {
            int64_t count = groups - block < TSNE_BLOCK ? groups - block : TSNE_BLOCK;
            for (int64_t strip = 0; strip < TSNE_PANEL / TSNE_STRIP; strip++)
                for (int64_t g = 0; g < count; g++)
                    for (int64_t r = 0; r < TSNE_STRIP; r++)
                        for (int64_t k = 0; k < TSNE_WORDS; k++, words++)
                            for (int64_t half = 0; half < 2; half++) {
                                int64_t i = panel * TSNE_PANEL + strip * TSNE_STRIP + r;
                                int64_t j = (block + g) * TSNE_PANEL + half * TSNE_WORDS + k;
                                if (i < j && j < n)
                                    p[i * n + j] = p[j * n + i] = (double)one(half ? *words << 16 : *words);
                            }
        }
    return p;
}

/* Joint probabilities in float64, by bisection. */
static double *reference(const float *distances, int64_t n, double perplexity)
{
    double *p = calloc((size_t)(n * n), sizeof *p), *joint = calloc((size_t)(n * n), sizeof *joint);
    assert_true(p && joint);
    for (int64_t i = 0; i < n; i++) {
        double low = 1e-12, high = 1e12, least = INFINITY, sum = 0;
        for (int64_t j = 0; j < n; j++)
            if (j != i)
                least = fmin(least, (double)distances[i * n + j]);
        for (int k = 0; k < 50; k++) {
            double beta = sqrt(low * high), weighted = 0;
            sum = 0;
            for (int64_t j = 0; j < n; j++) {
                double d = (double)distances[i * n + j] - least;
                p[i * n + j] = j == i ? 0 : exp(-beta * d);
                sum += p[i * n + j];
                weighted += p[i * n + j] * d;
            }
            *(log(sum) + beta * weighted / sum > log(perplexity) ? &low : &high) = beta;
        }
        for (int64_t j = 0; j < n; j++)
            p[i * n + j] /= sum;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            joint[i * n + j] = (p[i * n + j] + p[j * n + i]) / (2 * (double)n);
    free(p);
    return joint;
}

static double q_of(const double *y, int64_t i, int64_t j)
{
    double dx = y[2 * i] - y[2 * j], dy = y[2 * i + 1] - y[2 * j + 1];
    return 1 / (1 + dx * dx + dy * dy);
}

static double z_of(const double *y, int64_t n)
{
    double z = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            z += i == j ? 0 : q_of(y, i, j);
    return z;
}

static double divergence(const double *p, const double *y, int64_t n)
{
    double kl = 0, z = z_of(y, n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            if (i != j && p[i * n + j] > 0)
                kl += p[i * n + j] * log(p[i * n + j] * z / q_of(y, i, j));
    return kl;
}

static void gradient(const double *p, const double *y, int64_t n, double exaggeration, double *g)
{
    double z = z_of(y, n);
    memset(g, 0, sizeof *g * 2 * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            for (int c = 0; c < 2 && i != j; c++) {
                double q = q_of(y, i, j);
                g[2 * i + c] += 4 * (exaggeration * p[i * n + j] - q / z) * q * (y[2 * i + c] - y[2 * j + c]);
            }
}

/* A map in progress: distances of random vectors, P, points, and the input of a step. */
struct half_made {
    int64_t n;
    float *distances_host, *y_host;
    struct compute_slice distances, p, y, velocity, gains, kl, scratch;
    double *y64;
};

static void half_make(struct bench *bench, int64_t n, float perplexity, struct half_made *m)
{
    const int64_t d = 7;
    size_t points = sizeof(float) * 2 * (size_t)n, square = sizeof(float) * (size_t)(n * n);
    float *x = normals((size_t)(n * d), 3);
    struct compute_slice dx = upload(bench, x, sizeof *x * (size_t)(n * d));
    *m = (struct half_made){.n = n, .distances = upload(bench, NULL, square)};
    must(cpu_tsne_distances(bench->stream, n, d, dx, m->distances, &error));
    m->distances_host = malloc(square);
    memcpy(m->distances_host, cpu_floats(m->distances), square);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t k = 0; k < d; k++)
                sum += pow((double)x[i * d + k] - (double)x[j * d + k], 2);
            assert_true(fabs(sum - (double)m->distances_host[i * n + j]) < 2e-5);
        }
    m->p = upload(bench, NULL, cpu_tsne_affinity_bytes(bench->device, n));
    must(cpu_tsne_affinities(bench->stream, n, perplexity, m->distances, m->p, &error));
    m->y_host = normals(2 * (size_t)n, 5);
    m->y64 = malloc(sizeof *m->y64 * 2 * (size_t)n);
    for (int64_t i = 0; i < 2 * n; i++)
        m->y64[i] = (double)m->y_host[i];
    m->y = upload(bench, m->y_host, points);
    float *ones = malloc(points), *zeros = calloc(1, points);
    for (int64_t i = 0; i < 2 * n; i++)
        ones[i] = 1;
    m->velocity = upload(bench, zeros, points);
    m->gains = upload(bench, ones, points);
    m->kl = upload(bench, NULL, sizeof(double));
    m->scratch = upload(bench, NULL, cpu_tsne_step_scratch(bench->device, n));
    cpu_buffer_destroy(dx.buffer);
    free(x);
    free(ones);
    free(zeros);
}

static void half_free(struct half_made *m)
{
    struct compute_slice slices[] = {m->distances, m->p, m->y, m->velocity, m->gains, m->kl, m->scratch};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++)
        cpu_buffer_destroy(slices[i].buffer);
    free(m->distances_host);
    free(m->y_host);
    free(m->y64);
}

static void take_step(struct bench *bench, struct half_made *m, float exaggeration, float rate, float momentum)
{
    must(cpu_tsne_step(bench->stream, m->n, exaggeration, rate, momentum, m->p, m->y, m->velocity, m->gains, m->kl,
                       m->scratch, &error));
}

static void for_each_size(void (*check)(struct bench *, int64_t))
{
    struct bench bench;
    bench_open(2, &bench);
    for (int simd = bench.device->simd; simd >= CPU_PORTABLE; simd--)
        for (int s = 0; s < N_SIZES; s++) {
            bench.device->simd = (enum cpu_simd)simd;
            check(&bench, sizes[s]);
        }
    bench_close(&bench);
}

static float perplexity_for(int64_t n)
{
    return n > 90 ? 30 : fmaxf((float)(n - 1) / 3, 1);
}

static void check_affinities(struct bench *bench, int64_t n)
{
    struct half_made m;
    half_make(bench, n, perplexity_for(n), &m);
    double *p = unpack(cpu_bytes(m.p), n), *wanted = reference(m.distances_host, n, (double)perplexity_for(n)), sum = 0;
    const float *rows = cpu_floats(m.distances); /* now p(j|i) */
    for (int64_t i = 0; i < n; i++) {
        double row = 0, entropy = 0;
        for (int64_t j = 0; j < n; j++) {
            double conditional = (double)rows[i * n + j];
            row += conditional;
            entropy -= conditional > 0 ? conditional * log(conditional) : 0;
            sum += p[i * n + j];
            assert_true(p[i * n + j] == p[j * n + i]);
            if (n > 5)
                assert_true(fabs(p[i * n + j] - wanted[i * n + j]) < wanted[i * n + j] / 200 + 1e-9);
        }
        assert_true(fabs(row - 1) < 1e-5);
        if (n > 5)
            assert_true(fabs(entropy - log((double)perplexity_for(n))) < 5e-5);
    }
    assert_true(fabs(sum - 1) < (n > 30 ? 5e-4 : 2e-3)); /* a probability is rounded to 1 in 512 */
    free(p);
    free(wanted);
    half_free(&m);
}

static void affinities_have_the_perplexity_and_are_joint(void **state)
{
    (void)state;
    for_each_size(check_affinities);
}

static void check_gradient(struct bench *bench, int64_t n)
{
    for (int early = 0; early < 2; early++) {
        struct half_made m;
        half_make(bench, n, perplexity_for(n), &m);
        double *p = unpack(cpu_bytes(m.p), n), *g = malloc(sizeof *g * 2 * (size_t)n), largest = 0.01;
        gradient(p, m.y64, n, early ? 12 : 1, g);
        for (int64_t i = 0; i < 2 * n; i++)
            largest = fmax(largest, fabs(g[i]));
        take_step(bench, &m, early ? 12 : 1, 100, 0.5F);
        for (int64_t i = 0; i < 2 * n; i++) {
            double velocity = (double)cpu_floats(m.velocity)[i]; /* starting at rest, with a gain of 0.8 */
            assert_true(fabs(-velocity / 80 - g[i]) < 4e-6 * largest);
            assert_true(fabs((double)cpu_floats(m.y)[i] - (m.y64[i] + velocity)) < 1e-6 * (1 + fabs(velocity)));
        }
        double kl = *cpu_doubles(m.kl), wanted = divergence(p, m.y64, n);
        assert_true(fabs(kl - wanted) < 1e-5 * (1 + fabs(wanted)));
        free(p);
        free(g);
        half_free(&m);
    }
}

static void steps_follow_the_gradient(void **state)
{
    (void)state;
    for_each_size(check_gradient);
}

/* Checks the reference: its gradient is the slope of the divergence if P is normalised. */
static void the_gradient_is_the_slope_of_the_divergence(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(1, &bench);
    struct half_made m;
    const int64_t n = 33;
    half_make(&bench, n, 10, &m);
    double *p = reference(m.distances_host, n, 10), g[2 * 33];
    gradient(p, m.y64, n, 1, g);
    for (int64_t i = 0; i < 2 * n; i++) {
        double at = m.y64[i], h = 1e-5, above, below;
        m.y64[i] = at + h;
        above = divergence(p, m.y64, n);
        m.y64[i] = at - h;
        below = divergence(p, m.y64, n);
        m.y64[i] = at;
        assert_true(fabs((above - below) / (2 * h) - g[i]) < 1e-7);
    }
    free(p);
    half_free(&m);
    bench_close(&bench);
}

static void gains_and_momentum_follow_their_rule(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(1, &bench);
    struct half_made m;
    half_make(&bench, 40, 10, &m);
    float before[80], velocity[80], gains[80];
    for (int step = 0; step < 30; step++) {
        memcpy(velocity, cpu_floats(m.velocity), sizeof velocity);
        memcpy(gains, cpu_floats(m.gains), sizeof gains);
        memcpy(before, cpu_floats(m.y), sizeof before);
        take_step(&bench, &m, 1, 300, 0.8F);
        for (int i = 0; i < 80; i++) {
            float gain = cpu_floats(m.gains)[i], now = cpu_floats(m.velocity)[i];
            float slope = (0.8F * velocity[i] - now) / (300 * gain);
            bool turned = velocity[i] * slope < 0;
            if (fabsf(slope) > 1e-6F)
                assert_true(fabsf(gain - fmaxf(turned ? gains[i] + 0.2F : gains[i] * 0.8F, 0.01F)) < 1e-6F);
            assert_true(gain >= 0.01F);
            assert_true(cpu_floats(m.y)[i] == before[i] + now);
        }
    }
    half_free(&m);
    bench_close(&bench);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    float first[2 * 1100];
    for (int threads = 1; threads <= 3; threads++) {
        struct bench bench;
        bench_open(threads, &bench);
        struct half_made m;
        half_make(&bench, 1100, 30, &m);
        for (int step = 0; step < 5; step++)
            take_step(&bench, &m, 12, 200, 0.5F);
        if (threads == 1)
            memcpy(first, cpu_floats(m.y), sizeof first);
        assert_memory_equal(first, cpu_floats(m.y), sizeof first);
        half_free(&m);
        bench_close(&bench);
    }
}

static void equal_points_share_evenly(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(2, &bench);
    const int64_t n = 70;
    static const float zeros[70 * 4];
    struct compute_slice x = upload(&bench, zeros, sizeof zeros);
    struct compute_slice d = upload(&bench, NULL, 70 * 70 * 4);
    struct compute_slice p = upload(&bench, NULL, cpu_tsne_affinity_bytes(bench.device, n));
    must(cpu_tsne_distances(bench.stream, n, 4, x, d, &error));
    must(cpu_tsne_affinities(bench.stream, n, 20, d, p, &error));
    double *full = unpack(cpu_bytes(p), n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            if (i != j)
                assert_true(fabs(full[i * n + j] * 70 * 69 - 1) < 0.005);
    free(full);
    cpu_buffer_destroy(x.buffer);
    cpu_buffer_destroy(d.buffer);
    cpu_buffer_destroy(p.buffer);
    bench_close(&bench);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(1, &bench);
    struct half_made m;
    half_make(&bench, 33, 10, &m);
    struct error error = {0};
    assert_int_not_equal(cpu_tsne_distances(bench.stream, 34, 7, m.y, m.distances, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_affinities(bench.stream, 100, 10, m.distances, m.p, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_affinities(bench.stream, 33, NAN, m.distances, m.p, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_affinities(bench.stream, 33, 0, m.distances, m.p, &error), STATUS_OK);
    assert_int_not_equal(
        cpu_tsne_step(bench.stream, 100, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.scratch, &error), STATUS_OK);
    assert_int_not_equal(cpu_tsne_step(bench.stream, 33, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.kl, &error),
                         STATUS_OK);
    assert_true(strlen(error.text) > 0);
    half_free(&m);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affinities_have_the_perplexity_and_are_joint),
        cmocka_unit_test(steps_follow_the_gradient),
        cmocka_unit_test(the_gradient_is_the_slope_of_the_divergence),
        cmocka_unit_test(gains_and_momentum_follow_their_rule),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(equal_points_share_evenly),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("t-SNE operations", tests, NULL, NULL);
}
