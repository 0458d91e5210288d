#include "generated_catalogue.h"

#include "features/feature_set.h"
#include "models/explain.h"

/* Explanations of every kind of model, compared with lists that are recommended without the seeds in question. */

enum { N = 90, SEEDS = 6 };

static struct catalogue *catalogue;
static char path[160];
static int64_t n_tracks;

static const char *const small[] = {
    "factors=8", "regularization=0.5", "epochs=1", "batch=32", "negatives=20", "hard=3", "easy=2", "depth=60"};
enum { SMALL = sizeof small / sizeof *small };
static const char *const members[] = {"popularity", "als", "sknn", "itemknn"};
static const char *const sets[] = {"mood", "art"};

static void write_set(const char *name, enum feature_item item, int64_t n_rows)
{
    enum { WIDTH = 3 };
    float *values = malloc((size_t)n_rows * WIDTH * sizeof *values);
    assert_non_null(values);
    struct random random;
    random_seed(&random, (uint64_t)n_rows);
    for (int64_t i = 0; i < n_rows * WIDTH; i++)
        values[i] = (float)random_normal(&random);
    const struct feature_set set = {
        .item = item, .n_rows = n_rows, .width = WIDTH, .values = values, .n_present = n_rows, .extractor = "test"};
    must(feature_set_write(catalogue, name, &set, NULL, 0, &error));
    free(values);
}

static void train(const char *kind)
{
    const struct recommender_ops *ops = model_kind_find(kind);
    struct setting_rule rules[SETTINGS_MAX];
    const char *settings[SMALL];
    size_t n_rules = settings_list(&ops->settings, rules);
    struct model_spec spec = {.kind = kind, .name = kind, .settings = settings, .seed = 1, .split_sets = SPLIT_TRAIN};
    static const double weights[] = {1, 2, 3, 1};
    for (int i = 0; i < SMALL; i++)
        if (settings_find(rules, n_rules, small[i], strcspn(small[i], "=")))
            settings[spec.n_settings++] = small[i];
    if (ops->takes_features) {
        spec.features = sets;
        spec.n_features = 2;
    }
    if (ops->takes_members)
        spec.members = (struct model_members){.names = members, .count = 4, .weights = weights};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
}

static int make_catalogue(void **state)
{
    if (open_all(state) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    import_generated(path, 31, 160, N, "one");
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    struct catalogue_counts counts;
    must(catalogue_count(catalogue, &counts, &error));
    n_tracks = counts.tracks;
    write_set("mood", FEATURE_TRACKS, counts.tracks);
    write_set("art", FEATURE_ALBUMS, counts.albums);
    const char *kind;
    for (size_t i = 0; (kind = model_kind_name(i)); i++)
        train(kind);
    return 0;
}

static int remove_catalogue(void **state)
{
    char command[96];
    catalogue_close(catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? close_all(state) : -1;
}

/* ---- the second method ---- */

/* The score of a track in the list of all tracks that is recommended for these seeds. */
static double fresh_score(struct recommender *model, const int64_t *seeds, size_t n, int64_t track)
{
    struct recommendation list[N + 64];
    size_t count = 0;
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n};
    must(recommender_recommend(model, &query, (size_t)n_tracks, list, &count, &error));
    for (size_t i = 0; i < count; i++)
        if (list[i].track == track)
            return (double)list[i].score;
    return NAN;
}

/* float32 sums of some hundred products of up to `scale`. */
static void same(double a, double b, double scale, const char *kind)
{
    if (!(fabs(a - b) <= 2e-5 * (scale > 1 ? scale : 1)))
        fail_msg("%s: %.9g is not %.9g", kind, a, b);
}

static const unsigned char groups[SEEDS] = {SEEDS_OF_ARTIST, 0, SEEDS_OF_ARTIST | SEEDS_OF_ALBUM,
                                            SEEDS_TOGETHER,  0, SEEDS_TOGETHER};

static void check_sums(const struct score_explanation *why, const char *kind)
{
    double sum = 0, largest = fabs(why->score), votes = 0;
    for (size_t i = 0; i < why->n_parts; i++) {
        sum += why->parts[i].value;
        largest = fabs(why->parts[i].value) > largest ? fabs(why->parts[i].value) : largest;
    }
    assert_true(why->n_parts > 0);
    same(sum, why->score, largest, kind);
    for (size_t i = 0; i < why->n_votes; i++) {
        votes += why->votes[i].gain;
        assert_true(i == 0 || why->votes[i - 1].gain >= why->votes[i].gain);
    }
    bool session = strstr(kind, "sknn") || strstr(kind, "stan") || strcmp(kind, "tknn") == 0;
    assert_int_equal(why->n_votes > 0, session && why->score != 0);
    if (session)
        same(votes, why->score, largest, kind);
}

static void check_changes(struct recommender *model, const int64_t *seeds, int64_t track,
                          const struct score_explanation *why, const char *kind)
{
    int64_t rest[SEEDS];
    double scale = fabs(why->score);
    assert_int_equal(why->n_seeds, SEEDS);
    for (int left_out = 0; left_out < SEEDS; left_out++) {
        size_t n = 0;
        for (int i = 0; i < SEEDS; i++)
            if (i != left_out)
                rest[n++] = seeds[i];
        assert_int_equal(why->seeds[left_out].track, seeds[left_out]);
        assert_true(why->seeds[left_out].computed && !why->seeds[left_out].alone);
        same(why->score - why->seeds[left_out].change, fresh_score(model, rest, n, track), scale, kind);
    }
    for (int group = 0; group < SEED_GROUPS; group++) {
        size_t n = 0;
        for (int i = 0; i < SEEDS; i++)
            if (!(groups[i] & (1 << group)))
                rest[n++] = seeds[i];
        same(why->score - why->without[group], fresh_score(model, rest, n, track), scale, kind);
    }
}

static void check_kind(struct recommender *model, const char *kind)
{
    static const int64_t seeds[SEEDS] = {2, 7, 12, 17, 30, 41};
    struct recommendation list[40];
    size_t count = 0;
    const struct recommend_query query = {.seeds = seeds, .n_seeds = SEEDS};
    must(recommender_recommend(model, &query, 40, list, &count, &error));
    assert_int_equal(count, 40);
    for (size_t at = 0; at < count; at += 26) {
        struct score_explanation why;
        const struct explain_query asked = {.query = query, .groups = groups, .track = list[at].track, .k = 40};
        must(recommender_explain(model, &asked, &why, &error));
        assert_int_equal(why.by, ANSWER_MODEL);
        assert_int_equal(why.rank, at + 1);
        assert_true(why.list_score == (double)list[at].score);
        same(why.score, why.list_score, fabs(why.score), kind);
        assert_true(isfinite(why.typical) == (model->ops->random_lists >= 0));
        check_sums(&why, kind);
        check_changes(model, seeds, list[at].track, &why, kind);
        if (model->ops->any_seeds)
            assert_true(why.ignores_seeds && why.seeds[0].change == 0);
        score_explanation_free(&why);
    }
}

static void every_kind_agrees_with_fresh_lists(void **state)
{
    (void)state;
    const char *kind;
    for (size_t i = 0; (kind = model_kind_name(i)); i++) {
        struct recommender *model = NULL;
        must(recommender_open(catalogue, &compute, kind, &model, &error));
        check_kind(model, kind);
        recommender_close(model);
    }
}

/* ---- ranks without lists ---- */

enum { RANK_LISTS = 9, RANK_SEEDS = 7 };

/* The place of a row in a list, from 1; 0: it is not there. */
static size_t place_in(const int32_t *ids, size_t depth, int32_t row)
{
    for (size_t i = 0; i < depth && ids[i] >= 0; i++)
        if (ids[i] == row)
            return i + 1;
    return 0;
}

/* The rounding of sums may exchange rows of nearly the same score. */
static void check_rank(const float *scores, size_t depth, size_t rank, size_t place, const char *kind)
{
    const size_t at = rank > 0 ? rank : depth, expected = place > 0 ? place : depth;
    if (rank != place && !(fabsf(scores[at - 1] - scores[expected - 1]) <= 1e-5F * fabsf(scores[expected - 1])))
        fail_msg("%s: rank %zu is not %zu", kind, rank, place);
}

static void ranks_are_places_in_lists(void **state)
{
    (void)state;
    static const int32_t seeds[RANK_SEEDS] = {1, 6, 11, 16, 29, 33, 40};
    int64_t starts[RANK_LISTS + 1] = {0};
    int32_t rows[RANK_LISTS * RANK_SEEDS], *ids = malloc((size_t)(RANK_LISTS * n_tracks) * sizeof *ids);
    float *scores = malloc((size_t)(RANK_LISTS * n_tracks) * sizeof *scores);
    const char *kind;
    assert_true(ids && scores);
    for (int i = 0; i < RANK_LISTS; i++) { /* all; without one; a single one */
        starts[i + 1] = starts[i];
        for (int s = 0; s < RANK_SEEDS; s++)
            if (i == RANK_LISTS - 1 ? s == 2 : s + 1 != i)
                rows[starts[i + 1]++] = seeds[s];
    }
    const struct seed_lists lists = {RANK_LISTS, starts, rows, rows, NULL};
    for (size_t i = 0; (kind = model_kind_name(i)); i++) {
        struct recommender *model = NULL;
        must(recommender_open(catalogue, &compute, kind, &model, &error));
        for (size_t depth = 20; model->ops->ranks && depth <= (size_t)n_tracks; depth += (size_t)n_tracks - 20) {
            size_t ranks[RANK_LISTS];
            must(model->ops->recommend(model, &lists, depth, ids, scores, &error));
            for (int32_t row = 0; row < n_tracks; row += 5) { /* seeds and others */
                bool known = false;
                must(model->ops->ranks(model, &lists, row, depth, ranks, &known, &error));
                assert_true(known);
                for (size_t list = 0; list < RANK_LISTS; list++)
                    check_rank(scores + list * depth, depth, ranks[list], place_in(ids + list * depth, depth, row),
                               kind);
            }
        }
        recommender_close(model);
    }
    free(ids);
    free(scores);
}

/* ---- lists that are not the model's own ---- */

static void titles_that_joined_are_told(void **state)
{
    (void)state;
    const int64_t seeds[] = {2, 7};
    struct recommendation list[50];
    size_t count = 0, both = 0;
    struct recommender *model = NULL;
    must(recommender_open(catalogue, &compute, "als", &model, &error));
    const struct recommend_query query = {.seeds = seeds, .n_seeds = 2, .title = "one"};
    must(recommender_recommend(model, &query, 50, list, &count, &error));
    for (size_t i = 0; i < count; i += 7) {
        struct score_explanation why;
        const struct explain_query asked = {.query = query, .track = list[i].track, .k = 50};
        must(recommender_explain(model, &asked, &why, &error));
        assert_int_equal(why.title, TITLE_JOINED);
        assert_int_equal(why.rank, i + 1);
        assert_true(fabs(why.join.gain + why.join.title_gain - why.list_score) < 1e-5);
        both += why.join.rank > 0 && why.join.title_rank > 0;
        same(why.score, fresh_score(model, seeds, 2, list[i].track), 1, "als");
        score_explanation_free(&why);
    }
    assert_true(both > 0);
    recommender_close(model);
}

static void the_only_seed_is_the_whole_score(void **state)
{
    (void)state;
    const int64_t seeds[] = {2};
    struct recommender *model = NULL;
    struct score_explanation why;
    must(recommender_open(catalogue, &compute, "sknn", &model, &error));
    const struct explain_query asked = {.query = {.seeds = seeds, .n_seeds = 1}, .track = 7, .k = 10};
    must(recommender_explain(model, &asked, &why, &error));
    assert_true(why.seeds[0].alone);
    assert_true(why.seeds[0].change == why.score);
    score_explanation_free(&why);
    const struct explain_query itself = {.query = {.seeds = seeds, .n_seeds = 1}, .track = 2, .k = 10};
    struct error refusal = {0};
    assert_int_equal(recommender_explain(model, &itself, &why, &refusal), STATUS_USAGE);
    recommender_close(model);
}

/* Tracks that were imported later: the list is of features and artists. */
static void unknown_seeds_are_told(void **state)
{
    (void)state;
    const char *kinds[] = {"als", "sknn", "ease"};
    import_generated(path, 5, 6, 30, "later");
    for (int i = 0; i < 3; i++) {
        struct recommender *model = NULL;
        must(recommender_open(catalogue, &compute, kinds[i], &model, &error));
        const int64_t seeds[] = {n_tracks + 1, n_tracks + 2, n_tracks + 3};
        const struct recommend_query query = {.seeds = seeds, .n_seeds = 3};
        struct recommendation list[30];
        size_t count = 0;
        must(recommender_recommend(model, &query, 30, list, &count, &error));
        for (size_t at = 0; at < count; at += 9) {
            struct score_explanation why;
            const struct explain_query asked = {.query = query, .track = list[at].track, .k = 30};
            must(recommender_explain(model, &asked, &why, &error));
            assert_int_equal(why.by, ANSWER_ARTISTS);
            assert_int_equal(why.rank, at + 1);
            same(why.score, (double)list[at].score, 1, kinds[i]);
            check_sums(&why, "als");
            for (int left_out = 0; left_out < 3; left_out++) {
                const int64_t rest[] = {seeds[left_out == 0], seeds[left_out == 2 ? 1 : 2]};
                struct recommendation all[200];
                const struct recommend_query without = {.seeds = rest, .n_seeds = 2};
                size_t n = 0;
                must(recommender_recommend(model, &without, 200, all, &n, &error));
                for (size_t j = 0; j < n; j++)
                    if (all[j].track == list[at].track)
                        same(why.score - why.seeds[left_out].change, (double)all[j].score, 1, kinds[i]);
            }
            score_explanation_free(&why);
        }
        recommender_close(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_agrees_with_fresh_lists),
        cmocka_unit_test(ranks_are_places_in_lists),
        cmocka_unit_test(titles_that_joined_are_told),
        cmocka_unit_test(the_only_seed_is_the_whole_score),
        cmocka_unit_test(unknown_seeds_are_told),
    };
    return cmocka_run_group_tests(tests, make_catalogue, remove_catalogue);
}
