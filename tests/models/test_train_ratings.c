/* Ratings as training data: entries and negatives of the playlists that are trained on, and of no other. */
#include "generated_catalogue.h"

#include "core/log.h"
#include "db/ratings.h"
#include "models/rta/batch.h"
#include "models/train_ratings.h"

enum { PLAYLISTS = 40, TRACKS = 100, TEST = 5, VALIDATION = 9 };

static char path[TEST_FOLDER_MAX + 32];
static struct catalogue *catalogue;

static void be_quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

/* Playlist TEST is for testing, VALIDATION for validation; every seventh track is cold in `cold` catalogues. */
static void make_split(bool cold)
{
    struct split_row rows[PLAYLISTS];
    int32_t cold_rows[TRACKS / 7 + 1];
    size_t n_cold = 0;
    for (int64_t p = 0; p < PLAYLISTS; p++) {
        const int64_t id = p + 1;
        rows[p] = (struct split_row){id,
                                     id == TEST         ? SPLIT_TEST
                                     : id == VALIDATION ? SPLIT_VALIDATION
                                                        : SPLIT_TRAIN,
                                     id == TEST || id == VALIDATION};
    }
    for (int32_t t = 6; cold && t < 60; t += 7)
        cold_rows[n_cold++] = t;
    const struct split split = {
        .rows = rows, .n_rows = PLAYLISTS, .settings = "{}", .cold = cold_rows, .n_cold = n_cold};
    must(catalogue_split_write(catalogue, &split, &error));
}

static int begin(void **state)
{
    (void)state;
    log_set_sink(be_quiet, NULL);
    snprintf(path, sizeof path, "%s/r.db", folder);
    import_generated(path, 7, PLAYLISTS, TRACKS, "song");
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    make_split(false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    char command[TEST_FOLDER_MAX + 16];
    catalogue_close(catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'/*", folder);
    return system(command);
}

static void rate(int64_t playlist, int64_t track, const char *rater, enum rating_value value)
{
    const struct rating rating = {.playlist_id = playlist,
                                  .track_id = track,
                                  .model = "als",
                                  .rater = rater,
                                  .value = value,
                                  .reason = value == RATING_BAD ? "x" : "",
                                  .rated = 1};
    must(catalogue_rating_write(catalogue, &rating, &error));
}

static void load(struct interactions *interactions)
{
    must(catalogue_interactions_load(catalogue, SPLIT_TRAIN, interactions, &error));
}

static int64_t row_of(const struct interactions *interactions, int64_t playlist)
{
    for (int64_t p = 0; p < interactions->n_playlists; p++)
        if (interactions->playlist_ids[p] == playlist)
            return p;
    return -1;
}

static bool has(const struct interactions *interactions, int64_t playlist, int64_t track)
{
    const int64_t p = row_of(interactions, playlist);
    for (int64_t e = interactions->starts[p]; e < interactions->starts[p + 1]; e++)
        if (interactions->tracks[e] == track - 1)
            return true;
    return false;
}

static bool has_bad(const struct interactions *interactions, int64_t playlist, int64_t track)
{
    const int64_t p = row_of(interactions, playlist);
    for (int64_t e = interactions->bad_starts[p]; e < interactions->bad_starts[p + 1]; e++)
        if (interactions->bad[e] == track - 1)
            return true;
    return false;
}

/* A track that the playlist has, or has not. */
static int64_t track_of(const struct interactions *interactions, int64_t playlist, bool inside, int64_t from)
{
    while (has(interactions, playlist, from) != inside)
        from++;
    return from;
}

static void check_rows(const struct interactions *interactions)
{
    assert_int_equal(interactions->starts[0], 0);
    for (int64_t p = 0; p < interactions->n_playlists; p++) {
        assert_true(p == 0 || interactions->playlist_ids[p] > interactions->playlist_ids[p - 1]);
        for (int64_t e = interactions->starts[p]; e < interactions->starts[p + 1]; e++) {
            assert_in_range(interactions->tracks[e], 0, interactions->n_tracks - 1);
            for (int64_t k = interactions->starts[p]; k < e; k++)
                assert_int_not_equal(interactions->tracks[k], interactions->tracks[e]);
        }
    }
}

static void good_ones_join_and_bad_ones_leave(void **state)
{
    (void)state;
    struct interactions before, after;
    struct training_ratings ratings;
    load(&before);
    load(&after);
    const int64_t joins = track_of(&before, 1, false, 1), leaves = track_of(&before, 2, true, 1),
                  stays = track_of(&before, 3, true, 1), bad = track_of(&before, 1, false, joins + 1),
                  disputed = track_of(&before, 1, false, bad + 1);
    rate(1, joins, "ann", RATING_GOOD);
    rate(1, bad, "ann", RATING_BAD);
    rate(2, leaves, "ann", RATING_BAD);
    rate(3, stays, "ann", RATING_GOOD);
    rate(1, disputed, "ann", RATING_GOOD);
    rate(1, disputed, "bob", RATING_BAD);
    rate(4, 1, "ann", RATING_BORDERLINE);
    must(training_ratings_add(catalogue, &after, &ratings, &error));
    check_rows(&after);
    assert_int_equal(after.n_playlists, before.n_playlists);
    assert_true(has(&after, 1, joins) && !has(&after, 2, leaves) && has(&after, 3, stays));
    assert_true(has_bad(&after, 1, bad) && has_bad(&after, 2, leaves));
    assert_false(has(&after, 1, disputed) || has_bad(&after, 1, disputed));
    assert_int_equal(ratings.good, 1);
    assert_int_equal(ratings.present, 1);
    assert_int_equal(ratings.bad, 2);
    assert_int_equal(ratings.taken_out, 1);
    assert_int_equal(ratings.playlists, 3);
    assert_int_equal(ratings.undecided, 2);
    assert_int_equal(ratings.own + ratings.elsewhere + ratings.cold, 0);
    assert_int_equal(after.starts[after.n_playlists], before.starts[before.n_playlists]);
    char plain[33], rated[33];
    model_training_fingerprint(&before, plain);
    model_training_fingerprint(&after, rated);
    assert_string_not_equal(plain, rated);
    interactions_free(&before);
    interactions_free(&after);
}

/* Not even their number leaks: the fingerprint is that without them. */
static void test_playlists_teach_nothing(void **state)
{
    (void)state;
    struct interactions with, without;
    struct training_ratings ratings;
    struct error failure;
    load(&with);
    rate(TEST, 1, "ann", RATING_GOOD);
    rate(TEST, 2, "ann", RATING_BAD);
    rate(VALIDATION, 3, "ann", RATING_GOOD);
    assert_int_equal(training_ratings_add(catalogue, &with, &ratings, &failure), STATUS_FAILED);
    assert_non_null(strstr(failure.text, "3 are of others"));
    rate(1, 4, "ann", RATING_BAD);
    must(training_ratings_add(catalogue, &with, &ratings, &error));
    assert_int_equal(ratings.elsewhere, 3);
    assert_int_equal(row_of(&with, TEST), -1);
    const struct rating_filter of_test = {.playlist_id = TEST}, of_validation = {.playlist_id = VALIDATION};
    int64_t removed;
    must(catalogue_ratings_remove(catalogue, &of_test, &removed, &error));
    must(catalogue_ratings_remove(catalogue, &of_validation, &removed, &error));
    load(&without);
    must(training_ratings_add(catalogue, &without, &ratings, &error));
    assert_string_equal(with.rated, without.rated);
    assert_int_equal(with.starts[with.n_playlists], without.starts[without.n_playlists]);
    interactions_free(&with);
    interactions_free(&without);
}

static void cold_tracks_stay_cold(void **state)
{
    (void)state;
    struct interactions interactions;
    struct training_ratings ratings;
    make_split(true);
    load(&interactions);
    rate(1, 7, "ann", RATING_GOOD); /* rows 6, 13, ... are cold */
    rate(1, 14, "ann", RATING_BAD);
    rate(1, 2, "ann", RATING_BAD);
    must(training_ratings_add(catalogue, &interactions, &ratings, &error));
    assert_int_equal(ratings.cold, 2);
    assert_int_equal(ratings.bad, 1);
    assert_false(has(&interactions, 1, 7) || has_bad(&interactions, 1, 14));
    assert_int_equal(interactions.n_cold, 8);
    interactions_free(&interactions);
}

static void own_playlists_join_with_their_ratings(void **state)
{
    (void)state;
    struct interactions interactions, again;
    struct training_ratings ratings;
    const int64_t ids[] = {5, 6, 5, 7};
    int64_t rated = 0, other = 0;
    must(catalogue_own_playlist_save(catalogue, &other, "other", ids, 4, &error));
    must(catalogue_own_playlist_save(catalogue, &rated, "mine", ids, 4, &error));
    rate(rated, 9, "ann", RATING_GOOD);
    rate(rated, 6, "ann", RATING_BAD);
    load(&interactions);
    must(training_ratings_add(catalogue, &interactions, &ratings, &error));
    check_rows(&interactions);
    assert_int_equal(ratings.own, 1);
    assert_int_equal(row_of(&interactions, other), -1);
    const int64_t p = row_of(&interactions, rated);
    assert_int_equal(interactions.starts[p + 1] - interactions.starts[p], 3);
    assert_true(has(&interactions, rated, 5) && has(&interactions, rated, 9) && !has(&interactions, rated, 6));
    must(catalogue_own_playlist_save(catalogue, &rated, "mine", ids, 1, &error)); /* other entries, same ratings */
    load(&again);
    must(training_ratings_add(catalogue, &again, &ratings, &error));
    assert_string_not_equal(interactions.rated, again.rated);
    interactions_free(&interactions);
    interactions_free(&again);
}

/* The bad tracks of a playlist are its first negatives in every epoch. */
static void bad_ones_are_drawn_as_negatives(void **state)
{
    (void)state;
    enum { NEGATIVES = 6 };
    static const struct rta_shape shape = {.window = 4};
    struct interactions interactions;
    struct training_ratings ratings;
    struct rta_sampler sampler;
    struct rta_batch batch;
    load(&interactions);
    rate(1, track_of(&interactions, 1, false, 1), "ann", RATING_BAD);
    rate(1, track_of(&interactions, 1, false, 50), "ann", RATING_BAD);
    must(training_ratings_add(catalogue, &interactions, &ratings, &error));
    must(rta_sampler_open(&sampler, &interactions, PLAYLISTS, 4, NEGATIVES, 3, &error));
    must(rta_batch_create(&sampler, &batch, &error));
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        rta_batch_draw(&sampler, &shape, compute.pool, epoch, 0, &batch);
        for (int64_t b = 0; b < batch.count; b++) {
            const int32_t *negatives = batch.negatives + b * NEGATIVES;
            const int64_t id = interactions.playlist_ids[sampler.playlists[b]];
            for (int64_t i = 0; i < NEGATIVES; i++)
                assert_false(has(&interactions, id, batch.tracks[negatives[i]] + 1));
            for (int64_t i = 0; id == 1 && i < 2; i++)
                assert_true(has_bad(&interactions, 1, batch.tracks[negatives[i]] + 1));
        }
    }
    rta_batch_free(&batch);
    rta_sampler_close(&sampler);
    interactions_free(&interactions);
}

static char *settings_of(const char *name)
{
    struct model_list record;
    must(catalogue_model_find(catalogue, name, &record, &error));
    char *settings = strdup(record.items[0].settings);
    model_list_free(&record);
    return settings;
}

/* The record says what was used, and names the playlists without ratings unless own ones are among them. */
static void the_record_says_so(void **state)
{
    (void)state;
    struct model_spec spec = {.kind = "sknn", .name = "rated", .split_sets = SPLIT_TRAIN, .seed = 1, .rated = true};
    struct interactions interactions;
    char plain[33];
    load(&interactions);
    model_training_fingerprint(&interactions, plain);
    rate(1, track_of(&interactions, 1, false, 1), "ann", RATING_BAD);
    rate(1, track_of(&interactions, 1, false, 50), "ann", RATING_GOOD);
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    char *settings = settings_of("rated");
    assert_non_null(strstr(settings, plain));
    assert_non_null(strstr(settings, "1 good added, 1 bad not used: sknn learns only from what playlists contain"));
    free(settings);
    const int64_t ids[] = {5, 6};
    int64_t own = 0;
    must(catalogue_own_playlist_save(catalogue, &own, "mine", ids, 2, &error));
    rate(own, 9, "ann", RATING_GOOD);
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    settings = settings_of("rated");
    assert_null(strstr(settings, plain));
    assert_non_null(strstr(settings, "(1 own)"));
    free(settings);
    interactions_free(&interactions);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(good_ones_join_and_bad_ones_leave),
        TEST_OF(test_playlists_teach_nothing),
        TEST_OF(cold_tracks_stay_cold),
        TEST_OF(own_playlists_join_with_their_ratings),
        TEST_OF(bad_ones_are_drawn_as_negatives),
        TEST_OF(the_record_says_so),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
