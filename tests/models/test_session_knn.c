#include "generated.h"
#include "queries.h"

/* SKNN, VSKNN, STAN and VSTAN against a slow implementation of their definition in float64, by hand on a catalogue of
 * three playlists, on any number of threads, and opened from damaged files. */

enum { N = 90, PLAYLISTS = 160, LISTS = 60, SEEDS_MAX = 9 };

struct formula {
    const char *kind;
    double k, sample, sp_w, in_w, ip_w, idf_w; /* -1: the kind has no such setting */
};

static struct recommender *opened(struct compute *on, const struct interactions *r, const struct formula *f)
{
    const char *keys[] = {"k", "sample", "sp_w", "in_w", "ip_w", "idf_w"};
    const double values[] = {f->k, f->sample, f->sp_w, f->in_w, f->ip_w, f->idf_w};
    char texts[6][48], path[128], *json = NULL;
    const char *settings[6];
    size_t n = 0;
    for (size_t i = 0; i < 6; i++) {
        if (values[i] < 0)
            continue;
        snprintf(texts[n], sizeof texts[n], "%s=%.17g", keys[i], values[i]);
        settings[n] = texts[n];
        n++;
    }
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, f->kind);
    const struct model_spec spec = {.kind = f->kind, .name = f->kind, .settings = settings, .n_settings = n};
    must(model_train_file(r, on, &spec, "", path, &json, NULL, &error));
    free(json);
    struct recommender *model = NULL;
    must(recommender_open_file(on, path, &model, &error));
    unlink(path);
    return model;
}

/* ---- the slow implementation --------------------------------------------------------------------------------- */

static int64_t place_of(const struct interactions *r, int64_t playlist, int64_t row)
{
    for (int64_t e = r->starts[playlist]; e < r->starts[playlist + 1]; e++)
        if (r->tracks[e] == row)
            return e - r->starts[playlist];
    return -1;
}

static int64_t holders_of(const struct interactions *r, int64_t row)
{
    int64_t holders = 0;
    for (int64_t p = 0; p < r->n_playlists; p++)
        holders += place_of(r, p, row) >= 0;
    return holders;
}

static bool is_kind(const struct formula *f, const char *kind)
{
    return strcmp(f->kind, kind) == 0;
}

static void score_slowly(const struct interactions *r, const struct formula *f, const int64_t *rows, int64_t n_rows,
                         double score[N])
{
    static double similarity[PLAYLISTS];
    bool vsknn = is_kind(f, "vsknn"), vstan = is_kind(f, "vstan"), timed = vstan || is_kind(f, "stan");
    double squares = 0, left = f->sample > 0 ? f->sample : 1e9;
    for (int64_t i = 1; i <= n_rows; i++)
        squares += timed ? pow(exp((double)(i - n_rows) / f->sp_w), 2) : 1;
    for (int64_t p = r->n_playlists - 1; p >= 0; p--) {
        double common = 0;
        bool candidate = false;
        for (int64_t i = 1; i <= n_rows; i++) {
            if (place_of(r, p, rows[i - 1]) < 0)
                continue;
            candidate = true;
            common += timed ? exp((double)(i - n_rows) / f->sp_w) : 1;
        }
        double length = (double)(r->starts[p + 1] - r->starts[p]);
        similarity[p] = !candidate || left-- <= 0 ? -1
                        : vsknn                   ? common / (double)n_rows
                                                  : common / (sqrt(squares) * sqrt(length));
    }
    memset(score, 0, N * sizeof *score);
    for (double taken = 0; taken < f->k; taken++) {
        int64_t nearest = -1;
        for (int64_t p = 0; p < r->n_playlists; p++)
            if (similarity[p] >= 0 && (nearest < 0 || similarity[p] > similarity[nearest]))
                nearest = p;
        if (nearest < 0)
            return;
        int64_t back = 1, last = 0;
        while (place_of(r, nearest, rows[n_rows - back]) < 0)
            back++;
        for (int64_t i = 0; i < n_rows; i++) {
            int64_t place = place_of(r, nearest, rows[i]);
            last = place > last ? place : last;
        }
        double match = vsknn ? 1 / (double)back : vstan ? exp((double)(1 - back) / f->ip_w) : 1;
        for (int64_t row = 0; row < N; row++) {
            int64_t place = place_of(r, nearest, row);
            if (place < 0)
                continue;
            double gain = similarity[nearest] * match;
            if (timed)
                gain *= exp(-fabs((double)(place - last)) / f->in_w);
            if (vstan)
                gain += gain * f->idf_w * log((double)r->n_playlists / (double)holders_of(r, row));
            score[row] += gain;
        }
        similarity[nearest] = -1;
    }
}

/* Where nothing outside the seeds has a score, the list is of popular tracks, with their playlists as scores. */
static void score_popular_if_nothing(const struct interactions *r, const int64_t *rows, int64_t n_rows, double score[N])
{
    for (int64_t row = 0; row < N; row++) {
        bool is_seed = false;
        for (int64_t i = 0; i < n_rows; i++)
            is_seed |= rows[i] == row;
        if (!is_seed && score[row] > 0)
            return;
    }
    for (int64_t row = 0; row < N; row++)
        score[row] = (double)holders_of(r, row);
}

/* Omitted tracks must not score higher than returned ones, and these must be in order. */
static void check_list(const struct interactions *r, const double score[N], const int64_t *rows, int64_t n_rows,
                       const struct recommendation *out, size_t count, size_t k)
{
    bool given[N] = {false};
    size_t seeds = 0;
    for (int64_t i = 0; i < n_rows; i++) {
        seeds += !given[rows[i]];
        given[rows[i]] = true;
    }
    assert_int_equal(count, N - seeds < k ? N - seeds : k);
    for (size_t i = 0; i < count; i++) {
        int64_t row = out[i].track - 1;
        assert_false(given[row]);
        given[row] = true;
        if (fabs((double)out[i].score - score[row]) > 1e-6 * (1 + score[row]))
            fail_msg("row %lld at %zu has score %g, not %.9g", (long long)row, i, (double)out[i].score, score[row]);
        if (i == 0)
            continue;
        int64_t above = out[i - 1].track - 1, more = holders_of(r, above) - holders_of(r, row);
        assert_true(out[i - 1].score >= out[i].score);
        assert_true(out[i - 1].score > out[i].score || more > 0 || (more == 0 && above < row));
    }
    for (int64_t row = 0; row < N; row++)
        assert_true(given[row] || count == 0 || score[row] <= (double)out[count - 1].score + 1e-6);
}

static int64_t draw_lists(uint64_t seed, int64_t starts[LISTS + 1], int64_t seeds[LISTS * SEEDS_MAX])
{
    struct random random;
    random_seed(&random, seed);
    starts[0] = 0;
    for (size_t i = 0; i < LISTS; i++) {
        starts[i + 1] = starts[i];
        int64_t wanted = 1 + (int64_t)random_below(&random, SEEDS_MAX);
        for (int64_t j = 0; j < wanted; j++) {
            int64_t track = 1 + (int64_t)random_below(&random, random_below(&random, 2) ? N : 20);
            bool there = false;
            for (int64_t e = starts[i]; e < starts[i + 1]; e++)
                there |= seeds[e] == track;
            if (!there)
                seeds[starts[i + 1]++] = track;
        }
    }
    return starts[LISTS];
}

static const struct formula formulas[] = {
    {"sknn", 1500, 2500, -1, -1, -1, -1}, {"sknn", 9, 0, -1, -1, -1, -1},
    {"sknn", 7, 20, -1, -1, -1, -1},      {"vsknn", 1500, 2500, -1, -1, -1, -1},
    {"vsknn", 12, 25, -1, -1, -1, -1},    {"stan", 1500, 2500, 16, 128, -1, -1},
    {"stan", 10, 30, 1.5, 3, -1, -1},     {"vstan", 2000, 2500, 1e-5, 8, 1.02, 5},
    {"vstan", 11, 28, 4, 2, 1.5, 0.7},    {"vstan", 1500, 0, 64, 512, 64, 0},
};
enum { FORMULAS = sizeof formulas / sizeof formulas[0] };

static void lists_equal_the_definition(void **state)
{
    (void)state;
    enum { K = 40 };
    static int64_t starts[LISTS + 1], seeds[LISTS * SEEDS_MAX];
    static struct recommend_query queries[LISTS];
    static struct recommendation out[LISTS * N];
    size_t counts[LISTS];
    for (size_t i = 0; i < FORMULAS; i++) {
        struct interactions r = generate(100 + i, PLAYLISTS, N);
        draw_lists(200 + i, starts, seeds);
        queries_of(starts, seeds, LISTS, queries);
        struct recommender *model = opened(&compute, &r, &formulas[i]);
        for (size_t k = K; k <= N; k += N - K) {
            must(recommender_recommend_many(model, queries, LISTS, k, out, counts, &error));
            for (size_t list = 0; list < LISTS; list++) {
                int64_t rows[SEEDS_MAX], n_rows = starts[list + 1] - starts[list];
                double score[N];
                for (int64_t e = 0; e < n_rows; e++)
                    rows[e] = seeds[starts[list] + e] - 1;
                score_slowly(&r, &formulas[i], rows, n_rows, score);
                score_popular_if_nothing(&r, rows, n_rows, score);
                check_list(&r, score, rows, n_rows, out + list * k, counts[list], k);
            }
        }
        recommender_close(model);
        generated_free(&r);
    }
}

/* Three playlists of the rows 0 1 2 3, 4 0 2 and 3 5; the seeds are 0 (older) and 3 (newer). */
static void a_small_catalogue_by_hand(void **state)
{
    (void)state;
    int64_t starts[] = {0, 4, 7, 9}, ids[] = {1, 2, 3};
    int32_t tracks[] = {0, 1, 2, 3, 4, 0, 2, 3, 5};
    struct interactions r = {.n_tracks = 6, .n_playlists = 3, .starts = starts, .tracks = tracks, .playlist_ids = ids};
    const int64_t seeds[] = {1, 4};
    double e = exp(-0.5), rare = log(3.0), often = log(1.5); /* e: the weight of row 0 with sp_w 2 */
    double norm = sqrt(1 + e * e), a = (1 + e) / (norm * 2), b = e / (norm * sqrt(3.0)), c = 1 / (norm * sqrt(2.0));
    const struct {
        struct formula formula;
        double scores[4]; /* of the rows 2, 1, 5, 4 */
    } cases[] = {
        {{"sknn", 9, 0, -1, -1, -1, -1}, {2 / sqrt(8.0) + 1 / sqrt(6.0), 2 / sqrt(8.0), 1 / sqrt(4.0), 1 / sqrt(6.0)}},
        {{"vsknn", 9, 0, -1, -1, -1, -1}, {1 + 0.5 / 2, 1, 0.5, 0.5 / 2}},
        {{"stan", 9, 0, 2, 4, -1, -1}, {(a + b) * exp(-0.25), a * exp(-0.5), c * exp(-0.25), b * exp(-0.25)}},
        {{"vstan", 9, 0, 2, 4, 0.5, 1},
         {(a + b * exp(-2)) * exp(-0.25) * (1 + often), a * exp(-0.5) * (1 + rare), c * exp(-0.25) * (1 + rare),
          b * exp(-2) * exp(-0.25) * (1 + rare)}},
    };
    const int64_t rows[] = {2, 1, 5, 4};
    for (size_t i = 0; i < 4; i++) {
        struct recommender *model = opened(&compute, &r, &cases[i].formula);
        struct recommendation out[6];
        size_t count = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 2}, 6, out, &count,
                                   &error));
        assert_int_equal(count, 4);
        for (size_t j = 0; j < 4; j++) {
            size_t at = 0;
            while (at < count && out[at].track != rows[j] + 1)
                at++;
            assert_true(at < count);
            assert_true(fabs((double)out[at].score - cases[i].scores[j]) < 1e-6);
        }
        recommender_close(model);
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    static int64_t starts[LISTS + 1], seeds[LISTS * SEEDS_MAX];
    static struct recommend_query queries[LISTS];
    static struct recommendation one[LISTS * N], five[LISTS * N];
    size_t n_one[LISTS], n_five[LISTS];
    struct compute single, many;
    must(compute_open(DEVICE_CPU, 1, &single, &error));
    must(compute_open(DEVICE_CPU, 5, &many, &error));
    struct interactions r = generate(31, PLAYLISTS, N);
    draw_lists(32, starts, seeds);
    queries_of(starts, seeds, LISTS, queries);
    for (size_t i = 0; i < FORMULAS; i++) {
        struct recommender *a = opened(&single, &r, &formulas[i]), *b = opened(&many, &r, &formulas[i]);
        memset(one, 0, sizeof one);
        memset(five, 0, sizeof five);
        must(recommender_recommend_many(a, queries, LISTS, N, one, n_one, &error));
        must(recommender_recommend_many(b, queries, LISTS, N, five, n_five, &error));
        assert_memory_equal(n_one, n_five, sizeof n_one);
        assert_memory_equal(one, five, sizeof one);
        recommender_close(a);
        recommender_close(b);
    }
    generated_free(&r);
    compute_close(&single);
    compute_close(&many);
}

/* The last row of a generated catalogue is known but in no playlist. */
static void nothing_to_go_by_gives_the_most_popular(void **state)
{
    (void)state;
    struct interactions r = generate(33, PLAYLISTS, N);
    int64_t all[N], lonely[] = {N}, unknown[] = {0, -3, N + 1};
    for (int64_t i = 0; i < N; i++)
        all[i] = i + 1;
    const struct formula popularity = {"popularity", -1, -1, -1, -1, -1, -1};
    struct recommender *popular = opened(&compute, &r, &popularity);
    for (size_t i = 0; i < FORMULAS; i++) {
        struct recommender *model = opened(&compute, &r, &formulas[i]);
        struct recommendation want[N], got[N];
        size_t n_want = 0, n_got = 0;
        must(recommender_recommend(popular, &(struct recommend_query){0}, N, want, &n_want, &error));
        must(recommender_recommend(model, &(struct recommend_query){0}, N, got, &n_got, &error));
        assert_int_equal(n_got, N);
        assert_memory_equal(want, got, sizeof want);
        must(recommender_recommend(model, &(struct recommend_query){.seeds = unknown, .n_seeds = 3}, N, got, &n_got,
                                   &error));
        assert_int_equal(n_got, N);
        assert_memory_equal(want, got, sizeof want);
        must(recommender_recommend(popular, &(struct recommend_query){.seeds = lonely, .n_seeds = 1}, N, want, &n_want,
                                   &error));
        must(recommender_recommend(model, &(struct recommend_query){.seeds = lonely, .n_seeds = 1}, N, got, &n_got,
                                   &error));
        assert_int_equal(n_got, N - 1);
        assert_memory_equal(want, got, n_got * sizeof *got);
        must(recommender_recommend(model, &(struct recommend_query){.seeds = all, .n_seeds = N}, N, got, &n_got,
                                   &error));
        assert_int_equal(n_got, 0);
        recommender_close(model);
    }
    recommender_close(popular);
    generated_free(&r);
}

/* Playlists 0 1 2, none and 2 0, with one thing wrong. */
static void wrong_files_are_refused(void **state)
{
    (void)state;
    enum fault {
        NO_FAULT,
        NO_STARTS,
        NO_ROWS,
        NARROW_STARTS,
        FLOAT_ROWS,
        FLAT_ROWS,
        LATE_START,
        FALLING,
        NEGATIVE_START,
        SHORT_END,
        LONG_END,
        HUGE_END,
        NEGATIVE_ROW,
        HIGH_ROW,
        TWICE,
        NO_PLAYLISTS,
        EMPTY_STARTS,
        NO_K,
        ZERO_K,
        WORD_SAMPLE,
        FAULTS
    };
    char path[128];
    snprintf(path, sizeof path, "%s/wrong.safetensors", folder);
    for (int fault = NO_FAULT; fault < FAULTS; fault++) {
        int64_t starts[] = {fault == LATE_START, 3, fault == FALLING ? 2 : 3, 5};
        int32_t rows[] = {0, 1, 2, 2, 0};
        const float popularity[] = {2, 1, 2};
        starts[1] = fault == FALLING ? 4 : fault == NEGATIVE_START ? -1 : 3;
        starts[3] = fault == SHORT_END ? 4 : fault == LONG_END ? 6 : fault == HUGE_END ? INT64_MAX : 5;
        rows[4] = fault == NEGATIVE_ROW ? -1 : fault == HIGH_ROW ? 3 : fault == TWICE ? 2 : 0;
        struct tensor_source tensors[] = {
            {.name = "popularity", .dtype = "F32", .rank = 2, .shape = {3, 1}, .bytes = popularity},
            {.name = fault == NO_STARTS ? "ends" : "starts",
             .dtype = "I64",
             .rank = 2,
             .shape = {4, 1},
             .bytes = starts},
            {.name = fault == NO_ROWS ? "rows" : "playlists",
             .dtype = "I32",
             .rank = 2,
             .shape = {5, 1},
             .bytes = rows}};
        if (fault == NARROW_STARTS)
            tensors[1].dtype = "I32";
        if (fault == FLOAT_ROWS)
            tensors[2].dtype = "F32";
        if (fault == FLAT_ROWS)
            tensors[2].rank = 1;
        if (fault == NO_PLAYLISTS || fault == EMPTY_STARTS)
            tensors[1].shape[0] = fault == NO_PLAYLISTS;
        const struct metadata_pair pairs[] = {{"kind", "sknn"},
                                              {"n_tracks", "3"},
                                              {fault == NO_K ? "k" : "setting.k", fault == ZERO_K ? "0" : "5"},
                                              {"setting.sample", fault == WORD_SAMPLE ? "many" : "0"}};
        must(safetensors_write(path, tensors, 3, pairs, 4, &error));
        struct recommender *model = NULL;
        struct error error = {0};
        enum status status = recommender_open_file(&compute, path, &model, &error);
        if (fault == NO_FAULT) {
            assert_int_equal(status, STATUS_OK);
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
    char path[128], *json = NULL;
    snprintf(path, sizeof path, "%s/cut.safetensors", folder);
    struct interactions r = generate(34, 12, 20);
    const struct model_spec spec = {.kind = "stan", .name = "cut"};
    must(model_train_file(&r, &compute, &spec, "", path, &json, NULL, &error));
    free(json);
    static char bytes[16384];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_true(fclose(file) == 0 && size > 500 && size < sizeof bytes);
    for (size_t left = 0; left < size; left += left < size - 40 ? 17 : 1) {
        file = fopen(path, "wb");
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

/* A catalogue whose playlists are all empty gives no neighbours, and all tracks have the same popularity. */
static void empty_playlists_are_allowed(void **state)
{
    (void)state;
    int64_t starts[] = {0, 0, 0}, ids[] = {1, 2};
    int32_t none[1];
    struct interactions r = {.n_tracks = 4, .n_playlists = 2, .starts = starts, .tracks = none, .playlist_ids = ids};
    const int64_t seeds[] = {3};
    for (size_t i = 0; i < FORMULAS; i++) {
        struct recommender *model = opened(&compute, &r, &formulas[i]);
        struct recommendation out[4];
        size_t count = 0;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 1}, 4, out, &count,
                                   &error));
        assert_int_equal(count, 3);
        assert_true(out[0].track == 1 && out[1].track == 2 && out[2].track == 4 && out[0].score == 0);
        recommender_close(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_equal_the_definition),  cmocka_unit_test(a_small_catalogue_by_hand),
        cmocka_unit_test(threads_change_nothing),      cmocka_unit_test(nothing_to_go_by_gives_the_most_popular),
        cmocka_unit_test(wrong_files_are_refused),     cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(empty_playlists_are_allowed),
    };
    return cmocka_run_group_tests_name("session knn", tests, open_all, close_all);
}
