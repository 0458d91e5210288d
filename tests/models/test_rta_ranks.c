#include "training_case.h"

#include "core/safetensors.h"
#include "nn/table.h"
#include "tests/thread_ranks.h"

/* Networks that several ranks train, which are threads here: the same global batches give the same model but for
 * rounding, whatever the number of ranks, with tables that are replicated or sharded. */

static const char *const kinds[] = {"mf-avg",         "mf-gru",         "mf-transformer", "mf-pool",
                                    "fm-transformer", "nn-transformer", "nn-pool"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* One training on ranks, and what each returned. */
struct job {
    struct training_case *training_case;
    int64_t stop;                    /* the step at which the last rank is asked to stop; -1: none */
    const struct compute_ops *other; /* the device of one rank; NULL: as the others */
    int other_rank;
    enum status statuses[THREAD_RANKS_MAX];
    struct error errors[THREAD_RANKS_MAX];
};

static void work(struct ranks *ranks, void *context)
{
    struct job *job = context;
    const int rank = ranks_rank(ranks);
    struct error *why = &job->errors[rank];
    struct training_case own = *job->training_case;
    struct stopper stopper = stop_at(rank == ranks_size(ranks) - 1 ? job->stop : -1);
    struct compute on;
    own.spec.ranks = ranks;
    enum status status = compute_open(DEVICE_CPU, 1, &on, why);
    if (job->other && rank == job->other_rank)
        on.ops = job->other;
    if (status == STATUS_OK)
        status = training_case_train(&own, &on, &stopper.progress, why);
    job->statuses[rank] = ranks_end(ranks, status, why);
    compute_close(&on);
}

/* Messages about sharded tables, and about trainings that diverged after the first epoch; of any rank. */
static _Atomic int notes, diverged;

static void count_notes(enum log_level level, const char *text, void *context)
{
    (void)context;
    notes += level == LOG_INFO && strncmp(text, "sharded tables (", 16) == 0;
    diverged += strstr(text, "; the weights of epoch 1 were kept") != NULL;
}

static void train(struct training_case *training_case, int size, int64_t stop, enum status wanted)
{
    struct job job = {.training_case = training_case, .stop = stop};
    notes = 0;
    thread_ranks_run(size, work, &job);
    for (int r = 0; r < size; r++)
        if (job.statuses[r] != wanted)
            fail_msg("%s, rank %d of %d: %s", training_case->spec.kind, r, size, job.errors[r].text);
}

/* The vectors of all tracks of the model that was trained; to be freed. */
static float *items(const struct training_case *training_case, size_t *count)
{
    struct safetensors *file = NULL;
    must(safetensors_open(training_case->path, &file, &error));
    const struct tensor_view *view = safetensors_find(file, "items");
    assert_non_null(view);
    *count = (size_t)(view->shape[0] * view->shape[1]);
    float *values = malloc(*count * sizeof *values);
    assert_non_null(values);
    memcpy(values, view->bytes, *count * sizeof *values);
    safetensors_close(file);
    return values;
}

static void must_equal(const struct training_case *training_case, int size, const float *wanted, size_t n_wanted)
{
    size_t n;
    double worst = 0, most = 0;
    float *found = items(training_case, &n);
    assert_int_equal(n, n_wanted);
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)found[i] - (double)wanted[i]));
        most = fmax(most, fabs((double)wanted[i]));
    }
    if (!(worst < 1e-5 * most))
        fail_msg("%s on %d ranks: vectors differ by %g of %g", training_case->spec.kind, size, worst, most);
    free(found);
}

static void open_case(struct training_case *training_case, const char *kind, bool rest)
{
    training_case_open(training_case, kind, "ranks.model");
    training_case_cover(training_case, "made");
    if (rest && !strstr(kind, "pool"))
        training_case_set(training_case, "objective=rest");
    training_case_set(training_case, "batch=15");
    /* At a high rate, Adam makes large steps of gradients that are 0 but for rounding. */
    training_case_set(training_case, "softmax_learning_rate=0.001");
}

/* With dropout, covers, and both objectives. The last batches have three playlists, so two of five ranks have none. */
static void ranks_do_not_change_the_model(void **state)
{
    (void)state;
    const int sizes[] = {2, 5};
    for (int kind = 0; kind < KINDS; kind++)
        for (int rest = 0; rest < 2; rest++) {
            struct training_case training_case;
            size_t n;
            open_case(&training_case, kinds[kind], rest);
            train(&training_case, 1, -1, STATUS_OK);
            float *wanted = items(&training_case, &n);
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                training_case_clear(&training_case);
                train(&training_case, sizes[i], -1, STATUS_OK);
                must_equal(&training_case, sizes[i], wanted, n);
            }
            free(wanted);
            training_case_close(&training_case);
        }
}

/* Sharded tables, also where some ranks have no rows of the smallest ones, where a rank has no playlist, where masks of
 * the representer need the tracks of the whole batch, and with a sampled softmax and sparse Adam. */
static void sharded_tables_do_not_change_the_model(void **state)
{
    static const struct {
        const char *kind;
        bool sampled;
        int sizes; /* 3: on 2, 3 and 5 ranks; 1: on 3 */
    } cases[] = {{"mf-transformer", false, 3},
                 {"fm-transformer", false, 3},
                 {"nn-transformer", false, 1},
                 {"fm-gru", true, 1},
                 {"mf-pool", true, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct training_case training_case;
        size_t n;
        open_case(&training_case, cases[i].kind, cases[i].sampled);
        training_case_set(&training_case, "epochs=1");
        if (cases[i].sampled) {
            training_case_set(&training_case, "softmax_samples=20");
            training_case_set(&training_case, "sparse_adam=1");
        }
        train(&training_case, 1, -1, STATUS_OK);
        float *wanted = items(&training_case, &n);
        training_case.spec.tables = TABLES_SHARDED;
        for (int s = 0; s < cases[i].sizes; s++) {
            const int size = cases[i].sizes == 1 ? 3 : (const int[]){2, 3, 5}[s];
            training_case_clear(&training_case);
            train(&training_case, size, -1, STATUS_OK);
            assert_int_equal(notes, 1);
            must_equal(&training_case, size, wanted, n);
        }
        free(wanted);
        training_case_close(&training_case);
    }
}

/* Without an epoch, the model is that of the initial tables. */
static void sharded_tables_start_as_whole_ones(void **state)
{
    (void)state;
    struct training_case training_case;
    size_t n;
    open_case(&training_case, "fm-avg", false);
    training_case_set(&training_case, "epochs=0");
    train(&training_case, 2, -1, STATUS_OK);
    float *wanted = items(&training_case, &n);
    training_case.spec.tables = TABLES_SHARDED;
    train(&training_case, 2, -1, STATUS_OK);
    assert_int_equal(notes, 1);
    float *found = items(&training_case, &n);
    assert_memory_equal(found, wanted, n * sizeof *found);
    free(found);
    free(wanted);
    training_case_close(&training_case);
}

/* Where sharding is not possible, and where it is not worth it. */
static void tables_are_sharded_by_size(void **state)
{
    (void)state;
    struct training_case training_case;
    open_case(&training_case, "mf-avg", true);
    training_case_set(&training_case, "epochs=1");
    training_case.spec.tables = TABLES_SHARDED;
    train(&training_case, 2, -1, STATUS_OK); /* Adam with all rows */
    assert_int_equal(notes, 0);
    training_case_set(&training_case, "objective=next");
    training_case.spec.tables = TABLES_AUTO;
    train(&training_case, 2, -1, STATUS_OK);
    assert_int_equal(notes, 0);
    assert_true(rta_shards_table(TABLES_AUTO, RTA_SHARD_BYTES) && rta_shards_table(TABLES_SHARDED, 1));
    assert_false(rta_shards_table(TABLES_AUTO, RTA_SHARD_BYTES - 1.0) || rta_shards_table(TABLES_REPLICATED, 1e12));
    training_case_close(&training_case);
}

/* A training of one process, and the same one stopped on some ranks and continued on others. */
struct stopped_case {
    bool rest;
    enum table_placement before, after;
    int size, size_after;
    int64_t validation; /* number of the validation that is stopped; -1: step 7 is */
};

static void continue_on_other_ranks(const struct stopped_case *stopped)
{
    struct training_case training_case;
    struct training_case_judge evaluator = training_case_judge_make();
    size_t n;
    open_case(&training_case, "mf-transformer", stopped->rest);
    evaluator.evaluator.context = &evaluator;
    evaluator.stop_at = -1;
    training_case.spec.evaluator = &evaluator.evaluator;
    train(&training_case, 1, -1, STATUS_OK);
    float *wanted = items(&training_case, &n);
    training_case_clear(&training_case);
    training_case.spec.tables = stopped->before;
    evaluator.asked = 0;
    evaluator.stop_at = stopped->validation;
    train(&training_case, stopped->size, stopped->validation < 0 ? 7 : -1, STATUS_INTERRUPTED);
    assert_true(training_case_has(&training_case, ".checkpoint"));
    training_case.spec.resume = true;
    training_case.spec.tables = stopped->after;
    train(&training_case, stopped->size_after, -1, STATUS_OK);
    assert_int_equal(notes, stopped->after == TABLES_SHARDED && stopped->size_after > 1);
    must_equal(&training_case, stopped->size_after, wanted, n);
    free(wanted);
    generated_free(&evaluator.held_out);
    training_case_close(&training_case);
}

static void a_stopped_training_continues_on_other_ranks(void **state)
{
    static const struct stopped_case cases[] = {{false, TABLES_AUTO, TABLES_AUTO, 2, 3, -1},
                                                {true, TABLES_AUTO, TABLES_AUTO, 2, 3, -1},
                                                {false, TABLES_SHARDED, TABLES_SHARDED, 3, 2, -1},
                                                {false, TABLES_SHARDED, TABLES_SHARDED, 3, 1, 1},
                                                {false, TABLES_REPLICATED, TABLES_SHARDED, 2, 3, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        continue_on_other_ranks(&cases[i]);
}

/* ---- one table ---- */

static _Thread_local size_t created; /* bytes of the buffers that a rank has created */

static enum status create_counted(struct compute_device *device, size_t bytes, struct compute_buffer **buffer,
                                  struct error *why)
{
    created += bytes;
    return compute.ops->buffer_create(device, bytes, buffer, why);
}

enum { ROWS = 17, WIDTH = 3 };
static size_t bytes_of[THREAD_RANKS_MAX];

static void make_table(struct ranks *ranks, void *context)
{
    struct compute_ops counting = *compute.ops;
    struct compute on = compute;
    struct table table;
    (void)context;
    counting.buffer_create = create_counted;
    on.ops = &counting;
    created = 0;
    if (table_create(&table, &on, ranks, ROWS, WIDTH, NULL, NULL) != STATUS_OK || table_rows(&table) != ROWS)
        abort();
    bytes_of[ranks_rank(ranks)] = created;
    table_destroy(&table);
}

static void memory_of_a_rank_falls_with_their_number(void **state)
{
    enum { ROW = (2 * WIDTH + 1) * sizeof(float) };
    (void)state;
    for (int size = 1; size <= THREAD_RANKS_MAX; size++) {
        size_t sum = 0;
        thread_ranks_run(size, make_table, NULL);
        for (int r = 0; r < size; r++) {
            assert_in_range(bytes_of[r], (size_t)(ROWS / size * ROW), (size_t)((ROWS + size - 1) / size * ROW));
            sum += bytes_of[r];
        }
        assert_int_equal(sum, ROWS * ROW);
    }
}

/* ---- failures ---- */

static _Thread_local int reads;

static enum status fail_third_read(struct compute_stream *stream, const struct compute_table *table,
                                   const struct compute_schedule *schedule, int64_t step, int64_t n,
                                   struct compute_slice ids, float alpha, float beta, struct compute_slice y,
                                   int64_t y_stride, struct error *why)
{
    if (reads++ == 2)
        return error_set(why, STATUS_FAILED, "the rows cannot be read");
    return compute.ops->network.table_read(stream, table, schedule, step, n, ids, alpha, beta, y, y_stride, why);
}

/* In a fetch: the other ranks do not wait. */
static void a_rank_that_fails_ends_all(void **state)
{
    (void)state;
    struct training_case training_case;
    struct compute_ops failing = *compute.ops;
    open_case(&training_case, "mf-avg", false);
    training_case.spec.tables = TABLES_SHARDED;
    failing.network.table_read = fail_third_read;
    struct job job = {.training_case = &training_case, .stop = -1, .other = &failing, .other_rank = 2};
    thread_ranks_run(3, work, &job);
    for (int r = 0; r < 3; r++) {
        assert_int_equal(job.statuses[r], STATUS_FAILED);
        assert_non_null(strstr(job.errors[r].text, "rank 2 on "));
        assert_non_null(strstr(job.errors[r].text, ": the rows cannot be read"));
    }
    training_case_close(&training_case);
}

/* Rank 0 reads the tables twice in each of five steps, then for the validation: that of the second epoch finds NaN. */
static enum status read_nan(struct compute_stream *stream, const struct compute_table *table,
                            const struct compute_schedule *schedule, int64_t step, int64_t n, struct compute_slice ids,
                            float alpha, float beta, struct compute_slice y, int64_t y_stride, struct error *why)
{
    return compute.ops->network.table_read(stream, table, schedule, step, n, ids, ++reads == 22 ? NAN : alpha, beta, y,
                                           y_stride, why);
}

/* Only rank 0 sees it; the weights of the first epoch are kept. */
static void a_training_that_diverges_ends_on_all_ranks(void **state)
{
    (void)state;
    struct training_case training_case;
    struct compute_ops diverging = *compute.ops;
    open_case(&training_case, "mf-avg", false);
    training_case_cover(&training_case, NULL);
    diverging.network.table_read = read_nan;
    struct job job = {.training_case = &training_case, .stop = -1, .other = &diverging};
    thread_ranks_run(2, work, &job);
    for (int r = 0; r < 2; r++)
        if (job.statuses[r] != STATUS_OK)
            fail_msg("rank %d: %s", r, job.errors[r].text);
    assert_int_equal(diverged, 2); /* each says so */
    training_case_close(&training_case);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_do_not_change_the_model),
        cmocka_unit_test(sharded_tables_do_not_change_the_model),
        cmocka_unit_test(sharded_tables_start_as_whole_ones),
        cmocka_unit_test(tables_are_sharded_by_size),
        cmocka_unit_test(a_stopped_training_continues_on_other_ranks),
        cmocka_unit_test(memory_of_a_rank_falls_with_their_number),
        cmocka_unit_test(a_rank_that_fails_ends_all),
        cmocka_unit_test(a_training_that_diverges_ends_on_all_ranks),
    };
    log_set_sink(count_notes, NULL);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
