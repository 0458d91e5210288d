#include "nn_fixture.h"

#include "fitness/discriminant.h"

/* The linear discriminant: differences of its logits are those of the logarithms of normal densities times the
 * playlists' shares, computed in float64 with an inverse; its scale has the least smoothed cross-entropy. */

enum { SONGS = 90, WIDTH = 7, CLASSES = 5, CONSTANT = 6 /* a column that does not vary */, UNSEEN = 4 };

static float rows[SONGS * WIDTH];
static struct fitness_pair pairs[SONGS + 1];
static int8_t parts[SONGS];

/* Playlist UNSEEN has test songs alone; the first song is on two playlists. */
static void make_songs(void)
{
    struct random random;
    random_seed(&random, 8);
    draw_normal(&random, SONGS * WIDTH, rows);
    for (int i = 0; i < SONGS; i++) {
        const int class = i % CLASSES;
        rows[i * WIDTH + class] += 1.5f;
        rows[i * WIDTH + 1] += rows[i * WIDTH]; /* correlated */
        rows[i * WIDTH + CONSTANT] = 0;
        pairs[i + 1] = (struct fitness_pair){i, class};
        parts[i] = (int8_t)(class == UNSEEN || i % 3 == 2 ? FITNESS_TEST
                            : i % 7 == 0                  ? FITNESS_VALIDATION
                                                          : FITNESS_TRAINING);
    }
    pairs[0] = pairs[1];
    pairs[1].class = 2;
    parts[0] = FITNESS_TRAINING;
}

static struct regression_data data_of(int64_t n_pairs)
{
    return (struct regression_data){
        .n = SONGS, .in = WIDTH, .out = CLASSES, .x = rows, .pairs = pairs, .n_pairs = n_pairs, .parts = parts};
}

/* ------------------------------------------------------------------ the reference */

struct reference {
    double means[CLASSES][WIDTH], counts[CLASSES], n, inverse[WIDTH][WIDTH];
};

static void invert(double a[WIDTH][WIDTH], double inverse[WIDTH][WIDTH]) /* Gauss and Jordan */
{
    for (int i = 0; i < WIDTH; i++)
        for (int j = 0; j < WIDTH; j++)
            inverse[i][j] = i == j;
    for (int k = 0; k < WIDTH; k++) {
        const double pivot = a[k][k];
        for (int j = 0; j < WIDTH; j++) {
            a[k][j] /= pivot;
            inverse[k][j] /= pivot;
        }
        for (int i = 0; i < WIDTH; i++) {
            const double times = a[i][k];
            for (int j = 0; i != k && j < WIDTH; j++) {
                a[i][j] -= times * a[k][j];
                inverse[i][j] -= times * inverse[k][j];
            }
        }
    }
}

static void make_reference(const struct regression_data *data, struct reference *reference)
{
    double covariance[WIDTH][WIDTH] = {{0}}, used = 0;
    memset(reference, 0, sizeof *reference);
    for (int round = 0; round < 2; round++)
        for (int64_t i = 0; i < data->n_pairs; i++) {
            const float *x = rows + pairs[i].song * WIDTH;
            const int32_t c = pairs[i].class;
            if (parts[pairs[i].song] != FITNESS_TRAINING)
                continue;
            reference->counts[c] += round == 0;
            reference->n += round == 0;
            for (int j = 0; j < WIDTH; j++)
                if (round == 0)
                    reference->means[c][j] += (double)x[j];
                else
                    for (int k = 0; k < WIDTH; k++)
                        covariance[j][k] += ((double)x[j] - reference->means[c][j] / reference->counts[c]) *
                                            ((double)x[k] - reference->means[c][k] / reference->counts[c]);
        }
    for (int c = 0; c < CLASSES; c++) {
        used += reference->counts[c] > 0;
        for (int j = 0; j < WIDTH && reference->counts[c] > 0; j++)
            reference->means[c][j] /= reference->counts[c];
    }
    for (int j = 0; j < WIDTH; j++)
        for (int k = 0; k < WIDTH; k++)
            covariance[j][k] *= (j == k ? 1 : 0.5) / (reference->n - used);
    for (int j = 0; j < WIDTH; j++)
        covariance[j][j] += 1e-3;
    invert(covariance, reference->inverse);
}

/* ln(p_c density(x)) without what all playlists share. */
static double log_density(const struct reference *reference, const float *x, int c)
{
    double distance = 0;
    for (int j = 0; j < WIDTH; j++)
        for (int k = 0; k < WIDTH; k++)
            distance += ((double)x[j] - reference->means[c][j]) * reference->inverse[j][k] *
                        ((double)x[k] - reference->means[c][k]);
    return log((reference->counts[c] + 0.5) / (reference->n + 0.5 * CLASSES)) - distance / 2;
}

static double cross_entropy(const struct reference *reference, const struct regression_data *data, double scale)
{
    double sum = 0;
    for (int64_t i = 0; i < data->n_pairs; i++) {
        const float *x = rows + pairs[i].song * WIDTH;
        double total = 0;
        if (parts[pairs[i].song] != FITNESS_VALIDATION)
            continue;
        for (int c = 0; c < CLASSES; c++)
            total += exp(scale * (log_density(reference, x, c) - log_density(reference, x, pairs[i].class)));
        sum += log(total);
        for (int c = 0; c < CLASSES; c++)
            sum -= 0.01 / CLASSES * scale * (log_density(reference, x, c) - log_density(reference, x, pairs[i].class));
    }
    return sum;
}

/* ------------------------------------------------------------------ tests */

static void is_least(const struct regression_data *data, double scale)
{
    struct reference reference;
    make_reference(data, &reference);
    const double least = cross_entropy(&reference, data, scale);
    assert_true(least < cross_entropy(&reference, data, scale * 1.02));
    assert_true(least < cross_entropy(&reference, data, scale / 1.02));
}

static void logits_are_log_densities(void **state)
{
    (void)state;
    const struct regression_data data = data_of(SONGS + 1);
    struct reference reference;
    float weights[CLASSES * (WIDTH + 1)];
    double scale = 1;
    make_reference(&data, &reference);
    must(fitness_discriminant(&compute, &data, &scale, weights, &error));
    assert_true(scale == 1);
    for (int i = 0; i < SONGS; i++) {
        float logits[CLASSES] = {0};
        double sum = 0;
        fitness_linear_add(weights, WIDTH, CLASSES, rows + i * WIDTH, logits);
        for (int c = 0; c < CLASSES; c++) {
            const double theirs =
                log_density(&reference, rows + i * WIDTH, c) - log_density(&reference, rows + i * WIDTH, 0);
            assert_near((double)(logits[c] - logits[0]), theirs, 1e-4 * (1 + fabs(theirs)), "logit", i);
            sum += (double)logits[c];
        }
        assert_near(sum, 0, 1e-4, "sum", i);
    }
}

static void the_scale_is_the_best(void **state)
{
    (void)state;
    const struct regression_data data = data_of(SONGS + 1);
    float chosen[CLASSES * (WIDTH + 1)], one[CLASSES * (WIDTH + 1)];
    double scale = 0, fixed = 1;
    must(fitness_discriminant(&compute, &data, &scale, chosen, &error));
    must(fitness_discriminant(&compute, &data, &fixed, one, &error));
    is_least(&data, scale);
    for (int i = 0; i < CLASSES * (WIDTH + 1); i++)
        assert_near((double)chosen[i], scale * (double)one[i], 1e-5 * (1 + fabs((double)chosen[i])), "weight", i);
    for (int i = 0; i < SONGS; i++) /* every song is ranked right */
        rows[i * WIDTH + i % CLASSES] += 20;
    scale = 0;
    must(fitness_discriminant(&compute, &data, &scale, chosen, &error));
    is_least(&data, scale);
    make_songs();
}

static void without_songs(void **state)
{
    (void)state;
    float weights[CLASSES * (WIDTH + 1)];
    int8_t kept[SONGS];
    double scale = 0;
    const struct regression_data data = data_of(SONGS + 1);
    memcpy(kept, parts, sizeof kept);
    for (int i = 0; i < SONGS; i++) /* none to choose the scale on */
        parts[i] = kept[i] == FITNESS_VALIDATION ? FITNESS_TEST : kept[i];
    must(fitness_discriminant(&compute, &data, &scale, weights, &error));
    assert_true(scale == 1);
    for (int i = 0; i < SONGS; i++) /* fewer than playlists */
        parts[i] = i == 3 ? FITNESS_TRAINING : FITNESS_TEST;
    must(fitness_discriminant(&compute, &data, &scale, weights, &error));
    for (int i = 0; i < CLASSES * (WIDTH + 1); i++)
        assert_true(isfinite(weights[i]));
    memset(parts, FITNESS_TEST, sizeof parts);
    assert_int_equal(fitness_discriminant(&compute, &data, &scale, weights, NULL), STATUS_BAD_DATA);
    memcpy(parts, kept, sizeof parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_are_log_densities),
        cmocka_unit_test(the_scale_is_the_best),
        cmocka_unit_test(without_songs),
    };
    make_songs();
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
