#include "generated.h"

#include "core/progress.h"
#include "item_golden.h"
#include "models/ease.h"

/* ease, rp3beta and itemknn against NumPy (tests/oracle/item_similarity.py) and by hand, what their rows hold, and
 * files with faults. */

enum { N = 60, PLAYLISTS = 80 };

static struct interactions playlists_of(int64_t n_tracks, int64_t n_playlists, const int64_t *starts,
                                        const int32_t *tracks)
{
    static int64_t ids[PLAYLISTS];
    return (struct interactions){.n_tracks = n_tracks,
                                 .n_playlists = n_playlists,
                                 .starts = (int64_t *)(uintptr_t)starts,
                                 .tracks = (int32_t *)(uintptr_t)tracks,
                                 .playlist_ids = ids};
}

/* The settings end with NULL. */
static enum status train(struct compute *on, const struct interactions *r, const char *kind,
                         const char *const *settings, struct progress *progress, char path[128], struct error *why)
{
    size_t n = 0;
    while (settings[n])
        n++;
    char *json = NULL;
    snprintf(path, 128, "%s/%s.safetensors", folder, kind);
    const struct model_spec spec = {.kind = kind, .name = kind, .settings = settings, .n_settings = n};
    enum status status = model_train_file(r, on, &spec, "", path, &json, progress, why);
    free(json);
    return status;
}

static struct recommender *opened(struct compute *on, const struct interactions *r, const char *kind,
                                  const char *const *settings)
{
    char path[128];
    struct recommender *model = NULL;
    must(train(on, r, kind, settings, NULL, path, &error));
    must(recommender_open_file(on, path, &model, &error));
    unlink(path);
    return model;
}

/* Returns the number of recommendations. */
static size_t ask(struct recommender *model, const int64_t *seeds, size_t n_seeds, size_t k, struct recommendation *out)
{
    size_t count = 0;
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n_seeds};
    must(recommender_recommend(model, &query, k, out, &count, &error));
    return count;
}

/* The scores of all tracks for some rows; NaN for these. Checks the order of the list. */
static void scores_of(struct recommender *model, const int64_t *rows, int64_t n_rows, double *score)
{
    struct recommendation out[N];
    int64_t seeds[N], n = recommender_tracks(model);
    for (int64_t i = 0; i < n_rows; i++)
        seeds[i] = rows[i] + 1;
    size_t count = ask(model, seeds, (size_t)n_rows, (size_t)n, out);
    assert_int_equal(count, n - n_rows);
    for (int64_t row = 0; row < n; row++)
        score[row] = NAN;
    for (size_t i = 0; i < count; i++) {
        int64_t row = out[i].track - 1;
        assert_true(isnan(score[row]));
        score[row] = (double)out[i].score;
        if (i == 0 || out[i - 1].score > out[i].score)
            continue;
        float above = model->popularity[out[i - 1].track - 1], below = model->popularity[row];
        assert_true(out[i - 1].score >= out[i].score);
        assert_true(above > below || (above == below && out[i - 1].track < out[i].track));
    }
    for (int64_t i = 0; i < n_rows; i++)
        assert_true(isnan(score[rows[i]]));
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-5 * (1 + fabs(want))))
        fail_msg("a score is %.9g and should be %.9g", got, want);
}

/* Otherwise the list is of popular tracks. */
static bool knows_any(const struct recommender *model, const int64_t *rows, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (model->popularity[rows[i]] > 0)
            return true;
    return false;
}

static void scores_equal_numpy(void **state)
{
    (void)state;
    enum { CASES = sizeof golden_cases / sizeof *golden_cases, LISTS = sizeof golden_lists / sizeof *golden_lists };
    const struct {
        struct interactions r;
        const double *scores;
    } catalogues[] = {
        {playlists_of(FEW_PLAYLISTS_TRACKS, FEW_PLAYLISTS_COUNT, few_playlists_starts, few_playlists_entries),
         few_playlists_scores},
        {playlists_of(MANY_PLAYLISTS_TRACKS, MANY_PLAYLISTS_COUNT, many_playlists_starts, many_playlists_entries),
         many_playlists_scores},
    };
    for (size_t c = 0; c < sizeof catalogues / sizeof *catalogues; c++)
        for (size_t i = 0; i < CASES; i++) {
            int64_t n = catalogues[c].r.n_tracks;
            struct recommender *model =
                opened(&compute, &catalogues[c].r, golden_cases[i].kind, golden_cases[i].settings);
            for (size_t list = 0; list < LISTS; list++) {
                const double *want = catalogues[c].scores + (i * LISTS + list) * (size_t)n;
                double got[N];
                if (!knows_any(model, golden_lists[list].rows, golden_lists[list].count))
                    continue;
                scores_of(model, golden_lists[list].rows, golden_lists[list].count, got);
                for (int64_t row = 0; row < n; row++)
                    if (!isnan(got[row]))
                        near(got[row], want[row]);
            }
            recommender_close(model);
        }
}

/* The playlists 0 1, 0 1 2, 0 and 2; row 3 is in none. */
static const int64_t by_hand_starts[] = {0, 2, 5, 6, 7};
static const int32_t by_hand_tracks[] = {0, 1, 0, 1, 2, 0, 2};

static void a_small_catalogue_by_hand(void **state)
{
    (void)state;
    struct interactions r = playlists_of(4, 4, by_hand_starts, by_hand_tracks);
    const struct {
        const char *kind, *settings[4];
        double from_0[2], from_1[2]; /* the scores of rows 1 and 2 for the seed 0, of 0 and 2 for the seed 1 */
    } cases[] = {
        {"itemknn", {"shrinkage=0"}, {2 / sqrt(6.0), 1 / sqrt(6.0)}, {2 / sqrt(6.0), 1 / 2.0}},
        {"itemknn", {"shrinkage=3"}, {2 / (3 + sqrt(6.0)), 1 / (3 + sqrt(6.0))}, {2 / (3 + sqrt(6.0)), 1 / 5.0}},
        {"itemknn", {"shrinkage=0", "k=1"}, {2 / sqrt(6.0), 0}, {2 / sqrt(6.0), 0}},
        {"rp3beta",
         {"alpha=1", "beta=0"},
         {(1 / 2.0 + 1 / 3.0) / 3, 1 / 3.0 / 3},
         {(1 / 2.0 + 1 / 3.0) / 2, 1 / 3.0 / 2}},
        {"rp3beta", {"alpha=0", "beta=1"}, {2 / 2.0, 1 / 2.0}, {2 / 3.0, 1 / 2.0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct recommender *model = opened(&compute, &r, cases[i].kind, cases[i].settings);
        double score[N];
        scores_of(model, (const int64_t[]){0}, 1, score);
        near(score[1], cases[i].from_0[0]);
        near(score[2], cases[i].from_0[1]);
        scores_of(model, (const int64_t[]){1}, 1, score);
        near(score[0], cases[i].from_1[0]);
        near(score[2], cases[i].from_1[1]);
        assert_true(score[3] == 0);
        recommender_close(model);
    }
}

/* Of two tracks, which share c playlists: B_01 = c / (n_0 + λ) and B_10 = c / (n_1 + λ). */
static void ease_of_two_tracks_by_hand(void **state)
{
    (void)state;
    const int64_t starts[] = {0, 2, 4, 5, 6, 7};
    const int32_t tracks[] = {0, 1, 1, 0, 0, 0, 1};
    struct interactions r = playlists_of(2, 5, starts, tracks);
    struct recommender *model = opened(&compute, &r, "ease", (const char *const[]){"regularization=0.5", NULL});
    double score[N];
    scores_of(model, (const int64_t[]){0}, 1, score);
    near(score[1], 2 / 4.5);
    scores_of(model, (const int64_t[]){1}, 1, score);
    near(score[0], 2 / 3.5);
    recommender_close(model);
}

/* Empty playlists change no similarity of ease, but more playlists than tracks make it invert the other matrix. */
static void both_forms_of_ease_agree(void **state)
{
    (void)state;
    const char *const settings[] = {"regularization=2", NULL};
    struct interactions r = generate(5, 30, N);
    struct recommender *few = opened(&compute, &r, "ease", settings);
    r.starts = realloc(r.starts, (PLAYLISTS + 1) * sizeof *r.starts);
    r.playlist_ids = realloc(r.playlist_ids, PLAYLISTS * sizeof *r.playlist_ids);
    assert_non_null(r.starts);
    assert_non_null(r.playlist_ids);
    for (; r.n_playlists < PLAYLISTS; r.n_playlists++) {
        r.starts[r.n_playlists + 1] = r.starts[r.n_playlists];
        r.playlist_ids[r.n_playlists] = r.n_playlists + 1;
    }
    struct recommender *many = opened(&compute, &r, "ease", settings);
    double largest = 0;
    for (int64_t row = 0; row < N; row++) {
        double a[N], b[N];
        scores_of(few, &row, 1, a);
        scores_of(many, &row, 1, b);
        for (int64_t other = 0; other < N; other++) {
            if (other == row)
                continue;
            near(a[other], b[other]);
            largest = a[other] > largest ? a[other] : largest;
        }
    }
    assert_true(largest > 0.1);
    recommender_close(few);
    recommender_close(many);
    generated_free(&r);
}

static const char *const kinds[] = {"ease", "rp3beta", "itemknn"};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* No row has more than k neighbours, none of them itself or a row that no playlist contains, and these are the largest.
 */
static void rows_hold_the_k_largest(void **state)
{
    (void)state;
    enum { K = 7 };
    struct interactions r = generate(6, PLAYLISTS, N);
    for (size_t i = 0; i < KINDS; i++) {
        struct recommender *all = opened(&compute, &r, kinds[i], (const char *const[]){"k=1000", NULL});
        struct recommender *some = opened(&compute, &r, kinds[i], (const char *const[]){"k=7", NULL});
        int cut = 0;
        for (int64_t row = 0; row < N; row++) {
            double of_all[N], of_some[N], least = INFINITY, omitted = 0;
            size_t count = 0;
            if (all->popularity[row] == 0)
                continue;
            scores_of(all, &row, 1, of_all);
            scores_of(some, &row, 1, of_some);
            for (int64_t other = 0; other < N; other++) {
                if (other == row)
                    continue;
                assert_true(of_some[other] == 0 || of_some[other] == of_all[other]);
                assert_true(of_all[other] == 0 || all->popularity[other] > 0);
                if (of_some[other] != 0)
                    least = fmin(least, fabs(of_some[other]));
                else
                    omitted = fmax(omitted, fabs(of_all[other]));
                count += of_some[other] != 0;
            }
            assert_true(count <= K && omitted <= least);
            cut += omitted > 0;
        }
        assert_true(cut > N / 2);
        recommender_close(all);
        recommender_close(some);
    }
    generated_free(&r);
}

static size_t read_all(const char *path, unsigned char *bytes, size_t most)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, most, file);
    assert_int_equal(fclose(file), 0);
    assert_true(size > 500 && size < most);
    return size;
}

static void threads_change_nothing(void **state)
{
    (void)state;
    static unsigned char one[1 << 17], five[1 << 17];
    struct compute single, many;
    must(compute_open(DEVICE_CPU, 1, &single, &error));
    must(compute_open(DEVICE_CPU, 5, &many, &error));
    struct interactions r = generate(7, PLAYLISTS, N);
    for (size_t i = 0; i < KINDS; i++) {
        char path[128];
        const char *const none[] = {NULL};
        must(train(&single, &r, kinds[i], none, NULL, path, &error));
        size_t size = read_all(path, one, sizeof one);
        must(train(&many, &r, kinds[i], none, NULL, path, &error));
        assert_int_equal(read_all(path, five, sizeof five), size);
        assert_memory_equal(one, five, size);
        unlink(path);
    }
    generated_free(&r);
    compute_close(&single);
    compute_close(&many);
}

/* The last row of a generated catalogue is known but in no playlist. */
static void nothing_to_go_by_gives_the_most_popular(void **state)
{
    (void)state;
    struct interactions r = generate(8, PLAYLISTS, N);
    const int64_t lonely[] = {N}, unknown[] = {0, -3, N + 1};
    struct recommender *popular = opened(&compute, &r, "popularity", (const char *const[]){NULL});
    for (size_t i = 0; i < KINDS; i++) {
        struct recommender *model = opened(&compute, &r, kinds[i], (const char *const[]){NULL});
        struct recommendation want[N], got[N];
        size_t n_want = ask(popular, NULL, 0, N, want);
        assert_int_equal(n_want, N);
        size_t n_got = ask(model, unknown, 3, N, got);
        assert_int_equal(n_got, N);
        assert_memory_equal(want, got, sizeof want);
        n_want = ask(popular, lonely, 1, N, want);
        n_got = ask(model, lonely, 1, N, got);
        assert_int_equal(n_got, N - 1);
        for (size_t j = 0; j < n_got; j++)
            assert_true(got[j].track == want[j].track && got[j].score == want[j].score);
        recommender_close(model);
    }
    recommender_close(popular);
    generated_free(&r);
}

static void empty_playlists_are_allowed(void **state)
{
    (void)state;
    const int64_t starts[] = {0, 0, 0}, seeds[] = {3};
    const int32_t tracks[] = {0};
    struct interactions r = playlists_of(4, 2, starts, tracks);
    for (size_t i = 0; i < KINDS; i++) {
        struct recommender *model = opened(&compute, &r, kinds[i], (const char *const[]){NULL});
        struct recommendation out[4];
        size_t count = ask(model, seeds, 1, 4, out);
        assert_int_equal(count, 3);
        assert_true(out[0].track == 1 && out[1].track == 2 && out[2].track == 4 && out[0].score == 0);
        recommender_close(model);
    }
}

/* One playlist of as many tracks, in a catalogue of twice as many. */
static void too_many_known_tracks_are_refused_by_ease(void **state)
{
    (void)state;
    char path[128];
    const char *const none[] = {NULL};
    int64_t starts[] = {0, EASE_TRACKS_MAX + 1};
    int32_t *tracks = malloc((EASE_TRACKS_MAX + 1) * sizeof *tracks);
    assert_non_null(tracks);
    for (int32_t i = 0; i <= EASE_TRACKS_MAX; i++)
        tracks[i] = 2 * i;
    struct interactions r = playlists_of(2 * EASE_TRACKS_MAX + 2, 1, starts, tracks);
    struct error why = {0};
    assert_int_equal(train(&compute, &r, "ease", none, NULL, path, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "30001 tracks"));
    assert_non_null(strstr(why.text, "5.4 GB"));
    assert_int_not_equal(access(path, F_OK), 0);
    starts[1] = 100; /* the other tracks are unknown and need no memory */
    must(train(&compute, &r, "ease", none, NULL, path, &error));
    unlink(path);
    free(tracks);
}

static bool stop(struct progress *progress)
{
    (void)progress;
    return true;
}

static void trainings_can_be_stopped(void **state)
{
    (void)state;
    struct interactions r = playlists_of(4, 4, by_hand_starts, by_hand_tracks);
    for (size_t i = 0; i < KINDS; i++) {
        char path[128];
        const char *const none[] = {NULL};
        struct progress progress = {.cancelled = stop};
        struct error why = {0};
        assert_int_equal(train(&compute, &r, kinds[i], none, &progress, path, &why), STATUS_INTERRUPTED);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

/* ---- files --------------------------------------------------------------------------------------------------- */

/* Three rows with the neighbours 1 2, none and 0, with one thing wrong. */
static void wrong_files_are_refused(void **state)
{
    (void)state;
    enum fault {
        NO_FAULT,
        NO_STARTS,
        NO_NEIGHBOURS,
        NO_SIMILARITIES,
        NARROW_STARTS,
        FLOAT_NEIGHBOURS,
        FLAT_SIMILARITIES,
        FEW_SIMILARITIES,
        NAN_SIMILARITY,
        LATE_START,
        FALLING,
        NEGATIVE_START,
        SHORT_END,
        LONG_END,
        HUGE_END,
        FEW_STARTS,
        EMPTY_STARTS,
        NEGATIVE_ROW,
        HIGH_ROW,
        TWICE,
        DESCENDING,
        FAULTS
    };
    char path[128];
    snprintf(path, sizeof path, "%s/wrong.safetensors", folder);
    for (int fault = NO_FAULT; fault < FAULTS; fault++) {
        const int64_t starts[] = {fault == LATE_START,
                                  fault == FALLING          ? 3
                                  : fault == NEGATIVE_START ? -1
                                                            : 2,
                                  2,
                                  fault == SHORT_END  ? 2
                                  : fault == LONG_END ? 4
                                  : fault == HUGE_END ? INT64_MAX
                                                      : 3};
        const int32_t neighbours[] = {fault == DESCENDING ? 2 : 1, fault == TWICE || fault == DESCENDING ? 1 : 2,
                                      fault == NEGATIVE_ROW ? -1
                                      : fault == HIGH_ROW   ? 3
                                                            : 0};
        const float popularity[] = {2, 1, 2}, similarities[] = {0.5f, fault == NAN_SIMILARITY ? NAN : -0.25f, 1};
        struct tensor_source tensors[] = {
            {.name = "popularity", .dtype = "F32", .rank = 2, .shape = {3, 1}, .bytes = popularity},
            {.name = fault == NO_STARTS ? "ends" : "starts",
             .dtype = fault == NARROW_STARTS ? "I32" : "I64",
             .rank = 2,
             .shape = {fault == EMPTY_STARTS ? 0
                       : fault == FEW_STARTS ? 3
                                             : 4,
                       1},
             .bytes = starts},
            {.name = fault == NO_NEIGHBOURS ? "rows" : "neighbours",
             .dtype = fault == FLOAT_NEIGHBOURS ? "F32" : "I32",
             .rank = 2,
             .shape = {3, 1},
             .bytes = neighbours},
            {.name = fault == NO_SIMILARITIES ? "values" : "similarities",
             .dtype = "F32",
             .rank = fault == FLAT_SIMILARITIES ? 1 : 2,
             .shape = {fault == FEW_SIMILARITIES ? 2 : 3, 1},
             .bytes = similarities}};
        const struct metadata_pair pairs[] = {{"kind", "itemknn"}, {"n_tracks", "3"}};
        must(safetensors_write(path, tensors, 4, pairs, 2, &error));
        struct recommender *model = NULL;
        struct error error = {0};
        enum status status = recommender_open_file(&compute, path, &model, &error);
        if (fault == NO_FAULT) {
            double score[N];
            assert_int_equal(status, STATUS_OK);
            scores_of(model, (const int64_t[]){0}, 1, score);
            assert_true(score[1] == 0.5 && score[2] == -0.25);
            recommender_close(model);
            continue;
        }
        if (status != STATUS_BAD_DATA)
            fail_msg("fault %d gives status %d", fault, (int)status);
        assert_null(model);
        assert_non_null(strstr(error.text, path));
    }
    unlink(path);
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    static unsigned char bytes[1 << 15];
    char path[128];
    struct interactions r = generate(9, 12, 20);
    must(train(&compute, &r, "ease", (const char *const[]){NULL}, NULL, path, &error));
    size_t size = read_all(path, bytes, sizeof bytes);
    for (size_t left = 0; left < size; left += left < size - 40 ? 17 : 1) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, left, file), left);
        assert_int_equal(fclose(file), 0);
        struct recommender *model = NULL;
        struct error error = {0};
        assert_int_equal(recommender_open_file(&compute, path, &model, &error), STATUS_BAD_DATA);
        assert_null(model);
    }
    unlink(path);
    generated_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_equal_numpy),
        cmocka_unit_test(a_small_catalogue_by_hand),
        cmocka_unit_test(ease_of_two_tracks_by_hand),
        cmocka_unit_test(both_forms_of_ease_agree),
        cmocka_unit_test(rows_hold_the_k_largest),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(nothing_to_go_by_gives_the_most_popular),
        cmocka_unit_test(empty_playlists_are_allowed),
        cmocka_unit_test(too_many_known_tracks_are_refused_by_ease),
        cmocka_unit_test(trainings_can_be_stopped),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(cut_files_are_refused),
    };
    return cmocka_run_group_tests_name("item similarity", tests, open_all, close_all);
}
