#include "generated.h"
#include "models/hybrid/tracks.h"

/* What a hybrid network knows about tracks, against direct computations in double: standardised features, the counts of
 * playlists, and the random vectors whose products stand for the same artist and for a Gaussian kernel. */

enum {
    TRACKS = 50,
    ARTISTS = 10,
    ALBUMS = 25,
    PLAYLISTS = 6,
    NAMED = 4,
    WIDE = 40,
    FEATURES = 3 + NAMED - 1 + HYBRID_COLUMNS_MAX /* one of the named columns is constant */
};
static const int32_t no_row = TRACKS - 1; /* the track without a row in any set */

struct world {
    struct interactions interactions;
    int64_t starts[PLAYLISTS + 1], playlist_ids[PLAYLISTS];
    int32_t tracks[PLAYLISTS * 8];
    struct side_info side;
    int32_t albums[TRACKS], artists[TRACKS], duration_ms[TRACKS], years[TRACKS], popularity[TRACKS], rows[TRACKS];
    float named[TRACKS * NAMED], wide[TRACKS * WIDE];
};

static void make_playlists(struct world *world)
{
    /* Track 0 is in two of them, track 6 in one alone; no playlist contains tracks 40 to 49. */
    static const int32_t lists[PLAYLISTS][8] = {{0, 1, 2, 3, 11, 12, -1},   {0, 5, 13, 14, -1},  {6, -1},
                                                {20, 21, 22, 1, 23, 2, -1}, {30, 31, 39, 3, -1}, {12, 15, 16, -1}};
    int64_t end = 0;
    for (int p = 0; p < PLAYLISTS; p++) {
        for (int i = 0; lists[p][i] >= 0; i++)
            world->tracks[end++] = lists[p][i];
        world->starts[p + 1] = end;
        world->playlist_ids[p] = p + 1;
    }
    world->interactions = (struct interactions){.n_tracks = TRACKS,
                                                .n_playlists = PLAYLISTS,
                                                .starts = world->starts,
                                                .tracks = world->tracks,
                                                .playlist_ids = world->playlist_ids};
}

static void make_features(struct world *world, struct random *random)
{
    for (int t = 0; t < TRACKS; t++) {
        float *named = world->named + t * NAMED, *wide = world->wide + t * WIDE;
        named[0] = (float)(100 + 7 * random_normal(random));
        named[1] = t == 8 ? 1e6F : (float)random_normal(random); /* √49 standard deviations from the mean */
        named[2] = 0.1F;
        named[3] = t == 9 ? INFINITY : t == 10 ? NAN : (float)random_normal(random);
        for (int j = 0; j < WIDE; j++)
            wide[j] = (float)(random_normal(random) + 0.1 * j);
    }
    for (int j = 0; j < WIDE; j++)
        world->wide[3 * WIDE + j] = world->wide[1 * WIDE + j] + world->wide[2 * WIDE + j] - world->wide[j];
    world->side.n_features = 2;
    world->side.features[0] = (struct side_features){
        .n_rows = TRACKS, .width = NAMED, .values = world->named, .rows = world->rows, .masked = true};
    world->side.features[1] = (struct side_features){
        .n_rows = TRACKS, .width = WIDE, .values = world->wide, .rows = world->rows, .masked = true};
}

/* Albums of two tracks, some tracks without; artists of five. */
static void make_world(struct world *world)
{
    struct random random;
    random_seed(&random, 8);
    *world = (struct world){.side = {.n_tracks = TRACKS, .n_albums = ALBUMS, .n_artists = ARTISTS}};
    make_playlists(world);
    for (int t = 0; t < TRACKS; t++) {
        world->albums[t] = t % 7 == 6 ? -1 : t / 2;
        world->artists[t] = t / 5;
        world->duration_ms[t] = t % 11 == 3 ? -1 : 60000 + (int32_t)random_below(&random, 300000);
        world->years[t] = t % 13 == 5 ? 0 : 1960 + (int32_t)random_below(&random, 60);
        world->popularity[t] = t % 9 == 2 ? -1 : (int32_t)random_below(&random, 101);
        world->rows[t] = t == no_row ? -1 : t;
    }
    struct side_info *side = &world->side;
    side->albums = world->albums;
    side->artists = world->artists;
    side->duration_ms = world->duration_ms;
    side->years = world->years;
    side->popularity = world->popularity;
    make_features(world, &random);
}

static struct hybrid_tracks tracks_of(const struct world *world, struct hybrid_shape *shape, double kernel_width)
{
    struct hybrid_tracks tracks;
    must(hybrid_tracks_make(&world->interactions, &world->side, shape, kernel_width, NULL, &tracks, &error));
    assert_int_equal(tracks.n, world->interactions.n_tracks);
    assert_int_equal(shape->inputs, 2 * tracks.n_features + 1);
    return tracks;
}

static float input(const struct hybrid_tracks *tracks, int64_t track, int64_t column)
{
    return tracks->inputs[track * (2 * tracks->n_features + 1) + column];
}

/* ---- features ---- */

/* NaN: unknown. */
static double value_of(const struct world *world, int column, int t)
{
    static const int named[] = {0, 1, 3};
    if (column == 0)
        return world->years[t] > 0 ? world->years[t] : (double)NAN;
    if (column == 1)
        return world->duration_ms[t] > 0 ? log(world->duration_ms[t]) : (double)NAN;
    if (column == 2)
        return world->popularity[t] >= 0 ? world->popularity[t] : (double)NAN;
    return world->rows[t] >= 0 ? (double)world->named[t * NAMED + named[column - 3]] : (double)NAN;
}

static void check_column(const struct world *world, const struct hybrid_tracks *tracks, int column)
{
    double sum = 0, squares = 0, known = 0;
    for (int t = 0; t < TRACKS; t++) {
        double value = value_of(world, column, t);
        known += isfinite(value) ? 1 : 0;
        sum += isfinite(value) ? value : 0;
        squares += isfinite(value) ? value * value : 0;
    }
    double mean = sum / known, deviation = sqrt(squares / known - mean * mean);
    for (int t = 0; t < TRACKS; t++) {
        double value = value_of(world, column, t);
        double z = isfinite(value) ? fmax(-5, fmin(5, (value - mean) / deviation)) : 0;
        if (fabs((double)input(tracks, t, column) - z) > 1e-4)
            fail_msg("column %d of track %d is %g, not %g", column, t, (double)input(tracks, t, column), z);
    }
}

static void features_are_standardised(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    struct hybrid_shape shape = {.artist = 2};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, 1);
    assert_int_equal(tracks.n_features, FEATURES); /* without the constant column */
    for (int column = 0; column < FEATURES - HYBRID_COLUMNS_MAX; column++)
        check_column(&world, &tracks, column);
    assert_float_equal(input(&tracks, 8, 4), 5, 0);  /* the outlier */
    assert_float_equal(input(&tracks, 9, 5), 0, 0);  /* infinity */
    assert_float_equal(input(&tracks, 10, 5), 0, 0); /* NaN */
    for (int t = 0; t < TRACKS; t++)
        for (int j = 0; j < FEATURES; j++) {
            float x = input(&tracks, t, j);
            assert_float_equal(input(&tracks, t, FEATURES + j), x * x - 1, 1e-5);
        }
    hybrid_tracks_free(&tracks);
}

/* A projection is affine in the values of the set, and its columns differ. */
static void wide_sets_are_projected(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    struct hybrid_shape shape = {.artist = 2};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, 1);
    for (int column = FEATURES - HYBRID_COLUMNS_MAX; column < FEATURES; column++) {
        double sum = 0, squares = 0, beside = 0;
        for (int t = 0; t < TRACKS; t++) {
            double x = (double)input(&tracks, t, column);
            sum += x;
            squares += x * x;
            beside += x * (double)input(&tracks, t, column > FEATURES - HYBRID_COLUMNS_MAX ? column - 1 : FEATURES - 1);
        }
        assert_float_equal(sum, 0, 1e-3);
        assert_float_equal(squares, TRACKS - 1, 1e-2);
        assert_true(fabs(beside) < 0.9 * squares);
        assert_float_equal(input(&tracks, no_row, column), 0, 0);
        assert_float_equal(input(&tracks, 3, column),
                           input(&tracks, 1, column) + input(&tracks, 2, column) - input(&tracks, 0, column), 1e-4);
    }
    hybrid_tracks_free(&tracks);
}

/* A single set of covers has no mask: a missing album has a row of zeros, which is not a value. */
static void missing_covers_are_unknown(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    struct side_features *covers = &world.side.features[0];
    for (int t = 0; t < TRACKS; t += 3)
        memset(world.named + t * NAMED, 0, NAMED * sizeof *world.named);
    covers->masked = false;
    covers->set = (struct feature_set){.n_rows = TRACKS, .width = NAMED, .values = world.named};
    world.side.n_features = 1;
    struct hybrid_shape shape = {.artist = 2};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, 1);
    double sum = 0;
    assert_int_equal(tracks.n_features, 3 + NAMED - 1);
    for (int t = 0; t < TRACKS; t++) {
        assert_true((input(&tracks, t, 3) == 0) == (t % 3 == 0 || t == no_row));
        sum += (double)input(&tracks, t, 3);
    }
    assert_float_equal(sum, 0, 1e-3);
    hybrid_tracks_free(&tracks);
}

/* A catalogue of one artist, without albums and with nothing known about its tracks. */
static void nothing_may_be_known(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    for (int t = 0; t < TRACKS; t++) {
        world.albums[t] = world.duration_ms[t] = world.popularity[t] = -1;
        world.years[t] = 0;
        world.artists[t] = 0;
    }
    world.side.n_features = 0;
    world.side.n_albums = 0;
    world.side.n_artists = 1;
    struct hybrid_shape shape = {.artist = 3, .album = 2, .kernel = 8};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, 1);
    assert_int_equal(tracks.n_features, 0);
    assert_int_equal(shape.kernel, 0);
    assert_int_equal(hybrid_tracks_row(&tracks, HYBRID_ALBUM_TABLE, 0), -1);
    assert_int_equal(hybrid_tracks_row(&tracks, HYBRID_ARTIST_TABLE, no_row), 0);
    float x[1 + HYBRID_COUNTS];
    hybrid_tracks_features(&tracks, 0, x);
    assert_float_equal(x[0], 1, 0);
    assert_float_equal(x[1 + HYBRID_TRACK_TABLE], log(3), 1e-6);
    assert_float_equal(x[1 + HYBRID_ARTIST_TABLE], log(1 + PLAYLISTS), 1e-6);
    assert_float_equal(x[1 + HYBRID_ALBUM_TABLE], 0, 0);
    hybrid_tracks_free(&tracks);
}

/* ---- counts ---- */

static int32_t row_of(const struct world *world, int table, int32_t track)
{
    return table == HYBRID_TRACK_TABLE    ? track
           : table == HYBRID_ARTIST_TABLE ? world->artists[track]
                                          : world->albums[track];
}

/* The number of playlists, except `without`, that contain a row of a table. */
static int32_t count_of(const struct world *world, int table, int32_t row, int64_t without)
{
    int32_t count = 0;
    for (int64_t p = 0; p < PLAYLISTS; p++) {
        bool there = false;
        for (int64_t e = world->starts[p]; e < world->starts[p + 1]; e++)
            there = there || row_of(world, table, world->tracks[e]) == row;
        count += there && p != without;
    }
    return count;
}

static void check_counts(const struct world *world, const struct hybrid_tracks *tracks, int64_t without)
{
    float x[2 * FEATURES + 1 + HYBRID_COUNTS];
    for (int32_t t = 0; t < TRACKS; t++) {
        hybrid_tracks_features(tracks, t, x);
        for (int table = 0; table < HYBRID_TABLES; table++) {
            int32_t row = row_of(world, table, t), count = row < 0 ? 0 : count_of(world, table, row, without);
            assert_int_equal(hybrid_tracks_row(tracks, (enum hybrid_table)table, t), count > 0 ? row : -1);
            assert_float_equal(x[2 * FEATURES + 1 + table], log(1 + count), 1e-6);
        }
        assert_float_equal(x[2 * FEATURES], count_of(world, HYBRID_TRACK_TABLE, t, without) > 0, 0);
        assert_memory_equal(x, tracks->inputs + t * (2 * FEATURES + 1), 2 * FEATURES * sizeof *x);
    }
}

static void playlists_are_removed_and_added_again(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    struct hybrid_shape shape = {.artist = 2};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, 1);
    check_counts(&world, &tracks, -1);
    assert_int_equal(hybrid_tracks_row(&tracks, HYBRID_TRACK_TABLE, 6), 6);
    for (int64_t p = 0; p < PLAYLISTS; p++) {
        hybrid_tracks_count(&tracks, p, -1);
        check_counts(&world, &tracks, p);
        hybrid_tracks_count(&tracks, p, 1);
    }
    check_counts(&world, &tracks, -1);
    hybrid_tracks_count(&tracks, 2, -1);
    assert_int_equal(hybrid_tracks_row(&tracks, HYBRID_TRACK_TABLE, 6), -1); /* its only playlist */
    assert_int_equal(hybrid_tracks_row(&tracks, HYBRID_ARTIST_TABLE, 6), 1); /* playlist 1 has track 5 */
    hybrid_tracks_free(&tracks);
}

/* ---- fixed sections ---- */

static double dot(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static void artists_and_albums_have_random_directions(void **state)
{
    (void)state;
    enum { WIDTH = 128 };
    struct world world;
    make_world(&world);
    struct hybrid_shape shape = {.artist = WIDTH, .album = WIDTH};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, 1);
    for (int a = 0; a < TRACKS; a++)
        for (int b = 0; b < TRACKS; b++) {
            const float *left = tracks.fixed.values + a * 2 * WIDTH, *right = tracks.fixed.values + b * 2 * WIDTH;
            double artists = dot(left, right, WIDTH), albums = dot(left + WIDTH, right + WIDTH, WIDTH);
            if (world.artists[a] == world.artists[b])
                assert_float_equal(artists, 1, 1e-5);
            else
                assert_true(fabs(artists) < 0.45); /* five standard deviations */
            if (world.albums[a] < 0 || world.albums[b] < 0)
                assert_float_equal(albums, 0, 0);
            else if (world.albums[a] == world.albums[b])
                assert_float_equal(albums, 1, 1e-5);
            else
                assert_true(fabs(albums) < 0.45);
            assert_true(fabs(dot(left, right + WIDTH, WIDTH)) < 0.45); /* an artist and an album */
        }
    hybrid_tracks_free(&tracks);
}

static void products_are_near_a_gaussian_kernel(void **state)
{
    (void)state;
    enum { WIDTH = 4096, BEFORE = 3 };
    const double kernel_width = 6;
    struct world world;
    make_world(&world);
    struct hybrid_shape shape = {.artist = 2, .album = 1, .kernel = WIDTH};
    struct hybrid_tracks tracks = tracks_of(&world, &shape, kernel_width);
    double largest = 0, squares = 0, low = 1;
    for (int a = 0; a < TRACKS; a++)
        for (int b = 0; b < TRACKS; b++) {
            double distance = 0;
            for (int j = 0; j < FEATURES; j++) {
                double difference = (double)input(&tracks, a, j) - (double)input(&tracks, b, j);
                distance += difference * difference;
            }
            double kernel = exp(-distance / (2 * kernel_width * kernel_width));
            double product = dot(tracks.fixed.values + a * (WIDTH + BEFORE) + BEFORE,
                                 tracks.fixed.values + b * (WIDTH + BEFORE) + BEFORE, WIDTH);
            low = fmin(low, kernel);
            largest = fmax(largest, fabs(product - kernel));
            squares += (product - kernel) * (product - kernel);
        }
    double error = sqrt(squares / (TRACKS * TRACKS)), expected = 1 / sqrt(WIDTH);
    assert_true(low < 0.3); /* the kernel differs from 1 */
    if (error > 1.5 * expected || largest > 6 * expected)
        fail_msg("the error is %g, at most %g", error, largest);
    hybrid_tracks_free(&tracks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_standardised),
        cmocka_unit_test(wide_sets_are_projected),
        cmocka_unit_test(missing_covers_are_unknown),
        cmocka_unit_test(nothing_may_be_known),
        cmocka_unit_test(playlists_are_removed_and_added_again),
        cmocka_unit_test(artists_and_albums_have_random_directions),
        cmocka_unit_test(products_are_near_a_gaussian_kernel),
    };
    return cmocka_run_group_tests_name("hybrid tracks", tests, open_all, close_all);
}
