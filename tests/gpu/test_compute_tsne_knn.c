#include "oracle.h"

/* t-SNE with a P of nearest neighbours against float64, through what every device exposes: points, velocities and the
 * divergence. (tests/map/test_tsne_knn.c checks the CPU's own P and mesh.) */

enum { D = 5 };

struct neighbour {
    float distance;
    int32_t id;
};

static int by_distance(const void *left, const void *right)
{
    const struct neighbour *a = left, *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* A map in progress: the input of a step, on the device and for the reference. */
struct unfinished_map {
    int64_t n, k;
    struct compute_slice p, y, velocity, gains, kl, scratch;
    double *joint; /* [n x n] */
    float *points;
};

static void find_neighbours(const float *x, int64_t n, int64_t k, int32_t *ids, float *distances)
{
    struct neighbour *all = malloc((size_t)n * sizeof *all);
    assert_non_null(all);
    for (int64_t i = 0; i < n; i++) {
        int64_t count = 0;
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t c = 0; c < D; c++)
                sum += pow((double)x[i * D + c] - (double)x[j * D + c], 2);
            if (j != i)
                all[count++] = (struct neighbour){(float)sum, (int32_t)j};
        }
        qsort(all, (size_t)count, sizeof *all, by_distance);
        for (int64_t e = 0; e < k; e++) {
            ids[i * k + e] = all[e].id;
            distances[i * k + e] = all[e].distance;
        }
    }
    free(all);
}

/* The joint probabilities in float64, by bisection. */
static double *join(int64_t n, int64_t k, double perplexity, const int32_t *ids, const float *distances)
{
    double *joint = calloc((size_t)(n * n), sizeof *joint), *row = malloc((size_t)k * sizeof *row);
    assert_true(joint && row);
    for (int64_t i = 0; i < n; i++) {
        double low = 1e-12, high = 1e12, total = 0;
        for (int search = 0; search < 60; search++) {
            double beta = sqrt(low * high), weighted = 0;
            total = 0;
            for (int64_t e = 0; e < k; e++) {
                double d = (double)distances[i * k + e] - (double)distances[i * k];
                row[e] = exp(-beta * d);
                total += row[e];
                weighted += row[e] * d;
            }
            *(log(total) + beta * weighted / total > log(perplexity) ? &low : &high) = beta;
        }
        for (int64_t e = 0; e < k; e++) {
            double share = row[e] / total / (2 * (double)n);
            joint[i * n + ids[i * k + e]] += share;
            joint[ids[i * k + e] * n + i] += share;
        }
    }
    free(row);
    return joint;
}

/* `hub`: the first point is a neighbour of nearly all others. */
static void make_unfinished_map(int64_t n, int64_t k, bool hub, struct unfinished_map *m)
{
    struct random random;
    random_seed(&random, (uint64_t)(n + k));
    size_t coordinates = (size_t)(2 * n) * sizeof(float), pairs = (size_t)(n * k);
    float perplexity = fmaxf((float)k / 3, 1), *x = random_matrix(&random, n * D);
    float *ones = malloc(coordinates), *zeros = calloc(1, coordinates), *distances = malloc(pairs * 4);
    int32_t *ids = malloc(pairs * 4);
    assert_true(ones && zeros && distances && ids);
    for (int64_t c = 0; hub && c < n * D; c++) /* all far from each other, with the first at their centre */
        x[c] = c < D ? 0 : c % D == (c / D) % D ? x[c] * 50 : x[c] / 50;
    find_neighbours(x, n, k, ids, distances);
    *m = (struct unfinished_map){.n = n, .k = k, .joint = join(n, k, (double)perplexity, ids, distances)};
    const struct compute_ops *ops = compute.ops;
    void *nothing = calloc(1, ops->tsne_knn_step_scratch(compute.device, n));
    assert_non_null(nothing);
    struct compute_slice near = upload(ids, pairs * 4), far = upload(distances, pairs * 4),
                         work = upload(NULL, ops->tsne_knn_affinities_scratch(compute.device, n, k));
    m->p = upload(NULL, ops->tsne_knn_affinity_bytes(compute.device, n, k));
    must(ops->tsne_knn_affinities(compute.stream, n, k, perplexity, near, far, m->p, work, &error));
    m->points = random_matrix(&random, 2 * n);
    for (int64_t i = 0; i < 2 * n; i++) {
        ones[i] = 1;
        m->points[i] *= 4;
    }
    m->y = upload(m->points, coordinates);
    m->velocity = upload(zeros, coordinates);
    m->gains = upload(ones, coordinates);
    m->kl = upload(NULL, sizeof(double));
    m->scratch = upload(nothing, ops->tsne_knn_step_scratch(compute.device, n));
    drop(near), drop(far), drop(work);
    free(x), free(ones), free(zeros), free(distances), free(ids), free(nothing);
}

static void half_free(struct unfinished_map *m)
{
    drop(m->p), drop(m->y), drop(m->velocity), drop(m->gains), drop(m->kl), drop(m->scratch);
    free(m->joint), free(m->points);
}

static void take_step(struct unfinished_map *m, float exaggeration, float rate, float momentum)
{
    must(compute.ops->tsne_knn_step(compute.stream, m->n, m->k, exaggeration, rate, momentum, m->p, m->y, m->velocity,
                                    m->gains, m->kl, m->scratch, &error));
}

/* Attraction and repulsion are checked separately: the tolerance is a share of the repulsion. */
static void check_step(int64_t n, int64_t k, bool hub)
{
    struct unfinished_map m;
    make_unfinished_map(n, k, hub, &m);
    float *velocity = malloc((size_t)(2 * n) * 4);
    double *attraction = calloc((size_t)(2 * n), 8), *repulsion = calloc((size_t)(2 * n), 8), z = 0, wanted = 0, kl;
    assert_true(velocity && attraction && repulsion);
    double p_sum = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double apart[2], q = 1, p = m.joint[i * n + j];
            for (int c = 0; c < 2; c++) {
                apart[c] = (double)m.points[2 * i + c] - (double)m.points[2 * j + c];
                q += apart[c] * apart[c];
            }
            q = 1 / q;
            z += i == j ? 0 : q;
            wanted += p > 0 ? p * log(p / q) : 0;
            p_sum += p;
            for (int c = 0; c < 2; c++) {
                attraction[2 * i + c] += p * q * apart[c];
                repulsion[2 * i + c] += q * q * apart[c];
            }
        }
    wanted += p_sum * log(z);
    take_step(&m, 12, 1, 0.5F);
    download(m.velocity, velocity, (size_t)(2 * n) * 4);
    download(m.kl, &kl, sizeof kl);
    double error = 0, size = 0, largest = 0;
    for (int64_t i = 0; i < 2 * n; i++) {
        double off = (double)velocity[i] / -0.8 - 4 * (12 * attraction[i] - repulsion[i] / z); /* with a gain of 0.8 */
        error += off * off;
        size += pow(4 * repulsion[i] / z, 2);
        largest = fmax(largest, fabs(48 * attraction[i]));
    }
    error = sqrt(error / (2 * (double)n));
    size = sqrt(size / (2 * (double)n));
    if (!(error <= 0.01 * size + 2e-4 * largest)) /* a row's precision is found to 1e-5 of entropy */
        fail_msg("%lld points, %lld neighbours: off by %g of %g", (long long)n, (long long)k, error, size);
    if (!(fabs(kl - wanted) <= 1e-3 * (1 + fabs(wanted))))
        fail_msg("%lld points, %lld neighbours: divergence %g, not %g", (long long)n, (long long)k, kl, wanted);
    half_free(&m);
    free(velocity), free(attraction), free(repulsion);
}

static void steps_follow_the_gradient(void **state)
{
    (void)state;
    check_step(7, 3, false);
    check_step(33, 32, false);
    check_step(301, 30, false);
    check_step(520, 7, false);
    check_step(300, 5, true); /* a column of nearly all rows */
}

static void the_same_steps_give_the_same_bits(void **state)
{
    (void)state;
    enum { N = 300 };
    float first[2 * N], again[2 * N];
    for (int run = 0; run < 2; run++) {
        struct unfinished_map m;
        make_unfinished_map(N, 20, false, &m);
        for (int step = 0; step < 3; step++)
            take_step(&m, 12, 200, 0.5F);
        download(m.y, run ? again : first, sizeof first);
        half_free(&m);
    }
    assert_memory_equal(first, again, sizeof first);
}

static void a_divergence_falls(void **state)
{
    (void)state;
    struct unfinished_map m;
    make_unfinished_map(200, 15, false, &m);
    double first = 0, last = 0;
    for (int step = 0; step < 60; step++) {
        take_step(&m, 1, 20, 0.5F);
        download(m.kl, step == 0 ? &first : &last, sizeof first);
    }
    assert_true(last < 0.9 * first);
    half_free(&m);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct unfinished_map m;
    make_unfinished_map(40, 9, false, &m);
    const struct compute_ops *ops = compute.ops;
    static const int32_t none[40 * 9] = {[17] = -1}, beyond[40 * 9] = {[17] = 40};
    static const float zeros[40 * 9];
    struct compute_slice d = upload(zeros, sizeof zeros), ids = upload(zeros, sizeof zeros),
                         work = upload(NULL, ops->tsne_knn_affinities_scratch(compute.device, 40, 9));
    for (int fault = 0; fault < 2; fault++) {
        must(ops->buffer_write(compute.stream, ids.buffer, 0, fault ? none : beyond, sizeof none, &error));
        struct error error = {0};
        enum status status = ops->tsne_knn_affinities(compute.stream, 40, 9, 3, ids, d, m.p, work, &error);
        if (status == STATUS_OK && !test_device_is_cpu()) /* reported by the next wait */
            status = ops->stream_synchronise(compute.stream, &error);
        assert_int_equal(status, STATUS_FAILED);
    }
    must(ops->buffer_write(compute.stream, ids.buffer, 0, zeros, sizeof zeros, &error));
    struct error refusal = {0};
    const float wrong[] = {10, 0, NAN};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ops->tsne_knn_affinities(compute.stream, 40, 9, wrong[i], ids, d, m.p, work, &refusal),
                         STATUS_USAGE);
    assert_int_equal(ops->tsne_knn_affinities(compute.stream, 9, 9, 3, ids, d, m.p, work, &refusal), STATUS_FAILED);
    assert_int_equal(ops->tsne_knn_affinities(compute.stream, 40, 9, 3, ids, d, m.p, m.kl, &refusal), STATUS_FAILED);
    assert_int_equal(
        ops->tsne_knn_step(compute.stream, 41, 9, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.scratch, &refusal),
        STATUS_FAILED);
    assert_int_equal(
        ops->tsne_knn_step(compute.stream, 40, 9, 1, 1, 0, m.p, m.y, m.velocity, m.gains, m.kl, m.kl, &refusal),
        STATUS_FAILED);
    drop(d), drop(ids), drop(work);
    half_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_the_gradient),
        cmocka_unit_test(the_same_steps_give_the_same_bits),
        cmocka_unit_test(a_divergence_falls),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("compute t-SNE of many points", tests, open_compute, close_compute);
}
