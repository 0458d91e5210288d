#include "oracle.h"

/* Exact t-SNE against float64, through what every device exposes: distances, points, velocities, gains and the
 * divergence. Devices may store P differently, so gradients may differ by what rounding every probability to bfloat16
 * (1 in 256 at most) can cause. (tests/map/test_tsne_operations.c checks the CPU's own P.) */

static const int64_t sizes[] = {6, 31, 32, 33, 65, 257};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static float perplexity_for(int64_t n)
{
    return n > 90 ? 30 : fmaxf((float)(n - 1) / 3, 1);
}

/* Joint probabilities in float64, by bisection. */
static double *reference(const double *distances, int64_t n, double perplexity)
{
    double *p = calloc((size_t)(n * n), sizeof *p), *joint = calloc((size_t)(n * n), sizeof *joint);
    assert_true(p && joint);
    for (int64_t i = 0; i < n; i++) {
        double low = 1e-12, high = 1e12, least = INFINITY, sum = 0;
        for (int64_t j = 0; j < n; j++)
            if (j != i)
                least = fmin(least, distances[i * n + j]);
        for (int k = 0; k < 50; k++) {
            double beta = sqrt(low * high), weighted = 0;
            sum = 0;
            for (int64_t j = 0; j < n; j++) {
                double d = distances[i * n + j] - least;
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

/* A map in progress: the input of a step, on the device and for the reference. */
struct unfinished_map {
    int64_t n;
    struct compute_slice p, y, velocity, gains, kl, scratch;
    double *joint;
    float *points;
};

static void make_unfinished_map(int64_t n, struct unfinished_map *m)
{
    enum { D = 7 };
    struct random random;
    random_seed(&random, (uint64_t)n);
    size_t coordinates = (size_t)(2 * n) * sizeof(float);
    float *x = random_matrix(&random, n * D), *squares = malloc((size_t)(n * n) * sizeof *squares);
    float *ones = malloc(coordinates), *zeros = calloc(1, coordinates);
    double *distances = calloc((size_t)(n * n), sizeof *distances);
    assert_true(squares && ones && zeros && distances);
    struct compute_slice dx = upload(x, (size_t)(n * D) * 4), square = upload(NULL, (size_t)(n * n) * 4);
    must(compute.ops->tsne_distances(compute.stream, n, D, dx, square, &error));
    download(square, squares, (size_t)(n * n) * 4);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            for (int64_t k = 0; k < D; k++)
                distances[i * n + j] += pow((double)x[i * D + k] - (double)x[j * D + k], 2);
            assert_true(fabs(distances[i * n + j] - (double)squares[i * n + j]) < 2e-5);
            assert_true(squares[i * n + j] == squares[j * n + i] && (i != j || squares[i * n + j] == 0));
        }
    *m = (struct unfinished_map){.n = n, .joint = reference(distances, n, (double)perplexity_for(n))};
    m->p = upload(NULL, compute.ops->tsne_affinity_bytes(compute.device, n));
    must(compute.ops->tsne_affinities(compute.stream, n, perplexity_for(n), square, m->p, &error));
    m->points = random_matrix(&random, 2 * n);
    for (int64_t i = 0; i < 2 * n; i++)
        ones[i] = 1;
    m->y = upload(m->points, coordinates);
    m->velocity = upload(zeros, coordinates);
    m->gains = upload(ones, coordinates);
    m->kl = upload(NULL, sizeof(double));
    m->scratch = upload(NULL, compute.ops->tsne_step_scratch(compute.device, n));
    drop(dx), drop(square);
    free(x), free(squares), free(ones), free(zeros), free(distances);
}

static void half_free(struct unfinished_map *m)
{
    drop(m->p), drop(m->y), drop(m->velocity), drop(m->gains), drop(m->kl), drop(m->scratch);
    free(m->joint), free(m->points);
}

static void take_step(struct unfinished_map *m, float exaggeration, float rate, float momentum)
{
    must(compute.ops->tsne_step(compute.stream, m->n, exaggeration, rate, momentum, m->p, m->y, m->velocity, m->gains,
                                m->kl, m->scratch, &error));
}

static double q_of(const float *y, int64_t i, int64_t j)
{
    return 1 / (1 + pow((double)y[2 * i] - (double)y[2 * j], 2) + pow((double)y[2 * i + 1] - (double)y[2 * j + 1], 2));
}

static double z_of(const float *y, int64_t n)
{
    double z = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            z += i == j ? 0 : q_of(y, i, j);
    return z;
}

static void check_step(int64_t n, double exaggeration)
{
    struct unfinished_map m;
    make_unfinished_map(n, &m);
    float *velocity = malloc((size_t)(2 * n) * 4), *moved = malloc((size_t)(2 * n) * 4);
    take_step(&m, (float)exaggeration, 100, 0.5F);
    download(m.velocity, velocity, (size_t)(2 * n) * 4);
    download(m.y, moved, (size_t)(2 * n) * 4);
    double kl, wanted = 0, z = z_of(m.points, n), largest = 0.01;
    download(m.kl, &kl, sizeof kl);
    for (int pass = 0; pass < 2; pass++) /* determines the largest slope first */
        for (int64_t i = 0; i < n; i++)
            for (int64_t c = 0; c < 2; c++) {
                double slope = 0, rounding = 0;
                for (int64_t j = 0; j < n; j++) {
                    double q = q_of(m.points, i, j), p = m.joint[i * n + j];
                    double apart = (double)m.points[2 * i + c] - (double)m.points[2 * j + c];
                    slope += j == i ? 0 : 4 * (exaggeration * p - q / z) * q * apart;
                    rounding += j == i ? 0 : 4 * exaggeration * p * q * fabs(apart) / 256;
                    if (pass == 0 && c == 0 && j != i && p > 0)
                        wanted += p * log(p * z / q);
                }
                largest = fmax(largest, fabs(slope));
                if (pass == 0)
                    continue;
                double at = (double)velocity[2 * i + c]; /* starting at rest, with a gain of 0.8 */
                assert_true(fabs(-at / 80 - slope) < rounding + 1e-5 * largest);
                assert_true(fabs((double)moved[2 * i + c] - ((double)m.points[2 * i + c] + at)) <
                            1e-6 * (1 + fabs(at)));
            }
    assert_true(fabs(kl - wanted) < (n > 30 ? 1e-3 : 4e-3) * (1 + fabs(wanted))); /* with few points, rounding errors
                                                                                   * cancel less */
    half_free(&m);
    free(velocity), free(moved);
}

static void steps_follow_the_gradient(void **state)
{
    (void)state;
    for (int s = 0; s < N_SIZES; s++) {
        check_step(sizes[s], 1);
        check_step(sizes[s], 12);
    }
}

static void gains_and_momentum_follow_their_rule(void **state)
{
    (void)state;
    enum { N = 40, STEPS = 20 };
    struct unfinished_map m;
    make_unfinished_map(N, &m);
    float before[2 * N], after[2 * N], velocity[2 * N], now[2 * N], gains[2 * N], gain[2 * N];
    for (int step = 0; step < STEPS; step++) {
        download(m.y, before, sizeof before);
        download(m.velocity, velocity, sizeof velocity);
        download(m.gains, gains, sizeof gains);
        take_step(&m, 1, 300, 0.8F);
        download(m.y, after, sizeof after);
        download(m.velocity, now, sizeof now);
        download(m.gains, gain, sizeof gain);
        for (int i = 0; i < 2 * N; i++) {
            float slope = (0.8F * velocity[i] - now[i]) / (300 * gain[i]);
            bool turned = velocity[i] * slope < 0;
            if (fabsf(slope) > 1e-6F)
                assert_true(fabsf(gain[i] - fmaxf(turned ? gains[i] + 0.2F : gains[i] * 0.8F, 0.01F)) < 1e-6F);
            assert_true(gain[i] >= 0.01F);
            assert_true(after[i] == before[i] + now[i]);
        }
    }
    half_free(&m);
}

static void the_same_steps_give_the_same_bits(void **state)
{
    (void)state;
    enum { N = 300 };
    float first[2 * N], again[2 * N];
    for (int run = 0; run < 2; run++) {
        struct unfinished_map m;
        make_unfinished_map(N, &m);
        for (int step = 0; step < 3; step++)
            take_step(&m, 12, 200, 0.5F);
        download(m.y, run ? again : first, sizeof first);
        half_free(&m);
    }
    assert_memory_equal(first, again, sizeof first);
}

/* Two and three points, and points that are all the same. */
static void small_and_equal_maps_stay_finite(void **state)
{
    (void)state;
    const float zeros[70 * 4] = {0};
    for (int64_t n = 0; n <= 70; n += n < 4 ? 1 : 66) {
        struct random random;
        random_seed(&random, 3);
        float *start = random_matrix(&random, 140), points[140];
        struct compute_slice x = upload(zeros, sizeof zeros), d = upload(NULL, (size_t)(n * n + 1) * 4),
                             p = upload(NULL, compute.ops->tsne_affinity_bytes(compute.device, n) + 1),
                             y = upload(start, sizeof points), velocity = upload(zeros, 140 * 4),
                             gains = upload(zeros, 140 * 4), kl = upload(NULL, 8),
                             scratch = upload(NULL, compute.ops->tsne_step_scratch(compute.device, n));
        must(compute.ops->tsne_distances(compute.stream, n, 4, x, d, &error));
        must(compute.ops->tsne_affinities(compute.stream, n, 1.5F, d, p, &error));
        for (int step = 0; step < 3; step++)
            must(compute.ops->tsne_step(compute.stream, n, 1, 10, 0.5F, p, y, velocity, gains, kl, scratch, &error));
        download(y, points, sizeof points);
        double divergence;
        download(kl, &divergence, sizeof divergence);
        assert_true(isfinite(divergence) && (n > 1 || divergence == 0));
        for (int64_t i = 0; i < 140; i++)
            assert_true(isfinite(points[i]) && (i < 2 * n || points[i] == start[i]));
        drop(x), drop(d), drop(p), drop(y), drop(velocity), drop(gains), drop(kl), drop(scratch);
        free(start);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct unfinished_map m;
    make_unfinished_map(33, &m);
    struct compute_slice d = upload(NULL, (size_t)33 * 33 * 4);
    struct error error = {0};
    const struct compute_ops *ops = compute.ops;
    assert_int_equal(ops->tsne_distances(compute.stream, 34, 7, m.y, d, &error), STATUS_FAILED);
    assert_int_equal(ops->tsne_affinities(compute.stream, 100, 10, d, m.p, &error), STATUS_FAILED);
    assert_int_equal(ops->tsne_affinities(compute.stream, 33, NAN, d, m.p, &error), STATUS_USAGE);
    assert_int_equal(ops->tsne_affinities(compute.stream, 33, 0, d, m.p, &error), STATUS_USAGE);
    assert_int_equal(
        ops->tsne_step(compute.stream, 100, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.scratch, &error),
        STATUS_FAILED);
    assert_int_equal(ops->tsne_step(compute.stream, 33, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.kl, &error),
                     STATUS_FAILED);
    assert_true(strlen(error.text) > 0);
    drop(d);
    half_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_the_gradient),         cmocka_unit_test(gains_and_momentum_follow_their_rule),
        cmocka_unit_test(the_same_steps_give_the_same_bits), cmocka_unit_test(small_and_equal_maps_stay_finite),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("compute t-SNE", tests, open_compute, close_compute);
}
