#include "models/ensemble.h"

#include "db/split.h"
#include "fusion_golden.h"
#include "generated_catalogue.h"
#include "training_case.h"

/* Ensembles: the fusion of lists against a computation in Python, and whole models over members of the test's own
 * catalogue. */

enum { PLAYLISTS = 90, TRACKS = 80, SHOWN = 3, LISTS = 12, K = 25, DEPTH = 20 };

static char path[160];

/* ---- fusion of lists ---- */

static void fuse(const double *weights, size_t length, struct rank_fusion *fusion)
{
    const int32_t *lists[GOLDEN_LISTS];
    for (int m = 0; m < GOLDEN_LISTS; m++)
        lists[m] = golden_lists[m];
    assert_true(rank_fusion_open(fusion, GOLDEN_LISTS, GOLDEN_DEPTH, GOLDEN_LENGTH, GOLDEN_TRACKS, GOLDEN_TRACKS,
                                 golden_popularity));
    rank_fusion_collect(fusion, lists, length);
    rank_fusion_rank(fusion, lists, weights);
}

static void compare(const struct rank_fusion *fusion, const int32_t *rows, const double *scores, size_t count)
{
    assert_int_equal(fusion->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fusion->tracks[i].row, rows[i]);
        assert_true(fabs(fusion->tracks[i].score - scores[i]) < 1e-4);
    }
}

static void fused_lists_are_those_of_python(void **state)
{
    (void)state;
    static const double equal[GOLDEN_LISTS] = {2, 2, 2};
    struct rank_fusion fusion;
    fuse(golden_weights, GOLDEN_LENGTH, &fusion);
    compare(&fusion, golden_weighted_rows, golden_weighted_scores,
            sizeof golden_weighted_rows / sizeof *golden_weighted_rows);
    rank_fusion_close(&fusion);
    fuse(equal, GOLDEN_LENGTH, &fusion);
    compare(&fusion, golden_equal_rows, golden_equal_scores, sizeof golden_equal_rows / sizeof *golden_equal_rows);
    rank_fusion_close(&fusion);
}

static void longer_lists_begin_as_shorter_ones(void **state)
{
    (void)state;
    struct rank_fusion fusion, longer;
    fuse(golden_weights, GOLDEN_DEPTH, &fusion);
    fuse(golden_weights, GOLDEN_LENGTH, &longer);
    assert_true(longer.count > fusion.count);
    for (size_t i = 0; i < fusion.count; i++) {
        assert_int_equal(longer.tracks[i].row, fusion.tracks[i].row);
        assert_true(longer.tracks[i].score == fusion.tracks[i].score);
    }
    rank_fusion_close(&fusion);
    rank_fusion_close(&longer);
}

/* ---- models ---- */

static const char *const member_names[] = {"neighbours", "factors", "common"};
static const char *const small_factors[] = {"factors=8", "regularization=0.5"};

static void train_one(struct catalogue *catalogue, const char *kind, const char *name, int sets)
{
    bool als = strcmp(kind, "als") == 0;
    const struct model_spec spec = {.kind = kind,
                                    .name = name,
                                    .settings = small_factors,
                                    .n_settings = als ? 2 : 0,
                                    .seed = 1,
                                    .split_sets = sets};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
}

/* Every third playlist of more than SHOWN tracks is for validation. */
static void make_split(struct catalogue *catalogue)
{
    struct interactions all;
    must(catalogue_interactions_load(catalogue, SPLIT_TRAIN, &all, &error));
    struct split_row *rows = calloc((size_t)all.n_playlists, sizeof *rows);
    for (int64_t p = 0; p < all.n_playlists; p++) {
        bool held = p % 3 == 0 && all.starts[p + 1] - all.starts[p] > SHOWN;
        rows[p] = (struct split_row){all.playlist_ids[p], held ? SPLIT_VALIDATION : SPLIT_TRAIN, held ? SHOWN : 0};
    }
    const struct split split = {.rows = rows, .n_rows = (size_t)all.n_playlists, .settings = "{}"};
    must(catalogue_split_write(catalogue, &split, &error));
    free(rows);
    interactions_free(&all);
}

static int make_all(void **state)
{
    log_set_sink(training_case_be_quiet, NULL);
    if (open_all(state) != 0)
        return -1;
    struct catalogue *catalogue = NULL;
    snprintf(path, sizeof path, "%s/ensemble.db", folder);
    import_generated(path, 41, PLAYLISTS, TRACKS, "song");
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    make_split(catalogue);
    train_one(catalogue, "sknn", "neighbours", SPLIT_TRAIN);
    train_one(catalogue, "als", "factors", SPLIT_TRAIN);
    train_one(catalogue, "popularity", "common", SPLIT_TRAIN);
    train_one(catalogue, "sknn", "seen", SPLIT_TRAIN | SPLIT_VALIDATION);
    catalogue_close(catalogue);
    return 0;
}

static int remove_all(void **state)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? close_all(state) : -1;
}

static struct catalogue *open_catalogue(void)
{
    struct catalogue *catalogue = NULL;
    must(catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error));
    return catalogue;
}

static struct model_spec ensemble_spec(const char *name, const char *const *members, size_t count,
                                       const double *weights)
{
    static const char *const settings[] = {"depth=20"};
    return (struct model_spec){.kind = "ensemble",
                               .name = name,
                               .settings = settings,
                               .n_settings = 1,
                               .seed = 1,
                               .split_sets = SPLIT_TRAIN,
                               .members = {.names = members, .count = count, .weights = weights}};
}

static void train_ensemble(struct catalogue *catalogue, const char *name, const double *weights)
{
    const struct model_spec spec = ensemble_spec(name, member_names, 3, weights);
    must(model_train(catalogue, &compute, &spec, NULL, &error));
}

/* The lists of a model for LISTS lists of seeds. */
struct answers {
    struct recommendation lists[LISTS][K];
    size_t counts[LISTS];
};

static void ask_opened(struct recommender *model, struct answers *answers)
{
    static int64_t seeds[LISTS][SHOWN];
    struct recommend_query queries[LISTS] = {0};
    for (int64_t i = 0; i < LISTS; i++) {
        for (int64_t s = 0; s < SHOWN; s++)
            seeds[i][s] = 1 + (i * 7 + s * 5) % (recommender_tracks(model) - 1);
        queries[i] = (struct recommend_query){.seeds = seeds[i], .n_seeds = SHOWN};
    }
    must(recommender_recommend_many(model, queries, LISTS, K, answers->lists[0], answers->counts, &error));
}

static void ask(struct catalogue *catalogue, const char *name, struct answers *answers)
{
    struct recommender *model = NULL;
    must(recommender_open(catalogue, &compute, name, &model, &error));
    ask_opened(model, answers);
    recommender_close(model);
}

static void assert_same(const struct answers *a, const struct answers *b, size_t k)
{
    for (size_t i = 0; i < LISTS; i++)
        for (size_t r = 0; r < k; r++)
            assert_int_equal(a->lists[i][r].track, b->lists[i][r].track);
}

/* The definition, for one track: Σ w ln((depth + 1) / rank) / Σ w ln(depth + 1). */
static double score_of(const struct answers members[3], const double *weights, size_t list, int64_t track)
{
    double score = 0, sum = 0;
    for (size_t m = 0; m < 3; m++) {
        size_t rank = 1;
        while (rank <= DEPTH && members[m].lists[list][rank - 1].track != track)
            rank++;
        score += weights[m] * log((DEPTH + 1) / (double)rank);
        sum += weights[m] * log(DEPTH + 1);
    }
    return score / sum;
}

static void a_list_is_the_fusion_of_the_members_lists(void **state)
{
    (void)state;
    static const double weights[] = {1, 0.5, 0.25};
    static struct answers members[3], fused;
    struct catalogue *catalogue = open_catalogue();
    train_ensemble(catalogue, "fused", weights);
    for (int m = 0; m < 3; m++)
        ask(catalogue, member_names[m], &members[m]);
    ask(catalogue, "fused", &fused);
    for (size_t i = 0; i < LISTS; i++) {
        bool listed[TRACKS + 1] = {false};
        double last = 1;
        assert_int_equal(fused.counts[i], K);
        for (size_t r = 0; r < K; r++) {
            const struct recommendation *found = &fused.lists[i][r];
            last = score_of(members, weights, i, found->track);
            assert_true(fabs((double)found->score - last) < 1e-4);
            assert_true(r == 0 || found->score <= fused.lists[i][r - 1].score);
            listed[found->track] = true;
        }
        for (int64_t track = 1; track <= TRACKS; track++)
            assert_true(listed[track] || score_of(members, weights, i, track) < last + 1e-6);
    }
    catalogue_close(catalogue);
}

static void one_weight_alone_gives_that_members_order(void **state)
{
    (void)state;
    static struct answers member, fused;
    struct catalogue *catalogue = open_catalogue();
    for (size_t m = 0; m < 3; m++) {
        double weights[3] = {0, 0, 0};
        weights[m] = 0.7;
        train_ensemble(catalogue, "alone", weights);
        ask(catalogue, member_names[m], &member);
        ask(catalogue, "alone", &fused);
        assert_same(&member, &fused, DEPTH);
    }
    catalogue_close(catalogue);
}

static void members_may_be_trained_again_or_removed(void **state)
{
    (void)state;
    static const double weights[] = {1, 0.5, 0.25};
    static struct answers before, after;
    struct catalogue *catalogue = open_catalogue();
    train_ensemble(catalogue, "kept", weights);
    ask(catalogue, "kept", &before);
    train_one(catalogue, "popularity", "neighbours", SPLIT_TRAIN);
    must(model_remove(catalogue, "factors", &error));
    ask(catalogue, "kept", &after);
    assert_same(&before, &after, K);
    train_one(catalogue, "sknn", "neighbours", SPLIT_TRAIN);
    train_one(catalogue, "als", "factors", SPLIT_TRAIN);
    catalogue_close(catalogue);
}

/* ---- weights ---- */

/* A validation with the playlists of the catalogue's split. */
static struct interactions validation_playlists(struct catalogue *catalogue)
{
    struct interactions playlists;
    must(catalogue_interactions_load(catalogue, SPLIT_VALIDATION, &playlists, &error));
    return playlists;
}

static double ndcg_of(struct recommender *model, const struct interactions *playlists)
{
    double sum = 0;
    for (int64_t p = 0; p < playlists->n_playlists; p++) {
        const int32_t *tracks = playlists->tracks + playlists->starts[p];
        int64_t size = playlists->starts[p + 1] - playlists->starts[p], seeds[SHOWN];
        static struct recommendation list[TRACKS];
        size_t count;
        for (int i = 0; i < SHOWN; i++)
            seeds[i] = tracks[i] + 1;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = SHOWN}, TRACKS, list,
                                   &count, &error));
        double ideal = 0, gained = 0;
        for (int64_t i = SHOWN; i < size; i++)
            ideal += 1 / log2((double)(i - SHOWN) + 2);
        for (size_t r = 0; r < count; r++)
            for (int64_t i = SHOWN; i < size; i++)
                gained += list[r].track == tracks[i] + 1 ? 1 / log2((double)r + 2) : 0;
        sum += gained / ideal;
    }
    return sum / (double)playlists->n_playlists;
}

/* The weights found are at least as good as equal ones and as each member alone, in NDCG over the tracks that are among
 * the members' first DEPTH; the report tells that NDCG. */
static void weights_are_found_on_validation_playlists(void **state)
{
    (void)state;
    struct catalogue *catalogue = open_catalogue();
    struct interactions playlists = validation_playlists(catalogue);
    struct recommender *members[3];
    for (int m = 0; m < 3; m++)
        must(recommender_open(catalogue, &compute, member_names[m], &members[m], &error));
    double found[MODEL_MEMBERS_MAX], ndcg, largest = 0;
    size_t n;
    must(ensemble_find_weights(members, 3, &playlists, NULL, TRACKS, NULL, found, &ndcg, &n, &error));
    assert_int_equal(n, playlists.n_playlists);
    for (int m = 0; m < 3; m++) {
        assert_true(found[m] >= 0 && found[m] <= 1);
        largest = found[m] > largest ? found[m] : largest;
        assert_true(ndcg >= ndcg_of(members[m], &playlists) - 1e-9);
        recommender_close(members[m]);
    }
    assert_true(largest == 1);
    struct model_spec spec = ensemble_spec("found", member_names, 3, NULL);
    static const char *const deep[] = {"depth=80"};
    const struct model_evaluator evaluator = {.playlists = &playlists};
    struct recommender *model = NULL;
    spec.settings = deep;
    spec.evaluator = &evaluator;
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    must(recommender_open(catalogue, &compute, "found", &model, &error));
    assert_true(fabs(ndcg_of(model, &playlists) - ndcg) < 1e-6);
    recommender_close(model);
    spec.members.weights = (const double[]){1, 1, 1};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    must(recommender_open(catalogue, &compute, "found", &model, &error));
    assert_true(ndcg_of(model, &playlists) < ndcg);
    recommender_close(model);
    interactions_free(&playlists);
    catalogue_close(catalogue);
}

static void weights_of_another_ensemble_are_taken(void **state)
{
    (void)state;
    static const double weights[] = {1, 0.125, 0.5};
    static const char *const others[] = {"common", "factors", "neighbours"};
    static struct answers first, second;
    struct catalogue *catalogue = open_catalogue();
    train_ensemble(catalogue, "first", weights);
    struct model_spec spec = ensemble_spec("second", member_names, 3, NULL);
    spec.members.weights_of = "first";
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    ask(catalogue, "first", &first);
    ask(catalogue, "second", &second);
    assert_same(&first, &second, K);
    struct error refusal = {0};
    spec.members.names = others;
    assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_USAGE);
    assert_non_null(strstr(refusal.text, "not of the kinds"));
    spec.members.weights_of = "factors";
    assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_USAGE);
    assert_non_null(strstr(refusal.text, "no weights of members"));
    catalogue_close(catalogue);
}

/* ---- what is refused ---- */

static void members_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const double weights[MODEL_MEMBERS_MAX + 1] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const struct {
        const char *members[MODEL_MEMBERS_MAX + 1];
        enum status status;
        const char *says;
    } cases[] = {
        {{NULL}, STATUS_USAGE, "1 to 8 members, not 0"},
        {{"a", "b", "c", "d", "e", "f", "g", "h", "i"}, STATUS_USAGE, "1 to 8 members, not 9"},
        {{"factors", "factors"}, STATUS_USAGE, "\"factors\" is named twice"},
        {{"factors", "kept"}, STATUS_USAGE, "cannot be a member of itself"},
        {{"factors", "other"}, STATUS_USAGE, "\"other\" is an ensemble"},
        {{"nobody"}, STATUS_FAILED, "there is no model \"nobody\""},
        {{"seen"}, STATUS_FAILED, "\"seen\" was trained on other playlists"},
    };
    static struct answers before, after;
    struct catalogue *catalogue = open_catalogue();
    train_ensemble(catalogue, "kept", weights);
    train_ensemble(catalogue, "other", weights);
    ask(catalogue, "kept", &before);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error refusal = {0};
        size_t count = 0;
        while (count <= MODEL_MEMBERS_MAX && cases[i].members[count])
            count++;
        const struct model_spec spec = ensemble_spec("kept", cases[i].members, count, weights);
        assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), cases[i].status);
        assert_non_null(strstr(refusal.text, cases[i].says));
    }
    ask(catalogue, "kept", &after);
    assert_same(&before, &after, K);
    catalogue_close(catalogue);
}

static void weights_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const double wrong[][3] = {{1, -1, 1}, {0, 0, 0}, {NAN, 1, 1}, {INFINITY, 1, 1}};
    struct catalogue *catalogue = open_catalogue();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error refusal = {0};
        const struct model_spec spec = ensemble_spec("wrong", member_names, 3, wrong[i]);
        assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_USAGE);
    }
    struct error refusal = {0};
    struct model_spec spec = ensemble_spec("wrong", member_names, 3, NULL);
    assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_USAGE);
    assert_non_null(strstr(refusal.text, "--weights"));
    spec.kind = "sknn";
    assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_USAGE);
    assert_non_null(strstr(refusal.text, "takes no members"));
    catalogue_close(catalogue);
}

static void a_member_of_an_earlier_catalogue_is_refused(void **state)
{
    (void)state;
    char grown[160];
    static const char *const member[] = {"common"};
    static const double weight[] = {1};
    struct catalogue *catalogue = NULL;
    snprintf(grown, sizeof grown, "%s/grown.db", folder);
    import_generated(grown, 42, 40, 50, "few");
    must(catalogue_open(grown, CATALOGUE_WRITE, &catalogue, &error));
    train_one(catalogue, "popularity", "common", SPLIT_TRAIN);
    catalogue_close(catalogue);
    import_generated(grown, 43, 40, 50, "more");
    must(catalogue_open(grown, CATALOGUE_WRITE, &catalogue, &error));
    struct error refusal = {0};
    const struct model_spec spec = ensemble_spec("late", member, 1, weight);
    assert_int_equal(model_train(catalogue, &compute, &spec, NULL, &refusal), STATUS_FAILED);
    assert_non_null(strstr(refusal.text, "train it again first"));
    catalogue_close(catalogue);
}

static bool at_once(struct progress *progress)
{
    (void)progress;
    return true;
}

static void a_stopped_training_leaves_the_earlier_model(void **state)
{
    (void)state;
    static const double weights[] = {1, 2, 3};
    static struct answers before, after;
    struct catalogue *catalogue = open_catalogue();
    train_ensemble(catalogue, "stopped", weights);
    ask(catalogue, "stopped", &before);
    struct interactions playlists = validation_playlists(catalogue);
    const struct model_evaluator evaluator = {.playlists = &playlists};
    struct progress progress = {.cancelled = at_once};
    struct error refusal = {0};
    struct model_spec spec = ensemble_spec("stopped", member_names, 3, NULL);
    spec.evaluator = &evaluator;
    assert_int_equal(model_train(catalogue, &compute, &spec, &progress, &refusal), STATUS_INTERRUPTED);
    ask(catalogue, "stopped", &after);
    assert_same(&before, &after, K);
    interactions_free(&playlists);
    catalogue_close(catalogue);
}

/* ---- seeds that members do not know ---- */

/* A track of no training playlist, and one that all members know. */
static void find_seeds(const struct interactions *train, int32_t *unknown, int32_t *known)
{
    bool met[TRACKS] = {false};
    for (int64_t e = 0; e < train->starts[train->n_playlists]; e++)
        met[train->tracks[e]] = true;
    for (int32_t row = 0; row < train->n_tracks; row++)
        *(met[row] ? known : unknown) = row;
}

/* Popularity's list does not depend on the seeds, so it always has a say. */
static void a_member_that_knows_no_seed_has_no_say(void **state)
{
    (void)state;
    struct catalogue *catalogue = open_catalogue();
    struct recommender *members[3];
    struct interactions train;
    int32_t rows[2] = {-1, -1};
    must(catalogue_interactions_load(catalogue, SPLIT_TRAIN, &train, &error));
    find_seeds(&train, &rows[0], &rows[1]);
    assert_true(rows[0] >= 0 && rows[1] >= 0);
    for (int m = 0; m < 3; m++)
        must(recommender_open(catalogue, &compute, member_names[m], &members[m], &error));
    const int64_t starts[] = {0, 1, 2};
    const struct seed_lists lists = {.count = 2, .starts = starts, .rows = rows, .sorted = rows};
    for (size_t n = 2; n <= 3; n++) {
        const int32_t *of[MODEL_MEMBERS_MAX];
        struct member_lists found;
        must(member_lists_find(members, n, &lists, DEPTH, &found, &error));
        member_lists_of(&found, 0, of);
        for (size_t m = 0; m < n; m++)
            assert_int_equal(of[m] != NULL, n == 2 || m == 2); /* of two that know nothing, both have a say */
        member_lists_of(&found, 1, of);
        for (size_t m = 0; m < n; m++)
            assert_non_null(of[m]);
        member_lists_free(&found);
    }
    for (int m = 0; m < 3; m++)
        recommender_close(members[m]);
    interactions_free(&train);
    catalogue_close(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused_lists_are_those_of_python),
        cmocka_unit_test(longer_lists_begin_as_shorter_ones),
        cmocka_unit_test(a_list_is_the_fusion_of_the_members_lists),
        cmocka_unit_test(one_weight_alone_gives_that_members_order),
        cmocka_unit_test(members_may_be_trained_again_or_removed),
        cmocka_unit_test(weights_are_found_on_validation_playlists),
        cmocka_unit_test(weights_of_another_ensemble_are_taken),
        cmocka_unit_test(members_that_cannot_be_are_refused),
        cmocka_unit_test(weights_that_cannot_be_are_refused),
        cmocka_unit_test(a_member_of_an_earlier_catalogue_is_refused),
        cmocka_unit_test(a_stopped_training_leaves_the_earlier_model),
        cmocka_unit_test(a_member_that_knows_no_seed_has_no_say),
    };
    return cmocka_run_group_tests_name("ensemble", tests, make_all, remove_all);
}
