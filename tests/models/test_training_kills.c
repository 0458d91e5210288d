#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "db/import/import.h"
#include "db/results.h"
#include "generated.h"

/* A process is killed before each call of a training, or of a removal, that changes a file. What is left is the earlier
 * model with its record and results, or the new one with its own, and the next training works and cleans up. The
 * functions below replace those of the C library, for SQLite's calls, too. Each run is a separate process. */

static struct shared {
    atomic_long calls;   /* counted so far */
    atomic_long kill_at; /* the call at which the process is killed; 0: none, and calls are not counted */
    char why[1024];      /* the first failed check of a process */
} * shared;

static void before_change(void)
{
    if (shared && atomic_load(&shared->kill_at) > 0 && atomic_fetch_add(&shared->calls, 1) + 1 == shared->kill_at)
        kill(getpid(), SIGKILL);
}

#define STAND_IN(type, name, parameters, number, ...)                                                                  \
    __attribute__((visibility("default"))) type name parameters                                                        \
    {                                                                                                                  \
        before_change();                                                                                               \
        return (type)syscall(number, __VA_ARGS__);                                                                     \
    }

STAND_IN(ssize_t, write, (int fd, const void *bytes, size_t size), SYS_write, fd, bytes, size)
STAND_IN(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), SYS_pwrite64, fd, bytes, size, at)
STAND_IN(int, ftruncate, (int fd, off_t size), SYS_ftruncate, fd, size)
/* With 64 bits for offsets the two above are called pwrite64 and ftruncate64; SQLite may call either. */
ssize_t plain_pwrite(int fd, const void *bytes, size_t size, off_t at) __asm__("pwrite");
int plain_ftruncate(int fd, off_t size) __asm__("ftruncate");
STAND_IN(ssize_t, plain_pwrite, (int fd, const void *bytes, size_t size, off_t at), SYS_pwrite64, fd, bytes, size, at)
STAND_IN(int, plain_ftruncate, (int fd, off_t size), SYS_ftruncate, fd, size)
STAND_IN(int, fsync, (int fd), SYS_fsync, fd)
STAND_IN(int, fdatasync, (int fd), SYS_fdatasync, fd)
STAND_IN(int, rename, (const char *from, const char *to), SYS_renameat, AT_FDCWD, from, AT_FDCWD, to)
STAND_IN(int, link, (const char *from, const char *to), SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0)
STAND_IN(int, unlink, (const char *path), SYS_unlinkat, AT_FDCWD, path, 0)
STAND_IN(int, unlinkat, (int folder_fd, const char *path, int flags), SYS_unlinkat, folder_fd, path, flags)

/* ---- processes ----------------------------------------------------------------------------------------------- */

/* Runs `work` in a process and returns its wait status; shared->why receives the first failure. */
static int run_process(enum status (*work)(struct catalogue *catalogue, struct compute *on, void *context,
                                           struct error *error),
                       void *context)
{
    shared->why[0] = '\0';
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct catalogue *catalogue = NULL;
        struct compute on;
        struct error error = {0};
        char path[192];
        snprintf(path, sizeof path, "%s/run/catalogue.db", folder);
        enum status status = catalogue_open(path, CATALOGUE_WRITE, &catalogue, &error);
        if (status == STATUS_OK)
            status = compute_open(DEVICE_CPU, 1, &on, &error);
        if (status == STATUS_OK)
            status = work(catalogue, &on, context, &error);
        if (status != STATUS_OK)
            snprintf(shared->why, sizeof shared->why, "%s", error.text);
        _exit(status);
    }
    int result = -1;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

static const char *const settings[] = {
    "factors=4", "regularization=0.5", "epochs=1", "batch=16", "negatives=10", "hard=2", "easy=1"};

struct training {
    const char *kind;
    uint64_t seed;
    bool counted; /* its calls are, and one of them may be its last */
};

static enum status train(struct catalogue *catalogue, struct compute *on, void *context, struct error *error)
{
    const struct training *training = context;
    const struct model_spec spec = {.kind = training->kind,
                                    .name = "kept",
                                    .settings = settings,
                                    .n_settings = strcmp(training->kind, "popularity") == 0 ? 0
                                                  : strcmp(training->kind, "als") == 0      ? 2
                                                                                            : 7,
                                    .seed = training->seed,
                                    .split_sets = SPLIT_TRAIN};
    if (!training->counted)
        atomic_store(&shared->kill_at, 0);
    return model_train(catalogue, on, &spec, NULL, error);
}

static enum status remove_model(struct catalogue *catalogue, struct compute *on, void *context, struct error *error)
{
    (void)on;
    (void)context;
    return model_remove(catalogue, "kept", error);
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

static enum status add_results(struct catalogue *catalogue, struct compute *on, void *context, struct error *error)
{
    (void)context;
    struct recommender *recommender;
    struct model_list record = {0};
    const struct result_table row = one_result();
    enum status status = recommender_open(catalogue, on, "kept", &recommender, error);
    if (status != STATUS_OK)
        return status;
    recommender_take_record(recommender, &record);
    return catalogue_results_write(catalogue, &record.items[0], &row, "{\"on\":\"test\"}", error);
}

/* ---- what must hold ------------------------------------------------------------------------------------------ */

static enum status wrong(struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s", what);
}

static const char *seed_of(const char *settings_json)
{
    const char *seed = strstr(settings_json, "\"seed\":");
    return seed ? seed + strlen("\"seed\":") : "";
}

/* The model can be used, its record matches its file, and there are results of the first training only. */
static enum status check_model(struct catalogue *catalogue, struct compute *on, struct error *error)
{
    struct recommender *recommender;
    struct recommendation out[5];
    const int64_t seeds[] = {1};
    size_t count = 0;
    struct model_list record = {0};
    const char *const metrics[] = {"ndcg"};
    struct result_table results = {0};
    enum status status = recommender_open(catalogue, on, "kept", &recommender, error);
    if (status == STATUS_OK)
        status = recommender_recommend(recommender, &(struct recommend_query){.seeds = seeds, .n_seeds = 1}, 5, out,
                                       &count, error);
    if (status == STATUS_OK)
        status = catalogue_model_find(catalogue, "kept", &record, error);
    if (status == STATUS_OK)
        status = catalogue_results_read(catalogue, "kept", 0, metrics, 1, &results, error);
    if (status != STATUS_OK)
        return status;
    const char *seed = seed_of(record.items[0].settings);
    const char *in_file = seed_of(safetensors_metadata(recommender->file, "settings"));
    bool first = seed[0] == '1';
    if (count != 5)
        return wrong(error, "the model gives no list");
    if (seed[0] != in_file[0])
        return wrong(error, "record and file are of different trainings");
    if (results.count != (first ? 1 : 0) || (record.items[0].results[0] != '\0') != first)
        return wrong(error, "the results are not the model's");
    return STATUS_OK;
}

static enum status check_files(struct catalogue *catalogue, struct error *error)
{
    struct buffer path = {0};
    int count = 0;
    catalogue_sidecar(catalogue, "models", &path);
    DIR *listing = opendir(path.data);
    for (struct dirent *entry; listing && (entry = readdir(listing));)
        count += entry->d_name[0] != '.';
    return count == 1 ? STATUS_OK : error_set(error, STATUS_FAILED, "%d files are in %s, not one", count, path.data);
}

/* After a kill; then trains once more. */
static enum status check_all(struct catalogue *catalogue, struct compute *on, void *context, struct error *error)
{
    struct training again = {.kind = context, .seed = 3};
    struct model_list models = {0};
    enum status status = catalogue_models_read(catalogue, &models, error);
    if (status == STATUS_OK && models.count > 0) /* none is left after a removal */
        status = check_model(catalogue, on, error);
    if (status == STATUS_OK)
        status = catalogue_check(catalogue, error);
    if (status == STATUS_OK)
        status = train(catalogue, on, &again, error);
    if (status == STATUS_OK)
        status = check_model(catalogue, on, error);
    return status == STATUS_OK ? check_files(catalogue, error) : status;
}

/* ---- the sweep ----------------------------------------------------------------------------------------------- */

typedef enum status work_function(struct catalogue *catalogue, struct compute *on, void *context, struct error *error);

static void must_run(work_function *work, void *context)
{
    atomic_store(&shared->kill_at, 0);
    if (run_process(work, context) != 0)
        fail_msg("%s", shared->why);
}

static void copy_folder(const char *from, const char *to)
{
    char command[256];
    snprintf(command, sizeof command, "cd '%s' && rm -rf '%s' && cp -r '%s' '%s'", folder, to, from, to);
    assert_int_equal(system(command), 0);
}

/* Kills `work` at every one of its calls; returns how many there are. */
static long kill_at_all(work_function *work, void *context, const char *kind)
{
    for (long at = 1;; at++) {
        copy_folder("start", "run");
        atomic_store(&shared->calls, 0);
        atomic_store(&shared->kill_at, at);
        int result = run_process(work, context);
        if (result == 0)
            return atomic_load(&shared->calls);
        if (!WIFSIGNALED(result) || WTERMSIG(result) != SIGKILL)
            fail_msg("without being killed: %s", shared->why);
        atomic_store(&shared->kill_at, 0);
        if (run_process(check_all, (void *)(uintptr_t)kind) != 0)
            fail_msg("killed at call %ld: %s", at, shared->why);
    }
}

/* From a model that was trained once, and from one that was trained twice, whose file has another name. */
static void sweep(work_function *work, const char *kind)
{
    struct training first = {.kind = "als", .seed = 1}, counted = {.kind = kind, .seed = 2, .counted = true};
    for (int trainings = 1; trainings <= 2; trainings++) {
        copy_folder("base", "run");
        for (int i = 0; i < trainings; i++)
            must_run(train, &first);
        must_run(add_results, NULL);
        copy_folder("run", "start");
        assert_true(kill_at_all(work, &counted, kind) > 15);
    }
}

static void a_killed_training_leaves_one_whole_model(void **state)
{
    (void)state;
    sweep(train, "popularity");
}

static void so_does_one_with_checkpoints(void **state)
{
    (void)state;
    sweep(train, "mf-avg");
}

static void a_killed_removal_leaves_a_whole_model_or_none(void **state)
{
    (void)state;
    sweep(remove_model, "popularity");
}

/* ---- */

static int make_base(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || !test_folder_make(folder))
        return -1;
    char path[192], csv[192];
    snprintf(csv, sizeof csv, "%s/songs.csv", folder);
    snprintf(path, sizeof path, "%s/base", folder);
    FILE *file = fopen(csv, "w");
    if (!file || mkdir(path, 0700) != 0)
        return -1;
    fprintf(file, "playlist,pos,track,artist,album\n");
    for (int p = 0; p < 20; p++)
        for (int i = 0; i < 6; i++)
            fprintf(file, "list %d,%d,song %d,artist,\n", p, i, (p + i * (1 + p % 3)) % 30);
    fclose(file);
    snprintf(path, sizeof path, "%s/base/catalogue.db", folder);
    struct catalogue *catalogue = NULL;
    struct import_report report = {0};
    struct pool *pool = NULL;
    const struct csv_options options = {.preset = CSV_PLAYLISTS};
    must(pool_create(1, &pool, &error));
    must(catalogue_open(path, CATALOGUE_CREATE, &catalogue, &error));
    must(import_csv(catalogue, csv, &options, pool, NULL, &report, &error));
    catalogue_close(catalogue);
    pool_destroy(pool);
    return 0;
}

static int remove_base(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_training_leaves_one_whole_model),
        cmocka_unit_test(so_does_one_with_checkpoints),
        cmocka_unit_test(a_killed_removal_leaves_a_whole_model_or_none),
    };
    return cmocka_run_group_tests_name("training kills", tests, make_base, remove_base);
}
