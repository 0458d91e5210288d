#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/lock_file.h"
#include "db/import/import.h"
#include "db/results.h"
#include "generated.h"
#include "models/model_files.h"

/* The files of models: which ones are opened and removed, which trainings may run, and what a record says about its
 * file. */

static struct catalogue *catalogue;
static char path[512];

static void place(const char *relative, char out[512])
{
    snprintf(out, 512, "%s/%s", folder, relative);
}

static void write_text(const char *relative)
{
    char file[512];
    place(relative, file);
    FILE *stream = fopen(file, "w");
    assert_non_null(stream);
    fputs("precious\n", stream);
    fclose(stream);
}

static bool is_there(const char *relative)
{
    char file[512];
    struct stat facts;
    place(relative, file);
    return lstat(file, &facts) == 0;
}

static void import_songs(int playlists)
{
    char csv[512];
    place("songs.csv", csv);
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fprintf(file, "playlist,pos,track,artist,album\n");
    for (int p = 0; p < playlists; p++)
        for (int i = 0; i < 6; i++)
            fprintf(file, "list %d,%d,song %d,artist,\n", p, i, (p + i * (1 + p % 3)) % (playlists + 10));
    fclose(file);
    struct import_report report = {0};
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(import_csv(catalogue, csv, &options, compute.pool, NULL, &report, &error));
}

static int make_catalogue(void **state)
{
    if (open_all(state) != 0)
        return -1;
    place("c.db", path);
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    import_songs(20);
    return 0;
}

static int remove_catalogue(void **state)
{
    char command[96];
    catalogue_close(catalogue);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? close_all(state) : -1;
}

static enum status try_training(const char *name, uint64_t seed, struct error *why)
{
    const struct model_spec spec = {.kind = "popularity", .name = name, .seed = seed, .split_sets = SPLIT_TRAIN};
    return model_train(catalogue, &compute, &spec, NULL, why);
}

static void train(const char *name, uint64_t seed)
{
    struct error why = {0};
    if (try_training(name, seed, &why) != STATUS_OK)
        fail_msg("%s", why.text);
}

static void file_of(const char *name, char file[256])
{
    struct model_list record = {0};
    must(catalogue_model_find(catalogue, name, &record, &error));
    assert_int_equal(record.count, 1);
    snprintf(file, 256, "%s", record.items[0].file);
    model_list_free(&record);
}

static void write_record(const char *name, const char *file)
{
    const struct model_record record = {.name = name,
                                        .kind = "als",
                                        .file = file,
                                        .fingerprint = "x",
                                        .n_tracks = 1,
                                        .settings = "{}",
                                        .created = "2020"};
    must(catalogue_model_write(catalogue, &record, &error));
}

/* ---- names --------------------------------------------------------------------------------------------------- */

static void only_files_of_the_name_are_the_models(void **state)
{
    (void)state;
    static const char *const own[] = {"models/als.safetensors", "models/als.0123456789abcdef.safetensors"};
    static const char *const others[] = {"als.safetensors",
                                         "models/als",
                                         "models/als.safetensors.new",
                                         "models/als2.safetensors",
                                         "models/als.safetensors/x",
                                         "models/../models/als.safetensors",
                                         "models//als.safetensors",
                                         "./models/als.safetensors",
                                         "/models/als.safetensors",
                                         "models/als.0123456789abcde.safetensors",
                                         "models/als.0123456789abcdeg.safetensors",
                                         "models/als.0123456789ABCDEF.safetensors",
                                         "models/als.0123456789abcdef0.safetensors",
                                         "models/als.0123456789abcdef.safetensors ",
                                         ""};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_true(model_file_is_of("als", own[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(model_file_is_of("als", others[i]));
    assert_false(model_file_is_of("../x", "models/../x.safetensors"));
    assert_false(model_file_is_of("", "models/.safetensors"));
}

static void a_record_that_leads_elsewhere_opens_and_removes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file, *victim;
    } records[] = {{"evil", "../victim.txt", "victim.txt"},
                   {"evil", "models/../../victim.txt", "victim.txt"},
                   {"evil", "models/other.safetensors", "c.data/models/other.safetensors"},
                   {"evil", "embeddings/evil.safetensors", "c.data/embeddings/evil.safetensors"},
                   {"evil", "search.index", "c.data/search.index"},
                   {"../../victim", "models/../../victim.safetensors", "victim.safetensors"},
                   {"../models/evil", "models/../models/evil.safetensors", "c.data/models/evil.safetensors"},
                   {"", "models/.safetensors", "c.data/models/.safetensors"},
                   {"a\tb", "models/a\tb.safetensors", "c.data/models/a\tb.safetensors"}};
    char made[512];
    place("c.data/models", made);
    must(folder_make(made, &error));
    place("c.data/embeddings", made);
    must(folder_make(made, &error));
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct error why = {0};
        struct recommender *recommender = NULL;
        write_text(records[i].victim);
        write_record(records[i].name, records[i].file);
        assert_int_equal(recommender_open(catalogue, &compute, records[i].name, &recommender, &why), STATUS_BAD_DATA);
        assert_non_null(strstr(why.text, "not a file of that model"));
        must(model_remove(catalogue, records[i].name, &error));
        assert_true(is_there(records[i].victim));
        struct model_list record = {0};
        must(catalogue_model_find(catalogue, records[i].name, &record, &error));
        assert_int_equal(record.count, 0);
        model_list_free(&record);
        place(records[i].victim, made);
        unlink(made);
    }
}

static void a_link_is_removed_not_what_it_leads_to(void **state)
{
    (void)state;
    char link_path[512], victim[512];
    write_text("victim.txt");
    place("victim.txt", victim);
    place("c.data/models/linked.safetensors", link_path);
    assert_int_equal(symlink(victim, link_path), 0);
    write_record("linked", "models/linked.safetensors");
    must(model_remove(catalogue, "linked", &error));
    assert_true(is_there("victim.txt"));
    assert_false(is_there("c.data/models/linked.safetensors"));
    assert_int_equal(symlink(victim, link_path), 0);
    train("linked", 1);
    must(model_remove(catalogue, "linked", &error));
    assert_true(is_there("victim.txt"));
}

/* ---- trainings of one name ----------------------------------------------------------------------------------- */

static void a_name_in_training_is_refused_at_once(void **state)
{
    (void)state;
    struct lock_file lock;
    bool busy;
    char lock_path[512];
    train("locked", 1);
    place("c.data/models/locked.lock", lock_path);
    must(lock_file_take(lock_path, &lock, &busy, &error));
    assert_false(busy);
    struct error why = {0};
    assert_int_equal(try_training("locked", 2, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "being trained"));
    assert_int_equal(model_remove(catalogue, "locked", &why), STATUS_FAILED);
    train("another", 1);
    lock_file_release(&lock);
    train("locked", 2);
    assert_false(is_there("c.data/models/locked.lock"));
}

static void a_killed_process_holds_no_lock(void **state)
{
    (void)state;
    char lock_path[512];
    place("c.data/models/killed.lock", lock_path);
    pid_t child = fork();
    if (child == 0) {
        struct lock_file lock;
        bool busy;
        lock_file_take(lock_path, &lock, &busy, NULL);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(is_there("c.data/models/killed.lock"));
    train("killed", 1);
    must(model_remove(catalogue, "killed", &error));
}

static void a_training_removes_leftovers_of_its_own_name_only(void **state)
{
    (void)state;
    static const char *const own[] = {"c.data/models/left.aaaaaaaaaaaaaaaa.safetensors",
                                      "c.data/models/left.safetensors.new.checkpoint",
                                      "c.data/models/left.safetensors.new",
                                      "c.data/models/left.safetensors.new.candidate.sleeve-abcdef",
                                      "c.data/models/left.aaaaaaaaaaaaaaaa.safetensors.index",
                                      "c.data/models/left.safetensors.index.sleeve-abcdef"};
    static const char *const others[] = {"c.data/models/left2.safetensors",
                                         "c.data/models/left.txt",
                                         "c.data/models/left.safetensors.newer",
                                         "c.data/models/leftover.safetensors.new",
                                         "c.data/models/left.bbbbbbbbbbbbbbbb.safetensors",
                                         "c.data/models/left.bbbbbbbbbbbbbbbb.safetensors.index",
                                         "c.data/models/left.safetensors.indexed"};
    train("left", 1);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        write_text(own[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        write_text(others[i]);
    write_record("left.bbbbbbbbbbbbbbbb", "models/left.bbbbbbbbbbbbbbbb.safetensors");
    train("left", 2);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_false(is_there(own[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(is_there(others[i]));
}

static void note_leftover(void *context, const char *file)
{
    struct buffer *all = context;
    buffer_printf(all, "%s\n", file);
}

static void an_index_goes_with_its_model(void **state)
{
    (void)state;
    char file[256], index[300], gone[512];
    struct buffer leftovers = {0};
    train("large", 1);
    write_text("c.data/models/large.safetensors.index");
    train("large", 2);
    assert_false(is_there("c.data/models/large.safetensors.index"));
    file_of("large", file);
    snprintf(index, sizeof index, "c.data/%s.index", file);
    write_text(index);
    write_text("c.data/models/gone.safetensors.index");
    must(model_leftovers_list(catalogue, note_leftover, &leftovers, &error));
    assert_null(strstr(leftovers.data, "large"));
    assert_non_null(strstr(leftovers.data, "models/gone.safetensors.index\n"));
    must(model_remove(catalogue, "large", &error));
    assert_false(is_there(index));
    place("c.data/models/gone.safetensors.index", gone);
    unlink(gone);
    buffer_free(&leftovers);
}

static void each_training_has_a_file_of_its_own(void **state)
{
    (void)state;
    char first[256], second[256], third[256], place_of_first[300];
    train("twice", 1);
    file_of("twice", first);
    assert_string_equal(first, "models/twice.safetensors");
    struct recommender *earlier;
    must(recommender_open(catalogue, &compute, "twice", &earlier, &error));
    train("twice", 2);
    file_of("twice", second);
    assert_string_not_equal(first, second);
    snprintf(place_of_first, sizeof place_of_first, "c.data/%s", first);
    assert_false(is_there(place_of_first));
    /* a program that has opened the earlier file continues to use it */
    struct recommendation out[3];
    size_t count = 0;
    const int64_t seeds[] = {1};
    must(recommender_recommend(earlier, &(struct recommend_query){.seeds = seeds, .n_seeds = 1}, 3, out, &count,
                               &error));
    assert_int_equal(count, 3);
    recommender_close(earlier);
    train("twice", 3);
    file_of("twice", third);
    assert_true(model_file_is_of("twice", third));
    assert_string_not_equal(first, third); /* a reader of the first record would take the third file for it */
    must(model_remove(catalogue, "twice", &error));
    snprintf(place_of_first, sizeof place_of_first, "c.data/%s", third);
    assert_false(is_there(place_of_first));
}

static void *train_often(void *context)
{
    struct catalogue *own = NULL;
    struct compute on;
    struct error why = {0};
    const struct model_spec spec = {.kind = "popularity", .name = "changing", .split_sets = SPLIT_TRAIN};
    enum status *status = context;
    *status = catalogue_open(path, CATALOGUE_WRITE, &own, &why);
    if (*status == STATUS_OK)
        *status = compute_open(DEVICE_CPU, 1, &on, &why);
    for (int i = 0; i < 60 && *status == STATUS_OK; i++)
        *status = model_train(own, &on, &spec, NULL, &why);
    catalogue_close(own);
    compute_close(&on);
    return NULL;
}

static void a_reader_never_misses_the_model(void **state)
{
    (void)state;
    pthread_t thread;
    static enum status trained = STATUS_OK; /* the thread writes it even if this test has failed */
    train("changing", 1);
    assert_int_equal(pthread_create(&thread, NULL, train_often, &trained), 0);
    while (pthread_tryjoin_np(thread, NULL) != 0) {
        struct recommender *recommender;
        must(recommender_open(catalogue, &compute, "changing", &recommender, &error));
        recommender_close(recommender);
    }
    assert_int_equal(trained, STATUS_OK);
}

/* One metric of one playlist. */
static struct result_table one_result(void)
{
    static const char *const metrics[] = {"ndcg"};
    static int64_t playlist = 1;
    static int32_t shown = 1;
    static double value = 0.5;
    return (struct result_table){metrics, 1, 1, &playlist, &shown, &value};
}

static void results_go_to_the_model_that_was_evaluated(void **state)
{
    (void)state;
    struct recommender *recommender;
    struct model_list evaluated;
    struct result_table results = {0};
    struct error why = {0};
    const struct result_table row = one_result();
    train("evaluated", 1);
    must(recommender_open(catalogue, &compute, "evaluated", &recommender, &error));
    recommender_take_record(recommender, &evaluated);
    recommender_close(recommender);
    must(catalogue_results_write(catalogue, &evaluated.items[0], &row, "{}", &error));
    train("evaluated", 2);
    assert_int_equal(catalogue_results_write(catalogue, &evaluated.items[0], &row, "{}", &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "trained again"));
    must(catalogue_results_read(catalogue, "evaluated", 0, row.metrics, 1, &results, &error));
    assert_int_equal(results.count, 0);
    result_table_free(&results);
    must(model_remove(catalogue, "evaluated", &error));
    assert_int_equal(catalogue_results_write(catalogue, &evaluated.items[0], &row, "{}", &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "removed"));
    model_list_free(&evaluated);
}

/* ---- other files beside the catalogue ---------------------------------------------------------------------------- */

static void check(const char *name, bool missing, const char *sentence)
{
    struct model_list record = {0};
    struct error why = {0};
    bool is_missing;
    must(catalogue_model_find(catalogue, name, &record, &error));
    assert_int_not_equal(model_check(catalogue, &record.items[0], &is_missing, &why), STATUS_OK);
    assert_int_equal(is_missing, missing);
    if (!strstr(why.text, sentence))
        fail_msg("%s", why.text);
    model_list_free(&record);
}

static void a_file_that_is_gone_cut_or_of_another_training_is_noticed(void **state)
{
    (void)state;
    char file[256], relative[300];
    train("cut", 1);
    file_of("cut", relative);
    snprintf(file, sizeof file, "%.100s/c.data/%.100s", folder, relative);
    assert_int_equal(truncate(file, 300), 0);
    check("cut", false, "cut short");
    assert_int_equal(truncate(file, 0), 0);
    check("cut", false, "too few");
    unlink(file);
    check("cut", true, "is missing");
    const struct model_spec spec = {.kind = "sknn", .name = "swapped", .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    train("cut", 1);
    char from[256], to[256];
    file_of("swapped", relative);
    snprintf(to, sizeof to, "%.100s/c.data/%.100s", folder, relative);
    file_of("cut", relative);
    snprintf(from, sizeof from, "%.100s/c.data/%.100s", folder, relative);
    assert_int_equal(rename(from, to), 0);
    check("swapped", false, "different trainings");
    struct recommender *recommender;
    struct error why = {0};
    assert_int_equal(recommender_open(catalogue, &compute, "swapped", &recommender, &why), STATUS_BAD_DATA);
    assert_non_null(strstr(why.text, "different trainings"));
    assert_int_equal(recommender_open(catalogue, &compute, "cut", &recommender, &why), STATUS_FAILED);
    assert_non_null(strstr(why.text, "missing"));
}

/* ---- seeds --------------------------------------------------------------------------------------------------- */

static void count(struct recommender *recommender, size_t n, const int64_t *seeds, size_t distinct, size_t known,
                  size_t later, enum answer answer, const char *sentence)
{
    struct seed_counts counts;
    char text[SEEDS_NOTE_SIZE];
    must(recommender_count_seeds(recommender, seeds, n, &counts, &error));
    assert_int_equal(counts.distinct, distinct);
    assert_int_equal(counts.known, known);
    assert_int_equal(counts.later, later);
    assert_int_equal(counts.answer, answer);
    seed_counts_describe(&counts, "als", text);
    if (sentence[0] ? strstr(text, sentence) == NULL : text[0] != '\0')
        fail_msg("\"%s\" is not \"%s\"", text, sentence);
}

static void seeds_that_came_later_are_counted(void **state)
{
    (void)state;
    struct recommender *recommender;
    const char *const factors[] = {"factors=4"};
    const struct model_spec spec = {
        .kind = "als", .name = "seeds", .settings = factors, .n_settings = 1, .split_sets = SPLIT_TRAIN};
    must(model_train(catalogue, &compute, &spec, NULL, &error));
    import_songs(40);
    must(recommender_open(catalogue, &compute, "seeds", &recommender, &error));
    int64_t last = recommender_tracks(recommender);
    count(recommender, 2, (const int64_t[]){1, 2}, 2, 2, 0, ANSWER_MODEL, "");
    count(recommender, 3, (const int64_t[]){1, 1, 1}, 1, 1, 0, ANSWER_MODEL, "");
    count(recommender, 3, (const int64_t[]){1, last + 1, 2}, 3, 2, 1, ANSWER_MODEL, "knows 2 of the 3 seeds");
    count(recommender, 2, (const int64_t[]){last + 1, last + 2}, 2, 0, 2, ANSWER_POPULARITY,
          "knows none of the 2 seeds (added");
    count(recommender, 0, (const int64_t[]){0}, 0, 0, 0, ANSWER_POPULARITY, "no seeds");
    recommender_close(recommender);
}

/* A track in no training playlist: the model has a row for it but does not know it. */
static void a_track_of_no_playlist_is_unknown(void **state)
{
    (void)state;
    struct interactions interactions = generate(5, 40, 30);
    const struct model_spec spec = {.kind = "sknn"};
    char file[512], *settings = NULL;
    struct recommender *recommender;
    place("alone.safetensors", file);
    must(model_train_file(&interactions, &compute, &spec, "x", file, &settings, NULL, &error));
    must(recommender_open_file(&compute, file, &recommender, &error));
    count(recommender, 1, (const int64_t[]){30}, 1, 0, 0, ANSWER_POPULARITY, "in none of its training playlists");
    recommender_close(recommender);
    free(settings);
    generated_free(&interactions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_files_of_the_name_are_the_models),
        cmocka_unit_test(a_record_that_leads_elsewhere_opens_and_removes_nothing),
        cmocka_unit_test(a_link_is_removed_not_what_it_leads_to),
        cmocka_unit_test(a_name_in_training_is_refused_at_once),
        cmocka_unit_test(a_killed_process_holds_no_lock),
        cmocka_unit_test(a_training_removes_leftovers_of_its_own_name_only),
        cmocka_unit_test(an_index_goes_with_its_model),
        cmocka_unit_test(each_training_has_a_file_of_its_own),
        cmocka_unit_test(a_reader_never_misses_the_model),
        cmocka_unit_test(results_go_to_the_model_that_was_evaluated),
        cmocka_unit_test(a_file_that_is_gone_cut_or_of_another_training_is_noticed),
        cmocka_unit_test(seeds_that_came_later_are_counted),
        cmocka_unit_test(a_track_of_no_playlist_is_unknown),
    };
    return cmocka_run_group_tests_name("model files", tests, make_catalogue, remove_catalogue);
}
