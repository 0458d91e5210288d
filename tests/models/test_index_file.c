#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "generated.h"
#include "gpu/index_layout.h"
#include "models/factors.h"
#include "models/finite.h"
#include "models/index_file.h"
#include "models/kind.h"

/* The index of a model in a file: the first list is found with it, and a file that is of another model, old, cut or
 * damaged is noticed and made again. */

enum { TRACKS = 70000, FACTORS = 8, K = 40 };

static char model_path[160], other_path[160], index_path[200];

static void train_model(const char *path, uint64_t seed)
{
    static const char *const settings[] = {"factors=8", "iterations=1", "regularization=0.5"};
    const struct model_spec spec = {.kind = "als", .name = "m", .settings = settings, .n_settings = 3, .seed = seed};
    struct interactions playlists = generate(seed, 60, TRACKS);
    char *json = NULL;
    must(model_train_file(&playlists, &compute, &spec, "x", path, &json, NULL, &error));
    free(json);
    generated_free(&playlists);
}

static int train_all(void **state)
{
    if (open_all(state) != 0)
        return -1;
    snprintf(model_path, sizeof model_path, "%s/m.safetensors", folder);
    snprintf(other_path, sizeof other_path, "%s/other.safetensors", folder);
    snprintf(index_path, sizeof index_path, "%s.index", model_path);
    train_model(model_path, 1);
    train_model(other_path, 2);
    return 0;
}

static int remove_all(void **state)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? close_all(state) : -1;
}

static struct recommender *open_model(const char *path)
{
    struct recommender *model = NULL;
    must(recommender_open_file(&compute, path, &model, &error));
    return model;
}

static void make_index(const char *path)
{
    struct recommender *model = open_model(path);
    must(model_index_make(model, path, &error));
    recommender_close(model);
}

/* The state of the index of the model file, and what is wrong with it. */
static enum index_state state_of(struct error *why)
{
    struct recommender *model = open_model(model_path);
    *why = (struct error){0};
    enum index_state state = model_index_open(model, model_path, why);
    recommender_close(model);
    return state;
}

static void recommend(struct recommender *model, struct recommendation out[K])
{
    const int64_t seeds[] = {1, 6, 11};
    size_t count = 0;
    must(recommender_recommend(model, &(struct recommend_query){.seeds = seeds, .n_seeds = 3}, K, out, &count, &error));
    assert_int_equal(count, K);
}

static void the_first_list_is_found_with_it(void **state)
{
    (void)state;
    struct recommendation plain[K], indexed[K];
    struct error why = {0};
    struct recommender *model = open_model(model_path);
    assert_int_equal(model_index_open(model, model_path, &why), INDEX_MISSING);
    recommend(model, plain);
    recommender_close(model);
    make_index(model_path);
    model = open_model(model_path);
    assert_int_equal(model_index_open(model, model_path, &why), INDEX_IN_USE);
    assert_non_null(model->ops->searched(model)->index);
    recommend(model, indexed);
    for (int i = 0; i < K; i++) {
        assert_int_equal(indexed[i].track, plain[i].track);
        assert_true(fabsf(indexed[i].score - plain[i].score) <= 1e-6F * fabsf(plain[i].score));
    }
    recommender_close(model);
}

static enum status no_memory(struct compute_device *device, const void *host, size_t bytes,
                             struct compute_buffer **buffer, struct error *why)
{
    (void)device, (void)host, (void)bytes, (void)buffer;
    return error_set(why, STATUS_DEVICE, "the GPU failed in reserving memory: out of memory");
}

/* It is not damaged, so it is not made again, and searches read the items. */
static void a_device_without_memory_for_it_needs_none(void **state)
{
    (void)state;
    struct recommendation list[K];
    struct error why = {0};
    const struct compute_ops *const ops = compute.ops;
    struct compute_ops full = *ops;
    full.buffer_wrap = no_memory;
    make_index(model_path);
    struct recommender *model = open_model(model_path);
    compute.ops = &full;
    assert_int_equal(model_index_open(model, model_path, &why), INDEX_NOT_NEEDED);
    compute.ops = ops;
    assert_null(model->index);
    assert_null(model->ops->searched(model)->index);
    recommend(model, list);
    recommender_close(model);
}

/* ---- files that are not used ---- */

static void read_index(struct buffer *bytes)
{
    must(file_read(index_path, (size_t)1 << 28, bytes, &error));
}

static void write_index(const struct buffer *bytes, size_t size)
{
    FILE *file = fopen(index_path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void refuses(const char *what)
{
    struct error why;
    assert_int_equal(state_of(&why), INDEX_UNUSABLE);
    if (!strstr(why.text, what) || !strstr(why.text, ".index"))
        fail_msg("\"%s\" does not say \"%s\"", why.text, what);
    make_index(model_path);
    assert_int_equal(state_of(&why), INDEX_IN_USE);
}

/* The bytes of the tensor in the file. */
static unsigned char *tensor_in(const struct buffer *bytes)
{
    uint64_t header = 0;
    memcpy(&header, bytes->data, sizeof header);
    return (unsigned char *)bytes->data + sizeof header + header;
}

static void a_damaged_file_is_made_again(void **state)
{
    (void)state;
    make_index(model_path);
    struct buffer bytes = {0};
    read_index(&bytes);
    write_index(&bytes, bytes.size / 2);
    refuses("");
    write_index(&bytes, 0);
    refuses("");
    const struct index_parts parts = index_parts_of(TRACKS, FACTORS);
    const size_t places[] = {0, parts.runs + 3, parts.rows + 1, parts.codes + 1000, parts.bytes - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        tensor_in(&bytes)[places[i]] ^= 0x10;
        write_index(&bytes, bytes.size);
        refuses("checksum");
        tensor_in(&bytes)[places[i]] ^= 0x10;
    }
    buffer_free(&bytes);
}

/* Writes the file again with another layout, and with these rows and a checksum that fits them. */
static void write_forged(const char *layout, int32_t row, const char *key)
{
    struct safetensors *file = NULL;
    char sum[17];
    make_index(model_path);
    must(safetensors_open(index_path, &file, &error));
    const struct tensor_view *view = safetensors_at(file, 0);
    struct tensor_source tensor = {
        .name = view->name, .dtype = view->dtype, .rank = view->rank, .shape = {view->shape[0]}};
    unsigned char *copy = malloc(view->size);
    assert_non_null(copy);
    memcpy(copy, view->bytes, view->size);
    memcpy(copy + index_parts_of(TRACKS, FACTORS).rows, &row, sizeof row);
    snprintf(sum, sizeof sum, "%016llx", (unsigned long long)checksum_of(compute.pool, copy, view->size));
    tensor.bytes = copy;
    const struct metadata_pair pairs[] = {
        {"layout", layout}, {"values.0", safetensors_metadata(file, "values.0")}, {key, sum}};
    must(safetensors_write(index_path, &tensor, 1, pairs, 3, &error));
    safetensors_close(file);
    free(copy);
}

static void a_forged_file_reads_no_other_memory(void **state)
{
    (void)state;
    char layout[16];
    snprintf(layout, sizeof layout, "%d", INDEX_LAYOUT);
    const int32_t rows[] = {-1, TRACKS, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_forged(layout, rows[i], "checksum.0");
        refuses("a row is missing");
    }
    write_forged("0", 0, "checksum.0");
    refuses("another version");
    write_forged(layout, 0, "checksum.1");
    refuses("checksum");
}

static void an_index_of_another_training_is_not_used(void **state)
{
    (void)state;
    char foreign[200], command[420];
    make_index(other_path);
    snprintf(foreign, sizeof foreign, "%s.index", other_path);
    snprintf(command, sizeof command, "cp '%s' '%s'", foreign, index_path);
    assert_int_equal(system(command), 0);
    refuses("another model or training");
    snprintf(command, sizeof command, "cp '%s' '%s'", model_path, index_path); /* a file of another kind */
    assert_int_equal(system(command), 0);
    refuses("another version");
}

/* ---- writing that does not end ---- */

static int count_temporary(void)
{
    DIR *open = opendir(folder);
    int count = 0;
    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open));)
        count += strstr(entry->d_name, ".sleeve-") != NULL;
    closedir(open);
    return count;
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void a_full_disk_leaves_no_part(void **state)
{
    (void)state;
    unlink(index_path);
    struct recommender *model = open_model(model_path);
    struct recommendation list[K];
    struct error error = {0};
    signal(SIGXFSZ, SIG_IGN);
    limit_files(100000);
    assert_int_equal(model_index_make(model, model_path, &error), STATUS_FAILED);
    limit_files(RLIM_INFINITY);
    assert_true(strstr(error.text, index_path) != NULL);
    assert_false(file_exists(index_path));
    assert_int_equal(count_temporary(), 0);
    recommend(model, list); /* works without one */
    recommender_close(model);
}

/* Ended by the signal of a file that grows too large, in the middle of writing. */
static void a_killed_writer_leaves_the_earlier_file(void **state)
{
    (void)state;
    struct error why;
    for (int before = 0; before < 2; before++) {
        unlink(index_path);
        if (before)
            make_index(model_path);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct compute own;
            struct recommender *model = NULL;
            signal(SIGXFSZ, SIG_DFL);
            limit_files(100000);
            if (compute_open(DEVICE_CPU, 1, &own, NULL) == STATUS_OK &&
                recommender_open_file(&own, model_path, &model, NULL) == STATUS_OK)
                model_index_make(model, model_path, NULL);
            _exit(0);
        }
        int ended = 0;
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_true(WIFSIGNALED(ended));
        assert_int_equal(WTERMSIG(ended), SIGXFSZ);
        assert_int_equal(state_of(&why), before ? INDEX_IN_USE : INDEX_MISSING);
    }
}

static void the_checksum_changes_with_every_word(void **state)
{
    (void)state;
    enum { WORDS = (1 << 18) + 77 };
    uint32_t *words = calloc(WORDS, sizeof *words);
    assert_non_null(words);
    const uint64_t before = checksum_of(compute.pool, words, WORDS * sizeof *words);
    assert_int_not_equal(before, checksum_of(compute.pool, words, (WORDS - 1) * sizeof *words));
    for (int i = 0; i < 200; i++) {
        const size_t at = (size_t)(random_mix((uint64_t)i) % WORDS);
        words[at] = 1;
        assert_int_not_equal(before, checksum_of(compute.pool, words, WORDS * sizeof *words));
        words[at] = 0;
    }
    float *values = (float *)(void *)words;
    uint64_t sum = 0;
    assert_int_equal(find_nonfinite(compute.pool, values, WORDS, &sum), -1);
    assert_true(sum == before);
    for (int64_t at = WORDS - 1; at >= 0; at = at * 2 / 3 - 1) {
        values[at] = at % 2 ? NAN : -INFINITY;
        assert_int_equal(find_nonfinite(compute.pool, values, WORDS, NULL), at);
    }
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_list_is_found_with_it),
        cmocka_unit_test(a_device_without_memory_for_it_needs_none),
        cmocka_unit_test(a_damaged_file_is_made_again),
        cmocka_unit_test(a_forged_file_reads_no_other_memory),
        cmocka_unit_test(an_index_of_another_training_is_not_used),
        cmocka_unit_test(a_full_disk_leaves_no_part),
        cmocka_unit_test(a_killed_writer_leaves_the_earlier_file),
        cmocka_unit_test(the_checksum_changes_with_every_word),
    };
    return cmocka_run_group_tests(tests, train_all, remove_all);
}
