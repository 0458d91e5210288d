#include "core/log.h"
#include "db/titles.h"
#include "generated.h"
#include "models/playlist_time.h"
#include "time_knn_golden.h"

/* Time-aware neighbours against a computation in Python, dates in titles, and times in bins. */

static char path[160];

static void be_quiet(enum log_level level, const char *text, void *context)
{
    (void)level, (void)text, (void)context;
}

static int open_quietly(void **state)
{
    log_set_sink(be_quiet, NULL);
    int failed = open_all(state);
    snprintf(path, sizeof path, "%s/model", folder);
    return failed;
}

static int remove_all(void **state)
{
    unlink(path);
    return close_all(state);
}

static struct interactions golden_playlists(void)
{
    struct interactions made = {.n_tracks = TIME_TRACKS, .n_playlists = TIME_PLAYLISTS};
    made.starts = calloc(TIME_PLAYLISTS + 1, sizeof *made.starts);
    made.tracks = malloc(sizeof time_tracks);
    made.playlist_ids = calloc(TIME_PLAYLISTS, sizeof *made.playlist_ids);
    memcpy(made.starts, time_starts, sizeof time_starts);
    memcpy(made.tracks, time_tracks, sizeof time_tracks);
    return made;
}

/* Trains on the golden playlists with these titles and times of the last change, and writes the model to `to`. */
static enum status train_kind(const char *kind, const char *const *titles, const int32_t *days,
                              const struct model_members *members, const char *to, struct error *error)
{
    struct interactions playlists = golden_playlists();
    const char *names[TIME_PLAYLISTS];
    int32_t changed[TIME_PLAYLISTS];
    memcpy(names, titles, sizeof names);
    memcpy(changed, days, sizeof changed);
    const struct playlist_titles known = {.titles = names, .days = changed};
    bool time = strcmp(kind, "tknn") == 0;
    const struct model_spec spec = {.kind = kind,
                                    .name = kind,
                                    .settings = time_settings,
                                    .n_settings = time ? sizeof time_settings / sizeof *time_settings : 0,
                                    .titles = &known,
                                    .members = members ? *members : (struct model_members){.count = 0}};
    char *settings = NULL;
    enum status status = model_train_file(&playlists, &compute, &spec, "tracks of a test", to, &settings, NULL, error);
    free(settings);
    generated_free(&playlists);
    return status;
}

static enum status train(const char *const *titles, const int32_t *days, struct error *error)
{
    return train_kind("tknn", titles, days, NULL, path, error);
}

static void lists_are_those_of_python(void **state)
{
    (void)state;
    struct recommender *model = NULL;
    must(train(time_titles, time_changed, &error));
    must(recommender_open_file(&compute, path, &model, &error));
    for (size_t q = 0; q < TIME_QUERIES; q++) {
        const struct time_query *query = &time_queries[q];
        struct recommendation list[TIME_K];
        size_t count;
        must(recommender_recommend(
            model, &(struct recommend_query){.seeds = query->seeds, .n_seeds = query->n_seeds, .title = query->title},
            TIME_K, list, &count, &error));
        assert_int_equal(count, TIME_K);
        for (size_t i = 0; i < TIME_K; i++) {
            assert_int_equal(list[i].track, query->tracks[i]);
            assert_true(fabs((double)list[i].score - query->scores[i]) < 1e-4 * query->scores[0]);
        }
    }
    recommender_close(model);
}

/* Only a title with a date is read by the model itself. */
static void a_title_without_a_date_changes_nothing(void **state)
{
    (void)state;
    struct recommender *model = NULL;
    must(train(time_titles, time_changed, &error));
    must(recommender_open_file(&compute, path, &model, &error));
    assert_true(recommender_reads(model, "2012-04-24 Lunch"));
    assert_false(recommender_reads(model, "Lunch"));
    assert_false(recommender_reads(model, ""));
    assert_false(recommender_reads(model, NULL));
    recommender_close(model);
}

static void playlists_without_any_time_are_refused(void **state)
{
    (void)state;
    const char *untitled[TIME_PLAYLISTS];
    int32_t unknown[TIME_PLAYLISTS];
    for (int p = 0; p < TIME_PLAYLISTS; p++) {
        untitled[p] = p % 2 ? "" : "12 2012 hits";
        unknown[p] = TITLES_NO_DAY;
    }
    struct error refusal = {0};
    unlink(path);
    assert_int_equal(train(untitled, unknown, &refusal), STATUS_FAILED);
    assert_non_null(strstr(refusal.text, "none of the 60 training playlists has a time"));
    assert_false(file_exists(path));
}

static void ask(struct recommender *model, const int64_t *seeds, size_t n_seeds, const char *title,
                int64_t tracks[TIME_K])
{
    struct recommendation list[TIME_K];
    size_t count;
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n_seeds, .title = title};
    must(recommender_recommend(model, &query, TIME_K, list, &count, &error));
    assert_int_equal(count, TIME_K);
    for (size_t i = 0; i < TIME_K; i++)
        tracks[i] = list[i].track;
}

/* One set of weights is for the member that reads titles alone, the other for popularity alone. */
/* Between two times a century apart there are bins near which there is no playlist. */
static void times_far_apart_give_finite_scores(void **state)
{
    (void)state;
    const char *untitled[TIME_PLAYLISTS];
    int32_t days[TIME_PLAYLISTS];
    for (int p = 0; p < TIME_PLAYLISTS; p++) {
        untitled[p] = "";
        days[p] = p % 2 ? INT32_MAX : p;
    }
    struct recommender *model = NULL;
    must(train(untitled, days, &error));
    must(recommender_open_file(&compute, path, &model, &error));
    const int64_t seeds[] = {4, 31};
    struct recommendation list[TIME_K];
    size_t count;
    must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 2}, TIME_K, list, &count,
                               &error));
    assert_int_equal(count, TIME_K);
    for (size_t i = 0; i < TIME_K; i++)
        assert_true(isfinite(list[i].score) && list[i].score > 0);
    recommender_close(model);
}

static void an_ensemble_weighs_dated_titles_apart(void **state)
{
    (void)state;
    static const char *const names[] = {"popularity", "tknn"};
    static const double weights[] = {1, 0}, weights_by_title[] = {0, 1};
    static const int64_t seeds[] = {9, 4};
    char paths[3][180];
    struct recommender *models[3] = {NULL};
    struct model_members members = {
        .names = names, .count = 2, .weights = weights, .weights_by_title = weights_by_title, .open = models};
    for (int i = 0; i < 3; i++) {
        snprintf(paths[i], sizeof paths[i], "%s.%d", path, i);
        must(train_kind(i < 2 ? names[i] : "ensemble", time_titles, time_changed, i < 2 ? NULL : &members, paths[i],
                        &error));
        must(recommender_open_file(&compute, paths[i], &models[i], &error));
    }
    int64_t member[TIME_K], fused[TIME_K];
    const struct {
        int member;
        size_t n_seeds;
        const char *title;
    } cases[] = {{0, 2, NULL}, {1, 2, "2012-05-01"}, {1, 0, "2012-05-01"}, {1, 1, "2012-11-11 late"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask(models[cases[i].member], seeds, cases[i].n_seeds, cases[i].title, member);
        ask(models[2], seeds, cases[i].n_seeds, cases[i].title, fused);
        assert_memory_equal(member, fused, sizeof fused);
    }
    for (int i = 0; i < 3; i++) {
        recommender_close(models[i]);
        unlink(paths[i]);
    }
}

static void dates_in_titles(void **state)
{
    (void)state;
    static const struct {
        const char *title;
        bool dated;
        int32_t day;
    } cases[] = {
        {"1970-01-01", true, 0},
        {"1969-12-31 party", true, -1},
        {"Friday 2012/02/10", true, 15380},
        {"mix.2000.03.01", true, 11017},
        {"2000-02-29", true, 11016},
        {"1900-02-28 and 2012-01-01", true, -25509},
        {"2012-13-01, then 2012-12-01", true, 15675},
        {"2199-12-31", true, 84005},
        {"1900-02-29", false, 0},
        {"2200-01-01", false, 0},
        {"2012-04-31", false, 0},
        {"2012-00-10", false, 0},
        {"2012-02-7", false, 0},
        {"2012-02/07", false, 0},
        {"12012-02-07", false, 0},
        {"2012-02-071", false, 0},
        {"2012-02-", false, 0},
        {"20120207", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t day = 0;
        assert_int_equal(title_day(cases[i].title, &day), cases[i].dated);
        assert_int_equal(day, cases[i].day);
    }
}

static void times_far_apart_have_few_bins(void **state)
{
    (void)state;
    const int32_t ends[][2] = {{0, 0}, {5, 6}, {0, 7}, {-25509, 84005}, {INT32_MIN + 1, INT32_MAX}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const struct time_bins bins = time_bins_of(ends[i][0], ends[i][1]);
        assert_true(bins.count >= 1 && bins.count <= TIME_BINS_MAX && bins.width >= 7);
        assert_int_equal(time_bin(&bins, ends[i][0]), 0);
        assert_int_equal(time_bin(&bins, ends[i][1]), bins.count - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_those_of_python),
        cmocka_unit_test(a_title_without_a_date_changes_nothing),
        cmocka_unit_test(playlists_without_any_time_are_refused),
        cmocka_unit_test(times_far_apart_give_finite_scores),
        cmocka_unit_test(an_ensemble_weighs_dated_titles_apart),
        cmocka_unit_test(dates_in_titles),
        cmocka_unit_test(times_far_apart_have_few_bins),
    };
    return cmocka_run_group_tests_name("time_knn", tests, open_quietly, remove_all);
}
