#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "content_songs.h"
#include "db/interactions.h"

/* New songs: vectors predicted from features are in a model's lists. */

/* ---- lists ---- */

static void new_songs_stand_among_the_known(void **state)
{
    (void)state;
    struct content_train_result trained;
    struct content_apply_result applied;
    struct answer_list alone, list;
    train("als", FIT_RIDGE, &trained);
    assert_true(trained.validated);
    assert_true(trained.fit.r2 > 0.5);
    apply("als", &applied);
    assert_int_equal(applied.n_tracks, TRACKS);
    assert_true(applied.n_new > TRACKS / 8 && applied.n_new == applied.n_unknown);
    for (int group = 0; group < GROUPS; group++) {
        ask(group, 2, true, &alone);
        ask(group, 2, false, &list);
        assert_int_equal(count_new(&alone, -1), 0);
        assert_int_equal(list.count, LONG);
        assert_true(count_new(&list, -1) >= 5);
        assert_true(count_new(&list, group) >= 0.8 * count_new(&list, -1));
        for (size_t i = 0; i < LONG; i++) {
            const struct recommendation *one = &list.items[i];
            assert_int_equal(one->is_new, !list.known[one->track - 1]);
            assert_true(i == 0 || one->score <= list.items[i - 1].score);
            assert_true(fabsf(one->score - list.again[i]) <= 1e-5F * fabsf(list.items[0].score));
            for (size_t j = 0; j < i; j++)
                assert_int_not_equal(one->track, list.items[j].track);
        }
        /* Neither all first nor all last. */
        assert_false(list.items[0].is_new && list.items[1].is_new && list.items[2].is_new && list.items[3].is_new &&
                     list.items[4].is_new && list.items[5].is_new);
        assert_true(count_new(&list, -1) < LONG / 2);
    }
}

/* The known songs keep their order and scores. */
static void known_songs_keep_their_scores(void **state)
{
    (void)state;
    struct answer_list alone, list;
    ask(2, 2, true, &alone);
    ask(2, 2, false, &list);
    size_t at = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].is_new)
            continue;
        while (at < alone.count && !alone.known[alone.items[at].track - 1])
            at++;
        assert_true(at < alone.count);
        assert_int_equal(list.items[i].track, alone.items[at].track);
        assert_true(list.items[i].score == alone.items[at++].score);
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct answer_list one, two;
    ask(1, 1, false, &one);
    ask(1, 2, false, &two);
    assert_int_equal(one.count, two.count);
    for (size_t i = 0; i < one.count; i++) {
        assert_int_equal(one.items[i].track, two.items[i].track);
        assert_true(one.items[i].score == two.items[i].score);
    }
}

/* ---- new songs as seeds ---- */

/* Solves A x = b [n x n], in place. */
static void solve(double *a, double *b, int n)
{
    for (int i = 0; i < n; i++)
        for (int row = i + 1; row < n; row++) {
            const double factor = a[row * n + i] / a[i * n + i];
            for (int j = i; j < n; j++)
                a[row * n + j] -= factor * a[i * n + j];
            b[row] -= factor * b[i];
        }
    for (int i = n - 1; i >= 0; i--) {
        for (int j = i + 1; j < n; j++)
            b[i] -= a[i * n + j] * b[j];
        b[i] /= a[i * n + i];
    }
}

/* The score of a learned track for seeds with these vectors: eq. 4 of Hu, Koren and Volinsky 2008 in float64. */
static double folded_score(struct recommender *recommender, const float *const *seeds, int n_seeds, int32_t row)
{
    double alpha = 0, lambda = 0, scale = 1, a[FACTORS * FACTORS] = {0}, b[FACTORS] = {0}, score = 0;
    struct track_vectors y;
    must(recommender_track_vectors(recommender, &y, &error));
    must(recommender_setting(recommender, "alpha", &alpha, &error));
    must(recommender_setting(recommender, "regularization", &lambda, &error));
    must(recommender_setting(recommender, "scale", &scale, &error));
    for (int i = 0; i < FACTORS; i++) {
        for (int j = 0; j < FACTORS; j++) {
            for (int64_t t = 0; t < y.n_tracks; t++)
                a[i * FACTORS + j] += (double)y.values[t * y.stride + i] * (double)y.values[t * y.stride + j];
            for (int s = 0; s < n_seeds; s++)
                a[i * FACTORS + j] += alpha * (double)seeds[s][i] * (double)seeds[s][j];
        }
        a[i * FACTORS + i] += lambda * scale * scale;
        for (int s = 0; s < n_seeds; s++)
            b[i] += (1 + alpha) * (double)seeds[s][i];
    }
    solve(a, b, FACTORS);
    for (int i = 0; i < FACTORS; i++)
        score += b[i] * (double)y.values[row * y.stride + i];
    return score;
}

enum { NEW_SEEDS = 3 };

/* The list for songs of a group: the first is known, the others are new, or all are. */
static void ask_for_new(struct recommender *recommender, int group, bool beside, struct recommendation *list,
                        size_t *count, struct seed_counts *counts, int64_t seeds[1 + NEW_SEEDS])
{
    const int first = beside ? 0 : 1;
    int n = 1;
    seeds[0] = 0;
    for (int64_t t = 1; t <= TRACKS; t++) {
        if (group_of(t) != group)
            continue;
        if (recommender_knows(recommender, (int32_t)(t - 1)) && seeds[0] == 0)
            seeds[0] = t;
        else if (!recommender_knows(recommender, (int32_t)(t - 1)) && n <= NEW_SEEDS)
            seeds[n++] = t;
    }
    const struct recommend_query query = {
        .seeds = seeds + first, .n_seeds = (size_t)(1 + NEW_SEEDS - first), .counts = counts};
    must(recommender_recommend(recommender, &query, LONG, list, count, &error));
}

static void new_songs_count_as_seeds(void **state)
{
    (void)state;
    struct compute compute;
    struct recommendation list[LONG], other[LONG];
    size_t count, n_other;
    struct seed_counts counts;
    int64_t seeds[1 + NEW_SEEDS];
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    for (int choice = 0; choice < NEW_SEEDS_CHOICES; choice++)
        for (int beside = 0; beside < 2; beside++) {
            struct recommender *recommender;
            apply_with("als", (enum new_tracks_seeds)choice);
            must(recommender_open(catalogue, &compute, "als", &recommender, &error));
            ask_for_new(recommender, 1, beside, list, &count, &counts, seeds);
            const bool used = choice == NEW_SEEDS_ALWAYS || (choice == NEW_SEEDS_BESIDE && beside);
            assert_int_equal(counts.known, beside);
            assert_int_equal(counts.predicted, used ? NEW_SEEDS : 0);
            assert_int_equal(counts.answer == ANSWER_MODEL, used || beside);
            if (used) {
                const struct new_tracks_rows rows = new_tracks_of(recommender);
                const float *vectors[1 + NEW_SEEDS];
                struct track_vectors y;
                int in_group = 0;
                must(recommender_track_vectors(recommender, &y, &error));
                for (int s = 0; s <= NEW_SEEDS; s++)
                    vectors[s] = s == 0 ? y.values + (seeds[0] - 1) * y.stride
                                        : new_tracks_vector(&rows, (int32_t)(seeds[s] - 1));
                for (size_t i = 0; i < 20; i++) {
                    in_group += group_of(list[i].track) == 1;
                    for (int s = 1 - beside; s <= NEW_SEEDS; s++)
                        assert_int_not_equal(list[i].track, seeds[s]);
                    if (list[i].is_new)
                        continue;
                    const double score = folded_score(recommender, vectors + 1 - beside, NEW_SEEDS + beside,
                                                      (int32_t)(list[i].track - 1));
                    assert_true(fabs(score - (double)list[i].score) <= 1e-4 * fabs((double)list[0].score));
                }
                assert_true(in_group >= 16);
            }
            if (choice == NEW_SEEDS_NEVER && beside) { /* as if they were not there */
                const struct recommend_query query = {.seeds = seeds, .n_seeds = 1};
                must(recommender_recommend(recommender, &query, LONG, other, &n_other, &error));
                for (size_t i = 0, j = 0; i < 20; i++, j++) {
                    while (other[j].track == seeds[1] || other[j].track == seeds[2] || other[j].track == seeds[3])
                        j++;
                    assert_int_equal(list[i].track, other[j].track);
                }
            }
            recommender_close(recommender);
        }
    compute_close(&compute);
}

/* An ensemble takes the new songs of its members, and a network with biases takes predicted ones, biases with them. */
static void other_models_take_new_songs(void **state)
{
    (void)state;
    static const char *const members[] = {"als", "neighbours"};
    static const char *const network[] = {"factors=4", "epochs=2", "batch=16", "negatives=10",
                                          "hard=2",    "easy=1",   "bias=1"};
    static const double weights[] = {1, 1};
    const struct model_spec specs[] = {
        {.kind = "sknn", .name = "neighbours", .split_sets = SPLIT_TRAIN},
        {.kind = "ensemble",
         .name = "both",
         .split_sets = SPLIT_TRAIN,
         .members = {.names = members, .count = 2, .weights = weights}},
        {.kind = "mf-avg", .name = "mf", .settings = network, .n_settings = 7, .split_sets = SPLIT_TRAIN},
    };
    struct content_train_result trained;
    struct compute compute;
    struct recommendation list[LONG];
    struct seed_counts counts;
    struct error why = {0};
    size_t count;
    int64_t seeds[1 + NEW_SEEDS];
    apply_with("als", NEW_SEEDS_ALWAYS);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        must(app_train(catalogue, &use, &specs[i], NULL, &error));
    must(try_training("sound", "mf", "mf", FIT_RIDGE, NULL, false, &trained, &error));
    apply_with("mf", NEW_SEEDS_ALWAYS);
    assert_int_equal(try_training("sound", "both", "both", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "its members"));
    assert_int_equal(try_training("sound", "neighbours", "n", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "counted from playlists"));
    must(compute_open(DEVICE_CPU, 2, &compute, &error));
    for (int i = 0; i < 2; i++) {
        struct recommender *recommender;
        int n_new = 0, in_group = 0;
        must(recommender_open(catalogue, &compute, i == 0 ? "both" : "mf", &recommender, &error));
        ask_for_new(recommender, 3, true, list, &count, &counts, seeds);
        assert_int_equal(counts.predicted, NEW_SEEDS);
        assert_int_equal(count, LONG);
        for (size_t t = 0; t < count; t++) {
            n_new += list[t].is_new;
            in_group += t < 20 && group_of(list[t].track) == 3;
            assert_true(isfinite(list[t].score) && (t == 0 || list[t].score <= list[t - 1].score));
        }
        assert_true(n_new >= 3);
        assert_true(i == 1 || in_group >= 16); /* two epochs do not tell the groups */
        struct score_explanation explanation;
        const struct explain_query query = {
            .query = {.seeds = seeds, .n_seeds = 1 + NEW_SEEDS}, .track = list[0].track, .k = LONG};
        must(recommender_explain(recommender, &query, &explanation, &error));
        assert_int_equal(explanation.rank, 1);
        assert_true(fabs(explanation.score - (double)list[0].score) <= 1e-5 * fabs((double)list[0].score));
        assert_true(explanation.seeds[1].predicted && !explanation.seeds[0].predicted);
        assert_true(i == 0 || explanation.seeds[1].change != 0); /* ranks of an ensemble may stay */
        score_explanation_free(&explanation);
        recommender_close(recommender);
    }
    compute_close(&compute);
}

static void gain_gives_as_many_rows(void **state)
{
    (void)state;
    struct content_train_result trained;
    train("als", FIT_RIDGE, &trained);
    const struct new_tracks_gain *gain = &trained.gain;
    assert_int_equal(gain->n_lists, 20);
    assert_false(gain->at_end);
    assert_true(gain->learned > 0);
    assert_true(fabs(gain->predicted - gain->learned) <= 1.0 / 20 * 2); /* the step of a mean over 20 lists, twice */
}

/* ---- the predictor ---- */

static void predictor_predicts_as_the_fit(void **state)
{
    (void)state;
    struct compute compute;
    struct content_train_result trained;
    struct predictor predictor;
    struct feature_set set;
    static float vectors[TRACKS * FACTORS];
    for (int method = 0; method < FIT_METHODS; method++) {
        double error_sum = 0, total = 0;
        train("other", (enum fit_method)method, &trained);
        must(predictor_open(catalogue, "other", &predictor, &error));
        must(feature_set_open(catalogue, "sound", &set, &error));
        must(compute_open(DEVICE_CPU, 2, &compute, &error));
        must(predictor_run(&compute, &predictor, &set, vectors, &error));
        assert_int_equal(predictor.n_held_out, trained.fit.n_held_out);
        struct recommender *recommender;
        struct track_vectors tracks;
        must(recommender_open_alone(catalogue, &compute, "als", &recommender, &error));
        must(recommender_track_vectors(recommender, &tracks, &error));
        for (int64_t i = 0; i < predictor.n_held_out; i++)
            for (int j = 0; j < FACTORS; j++) {
                double truth = (double)tracks.values[predictor.held_out[i] * tracks.stride + j];
                double deviation = predictor.deviation[j];
                double difference = truth - (double)vectors[predictor.held_out[i] * FACTORS + j];
                error_sum += difference * difference / deviation / deviation;
                total += (truth - predictor.mean[j]) * (truth - predictor.mean[j]) / deviation / deviation;
            }
        /* R² from what was stored is the R² that the fit reports (float32 vectors). */
        assert_true(fabs(1 - error_sum / total - trained.fit.r2) < 1e-4);
        recommender_close(recommender);
        compute_close(&compute);
        feature_set_close(&set);
        predictor_close(&predictor);
    }
}

static void list_starts_with_the_true_one(void **state)
{
    (void)state;
    struct content_comparison comparison;
    struct answer_list list;
    ask(0, 2, true, &list);
    int64_t known = 1, cold = 1;
    while (!list.known[known - 1])
        known++;
    while (list.known[cold - 1])
        cold++;
    char song[64];
    snprintf(song, sizeof song, "song %d / artist %d", (int)known - 1, (int)known - 1);
    must(app_content_compare(catalogue, &use, "als", song, 10, &comparison, &error));
    assert_int_equal(comparison.n_lists, 3); /* true, als, other */
    assert_string_equal(comparison.lists[0].name, "true");
    assert_int_equal(comparison.lists[0].overlap, -1);
    for (int i = 0; i < 3; i++) {
        int same = 0;
        assert_int_equal(comparison.lists[i].tracks.count, 10);
        for (size_t t = 0; t < 10; t++) {
            same += group_of(comparison.lists[i].tracks.items[t].id) == group_of(known);
            assert_true(t == 0 || comparison.lists[i].cosines[t] <= comparison.lists[i].cosines[t - 1]);
        }
        assert_true(i == 2 || same >= 8); /* the network has learned for eight epochs only */
    }
    content_comparison_free(&comparison);
    snprintf(song, sizeof song, "song %d / artist %d", (int)cold - 1, (int)cold - 1);
    must(app_content_compare(catalogue, &use, "als", song, 10, &comparison, &error));
    assert_int_equal(comparison.n_lists, 2);
    assert_string_equal(comparison.lists[0].name, "als");
    content_comparison_free(&comparison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_songs_stand_among_the_known), cmocka_unit_test(known_songs_keep_their_scores),
        cmocka_unit_test(threads_change_nothing),          cmocka_unit_test(gain_gives_as_many_rows),
        cmocka_unit_test(new_songs_count_as_seeds),        cmocka_unit_test(other_models_take_new_songs),
        cmocka_unit_test(predictor_predicts_as_the_fit),   cmocka_unit_test(list_starts_with_the_true_one),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
