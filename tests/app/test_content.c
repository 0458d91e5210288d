#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "app/content.h"
#include "app/feature_fit_items.h"
#include "app/split.h"
#include "app/training.h"
#include "core/log.h"
#include "core/random.h"
#include "db/import/import.h"
#include "db/interactions.h"
#include "models/explain.h"
#include "models/kind.h"
#include "tests/folder.h"
#include "tests/must.h"

/* New songs: vectors predicted from features are in a model's lists. The songs are of six groups, a playlist has
 * songs of one group, and the features tell the groups. */

enum { PLAYLISTS = 180, TRACKS = 600, GROUPS = 6, ENTRIES = 30, FACTORS = 8, WIDTH = GROUPS + 2 };

static char folder[TEST_FOLDER_MAX];
static char path[128];
static struct catalogue *catalogue;
static struct device device;
static struct device_use use = {.device = &device};
static char warning[1024];

static void keep_warning(enum log_level level, const char *text, void *context)
{
    (void)context;
    if (level == LOG_WARNING)
        snprintf(warning, sizeof warning, "%s", text);
}

static int group_of(int64_t track)
{
    return (int)((track - 1) % GROUPS);
}

static void import_songs(void)
{
    char csv[128];
    struct random random;
    random_seed(&random, 8);
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album,seconds\n");
    for (int t = 0; t < TRACKS; t++) /* tracks in the order of their numbers */
        fprintf(file, "of group %d,%d,song %d,artist %d,album %d,200\n", t % GROUPS, t, t, t, t);
    for (int p = 0; p < PLAYLISTS; p++)
        for (int e = 0; e < ENTRIES; e++) {
            int t = (int)random_below(&random, TRACKS / GROUPS) * GROUPS + p % GROUPS;
            fprintf(file, "playlist %d,%d,song %d,artist %d,album %d,200\n", p, e, t, t, t);
        }
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, NULL, NULL, &report, &error));
    unlink(csv);
}

static void write_features(void)
{
    static float values[TRACKS * WIDTH];
    struct random random;
    random_seed(&random, 4);
    for (int t = 0; t < TRACKS; t++)
        for (int j = 0; j < WIDTH; j++)
            values[t * WIDTH + j] = (float)(t % GROUPS == j) + 0.2F * (float)random_uniform(&random);
    const struct feature_set set = {
        .item = FEATURE_TRACKS, .n_rows = TRACKS, .width = WIDTH, .values = values, .extractor = "test"};
    must(feature_set_write(catalogue, "sound", &set, NULL, 0, &error));
}

static void train_als(uint64_t seed)
{
    static const char *const texts[] = {"factors=8", "iterations=4", "regularization=0.5"};
    const struct model_spec spec = {
        .kind = "als", .name = "als", .settings = texts, .n_settings = 3, .seed = seed, .split_sets = SPLIT_TRAIN};
    must(app_train(catalogue, &use, &spec, NULL, &error));
}

static int begin(void **state)
{
    (void)state;
    const struct split_settings drawn = {.draw = true,
                                         .options = {.test = 12, .validation = 20, .seed = 3, .cold = {.share = 0.2}}};
    const struct device_options options = {DEVICE_CPU, 2, NULL};
    struct split_counts counts;
    log_set_sink(keep_warning, NULL);
    if (!test_folder_make(folder))
        return -1;
    snprintf(path, sizeof path, "%s/catalogue.db", folder);
    device_start(&device, &options);
    import_songs();
    write_features();
    must(app_split(catalogue, &drawn, &counts, &error));
    train_als(1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    device_close(&use);
    device_end(&device);
    catalogue_close(catalogue);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static enum status try_training(const char *set, const char *model, const char *name, enum fit_method method,
                                struct progress *progress, bool resume, struct content_train_result *result,
                                struct error *error)
{
    static const char *const network[] = {"epochs=8", "hidden=16", "dropout=0"};
    const struct feature_fit_settings settings = {.set = set,
                                                  .model = model,
                                                  .name = name,
                                                  .method = method,
                                                  .settings = network,
                                                  .n_settings = method == FIT_NETWORK ? 3 : 0,
                                                  .seed = 42,
                                                  .resume = resume};
    return app_content_train(catalogue, &use, &settings, progress, result, error);
}

static void train(const char *name, enum fit_method method, struct content_train_result *result)
{
    must(try_training("sound", "als", name, method, NULL, false, result, &error));
}

static void apply(const char *name, struct content_apply_result *result)
{
    must(app_content_apply(catalogue, &use, name, NEW_SEEDS_CHOICES, NULL, result, &error));
}

/* ---- lists ---- */

enum { LONG = 100 };

struct answer_list {
    struct recommendation items[LONG];
    size_t count;
    int64_t n_tracks;
    bool known[TRACKS];
    float again[LONG]; /* their scores as recommender_score_tracks computes them */
};

/* The list for some songs of a group that the model knows. */
static void ask(int group, int threads, bool alone, struct answer_list *list)
{
    struct compute compute;
    struct recommender *recommender;
    int64_t seeds[4], tracks[LONG];
    size_t n_seeds = 0;
    must(compute_open(DEVICE_CPU, threads, &compute, &error));
    must((alone ? recommender_open_alone : recommender_open)(catalogue, &compute, "als", &recommender, &error));
    list->n_tracks = recommender_tracks(recommender);
    for (int64_t t = 1; t <= TRACKS; t++) {
        list->known[t - 1] = t <= list->n_tracks && recommender_knows(recommender, (int32_t)(t - 1));
        if (n_seeds < 4 && group_of(t) == group && list->known[t - 1])
            seeds[n_seeds++] = t;
    }
    const struct recommend_query query = {.seeds = seeds, .n_seeds = n_seeds};
    must(recommender_recommend(recommender, &query, LONG, list->items, &list->count, &error));
    for (size_t i = 0; i < list->count; i++) {
        tracks[i] = list->items[i].track;
        for (size_t s = 0; s < n_seeds; s++)
            assert_int_not_equal(tracks[i], seeds[s]);
    }
    must(recommender_score_tracks(recommender, &query, 1, tracks, list->count, list->again, &error));
    recommender_close(recommender);
    compute_close(&compute);
}

static int count_new(const struct answer_list *list, int group)
{
    int count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].is_new && (group < 0 || group_of(list->items[i].track) == group);
    return count;
}

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

static void apply_with(const char *name, enum new_tracks_seeds seeds)
{
    struct content_apply_result applied;
    must(app_content_apply(catalogue, &use, name, seeds, NULL, &applied, &error));
    assert_int_equal(applied.seeds, seeds);
    assert_false(applied.chosen);
}

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

/* ---- folds ---- */

/* A song's fold is a function of seed and song: other songs, and which of them are known, change nothing. */
static void folds_depend_on_song_and_seed(void **state)
{
    (void)state;
    enum { N = 20000 };
    static float values[N];
    static int64_t entries[N];
    static uint8_t parts[N], fewer[N], other[N];
    struct random random;
    random_seed(&random, 5);
    for (int i = 0; i < N; i++) {
        values[i] = 1;
        entries[i] = (int64_t)random_below(&random, 5);
    }
    const struct feature_set set = {.item = FEATURE_TRACKS, .n_rows = N, .width = 1, .values = values};
    struct fit_items items = {.n = N, .out = 1, .vectors = values, .entries = entries, .parts = parts};
    fit_items_draw(&items, &set, 1, 0.2, 0.1, 42);
    int64_t known = items.counts[PART_TRAINING] + items.counts[PART_VALIDATION] + items.counts[PART_HELD_OUT];
    /* Within five standard deviations of a binomial. */
    assert_true(fabs((double)items.counts[PART_HELD_OUT] / (double)known - 0.2) < 5 * sqrt(0.16 / (double)known));
    assert_true(fabs((double)items.counts[PART_VALIDATION] / (double)known - 0.1) < 5 * sqrt(0.09 / (double)known));
    items.parts = fewer;
    items.n = N / 3;
    fit_items_draw(&items, &set, 3, 0.2, 0.1, 42);
    items.parts = other;
    fit_items_draw(&items, &set, 1, 0.2, 0.1, 43);
    int differ = 0;
    for (int i = 0; i < N / 3; i++) {
        assert_int_equal(parts[i] == PART_NONE, entries[i] < 1);
        assert_true(fewer[i] == (entries[i] >= 3 ? parts[i] : PART_NONE));
        differ += parts[i] != other[i];
    }
    assert_true(differ > N / 10);
}

/* ---- what cannot be used ---- */

static void wrong_input_is_refused(void **state)
{
    (void)state;
    struct content_train_result trained;
    struct content_apply_result applied;
    struct content_comparison comparison;
    struct error why = {0};
    static float values[TRACKS];
    values[0] = 1;
    assert_int_equal(try_training("none", "als", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "no feature set none"));
    assert_int_equal(try_training("sound", "none", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_FAILED);
    assert_int_equal(try_training("sound", "als", "../x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    const struct feature_set albums = {
        .item = FEATURE_ALBUMS, .n_rows = TRACKS, .width = 1, .values = values, .extractor = "test"};
    must(feature_set_write(catalogue, "covers", &albums, NULL, 0, &error));
    assert_int_equal(try_training("covers", "als", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "is of albums"));
    const struct model_spec spec = {.kind = "popularity", .name = "pop", .split_sets = SPLIT_TRAIN};
    must(app_train(catalogue, &use, &spec, NULL, &error));
    assert_int_equal(try_training("sound", "pop", "x", FIT_RIDGE, NULL, false, &trained, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "cannot be given vectors"));
    assert_int_equal(app_content_apply(catalogue, &use, "none", NEW_SEEDS_CHOICES, NULL, &applied, &why),
                     STATUS_FAILED);
    assert_int_equal(app_content_compare(catalogue, &use, "als", "nothing / nobody", 3, &comparison, &why),
                     STATUS_BAD_DATA);
    assert_int_equal(app_content_compare(catalogue, &use, "pop", "song 1 / artist 1", 3, &comparison, &why),
                     STATUS_USAGE);
}

static void file_path(const char *name, struct buffer *out)
{
    buffer_clear(out);
    new_tracks_path(catalogue, name, "", out);
}

/* Files that were cut at any place, or changed, are never read as valid, and the lists are the model's own. */
static void damaged_files_are_not_used(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct answer_list alone, list;
    struct content_apply_result applied;
    struct predictor predictor;
    struct error error = {0};
    ask(3, 2, true, &alone);
    for (off_t size = 0; size < 4000; size += 397) {
        apply("als", &applied);
        file_path("als.safetensors", &file);
        assert_int_equal(truncate(file.data, size), 0);
        warning[0] = '\0';
        ask(3, 2, false, &list);
        assert_non_null(strstr(warning, "suggests no new tracks"));
        assert_int_equal(count_new(&list, -1), 0);
        assert_int_equal(list.count, alone.count);
    }
    file_path("other.predictor", &file);
    assert_int_equal(truncate(file.data, 700), 0);
    assert_int_equal(predictor_open(catalogue, "other", &predictor, &error), STATUS_BAD_DATA);
    assert_int_equal(app_content_apply(catalogue, &use, "other", NEW_SEEDS_CHOICES, NULL, &applied, &error),
                     STATUS_BAD_DATA);
    unlink(file.data);
    buffer_free(&file);
}

struct stopper {
    struct progress progress;
    int asked;
};

static bool stop(struct progress *progress)
{
    return ++((struct stopper *)progress)->asked == 12;
}

static void interrupted_training_resumes(void **state)
{
    (void)state;
    struct content_train_result whole, resumed;
    struct error why = {0};
    struct stopper stopper = {.progress = {.cancelled = stop}};
    train("whole", FIT_NETWORK, &whole);
    assert_int_equal(try_training("sound", "als", "cut", FIT_NETWORK, NULL, true, &resumed, &why), STATUS_USAGE);
    assert_int_equal(try_training("sound", "als", "cut", FIT_NETWORK, &stopper.progress, false, &resumed, &why),
                     STATUS_INTERRUPTED);
    must(try_training("sound", "als", "cut", FIT_NETWORK, NULL, true, &resumed, &error));
    assert_true(resumed.fit.r2 == whole.fit.r2);
    assert_true(resumed.gain.gain == whole.gain.gain);
}

struct measuring_stopper {
    struct progress progress;
    bool once, trained;
};

/* Stops when the training is over. */
static bool stop_at_measuring(struct progress *progress)
{
    struct measuring_stopper *stopper = (struct measuring_stopper *)progress;
    const bool measuring = progress->stage && strcmp(progress->stage, "comparing with held-out items") == 0;
    stopper->trained = stopper->trained || (progress->stage && strcmp(progress->stage, "training") == 0);
    return measuring && stopper->once;
}

static void finished_training_is_kept_until_it_is_stored(void **state)
{
    (void)state;
    struct content_train_result whole, resumed;
    struct error why = {0};
    struct measuring_stopper stopper = {.progress = {.cancelled = stop_at_measuring}, .once = true};
    struct buffer checkpoint = {0};
    train("whole", FIT_NETWORK, &whole);
    file_path("late.fit", &checkpoint);
    assert_int_equal(try_training("sound", "als", "late", FIT_NETWORK, &stopper.progress, false, &resumed, &why),
                     STATUS_INTERRUPTED);
    assert_non_null(strstr(why.text, "--resume"));
    assert_int_equal(access(checkpoint.data, F_OK), 0);
    stopper = (struct measuring_stopper){.progress = {.cancelled = stop_at_measuring}};
    must(try_training("sound", "als", "late", FIT_NETWORK, &stopper.progress, true, &resumed, &error));
    assert_false(stopper.trained); /* no step was taken again */
    assert_true(resumed.fit.r2 == whole.fit.r2);
    assert_int_not_equal(access(checkpoint.data, F_OK), 0);
    buffer_free(&checkpoint);
}

/* ---- faults ---- */

/* A process trains and applies a predictor, and no file may grow beyond `limit`: writes fail as on a full disk, or the
 * process is killed by them. Returns its wait status. */
static int train_and_apply_in(rlim_t limit, bool killed)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct device_options options = {DEVICE_CPU, 1, NULL};
        const struct feature_fit_settings settings = {
            .set = "sound", .model = "als", .name = "fault", .method = FIT_RIDGE, .seed = 42};
        const struct rlimit limits = {limit, limit};
        struct content_train_result trained;
        struct content_apply_result applied;
        struct catalogue *own = NULL;
        struct device other;
        struct device_use used = {.device = &other};
        device_start(&other, &options);
        signal(SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
        enum status status = catalogue_open(path, CATALOGUE_WRITE, &own, NULL);
        if (setrlimit(RLIMIT_FSIZE, &limits) != 0)
            _exit(77);
        if (status == STATUS_OK)
            status = app_content_train(own, &used, &settings, NULL, &trained, NULL);
        if (status == STATUS_OK)
            status = app_content_apply(own, &used, "fault", NEW_SEEDS_CHOICES, NULL, &applied, NULL);
        _exit(status);
    }
    int result = 0;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

/* Whatever stops it: both files are the earlier ones or the new ones, and the model's lists have new songs. */
static void full_disks_and_kills_leave_whole_files(void **state)
{
    (void)state;
    static const rlim_t limits[] = {0, 700, 1500, 3000, 5000, 8000, 12000, 30000};
    struct content_train_result trained;
    struct predictor predictor;
    struct answer_list list;
    int stopped = 0;
    train("fault", FIT_RIDGE, &trained);
    apply_with("fault", NEW_SEEDS_BESIDE);
    for (size_t i = 0; i < 2 * sizeof limits / sizeof *limits; i++) {
        const int result = train_and_apply_in(limits[i / 2], i % 2);
        stopped += !(WIFEXITED(result) && WEXITSTATUS(result) == STATUS_OK);
        must(predictor_open(catalogue, "fault", &predictor, &error));
        predictor_close(&predictor);
        warning[0] = '\0';
        ask(2, 1, false, &list);
        assert_string_equal(warning, "");
        assert_true(count_new(&list, -1) >= 5);
    }
    assert_true(stopped >= 6);
    train("fault", FIT_RIDGE, &trained); /* nothing that was left is in the way */
    apply_with("fault", NEW_SEEDS_BESIDE);
    must(predictor_remove(catalogue, "fault", &error));
}

/* Another training of the model makes other vectors. */
static void another_training_is_noticed(void **state)
{
    (void)state;
    struct content_apply_result applied;
    struct answer_list list;
    struct error error = {0};
    apply("als", &applied);
    train_als(2);
    warning[0] = '\0';
    ask(4, 2, false, &list);
    assert_non_null(strstr(warning, "of an earlier training"));
    assert_int_equal(count_new(&list, -1), 0);
    assert_int_equal(app_content_apply(catalogue, &use, "als", NEW_SEEDS_CHOICES, NULL, &applied, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "train it again"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_songs_stand_among_the_known),
        cmocka_unit_test(known_songs_keep_their_scores),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(gain_gives_as_many_rows),
        cmocka_unit_test(new_songs_count_as_seeds),
        cmocka_unit_test(other_models_take_new_songs),
        cmocka_unit_test(predictor_predicts_as_the_fit),
        cmocka_unit_test(list_starts_with_the_true_one),
        cmocka_unit_test(folds_depend_on_song_and_seed),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(damaged_files_are_not_used),
        cmocka_unit_test(interrupted_training_resumes),
        cmocka_unit_test(finished_training_is_kept_until_it_is_stored),
        cmocka_unit_test(full_disks_and_kills_leave_whole_files),
        cmocka_unit_test(another_training_is_noticed),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
