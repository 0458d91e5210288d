#include "generated.h"
#include "models/titles.h"
#include "titles_golden.h"

/* Recommending by title: scores against NumPy and scikit-learn, joined lists, unusable titles, damaged files. */

static struct interactions playlists(void)
{
    static int64_t ids[N_PLAYLISTS];
    for (int p = 0; p < N_PLAYLISTS; p++)
        ids[p] = p + 1;
    return (struct interactions){
        .n_tracks = N_TRACKS, .n_playlists = N_PLAYLISTS, .starts = starts, .tracks = tracks, .playlist_ids = ids};
}

static const struct playlist_titles with_artists = {
    .titles = titles, .artists = artists, .track_weights = track_weights};

static void train_to(const char *path, const struct interactions *interactions, const char *kind,
                     const char *const *settings, size_t n_settings, const struct playlist_titles *given)
{
    const struct model_spec spec = {
        .kind = kind, .name = kind, .settings = settings, .n_settings = n_settings, .seed = 42, .titles = given};
    char *json = NULL;
    must(
        model_train_file(interactions, &compute, &spec, "0123456789abcdef0123456789abcdef", path, &json, NULL, &error));
    free(json);
}

static struct recommender *trained(const char *kind, const char *const *settings, size_t n_settings,
                                   const struct playlist_titles *given)
{
    char path[128];
    struct interactions interactions = playlists();
    struct recommender *recommender = NULL;
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, kind);
    train_to(path, &interactions, kind, settings, n_settings, given);
    must(recommender_open_file(&compute, path, &recommender, &error));
    unlink(path);
    return recommender;
}

static size_t ask(struct recommender *model, const int64_t *seeds, size_t n_seeds, const char *title, size_t k,
                  struct recommendation *out, enum title_use *use)
{
    size_t count = 0;
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n_seeds, .title = title, .title_use = use};
    must(recommender_recommend(model, &query, k, out, &count, &error));
    return count;
}

static void check_scores(struct recommender *model, const char *query, const float want[N_TRACKS])
{
    struct recommendation out[N_TRACKS];
    enum title_use use;
    assert_int_equal(ask(model, NULL, 0, query, N_TRACKS, out, &use), N_TRACKS);
    assert_int_equal(use, TITLE_ALONE);
    for (int i = 0; i < N_TRACKS; i++) {
        float expected_score = want[out[i].track - 1];
        assert_true(fabsf(out[i].score - expected_score) <= 1e-6F + 1e-4F * expected_score);
        assert_true(i == 0 || out[i - 1].score >= out[i].score);
        assert_true(out[i].score == out[i].parts[0]);
    }
}

static void scores_agree_with_scikit_learn(void **state)
{
    (void)state;
    struct recommender *models[] = {trained("title", NULL, 0, &with_artists), trained("als", NULL, 0, &with_artists)};
    for (int m = 0; m < 2; m++) {
        for (int q = 0; q < N_QUERIES; q++)
            check_scores(models[m], queries[q], expected[0][q]);
        recommender_close(models[m]);
    }
}

static void factors_agree_with_numpy(void **state)
{
    (void)state;
    char setting[32];
    const char *const settings[] = {setting};
    snprintf(setting, sizeof setting, "factors=%d", FACTORS);
    struct recommender *model = trained("title", settings, 1, &with_artists);
    for (int q = 0; q < N_QUERIES; q++)
        check_scores(model, queries[q], expected[1][q]);
    recommender_close(model);
}

/* With as many dimensions as clusters nothing is lost, and more change nothing. */
static void all_factors_are_exact(void **state)
{
    (void)state;
    const char *const settings[] = {"factors=100"};
    struct recommender *model = trained("title", settings, 1, &with_artists);
    for (int q = 0; q < N_QUERIES; q++)
        check_scores(model, queries[q], expected[0][q]);
    recommender_close(model);
}

/* Without artists, what is in no playlist has no score. */
static void artists_reach_tracks_of_no_playlist(void **state)
{
    (void)state;
    const struct playlist_titles only_titles = {.titles = titles};
    struct recommender *models[] = {trained("title", NULL, 0, &only_titles), trained("title", NULL, 0, &with_artists)};
    for (int m = 0; m < 2; m++) {
        struct recommendation out[N_TRACKS];
        int reached = 0;
        ask(models[m], NULL, 0, "rock", N_TRACKS, out, NULL);
        for (int i = 0; i < N_TRACKS; i++)
            reached += out[i].track > N_TRACKS - 4 && out[i].score > 0;
        assert_int_equal(reached, m == 0 ? 0 : 4);
        recommender_close(models[m]);
    }
}

static void titles_with_the_same_words_are_the_same(void **state)
{
    (void)state;
    static const char *const same[] = {"Hard Rock", "rock, HARD!", "hard  rocks", "h\xc3\xa1rd r\xc3\xb6\x63k",
                                       "rock hard rock"};
    struct recommender *model = trained("title", NULL, 0, &with_artists);
    struct recommendation want[N_TRACKS], out[N_TRACKS];
    ask(model, NULL, 0, "hard rock", N_TRACKS, want, NULL);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        ask(model, NULL, 0, same[i], N_TRACKS, out, NULL);
        assert_memory_equal(out, want, sizeof want);
    }
    recommender_close(model);
}

static void unusable_titles_change_nothing(void **state)
{
    (void)state;
    char *longest = malloc(10001);
    assert_non_null(longest);
    memset(longest, '?', 10000);
    longest[10000] = '\0';
    const struct {
        const char *title;
        enum title_use use;
    } cases[] = {
        {NULL, TITLE_NONE},          {"", TITLE_NONE},
        {"!?", TITLE_UNKNOWN},       {"\x01\x02\x1b", TITLE_UNKNOWN},
        {"\xff\xfe", TITLE_UNKNOWN}, {"\xf0\x9f\x90\xb9", TITLE_UNKNOWN}, /* an emoji of no title */
        {"xyzzy", TITLE_UNKNOWN},    {longest, TITLE_UNKNOWN},
    };
    const int64_t seeds[] = {2, 5};
    const char *const kinds[] = {"title", "als", "sknn", "popularity"};
    for (int kind = 0; kind < 4; kind++) {
        struct recommender *model = trained(kinds[kind], NULL, 0, &with_artists);
        for (size_t n_seeds = 0; n_seeds <= 2; n_seeds += 2) {
            struct recommendation want[N_TRACKS], out[N_TRACKS];
            enum title_use use = TITLE_JOINED;
            size_t n_want = ask(model, seeds, n_seeds, NULL, N_TRACKS, want, &use);
            assert_int_equal(use, TITLE_NONE);
            for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char note[TITLE_NOTE_SIZE];
                bool ignored = kind == 3 && cases[i].use == TITLE_UNKNOWN;
                assert_int_equal(ask(model, seeds, n_seeds, cases[i].title, N_TRACKS, out, &use), n_want);
                assert_int_equal(use, ignored ? TITLE_IGNORED : cases[i].use);
                assert_memory_equal(out, want, n_want * sizeof *out);
                title_use_describe(use, kinds[kind], note);
                assert_int_equal(note[0] != '\0', use != TITLE_NONE);
            }
        }
        recommender_close(model);
    }
    free(longest);
}

static void lists_do_not_contain_the_seeds(void **state)
{
    (void)state;
    const int64_t seeds[] = {1, 16, 19, 16};
    const char *const kinds[] = {"title", "als", "sknn"};
    for (int kind = 0; kind < 3; kind++) {
        struct recommender *model = trained(kinds[kind], NULL, 0, &with_artists);
        struct recommendation out[N_TRACKS];
        enum title_use use;
        bool seen[N_TRACKS + 1] = {false};
        size_t count = ask(model, seeds, 4, "rock", N_TRACKS, out, &use);
        assert_int_equal(use, kind == 0 ? TITLE_ALONE : TITLE_JOINED);
        assert_int_equal(count, N_TRACKS - 3);
        for (size_t i = 0; i < count; i++) {
            assert_true(out[i].track != 1 && out[i].track != 16 && out[i].track != 19);
            assert_false(seen[out[i].track]);
            seen[out[i].track] = true;
        }
        recommender_close(model);
    }
}

/* Many queries in one call give the same lists as one at a time. */
static void queries_are_independent(void **state)
{
    (void)state;
    enum { LISTS = 3 * N_QUERIES, K = 7 };
    static const int64_t seeds[] = {3, 8, 21};
    struct recommend_query asked[LISTS];
    static struct recommendation many[LISTS * K];
    enum title_use uses[LISTS];
    size_t counts[LISTS];
    for (int i = 0; i < LISTS; i++)
        asked[i] = (struct recommend_query){.seeds = seeds,
                                            .n_seeds = (size_t)(i % 4),
                                            .title = i % 3 == 1 ? NULL : queries[i % N_QUERIES],
                                            .title_use = &uses[i]};
    struct recommender *model = trained("als", NULL, 0, &with_artists);
    must(recommender_recommend_many(model, asked, LISTS, K, many, counts, &error));
    for (int i = 0; i < LISTS; i++) {
        struct recommendation one[K];
        enum title_use use;
        assert_int_equal(ask(model, seeds, asked[i].n_seeds, asked[i].title, K, one, &use), counts[i]);
        assert_int_equal(use, uses[i]);
        for (size_t j = 0; j < counts[i]; j++)
            assert_int_equal(one[j].track, many[(size_t)i * K + j].track);
    }
    recommender_close(model);
}

static void lists_are_joined_by_rank(void **state)
{
    (void)state;
    enum { K = 4 };
    const int32_t titled[K] = {7, 5, 9, -1};
    int32_t ids[K] = {5, 6, 7, 8};
    float scores[K];
    /* with weight 2: 5: log 8 + 2 log 4; 7: log(8/3) + 2 log 8; 9: 2 log(8/3); 6: log 4; 8: log 2 */
    const int32_t want[K] = {7, 5, 9, 6};
    const double sums[K] = {log(8 / 3.0) + 2 * log(8), log(8) + 2 * log(4), 2 * log(8 / 3.0), log(4)};
    must(title_join(K, 2, titled, ids, scores, &error));
    for (int i = 0; i < K; i++) {
        assert_int_equal(ids[i], want[i]);
        assert_true(fabs((double)scores[i] - sums[i]) < 1e-6);
    }
    int32_t same[K] = {4, 3, -1, -1}, none[K] = {-1, -1, -1, -1};
    must(title_join(K, 0.5, none, same, scores, &error));
    assert_true(same[0] == 4 && same[1] == 3 && same[2] == -1 && same[3] == -1);
    must(title_join(K, 0.5, titled, none, scores, &error));
    assert_true(none[0] == 7 && none[1] == 5 && none[2] == 9 && none[3] == -1);
}

/* Models of earlier versions have no titles. */
static void models_without_titles_say_so(void **state)
{
    (void)state;
    const int64_t seeds[] = {2, 5};
    struct recommender *model = trained("als", NULL, 0, NULL);
    for (size_t n_seeds = 0; n_seeds <= 2; n_seeds += 2) {
        struct recommendation want[N_TRACKS], out[N_TRACKS];
        enum title_use use;
        char note[TITLE_NOTE_SIZE];
        size_t n_want = ask(model, seeds, n_seeds, NULL, N_TRACKS, want, NULL);
        assert_int_equal(ask(model, seeds, n_seeds, "rock", N_TRACKS, out, &use), n_want);
        assert_int_equal(use, TITLE_UNTRAINED);
        assert_memory_equal(out, want, n_want * sizeof *out);
        title_use_describe(use, "als-1", note);
        assert_non_null(strstr(note, "als-1 was trained without titles"));
    }
    recommender_close(model);
    const char *blank[N_PLAYLISTS];
    for (int p = 0; p < N_PLAYLISTS; p++)
        blank[p] = p % 2 ? "" : "...";
    const struct playlist_titles blanks = {.titles = blank};
    struct recommendation out[N_TRACKS];
    enum title_use use;
    model = trained("title", NULL, 0, &blanks);
    assert_int_equal(ask(model, NULL, 0, "rock", N_TRACKS, out, &use), N_TRACKS);
    assert_int_equal(use, TITLE_UNTRAINED);
    recommender_close(model);
}

/* A cluster of more tracks than are kept keeps those of most playlists. */
static void large_clusters_keep_their_largest_counts(void **state)
{
    (void)state;
    enum { N = 2 * TITLE_CLUSTER_TRACKS, KEPT = TITLE_CLUSTER_TRACKS };
    static int64_t both[] = {0, N, N + KEPT, N + KEPT + 1}, ids[] = {1, 2, 3};
    static int32_t rows[N + KEPT + 1];
    static const char *named[] = {"all of it", "All of it", "other"};
    for (int i = 0; i < N; i++)
        rows[i] = i;
    for (int i = 0; i < KEPT; i++)
        rows[N + i] = 2 * i + 1; /* the odd rows twice */
    rows[N + KEPT] = 0;
    const struct interactions interactions = {
        .n_tracks = N, .n_playlists = 3, .starts = both, .tracks = rows, .playlist_ids = ids};
    const struct playlist_titles given = {.titles = named};
    struct recommender *model = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/large.safetensors", folder);
    train_to(path, &interactions, "title", NULL, 0, &given);
    must(recommender_open_file(&compute, path, &model, &error));
    const float *counts;
    const void *kept;
    int64_t n = 0;
    must(recommender_integers(model, "title_tracks", MATRIX_INT32, &kept, &n, &error));
    must(recommender_floats(model, "title_counts", KEPT + 1, 1, &counts, &error));
    assert_int_equal(n, KEPT + 1);
    for (int i = 0; i < KEPT; i++) {
        assert_int_equal(((const int32_t *)kept)[i], 2 * i + 1);
        assert_true(counts[i] == 2);
    }
    recommender_close(model);
    unlink(path);
}

/* Changes one number of a matrix in the file. */
static void damage(const char *path, const char *name, size_t size, int64_t index, const void *value)
{
    struct safetensors *file = NULL;
    must(safetensors_open(path, &file, &error));
    const struct tensor_view *view = safetensors_find(file, name);
    assert_non_null(view);
    FILE *bytes = fopen(path, "rb");
    assert_non_null(bytes);
    fseek(bytes, 0, SEEK_END);
    long whole = ftell(bytes);
    char *content = malloc((size_t)whole);
    assert_non_null(content);
    rewind(bytes);
    assert_int_equal(fread(content, 1, (size_t)whole, bytes), (size_t)whole);
    fclose(bytes);
    char *found = memmem(content, (size_t)whole, view->bytes, view->size < 64 ? view->size : 64);
    assert_non_null(found);
    memcpy(found + (size_t)index * size, value, size);
    safetensors_close(file);
    bytes = fopen(path, "wb");
    assert_non_null(bytes);
    assert_int_equal(fwrite(content, 1, (size_t)whole, bytes), (size_t)whole);
    fclose(bytes);
    free(content);
}

static void damaged_titles_are_refused(void **state)
{
    (void)state;
    const int64_t large = INT64_C(1) << 40, negative = -1;
    const int32_t row = N_TRACKS, minus = -1;
    const float nothing = NAN, zero = 0, below = -1;
    const struct {
        const char *name;
        size_t size;
        int64_t index;
        const void *value;
    } cases[] = {
        {"title_terms", 8, 0, &large},  {"title_term_starts", 8, 1, &large}, {"title_term_starts", 8, 0, &negative},
        {"title_postings", 4, 3, &row}, {"title_postings", 4, 0, &minus},    {"title_weights", 4, 2, &nothing},
        {"title_sizes", 4, 0, &zero},   {"title_starts", 8, 2, &large},      {"title_tracks", 4, 1, &row},
        {"title_counts", 4, 0, &below}, {"title_artists", 4, 5, &minus},     {"title_track_weights", 4, 5, &below},
    };
    char path[128];
    struct interactions interactions = playlists();
    snprintf(path, sizeof path, "%s/damaged.safetensors", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int kind = 0; kind < 2; kind++) {
            train_to(path, &interactions, kind == 0 ? "als" : "title", NULL, 0, &with_artists);
            damage(path, cases[i].name, cases[i].size, cases[i].index, cases[i].value);
            struct recommender *model = NULL;
            struct error why = {0};
            enum status status = recommender_open_file(&compute, path, &model, &why);
            struct recommendation out[5];
            size_t count;
            if (kind == 0) { /* opened at the first title */
                assert_int_equal(status, STATUS_OK);
                must(recommender_recommend(model, &(struct recommend_query){0}, 5, out, &count, &error));
                status = recommender_recommend(model, &(struct recommend_query){.title = "rock"}, 5, out, &count, &why);
            }
            assert_int_equal(status, STATUS_BAD_DATA);
            assert_non_null(strstr(why.text, "train it again"));
            recommender_close(model);
        }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_agree_with_scikit_learn),
        cmocka_unit_test(factors_agree_with_numpy),
        cmocka_unit_test(all_factors_are_exact),
        cmocka_unit_test(artists_reach_tracks_of_no_playlist),
        cmocka_unit_test(titles_with_the_same_words_are_the_same),
        cmocka_unit_test(unusable_titles_change_nothing),
        cmocka_unit_test(lists_do_not_contain_the_seeds),
        cmocka_unit_test(queries_are_independent),
        cmocka_unit_test(lists_are_joined_by_rank),
        cmocka_unit_test(models_without_titles_say_so),
        cmocka_unit_test(large_clusters_keep_their_largest_counts),
        cmocka_unit_test(damaged_titles_are_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
