#include "model_editor.h"

/* Trainings of the kind hybrid on playlists with groups of artists: tracks that no training playlist contains are
 * recommended by their group, trainings that are interrupted give the same file on any number of threads, and files
 * that are damaged are refused. */

enum {
    GROUPS = 40,
    KNOWN = 10,  /* tracks of a group that several playlists contain */
    SINGLE = 30, /* that one playlist contains */
    NEW = 10,    /* that none contains; half of them by an artist that none contains */
    SIZE = KNOWN + SINGLE + NEW,
    TRACKS = GROUPS * SIZE,
    PLAYLISTS_EACH = 10,
    PLAYLISTS = GROUPS * PLAYLISTS_EACH,
    OF_KNOWN = 4,
    OF_SINGLE = SINGLE / PLAYLISTS_EACH,
    LENGTH = OF_KNOWN + OF_SINGLE,
    SHARED = 3, /* artists of a group that several playlists contain; each other artist is in one or none */
    ARTISTS_EACH = SHARED + PLAYLISTS_EACH + 1,
    WIDTH = 6
};

static const char *const common[] = {"factors=16",
                                     "iterations=3",
                                     "regularization=1",
                                     "alpha=0",
                                     "length=0.35",
                                     "scale=1",
                                     "hidden=16",
                                     "residual=16",
                                     "mean_scale=1",
                                     "artist_width=32",
                                     "album_width=8",
                                     "kernel_features=64",
                                     "kernel_width=2",
                                     "batch=32",
                                     "epochs=10",
                                     "learning_rate=3e-3",
                                     "weight_decay=0",
                                     "dropout=0.1",
                                     "table_learning_rate=3e-3",
                                     "table_weight_decay=0",
                                     "mean_dropout=0.1",
                                     "clip_norm=1",
                                     "validate_every=1",
                                     "max_seeds=4",
                                     "order=any",
                                     "neighbours=5",
                                     "neighbour_targets=0",
                                     "inverse_temperature=20",
                                     "hold_out=1",
                                     "softmax_samples=0"};
enum { COMMON_SETTINGS = sizeof common / sizeof *common };
_Static_assert(COMMON_SETTINGS + 5 < COURSE_SETTINGS, "");

/* The tracks of all groups are mixed. */
static int32_t track_of(int64_t group, int64_t i)
{
    return (int32_t)((group * SIZE + i) * 767 % TRACKS);
}

static void make_playlists(struct interactions *made)
{
    *made = (struct interactions){.n_tracks = TRACKS, .n_playlists = PLAYLISTS};
    made->starts = malloc((PLAYLISTS + 1) * sizeof *made->starts);
    made->tracks = malloc(PLAYLISTS * LENGTH * sizeof *made->tracks);
    made->playlist_ids = malloc(PLAYLISTS * sizeof *made->playlist_ids);
    for (int64_t p = 0; p <= PLAYLISTS; p++)
        made->starts[p] = p * LENGTH;
    for (int64_t p = 0; p < PLAYLISTS; p++) {
        int64_t group = p % GROUPS, nth = p / GROUPS;
        made->playlist_ids[p] = p + 1;
        for (int64_t i = 0; i < LENGTH; i++)
            made->tracks[p * LENGTH + i] = i < OF_KNOWN ? track_of(group, (nth + i * (1 + nth % 3)) % KNOWN)
                                                        : track_of(group, KNOWN + nth * OF_SINGLE + i - OF_KNOWN);
    }
}

/* The first single track of each playlist is by an artist of its own. */
static int64_t artist_of(int64_t i)
{
    if (i >= SIZE - NEW / 2)
        return ARTISTS_EACH - 1;
    bool own = i >= KNOWN && i < KNOWN + SINGLE && (i - KNOWN) % OF_SINGLE == 0;
    return own ? SHARED + (i - KNOWN) / OF_SINGLE : i % SHARED;
}

/* A group has a centre, around which the features of its tracks are. */
static void make_side(struct side_info *side)
{
    float *values = malloc(TRACKS * WIDTH * sizeof *values), centre[WIDTH];
    int32_t *rows = malloc(TRACKS * sizeof *rows);
    struct random random;
    random_seed(&random, 21);
    *side = (struct side_info){
        .n_tracks = TRACKS, .n_albums = TRACKS / 5, .n_artists = GROUPS * ARTISTS_EACH, .n_features = 1};
    int32_t **const columns[] = {&side->albums, &side->artists, &side->duration_ms, &side->years, &side->popularity};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        *columns[i] = malloc(TRACKS * sizeof **columns[i]);
    for (int64_t group = 0; group < GROUPS; group++) {
        for (int i = 0; i < WIDTH; i++)
            centre[i] = (float)random_normal(&random);
        for (int64_t i = 0; i < SIZE; i++) {
            int32_t t = track_of(group, i);
            side->albums[t] = i % 6 == 0 ? -1 : (int32_t)((group * SIZE + i) / 5);
            side->artists[t] = (int32_t)(group * ARTISTS_EACH + artist_of(i));
            side->duration_ms[t] = i % 9 == 0 ? -1 : 100000 + (int32_t)random_below(&random, 200000);
            side->years[t] = i % 8 == 0 ? 0 : 1960 + (int32_t)random_below(&random, 60);
            side->popularity[t] = i % 7 == 0 ? -1 : (int32_t)random_below(&random, 101);
            rows[t] = i == KNOWN ? -1 : t;
            for (int j = 0; j < WIDTH; j++)
                values[t * WIDTH + j] = centre[j] + 0.3F * (float)random_normal(&random);
        }
    }
    side->features[0] = (struct side_features){
        .item = FEATURE_TRACKS, .n_rows = TRACKS, .width = WIDTH, .values = values, .rows = rows, .masked = true};
}

static void open_case(struct training_case *training_case)
{
    *training_case = (struct training_case){0};
    make_playlists(&training_case->interactions);
    make_side(&training_case->side);
    snprintf(training_case->path, sizeof training_case->path, "%s/hybrid.model", folder);
    training_case->spec = (struct model_spec){.kind = "hybrid", .name = "x", .seed = 5, .side = &training_case->side};
    training_case->spec.settings = training_case->settings;
    for (size_t i = 0; i < COMMON_SETTINGS; i++)
        training_case_set(training_case, common[i]);
    training_case_cover(training_case, "made");
}

static void without_features(struct training_case *training_case)
{
    training_case_cover(training_case, NULL);
    training_case->side.n_features = 0;
}

/* The share of a group's new tracks from `first` on that is among the best k, given four of its tracks, over all
 * groups. */
static double recall(struct recommender *model, size_t k, int64_t first, int64_t end)
{
    struct recommendation best[TRACKS];
    double found = 0;
    for (int64_t group = 0; group < GROUPS; group++) {
        int64_t seeds[OF_KNOWN];
        size_t count = 0;
        for (int i = 0; i < OF_KNOWN; i++)
            seeds[i] = track_of(group, 2 * i + group % 3) + 1;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = OF_KNOWN}, k, best,
                                   &count, &error));
        assert_int_equal(count, k);
        for (size_t i = 0; i < count; i++)
            for (int64_t j = first; j < end; j++)
                found += best[i].track == track_of(group, j) + 1;
    }
    return found / (double)(GROUPS * (end - first));
}

/* The parts add up to the score. Random unit vectors of artists: the same artist as the seed's has the highest part,
 * the same for all of its tracks. */
static void check_parts(struct recommender *model, const struct side_info *side)
{
    static struct recommendation out[TRACKS];
    const char *names[SCORE_PARTS_MAX];
    assert_int_equal(recommender_parts(model, names), 3);
    assert_string_equal(names[0], "artist");
    for (int64_t seed = 1; seed <= 5; seed++) {
        size_t count = 0, same = 0;
        float of_artist = 0, of_others = -INFINITY;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = &seed, .n_seeds = 1}, TRACKS, out, &count,
                                   &error));
        assert_int_equal(count, TRACKS - 1);
        for (size_t i = 0; i < count; i++) {
            const float *parts = out[i].parts;
            bool of_seed = side->artists[out[i].track - 1] == side->artists[seed - 1];
            assert_true(fabsf(parts[0] + parts[1] + parts[2] + parts[3] - out[i].score) <=
                        1e-5F * (1 + fabsf(out[i].score)));
            if (of_seed && same++ > 0)
                assert_true(fabsf(parts[1] - of_artist) < 1e-5F * of_artist);
            of_artist = of_seed ? parts[1] : of_artist;
            of_others = of_seed ? of_others : fmaxf(of_others, parts[1]);
        }
        assert_true(same == 0 || of_artist > of_others);
    }
}

/* Lists of 40 of the 2000 tracks have a fiftieth of the new ones by chance. */
static void new_tracks_are_recommended_by_their_group(void **state)
{
    (void)state;
    enum { K = 40, OF_NEW_ARTIST = SIZE - NEW / 2 };
    for (int hold_out = 0; hold_out < 2; hold_out++) {
        struct training_case training_case;
        struct recommender *model = NULL;
        open_case(&training_case);
        training_case_set(&training_case, hold_out ? "hold_out=1" : "hold_out=0");
        must(training_case_train(&training_case, &compute, NULL, &error));
        must(recommender_open_file(&compute, training_case.path, &model, &error));
        double known_artist = recall(model, K / 2, KNOWN + SINGLE, OF_NEW_ARTIST);
        double new_artist = recall(model, K, OF_NEW_ARTIST, SIZE);
        if (hold_out ? known_artist < 0.6 || new_artist < 0.4 : known_artist > 0.3 || new_artist > 0.2)
            fail_msg("hold_out=%d: %.3f of the tracks by known artists and %.3f of those by new ones are found",
                     hold_out, known_artist, new_artist);
        check_parts(model, &training_case.side);
        recommender_close(model);
        training_case_close(&training_case);
    }
}

/* Initial vectors of any length are shortened to one with which a training can begin. */
static void long_initial_vectors_are_shortened(void **state)
{
    (void)state;
    struct training_case training_case;
    open_case(&training_case);
    training_case_set(&training_case, "epochs=1");
    training_case_set(&training_case, "length=1e6");
    must(training_case_train(&training_case, &compute, NULL, &error));
    training_case_close(&training_case);
}

/* ---- the same file ---- */

enum { SAMPLED = 1, EVALUATED = 2, PLAIN = 4, SPARSE = 8 };
static const int variants[] = {0, SAMPLED | SPARSE | EVALUATED, SAMPLED | PLAIN};
enum { VARIANTS = sizeof variants / sizeof *variants, EPOCHS = 2 };

/* With a sampled softmax, with an evaluator, or without features and with targets of similar playlists. */
static void open_variant(struct training_case *training_case, int variant, struct training_case_judge *evaluator)
{
    open_case(training_case);
    training_case_set(training_case, "epochs=2");
    if (variant & SAMPLED)
        training_case_set(training_case, "softmax_samples=300");
    if (variant & SPARSE)
        training_case_set(training_case, "sparse_adam=1");
    if (variant & PLAIN) {
        without_features(training_case);
        training_case_set(training_case, "neighbour_targets=0.5");
    }
    evaluator->evaluator.context = evaluator;
    training_case->spec.evaluator = variant & EVALUATED ? &evaluator->evaluator : NULL;
}

static void a_stopped_training_ends_as_if_it_had_not_been(void **state)
{
    (void)state;
    struct training_case_judge evaluator = training_case_judge_make();
    for (int i = 0; i < VARIANTS; i++) {
        struct training_case training_case;
        open_variant(&training_case, variants[i], &evaluator);
        struct stopper counter = stop_at(-1);
        must(training_case_train(&training_case, &compute, &counter.progress, &error));
        struct buffer whole = training_case_read(training_case.path);
        training_case_clear(&training_case);
        int64_t steps = counter.asked / EPOCHS;
        assert_true(steps >= 8);
        const int64_t stops[] = {3, steps, steps + 1};
        for (size_t s = 0; s < sizeof stops / sizeof *stops; s++) {
            char when[64];
            snprintf(when, sizeof when, "when stopped at step %lld", (long long)stops[s]);
            training_case_stop_at(&training_case, stops[s]);
            training_case_finish(&training_case, &whole, when);
        }
        buffer_free(&whole);
        training_case_close(&training_case);
    }
    generated_free(&evaluator.held_out);
}

static void a_model_is_a_function_of_its_seed_alone(void **state)
{
    (void)state;
    static const int threads[] = {2, 5};
    struct training_case_judge evaluator = training_case_judge_make();
    for (int i = 0; i < VARIANTS; i++) {
        struct training_case training_case;
        open_variant(&training_case, variants[i], &evaluator);
        struct buffer whole = training_case_train_whole(&training_case);
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            struct compute device;
            must(compute_open(DEVICE_CPU, threads[t], &device, &error));
            must(training_case_train(&training_case, &device, NULL, &error));
            training_case_same_file(&training_case, &whole, "with another number of threads");
            compute_close(&device);
        }
        training_case.spec.seed++;
        must(training_case_train(&training_case, &compute, NULL, &error));
        struct buffer other = training_case_read(training_case.path);
        assert_true(other.size != whole.size || memcmp(other.data, whole.data, whole.size) != 0);
        buffer_free(&other);
        buffer_free(&whole);
        training_case_close(&training_case);
    }
    generated_free(&evaluator.held_out);
}

/* What is known about a track can change while the catalogue's tracks and playlists stay the same. */
static void a_checkpoint_of_other_tracks_is_refused(void **state)
{
    (void)state;
    struct training_case training_case;
    open_case(&training_case);
    training_case_stop_at(&training_case, 2);
    int32_t *const columns[] = {training_case.side.years, training_case.side.popularity, training_case.side.duration_ms,
                                training_case.side.artists, training_case.side.albums};
    training_case.spec.resume = true;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct error why = {0};
        int32_t before = columns[i][TRACKS - 1];
        columns[i][TRACKS - 1] = before == 1 ? 2 : 1;
        if (training_case_train(&training_case, &compute, NULL, &why) == STATUS_OK)
            fail_msg("a training continues although column %zu has changed", i);
        assert_true(strlen(why.text) > 20);
        columns[i][TRACKS - 1] = before;
    }
    must(training_case_train(&training_case, &compute, NULL, &error));
    training_case_close(&training_case);
}

/* ---- faults ---- */

static void no_model_stays_of_a_training_that_runs_away(void **state)
{
    (void)state;
    static const char *const rates[] = {"learning_rate=1000", "table_learning_rate=1000"};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct training_case training_case;
        struct error why = {0};
        open_case(&training_case);
        training_case_set(&training_case, "clip_norm=0");
        training_case_set(&training_case, rates[i]);
        enum status status = training_case_train(&training_case, &compute, NULL, &why);
        if (status != STATUS_FAILED || !strstr(why.text, "diverged at step") || !strstr(why.text, "learning_rate"))
            fail_msg("%s: status %d, %s", rates[i], (int)status, why.text);
        assert_false(training_case_has(&training_case, "") || training_case_has(&training_case, ".candidate") ||
                     training_case_has(&training_case, ".checkpoint"));
        training_case_close(&training_case);
    }
}

static void know_nothing(struct side_info *side)
{
    for (int64_t t = 0; t < TRACKS; t++) {
        side->albums[t] = side->duration_ms[t] = side->popularity[t] = -1;
        side->years[t] = side->artists[t] = 0;
    }
    side->n_albums = 0;
    side->n_artists = 1;
}

/* One artist, no albums and no features; or no fixed sections: a model can still be trained and used. */
static void little_is_enough(void **state)
{
    (void)state;
    static const char *const widths[] = {"artist_width=0", "album_width=0", "kernel_features=0"};
    for (int without = 0; without < 2; without++) {
        struct training_case training_case;
        struct recommender *model = NULL;
        open_case(&training_case);
        training_case_set(&training_case, "epochs=1");
        for (size_t i = 0; i < 3 && without; i++)
            training_case_set(&training_case, widths[i]);
        if (!without) {
            without_features(&training_case);
            know_nothing(&training_case.side);
        }
        must(training_case_train(&training_case, &compute, NULL, &error));
        must(recommender_open_file(&compute, training_case.path, &model, &error));
        struct recommendation best[5];
        size_t count = 0;
        int64_t seed = track_of(3, 0) + 1;
        must(recommender_recommend(model, &(struct recommend_query){.seeds = &seed, .n_seeds = 1}, 5, best, &count,
                                   &error));
        assert_int_equal(count, 5);
        for (size_t i = 0; i < count; i++)
            assert_true(isfinite(best[i].score));
        recommender_close(model);
        training_case_close(&training_case);
    }
}

static void check_settings(const struct training_case *training_case, const struct buffer *model,
                           const struct safetensors *file)
{
    static const char *const changes[][2] = {{"setting.factors", "15"},
                                             {"setting.factors", "0"},
                                             {"setting.factors", NULL},
                                             {"setting.residual", "65536"},
                                             {"setting.residual", "nan"},
                                             {"setting.artist_width", "31"},
                                             {"setting.artist_width", "-1"},
                                             {"setting.album_width", "1e30"},
                                             {"setting.kernel_features", "63"},
                                             {"setting.kernel_features", NULL},
                                             {"setting.mean_scale", "inf"},
                                             {"setting.mean_scale", ""},
                                             {"n_tracks", "1999"},
                                             {"n_tracks", "2001"},
                                             {"kind", "mf-pool"}};
    char names[KEYS_MAX][64];
    const char *keys[KEYS_MAX];
    const size_t n_keys = list_keys("hybrid", names, keys);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct editor editor = {0};
        keep_metadata(&editor, file, keys, n_keys, changes[i][0], changes[i][1]);
        edit(model, training_case->path, &editor);
        refuses_to_open(training_case, changes[i][0]);
    }
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct training_case training_case;
    struct safetensors *file = NULL;
    open_case(&training_case);
    training_case_set(&training_case, "epochs=1");
    must(training_case_train(&training_case, &compute, NULL, &error));
    struct buffer model = training_case_read(training_case.path);
    must(safetensors_parse(model.data, model.size, "model", &file, &error));
    char names[KEYS_MAX][64];
    const char *keys[KEYS_MAX];
    const size_t n_keys = list_keys("hybrid", names, keys);
    assert_int_equal(safetensors_count(file), 1 + 2 + 8); /* popularity, items, inputs, query.* */
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct tensor_view *view = safetensors_at(file, i);
        bool (*const changes[])(struct editor *, struct tensor_source *) = {leave_out, put_nan, shorten, transpose};
        for (size_t c = 0; c < (view->shape[1] > 1 ? 4 : 3); c++) {
            struct editor editor = {.tensor = view->name, .change = changes[c]};
            keep_metadata(&editor, file, keys, n_keys, NULL, NULL);
            edit(&model, training_case.path, &editor);
            refuses_to_open(&training_case, view->name);
        }
    }
    check_settings(&training_case, &model, file);
    struct editor same = {0};
    keep_metadata(&same, file, keys, n_keys, NULL, NULL);
    edit(&model, training_case.path, &same); /* the editor itself does no damage */
    struct recommender *opened = NULL;
    must(recommender_open_file(&compute, training_case.path, &opened, &error));
    recommender_close(opened);
    safetensors_close(file);
    buffer_free(&model);
    training_case_close(&training_case);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_tracks_are_recommended_by_their_group),
        cmocka_unit_test(long_initial_vectors_are_shortened),
        cmocka_unit_test(a_stopped_training_ends_as_if_it_had_not_been),
        cmocka_unit_test(a_model_is_a_function_of_its_seed_alone),
        cmocka_unit_test(a_checkpoint_of_other_tracks_is_refused),
        cmocka_unit_test(no_model_stays_of_a_training_that_runs_away),
        cmocka_unit_test(little_is_enough),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests_name("hybrid training", tests, training_case_open_all, close_all);
}
