#include "generated.h"
#include "models/rta/rta.h"

/* The input of a training: windows, negatives, local numbers, buckets and initial tables. */

enum { WINDOW = 5, BATCH = 16, NEGATIVES = 20 };

static const struct rta_shape shape = {.window = WINDOW};

struct drawn {
    struct rta_sampler sampler;
    struct rta_batch batch;
};

static void open_drawn(struct drawn *drawn, const struct interactions *interactions, int64_t batch, int64_t negatives)
{
    must(rta_sampler_open(&drawn->sampler, interactions, batch, WINDOW, negatives, 4, &error));
    must(rta_batch_create(&drawn->sampler, &drawn->batch, &error));
}

static void close_drawn(struct drawn *drawn)
{
    rta_batch_free(&drawn->batch);
    rta_sampler_close(&drawn->sampler);
}

static void draw(struct drawn *drawn, int64_t epoch, int64_t step)
{
    rta_batch_draw(&drawn->sampler, &shape, compute.pool, epoch, step, &drawn->batch);
}

/* Playlists of the given sizes. The tracks of each are `stride` apart and start at a different track. */
static struct interactions playlists_of(const int64_t *sizes, int64_t n, int64_t n_tracks, int64_t stride)
{
    struct interactions made = {.n_tracks = n_tracks, .n_playlists = n};
    made.starts = calloc((size_t)n + 1, sizeof *made.starts);
    for (int64_t p = 0; p < n; p++)
        made.starts[p + 1] = made.starts[p] + sizes[p];
    made.tracks = malloc((size_t)made.starts[n] * sizeof *made.tracks);
    made.playlist_ids = calloc((size_t)n, sizeof *made.playlist_ids);
    for (int64_t p = 0; p < n; p++)
        for (int64_t i = 0; i < sizes[p]; i++)
            made.tracks[made.starts[p] + i] = (int32_t)((p * 17 + i * stride) % n_tracks);
    return made;
}

static int64_t place_in(const struct interactions *interactions, int32_t playlist, int32_t track)
{
    for (int64_t e = interactions->starts[playlist]; e < interactions->starts[playlist + 1]; e++)
        if (interactions->tracks[e] == track)
            return e - interactions->starts[playlist];
    return -1;
}

static int32_t row_of(const struct rta_batch *batch, int32_t local)
{
    assert_in_range(local, 0, batch->n_tracks - 1);
    return batch->tracks[local];
}

/* Checks one batch against the playlists from which it was drawn. */
static void check_batch(const struct drawn *drawn, int64_t step)
{
    const struct rta_batch *batch = &drawn->batch;
    const struct interactions *interactions = drawn->sampler.interactions;
    int64_t length = WINDOW - 1;
    double weight = 0;
    assert_int_equal(batch->length, length);
    for (int64_t b = 0; b < batch->count; b++) {
        int32_t playlist = drawn->sampler.playlists[step * drawn->sampler.batch + b];
        int64_t size = interactions->starts[playlist + 1] - interactions->starts[playlist];
        const int32_t *inputs = batch->inputs + b * length, *targets = batch->targets + b * length;
        assert_int_equal(batch->lengths[b], (size < WINDOW ? size : WINDOW) - 1);
        int64_t first = place_in(interactions, playlist, row_of(batch, inputs[0]));
        assert_in_range(first, 0, size - batch->lengths[b] - 1);
        for (int64_t i = 0; i < length; i++) {
            bool valid = i < batch->lengths[b];
            assert_int_equal(batch->positions[b * length + i], i + 1);
            weight += (double)batch->weights[b * length + i];
            if (!valid) {
                assert_int_equal(inputs[i], -1);
                assert_int_equal(targets[i], -1);
                assert_true(batch->weights[b * length + i] == 0);
                continue;
            }
            assert_true(inputs[i] < batch->n_windows && targets[i] < batch->n_windows);
            assert_int_equal(row_of(batch, inputs[i]),
                             interactions->tracks[interactions->starts[playlist] + first + i]);
            assert_int_equal(row_of(batch, targets[i]),
                             interactions->tracks[interactions->starts[playlist] + first + i + 1]);
        }
        for (int64_t i = 0; i < drawn->sampler.negatives; i++)
            assert_int_equal(
                place_in(interactions, playlist, row_of(batch, batch->negatives[b * drawn->sampler.negatives + i])),
                -1);
    }
    assert_true(fabs(weight - 1) < 1e-5); /* a mean of means */
    for (int64_t i = 0; i < batch->n_tracks; i++)
        for (int64_t j = 0; j < i; j++)
            assert_int_not_equal(batch->tracks[i], batch->tracks[j]);
}

static void batches_are_windows_and_tracks_outside(void **state)
{
    (void)state;
    struct interactions interactions = generate(21, 100, 300);
    struct drawn drawn;
    open_drawn(&drawn, &interactions, BATCH, NEGATIVES);
    int64_t steps = rta_sampler_steps(&drawn.sampler);
    assert_true(drawn.sampler.count % BATCH != 0); /* the last batch is a smaller one */
    for (int64_t epoch = 0; epoch < 4; epoch++)
        for (int64_t step = 0; step < steps; step++) {
            draw(&drawn, epoch, step);
            check_batch(&drawn, step);
            assert_int_equal(drawn.batch.count, step + 1 < steps ? BATCH : drawn.sampler.count % BATCH);
        }
    close_drawn(&drawn);
    generated_free(&interactions);
}

static void an_epoch_sees_every_playlist_once(void **state)
{
    (void)state;
    struct interactions interactions = generate(22, 90, 60);
    struct drawn drawn;
    open_drawn(&drawn, &interactions, BATCH, NEGATIVES);
    int32_t orders[2][90];
    for (int64_t epoch = 0; epoch < 2; epoch++) {
        int seen[90] = {0};
        int64_t count = 0;
        for (int64_t step = 0; step < rta_sampler_steps(&drawn.sampler); step++) {
            draw(&drawn, epoch, step);
            for (int64_t b = 0; b < drawn.batch.count; b++) {
                orders[epoch][count++] = drawn.sampler.playlists[step * BATCH + b];
                seen[drawn.sampler.playlists[step * BATCH + b]]++;
            }
        }
        for (int p = 0; p < 90; p++)
            assert_int_equal(seen[p], interactions.starts[p + 1] - interactions.starts[p] >= 2);
        assert_int_equal(count, drawn.sampler.count);
    }
    assert_memory_not_equal(orders[0], orders[1], (size_t)drawn.sampler.count * sizeof orders[0][0]);
    /* A batch is a function of its index: earlier draws and the number of threads have no influence. */
    struct drawn other;
    struct compute many;
    must(compute_open(DEVICE_CPU, 5, &many, &error));
    open_drawn(&other, &interactions, BATCH, NEGATIVES);
    draw(&drawn, 1, 2);
    rta_batch_draw(&other.sampler, &shape, many.pool, 1, 2, &other.batch);
    assert_int_equal(drawn.batch.n_tracks, other.batch.n_tracks);
    assert_memory_equal(drawn.batch.tracks, other.batch.tracks, (size_t)other.batch.n_tracks * sizeof(int32_t));
    assert_memory_equal(drawn.batch.negatives, other.batch.negatives, BATCH * NEGATIVES * sizeof(int32_t));
    assert_memory_equal(drawn.batch.inputs, other.batch.inputs, BATCH * (WINDOW - 1) * sizeof(int32_t));
    compute_close(&many);
    close_drawn(&other);
    close_drawn(&drawn);
    generated_free(&interactions);
}

static double chi_square(const int64_t *counts, int64_t n, double expected)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return sum;
}

/* Four standard deviations above the mean of the chi-square distribution with n - 1 degrees of freedom. */
static double chi_square_most(int64_t n)
{
    return (double)(n - 1) + 4 * sqrt(2 * (double)(n - 1));
}

static void windows_begin_anywhere_with_equal_chance(void **state)
{
    (void)state;
    enum { SIZE = 13, STARTS = SIZE - WINDOW + 1, EPOCHS = 3600 };
    const int64_t sizes[] = {SIZE, 3};
    struct interactions interactions = playlists_of(sizes, 2, 50, 3);
    struct drawn drawn;
    open_drawn(&drawn, &interactions, 2, 1);
    int64_t counts[STARTS] = {0};
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        draw(&drawn, epoch, 0);
        int64_t b = drawn.sampler.playlists[0] == 0 ? 0 : 1;
        counts[place_in(&interactions, 0, row_of(&drawn.batch, drawn.batch.inputs[b * (WINDOW - 1)]))]++;
    }
    assert_true(counts[STARTS - 1] > 0);
    double statistic = chi_square(counts, STARTS, (double)EPOCHS / STARTS);
    if (statistic > chi_square_most(STARTS))
        fail_msg("starts of windows: chi-square %.1f with %d degrees of freedom", statistic, STARTS - 1);
    close_drawn(&drawn);
    generated_free(&interactions);
}

/* For a short playlist, and for one with more than half of the catalogue; step by step and in one run. */
static void negatives_are_uniform_outside_the_playlist(void **state)
{
    (void)state;
    enum { TRACKS = 1000, EPOCHS = 400, MANY = 500 };
    const int64_t sizes[] = {7, 700, 512, 513};
    struct interactions interactions = playlists_of(sizes, 4, TRACKS, 3);
    for (int64_t e = interactions.starts[2]; e < interactions.starts[3]; e++)
        interactions.tracks[e] = (int32_t)(e - interactions.starts[2]);
    struct drawn drawn;
    open_drawn(&drawn, &interactions, 4, MANY);
    static int64_t counts[4][TRACKS];
    memset(counts, 0, sizeof counts);
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        draw(&drawn, epoch, 0);
        for (int64_t b = 0; b < 4; b++)
            for (int64_t i = 0; i < MANY; i++)
                counts[drawn.sampler.playlists[b]][row_of(&drawn.batch, drawn.batch.negatives[b * MANY + i])]++;
    }
    for (int32_t p = 0; p < 4; p++) {
        int64_t outside[TRACKS], n = 0;
        for (int32_t t = 0; t < TRACKS; t++)
            if (place_in(&interactions, p, t) < 0)
                outside[n++] = counts[p][t];
            else
                assert_int_equal(counts[p][t], 0);
        assert_int_equal(n, TRACKS - sizes[p]);
        double statistic = chi_square(outside, n, (double)(EPOCHS * MANY) / (double)n);
        if (statistic > chi_square_most(n))
            fail_msg("negatives of playlist %d: chi-square %.1f with %lld degrees of freedom", p, statistic,
                     (long long)n - 1);
    }
    close_drawn(&drawn);
    generated_free(&interactions);
}

static void one_track_outside_is_always_drawn(void **state)
{
    (void)state;
    const int64_t sizes[] = {9};
    struct interactions interactions = playlists_of(sizes, 1, 10, 1);
    struct drawn drawn;
    open_drawn(&drawn, &interactions, 1, 8);
    draw(&drawn, 0, 0);
    for (int i = 0; i < 8; i++)
        assert_int_equal(row_of(&drawn.batch, drawn.batch.negatives[i]), 9);
    close_drawn(&drawn);
    interactions.n_tracks = 9;
    struct rta_sampler sampler;
    struct error error = {0};
    assert_int_equal(rta_sampler_open(&sampler, &interactions, 1, WINDOW, 8, 4, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "no negatives"));
    rta_sampler_close(&sampler);
    generated_free(&interactions);
    const int64_t lonely[] = {1, 1, 0};
    interactions = playlists_of(lonely, 3, 10, 1);
    assert_int_equal(rta_sampler_open(&sampler, &interactions, 1, WINDOW, 8, 4, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "two tracks or more"));
    rta_sampler_close(&sampler);
    generated_free(&interactions);
}

static void buckets_at_their_borders(void **state)
{
    (void)state;
    static const int64_t durations[][2] = {{-1, -1},      {0, 0},        {29999, 0},    {30000, 1},    {1169999, 38},
                                           {1170000, 39}, {1199999, 39}, {1200000, 39}, {1230000, 39}, {INT32_MAX, 39}};
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
        assert_int_equal(rta_duration_bucket(durations[i][0]), durations[i][1]);
    assert_int_equal(rta_popularity_bucket(0, 45394), 0);
    assert_int_equal(rta_popularity_bucket(1, 45394), 0);
    assert_int_equal(rta_popularity_bucket(2, 45394), 1);
    assert_int_equal(rta_popularity_bucket(3, 45394), 5); /* 100 ln 1.5 / ln 22697 = 4.04 */
    assert_int_equal(rta_popularity_bucket(45394, 45394), 99);
    assert_int_equal(rta_popularity_bucket(2, 2), 0);
    assert_int_equal(rta_popularity_bucket(1, 1), 0);
    assert_int_equal(rta_popularity_bucket(3, 3), 99);
    assert_int_equal(rta_popularity_bucket(2, 3), 1);
    /* ln(x / 2) = b ln(M / 2) / 100 has x = 8 at b = 50 when M = 32; on both sides of it. */
    assert_int_equal(rta_popularity_bucket(7, 32), 46); /* 45.18 */
    assert_in_range(rta_popularity_bucket(8, 32), 50, 51);
    assert_int_equal(rta_popularity_bucket(9, 32), 55); /* 54.25 */
    for (int64_t x = 0, before = 0; x <= 45394; x++) {
        int64_t bucket = rta_popularity_bucket(x, 45394);
        assert_in_range(bucket, before, RTA_POPULARITIES - 1);
        before = bucket;
    }
}

/* The tables of albums, artists, durations and popularities start as the float64 means of their tracks' vectors. */
static void side_tables_start_as_means(void **state)
{
    (void)state;
    enum { TRACKS = 400, D = 8, ALBUMS = 90, ARTISTS = 7 };
    struct interactions interactions = generate(23, 200, TRACKS);
    int32_t albums[TRACKS], artists[TRACKS], durations[TRACKS];
    for (int32_t t = 0; t < TRACKS; t++) {
        albums[t] = t % 9 == 0 ? -1 : t % (ALBUMS - 1); /* no track is on the last album */
        artists[t] = t % ARTISTS;
        durations[t] = t % 13 == 0 ? -1 : t * 4000;
    }
    const struct side_info side = {.n_tracks = TRACKS,
                                   .n_albums = ALBUMS,
                                   .n_artists = ARTISTS,
                                   .albums = albums,
                                   .artists = artists,
                                   .duration_ms = durations};
    const struct model_spec spec = {.kind = "fm-avg", .side = &side};
    static const char *const texts[] = {"factors=8", "regularization=0.1", "scale=30"};
    struct settings settings;
    const struct recommender_ops *ops = model_kind_find("fm-avg");
    must(settings_read(&settings, &ops->settings, "small", TRACKS, texts, 3, &error));
    struct model_task task = {.ops = ops,
                              .spec = &spec,
                              .compute = &compute,
                              .interactions = &interactions,
                              .settings = &settings,
                              .seed = 3};
    const struct rta_shape fm = {.representer = RTA_FM, .d = D, .window = WINDOW};
    struct rta_start start;
    must(rta_start_make(&task, &fm, true, &start, &error));
    int64_t played[TRACKS] = {0}, most = 0;
    for (int64_t e = 0; e < interactions.starts[interactions.n_playlists]; e++)
        played[interactions.tracks[e]]++;
    for (int t = 0; t < TRACKS; t++)
        most = played[t] > most ? played[t] : most;
    const int64_t n_rows[RTA_SLOTS] = {TRACKS, ALBUMS, ARTISTS, RTA_POPULARITIES, RTA_DURATIONS};
    const float *tracks = compute.ops->buffer_host(start.inputs.initial[RTA_TRACK]);
    for (int slot = RTA_ALBUM; slot < RTA_SLOTS; slot++) {
        assert_int_equal(start.inputs.n_rows[slot], n_rows[slot]);
        double *sums = calloc((size_t)(n_rows[slot] * D), sizeof *sums);
        int64_t counts[RTA_POPULARITIES] = {0};
        double largest = 0;
        for (int t = 0; t < TRACKS; t++) {
            int32_t row = slot == RTA_ALBUM      ? albums[t]
                          : slot == RTA_ARTIST   ? artists[t]
                          : slot == RTA_DURATION ? rta_duration_bucket(durations[t])
                                                 : rta_popularity_bucket(played[t], most);
            assert_int_equal(start.inputs.rows[slot][t], row);
            if (row < 0)
                continue;
            counts[row]++;
            for (int j = 0; j < D; j++)
                sums[row * D + j] += (double)tracks[t * D + j];
        }
        for (int64_t i = 0; i < n_rows[slot] * D; i++) {
            sums[i] /= counts[i / D] > 0 ? (double)counts[i / D] : 1;
            largest = fmax(largest, fabs(sums[i]));
        }
        assert_true(largest > 0.1);
        const float *means = compute.ops->buffer_host(start.inputs.initial[slot]);
        for (int64_t i = 0; i < n_rows[slot] * D; i++)
            assert_true(fabs((double)means[i] - sums[i]) <= 1e-6 * largest);
        free(sums);
    }
    rta_start_free(&start);
    generated_free(&interactions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_windows_and_tracks_outside),
        cmocka_unit_test(an_epoch_sees_every_playlist_once),
        cmocka_unit_test(windows_begin_anywhere_with_equal_chance),
        cmocka_unit_test(negatives_are_uniform_outside_the_playlist),
        cmocka_unit_test(one_track_outside_is_always_drawn),
        cmocka_unit_test(buckets_at_their_borders),
        cmocka_unit_test(side_tables_start_as_means),
    };
    return cmocka_run_group_tests_name("rta batches", tests, open_all, close_all);
}
