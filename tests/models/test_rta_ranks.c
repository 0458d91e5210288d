#include "training_case.h"

#include "core/safetensors.h"
#include "tests/thread_ranks.h"

/* Networks that several ranks train, which are threads here: the same global batches give the same model but for
 * rounding, whatever the number of ranks. */

static const char *const kinds[] = {"mf-avg",         "mf-gru",         "mf-transformer", "mf-pool",
                                    "fm-transformer", "nn-transformer", "nn-pool"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* One training on ranks, and what each returned. */
struct job {
    struct training_case *training_case;
    int64_t stop; /* the step at which the last rank is asked to stop; -1: none */
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
    if (status == STATUS_OK)
        status = training_case_train(&own, &on, &stopper.progress, why);
    job->statuses[rank] = ranks_end(ranks, status, why);
    compute_close(&on);
}

static void train(struct training_case *training_case, int size, int64_t stop, enum status wanted)
{
    struct job job = {.training_case = training_case, .stop = stop};
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

static void a_stopped_training_continues_on_other_ranks(void **state)
{
    (void)state;
    for (int rest = 0; rest < 2; rest++) {
        struct training_case training_case;
        struct training_case_judge evaluator = training_case_judge_make();
        size_t n;
        open_case(&training_case, "mf-transformer", rest);
        evaluator.evaluator.context = &evaluator;
        evaluator.stop_at = -1;
        training_case.spec.evaluator = &evaluator.evaluator;
        train(&training_case, 1, -1, STATUS_OK);
        float *wanted = items(&training_case, &n);
        training_case_clear(&training_case);
        train(&training_case, 2, 7, STATUS_INTERRUPTED);
        assert_true(training_case_has(&training_case, ".checkpoint"));
        training_case.spec.resume = true;
        train(&training_case, 3, -1, STATUS_OK);
        must_equal(&training_case, 3, wanted, n);
        free(wanted);
        generated_free(&evaluator.held_out);
        training_case_close(&training_case);
    }
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_do_not_change_the_model),
        cmocka_unit_test(a_stopped_training_continues_on_other_ranks),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
