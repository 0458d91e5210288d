#include "generated.h"

#include "db/import/import.h"
#include "features/feature_set.h"
#include "models/fallback.h"

/* Lists for seeds that a model does not know: the formula, what every kind of model answers, and what it says. */

enum { TRACKS = 90, ARTISTS = 17, LATER = 6, HERMITS = 2 };

static struct catalogue *catalogue;
static char path[160];
static int64_t single, later, hermits; /* numbers of the first tracks of these names */

static void import_text(const char *text)
{
    char csv[192];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album\n%s", text);
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
    unlink(csv);
}

/* Playlists of generated tracks, and one with a single track that is in no other. */
static void import_training(void)
{
    struct interactions r = generate(31, 120, TRACKS);
    struct buffer text = {0};
    for (int64_t p = 0; p < r.n_playlists; p++)
        for (int64_t e = r.starts[p]; e < r.starts[p + 1]; e++)
            buffer_printf(&text, "list %lld,%lld,song %d,artist %d,album %d\n", (long long)p,
                          (long long)(e - r.starts[p]), r.tracks[e], r.tracks[e] % ARTISTS, r.tracks[e] / 5);
    buffer_printf(&text, "alone,0,single,artist 3,\n");
    import_text(text.data);
    buffer_free(&text);
    generated_free(&r);
}

/* Tracks that no model was trained on: of known artists, and of artists with nothing else. */
static void import_later(void)
{
    struct buffer text = {0};
    for (int i = 0; i < LATER; i++)
        buffer_printf(&text, "new,%d,later %d,artist %d,\n", i, i, i);
    for (int i = 0; i < HERMITS; i++)
        buffer_printf(&text, "new,%d,hermit %d,hermit %d,\n", LATER + i, i, i);
    import_text(text.data);
    buffer_free(&text);
}

static int64_t find(const char *key)
{
    int64_t id;
    must(catalogue_track_find(catalogue, key, &id, &error));
    assert_true(id > 0);
    return id;
}

static struct model_spec spec_of(const char *kind)
{
    static const char *const factors[] = {"factors=8", "regularization=0.5"};
    static const char *const network[] = {"factors=8", "regularization=0.5", "epochs=1", "batch=32"};
    bool is_network = strchr(kind, '-') != NULL;
    return (struct model_spec){.kind = kind,
                               .name = kind,
                               .settings = is_network ? network : factors,
                               .n_settings = is_network                 ? 4
                                             : strcmp(kind, "als") == 0 ? 2
                                                                        : 0,
                               .seed = 1,
                               .split_sets = SPLIT_TRAIN};
}

/* The kinds that differ in how they use seeds. */
static const char *const kinds[] = {"popularity", "als",     "sknn",   "vstan",  "ease",
                                    "rp3beta",    "itemknn", "mf-avg", "fm-avg", "mf-pool"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int make_catalogue(void **state)
{
    if (open_all(state) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/c.db", folder);
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_training();
    for (int i = 0; i < KINDS; i++) {
        const struct model_spec spec = spec_of(kinds[i]);
        must(model_train(catalogue, &compute, &spec, NULL, &error));
    }
    import_later();
    single = find("single / artist 3");
    later = find("later 0 / artist 0");
    hermits = find("hermit 0 / hermit 0");
    return 0;
}

static int remove_catalogue(void **state)
{
    char command[96];
    catalogue_close(catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? close_all(state) : -1;
}

/* ---- what every kind answers ---- */

struct question {
    int64_t seeds[3];
    size_t n_seeds;
    enum answer answer; /* of a model that knows none of them */
    const char *note;   /* what the note says then */
};

static struct recommendation list[200];

static size_t ask(struct recommender *model, const struct question *question, size_t k, struct seed_counts *counts)
{
    size_t n = 0;
    const struct recommend_query query = {.seeds = question->seeds, .n_seeds = question->n_seeds, .counts = counts};
    must(recommender_recommend(model, &query, k, list, &n, &error));
    assert_true(n == k);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || list[i - 1].score >= list[i].score);
        for (size_t s = 0; s < question->n_seeds; s++)
            assert_true(list[i].track != question->seeds[s]);
        for (size_t j = 0; j < i; j++)
            assert_true(list[i].track != list[j].track);
    }
    return n;
}

static void check_answer(struct recommender *model, const char *kind, const struct question *question)
{
    enum { K = 40 };
    struct seed_counts counts;
    char note[SEEDS_NOTE_SIZE];
    bool same_for_all = strcmp(kind, "popularity") == 0;
    ask(model, question, K, &counts);
    assert_true(list[0].score > list[K - 1].score);
    assert_int_equal(counts.distinct, question->n_seeds);
    seed_counts_describe(&counts, kind, note);
    if (same_for_all || counts.known > 0)
        assert_int_equal(counts.answer, ANSWER_MODEL);
    else
        assert_int_equal(counts.answer, question->answer);
    if (same_for_all)
        assert_string_equal(note, "");
    else if (counts.known < counts.distinct && !strstr(note, counts.known > 0 ? "knows 1 of the 2" : question->note))
        fail_msg("%s: \"%s\"", kind, note);
}

static void ask_every_kind(const struct question *questions, size_t n)
{
    for (int i = 0; i < KINDS; i++) {
        struct recommender *model;
        must(recommender_open(catalogue, &compute, kinds[i], &model, &error));
        for (size_t q = 0; q < n; q++)
            check_answer(model, kinds[i], &questions[q]);
        recommender_close(model);
    }
}

static void without_features_artists_answer_then_popularity(void **state)
{
    (void)state;
    const struct question questions[] = {
        {{1, 2}, 2, ANSWER_MODEL, ""},
        {{1, later}, 2, ANSWER_MODEL, ""},
        {{later, later + 1}, 2, ANSWER_ARTISTS, "tracks of the same artists, then popular ones instead"},
        {{hermits, later}, 2, ANSWER_ARTISTS, "knows none of the 2 seeds (added"},
        {{hermits}, 1, ANSWER_POPULARITY, "does not know the seed (added"},
        {{hermits, hermits + 1}, 2, ANSWER_POPULARITY, "popular tracks instead"},
    };
    ask_every_kind(questions, sizeof questions / sizeof *questions);
}

static void tracks_of_the_artists_come_first(void **state)
{
    (void)state;
    struct recommender *model;
    struct seed_counts counts;
    const struct question question = {{later + 2, later + 3}, 2, ANSWER_ARTISTS, ""};
    must(recommender_open(catalogue, &compute, "als", &model, &error));
    size_t n = ask(model, &question, 60, &counts), before = 0;
    int64_t ids[60], n_of_artists = 0;
    struct track_list tracks = {0};
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].track;
    must(catalogue_tracks_read(catalogue, ids, n, &tracks, &error));
    for (size_t i = 0; i < n; i++) {
        bool of_artists =
            strcmp(tracks.items[i].artist, "artist 2") == 0 || strcmp(tracks.items[i].artist, "artist 3") == 0;
        assert_true(!of_artists || before == 0);
        before += !of_artists;
        n_of_artists += of_artists;
    }
    assert_true(n_of_artists >= 2 * (TRACKS / ARTISTS - 1));
    track_list_free(&tracks);
    recommender_close(model);
}

/* A session neighbour of a track that is alone in its only playlist has nothing to add. */
static void a_model_that_finds_nothing_says_so(void **state)
{
    (void)state;
    struct recommender *model;
    struct seed_counts counts;
    char note[SEEDS_NOTE_SIZE];
    const struct question question = {{single}, 1, ANSWER_ARTISTS, ""};
    must(recommender_open(catalogue, &compute, "sknn", &model, &error));
    for (size_t k = 1; k <= 50; k += 49) {
        ask(model, &question, k, &counts);
        assert_int_equal(counts.known, 1);
        assert_int_equal(counts.answer, ANSWER_ARTISTS);
        assert_true(list[0].score > 1);
        seed_counts_describe(&counts, "sknn", note);
        assert_non_null(strstr(note, "sknn finds no track that goes with these seeds; the list holds tracks of"));
    }
    recommender_close(model);
}

/* The list of a track that was added after the model had been opened and had opened its fallback. */
static void later_tracks_are_noticed(void **state)
{
    (void)state;
    struct recommender *model;
    struct seed_counts counts;
    must(recommender_open(catalogue, &compute, "als", &model, &error));
    ask(model, &(struct question){{later}, 1, 0, ""}, 10, &counts);
    import_text("newest,0,newest,artist 5,\n");
    const struct question question = {{find("newest / artist 5")}, 1, ANSWER_ARTISTS, ""};
    ask(model, &question, 10, &counts);
    assert_int_equal(counts.answer, ANSWER_ARTISTS);
    recommender_close(model);
}

/* Without a catalogue, popular tracks are all there is. */
static void a_file_alone_gives_popular_tracks(void **state)
{
    (void)state;
    struct model_list record = {0};
    struct buffer file = {0};
    struct recommender *model;
    struct seed_counts counts;
    must(catalogue_model_find(catalogue, "als", &record, &error));
    catalogue_sidecar(catalogue, record.items[0].file, &file);
    must(recommender_open_file(&compute, file.data, &model, &error));
    ask(model, &(struct question){{later, later + 1}, 2, 0, ""}, 20, &counts);
    assert_int_equal(counts.answer, ANSWER_POPULARITY);
    recommender_close(model);
    buffer_free(&file);
    model_list_free(&record);
}

/* ---- with features ---- */

enum { WIDTH = 3 };

struct numbers {
    int64_t n;
    float *values; /* [n x WIDTH] */
    bool *present;
};

/* Rows of different units, some missing, some with an unknown value. */
static struct numbers make_numbers(uint64_t seed, int64_t missing_from)
{
    struct catalogue_counts counts;
    must(catalogue_count(catalogue, &counts, &error));
    struct numbers made = {counts.tracks, calloc((size_t)counts.tracks * WIDTH, sizeof(float)),
                           calloc((size_t)counts.tracks, sizeof(bool))};
    struct random random;
    random_seed(&random, seed);
    for (int64_t i = 0; i < made.n; i++) {
        made.present[i] = i < missing_from && random_below(&random, 8) > 0;
        for (int c = 0; c < WIDTH && made.present[i]; c++)
            made.values[i * WIDTH + c] = (float)(random_normal(&random) * pow(10, c) + 5 * c);
        if (made.present[i] && i % 11 == 0)
            made.values[i * WIDTH + 1] = NAN;
    }
    return made;
}

static void write_numbers(const char *name, const struct numbers *numbers)
{
    static const char *const columns[WIDTH] = {"a", "b", "c"};
    const struct feature_set set = {.item = FEATURE_TRACKS,
                                    .n_rows = numbers->n,
                                    .width = WIDTH,
                                    .values = numbers->values,
                                    .present = numbers->present,
                                    .columns = columns,
                                    .extractor = "test"};
    must(feature_set_write(catalogue, name, &set, NULL, 0, &error));
}

/* Standardised in float64; unknown values are 0. */
static void standardise_slowly(const struct numbers *numbers, double *out)
{
    for (int c = 0; c < WIDTH; c++) {
        double sum = 0, squares = 0, count = 0;
        for (int64_t i = 0; i < numbers->n; i++)
            if (numbers->present[i] && isfinite(numbers->values[i * WIDTH + c])) {
                sum += (double)numbers->values[i * WIDTH + c];
                count++;
            }
        for (int64_t i = 0; i < numbers->n; i++)
            if (numbers->present[i] && isfinite(numbers->values[i * WIDTH + c]))
                squares += pow((double)numbers->values[i * WIDTH + c] - sum / count, 2);
        for (int64_t i = 0; i < numbers->n; i++) {
            double value = (double)numbers->values[i * WIDTH + c];
            bool known = numbers->present[i] && isfinite(value);
            out[i * WIDTH + c] = known ? (value - sum / count) / sqrt(squares / count) : 0;
        }
    }
}

/* The formula of models/fallback.h. */
static double score_slowly(const struct numbers *sets, double *const standardised[2], const float *popularity,
                           const struct track_list *tracks, const int64_t *seeds, size_t n_seeds, int64_t row)
{
    double sum = 0, described = 0, most = 0, artist = 0, album = 0;
    for (size_t s = 0; s < n_seeds; s++) {
        int64_t seed = seeds[s] - 1;
        double distance = 0;
        for (int set = 0; set < 2; set++) {
            double part = 0;
            if (!sets[set].present[seed])
                continue;
            for (int c = 0; c < WIDTH; c++)
                part += pow(standardised[set][seed * WIDTH + c] - standardised[set][row * WIDTH + c], 2) / WIDTH;
            distance += sets[set].present[row] ? part : 2;
        }
        bool has = sets[0].present[seed] || sets[1].present[seed];
        described += has;
        sum += has ? exp(-distance) : 0;
        artist = tracks->items[seed].artist_id == tracks->items[row].artist_id ? 1 : artist;
        album =
            tracks->items[row].album_id && tracks->items[seed].album_id == tracks->items[row].album_id ? 0.5 : album;
    }
    for (int64_t i = 0; i < TRACKS; i++)
        most = (double)popularity[i] > most ? (double)popularity[i] : most;
    return (described > 0 ? sum / described : 0) + artist + album +
           (row < TRACKS ? 0.01 * (double)popularity[row] / most : 0);
}

static void scores_equal_the_formula(void **state)
{
    (void)state;
    enum { K = 30 };
    const struct numbers sets[2] = {make_numbers(71, 1000), make_numbers(72, 60)};
    const int64_t n = sets[0].n;
    double *standardised[2], *scores = malloc((size_t)n * sizeof *scores);
    float popularity[TRACKS];
    int64_t *ids = malloc((size_t)n * sizeof *ids);
    write_numbers("one", &sets[0]);
    write_numbers("two", &sets[1]);
    for (int set = 0; set < 2; set++) {
        standardised[set] = malloc((size_t)n * WIDTH * sizeof(double));
        standardise_slowly(&sets[set], standardised[set]);
    }
    for (int64_t i = 0; i < n; i++)
        ids[i] = i + 1;
    for (int i = 0; i < TRACKS; i++)
        popularity[i] = (float)(i * 7 % 23);
    struct track_list tracks = {0};
    must(catalogue_tracks_read(catalogue, ids, (size_t)n, &tracks, &error));
    const struct fallback_input input = {path, popularity, TRACKS, compute.pool};
    struct fallback *fallback;
    must(fallback_open(&input, &fallback, &error));
    struct random random;
    random_seed(&random, 73);
    for (int round = 0; round < 50; round++) {
        int64_t seeds[6];
        size_t n_seeds = 1 + (size_t)random_below(&random, 6);
        int32_t found[K];
        float found_scores[K];
        bool given[200] = {false};
        for (size_t s = 0; s < n_seeds; s++) { /* distinct */
            seeds[s] = 1 + (int64_t)((size_t)random_below(&random, (uint64_t)n / 6) * 6 + s);
            given[seeds[s] - 1] = true;
        }
        enum answer answer = fallback_recommend(fallback, seeds, n_seeds, K, found, found_scores);
        for (int64_t row = 0; row < n; row++)
            scores[row] = score_slowly(sets, standardised, popularity, &tracks, seeds, n_seeds, row);
        bool described = false;
        for (size_t s = 0; s < n_seeds; s++)
            described = described || sets[0].present[seeds[s] - 1] || sets[1].present[seeds[s] - 1];
        assert_int_equal(answer, described ? ANSWER_FEATURES : ANSWER_ARTISTS);
        for (int i = 0; i < K; i++) {
            assert_false(given[found[i]]);
            given[found[i]] = true;
            assert_true(fabs((double)found_scores[i] - scores[found[i]]) < 1e-5);
            assert_true(i == 0 || found_scores[i] <= found_scores[i - 1]);
        }
        for (int64_t row = 0; row < n; row++)
            assert_true(given[row] || scores[row] <= (double)found_scores[K - 1] + 1e-5);
    }
    fallback_close(fallback);
    track_list_free(&tracks);
    for (int set = 0; set < 2; set++) {
        free(standardised[set]);
        free(sets[set].values);
        free(sets[set].present);
    }
    free(scores);
    free(ids);
}

/* The feature sets of the test before are there. */
static void with_features_they_answer(void **state)
{
    (void)state;
    struct feature_set set;
    must(feature_set_open(catalogue, "one", &set, &error));
    int64_t described = later;
    while (!feature_set_has(&set, described - 1))
        described++;
    feature_set_close(&set);
    const struct question questions[] = {
        {{1, 2}, 2, ANSWER_MODEL, ""},
        {{1, described}, 2, ANSWER_MODEL, ""},
        {{described}, 1, ANSWER_FEATURES, "tracks with similar features instead"},
    };
    ask_every_kind(questions, sizeof questions / sizeof *questions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_features_artists_answer_then_popularity),
        cmocka_unit_test(tracks_of_the_artists_come_first),
        cmocka_unit_test(a_model_that_finds_nothing_says_so),
        cmocka_unit_test(later_tracks_are_noticed),
        cmocka_unit_test(a_file_alone_gives_popular_tracks),
        cmocka_unit_test(scores_equal_the_formula),
        cmocka_unit_test(with_features_they_answer),
    };
    return cmocka_run_group_tests_name("fallback", tests, make_catalogue, remove_catalogue);
}
