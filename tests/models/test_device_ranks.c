#include "tests/device.h"

#include "training_case.h"

#include "core/safetensors.h"
#include "models/als_fit.h"
#include "nn/exchange.h"
#include "tests/gpu/nccl/stand_in.h"
#include "tests/thread_ranks.h"

/* Ranks whose devices exchange directly: CUDA's kernels are emulated, NCCL is a stand-in (tests/gpu/nccl), ranks are
 * threads. Trainings give what one process gives, and failures are one sentence for all. */

enum { D = 8 };

static struct stand_in *nccl;

/* A training on ranks, and what each returned. */
struct job {
    enum status (*train)(struct job *job, struct ranks *ranks, struct compute *own, struct error *error);
    struct interactions playlists; /* of als */
    struct als_settings settings;
    struct training_case *training_case; /* of a network */
    enum status statuses[THREAD_RANKS_MAX];
    struct error errors[THREAD_RANKS_MAX];
    char means[THREAD_RANKS_MAX][EXCHANGE_MEANS];
    float *tracks[THREAD_RANKS_MAX]; /* of als [n_tracks x D] */
};

static enum status train_als(struct job *job, struct ranks *ranks, struct compute *own, struct error *error)
{
    const size_t bytes = (size_t)(job->playlists.n_tracks * D) * sizeof(float);
    struct als_settings settings = job->settings;
    struct als_factors factors;
    settings.ranks = ranks;
    enum status status = als_fit(own, &job->playlists, &settings, NULL, &factors, error);
    if (status != STATUS_OK)
        return status;
    float *tracks = job->tracks[ranks_rank(ranks)] = malloc(bytes);
    if (tracks)
        status = own->ops->buffer_read(own->stream, factors.tracks, 0, tracks, bytes, error);
    als_factors_free(&factors);
    return status;
}

static enum status train_network(struct job *job, struct ranks *ranks, struct compute *own, struct error *error)
{
    struct training_case training_case = *job->training_case;
    struct stopper stopper = stop_at(-1);
    training_case.spec.ranks = ranks;
    return training_case_train(&training_case, own, &stopper.progress, error);
}

static void work(struct ranks *ranks, void *context)
{
    struct job *job = context;
    const int rank = ranks_rank(ranks);
    struct error *error = &job->errors[rank];
    struct compute own;
    enum status status = test_device_open(1, &own, error);
    if (status == STATUS_OK)
        status = exchange_open(ranks, &own, job->means[rank], error);
    if (status == STATUS_OK)
        status = job->train(job, ranks, &own, error);
    job->statuses[rank] = ranks_end(ranks, status, error);
    exchange_close(&own);
    compute_close(&own);
}

static void run(struct job *job, int size)
{
    memset(job->statuses, 0, sizeof job->statuses);
    memset(job->errors, 0, sizeof job->errors);
    thread_ranks_run(size, work, job);
    assert_int_equal(nccl->open, 0);
}

static void run_well(struct job *job, int size, const char *means)
{
    run(job, size);
    for (int r = 0; r < size; r++) {
        if (job->statuses[r] != STATUS_OK)
            fail_msg("rank %d of %d: %s", r, size, job->errors[r].text);
        if (!strstr(job->means[r], means))
            fail_msg("rank %d of %d exchanges by %s", r, size, job->means[r]);
    }
}

static int reset(void **state)
{
    (void)state;
    nccl = stand_in_find();
    assert_non_null(nccl);
    stand_in_reset(nccl);
    return 0;
}

/* ---- als ---- */

static struct job als_job(float alpha)
{
    return (struct job){.train = train_als,
                        .playlists = generate(21, 90, 60),
                        .settings = {.factors = D, .iterations = 3, .regularization = 1, .alpha = alpha, .seed = 9}};
}

static void free_tracks(struct job *job)
{
    for (int r = 0; r < THREAD_RANKS_MAX; r++) {
        free(job->tracks[r]);
        job->tracks[r] = NULL;
    }
}

/* As tests/models/test_als_ranks.c. */
static void must_equal_tracks(const struct job *job, int size, const float *wanted)
{
    const int64_t n = job->playlists.n_tracks * D;
    for (int r = 0; r < size; r++)
        assert_memory_equal(job->tracks[r], job->tracks[0], (size_t)n * sizeof *wanted);
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)job->tracks[0][i] - (double)wanted[i]) < 1e-5);
}

static void als_is_that_of_one_process(void **state)
{
    (void)state;
    for (int weighted = 0; weighted < 2; weighted++) {
        struct job job = als_job(weighted ? 3.0f : 0.0f);
        run_well(&job, 1, "");
        float *wanted = job.tracks[0];
        job.tracks[0] = NULL;
        for (int size = 2; size <= 4; size += 2) {
            nccl->collectives = 0;
            run_well(&job, size, "NCCL 2.27.3 between GPUs");
            must_equal_tracks(&job, size, wanted);
            /* The Gram matrix and each rank's rows, in both half-steps of three iterations. */
            assert_int_equal(nccl->collectives, 6 * (1 + size));
            free_tracks(&job);
        }
        free(wanted);
        generated_free(&job.playlists);
    }
}

/* Where the devices cannot exchange, the ranks do so through host memory, and say why. */
static void als_without_nccl_is_the_same(void **state)
{
    (void)state;
    struct job job = als_job(0);
    run_well(&job, 1, "");
    float *wanted = job.tracks[0];
    job.tracks[0] = NULL;
    nccl->version = 21304;
    run_well(&job, 2, "MPI and host memory: rank 0 on ");
    assert_non_null(strstr(job.means[1], ": libnccl.so.2 is version 2.13; install NCCL 2.14 or newer"));
    must_equal_tracks(&job, 2, wanted);
    free_tracks(&job);
    nccl->version = 22703;
    nccl->failing_rank = 1;
    nccl->failing_call = -1; /* joining */
    run_well(&job, 2, "MPI and host memory: rank 1 on ");
    assert_non_null(strstr(job.means[0], ": the GPUs cannot exchange data (opening): a system error of the stand-in"));
    must_equal_tracks(&job, 2, wanted);
    free_tracks(&job);
    assert_int_equal(nccl->collectives, 0);
    free(wanted);
    generated_free(&job.playlists);
}

/* At once, or after all have started to exchange. */
static void a_failed_exchange_ends_all(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct job job = als_job(0);
        nccl->failing_rank = 1;
        nccl->failing_call = 5;
        nccl->fails_later = later;
        run(&job, 3);
        for (int r = 0; r < 3; r++) {
            assert_int_equal(job.statuses[r], STATUS_FAILED);
            assert_non_null(strstr(job.errors[r].text, "the GPUs cannot exchange data ("));
            assert_string_equal(job.errors[r].text, job.errors[0].text);
        }
        generated_free(&job.playlists);
    }
}

/* ---- networks ---- */

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

/* As tests/models/test_rta_ranks.c. */
static void must_equal_items(const struct training_case *training_case, const float *wanted, size_t n_wanted)
{
    size_t n;
    float *found = items(training_case, &n);
    assert_int_equal(n, n_wanted);
    double worst = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)found[i] - (double)wanted[i]));
        most = fmax(most, fabs((double)wanted[i]));
    }
    if (!(worst < 1e-5 * most))
        fail_msg("%s: vectors differ by %g of %g", training_case->spec.kind, worst, most);
    free(found);
}

/* The last batches have three playlists, so that one of four ranks has none. */
static void network_is_that_of_one_process(const char *kind, const char *objective, bool sharded)
{
    struct training_case training_case;
    size_t n_wanted;
    training_case_open(&training_case, kind, "device-ranks.model");
    training_case_cover(&training_case, "made");
    training_case_set(&training_case, objective);
    training_case_set(&training_case, "batch=15");
    training_case_set(&training_case, "epochs=1");
    training_case_set(&training_case, "softmax_learning_rate=0.001");
    struct job job = {.train = train_network, .training_case = &training_case};
    run_well(&job, 1, "");
    float *wanted = items(&training_case, &n_wanted);
    training_case_clear(&training_case);
    run_well(&job, 4, "NCCL 2.27.3 between GPUs");
    assert_true(nccl->collectives > 0);
    must_equal_items(&training_case, wanted, n_wanted);
    if (sharded) { /* a table's rows go from GPU to GPU, too */
        training_case.spec.tables = TABLES_SHARDED;
        training_case_clear(&training_case);
        run_well(&job, 3, "NCCL 2.27.3 between GPUs");
        assert_true(nccl->messages > 0);
        must_equal_items(&training_case, wanted, n_wanted);
    }
    free(wanted);
    training_case_close(&training_case);
}

static void networks_are_those_of_one_process(void **state)
{
    (void)state;
    network_is_that_of_one_process("fm-avg", "objective=next", true);
    network_is_that_of_one_process("mf-transformer", "objective=rest", false);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(als_is_that_of_one_process, reset),
        cmocka_unit_test_setup(als_without_nccl_is_the_same, reset),
        cmocka_unit_test_setup(a_failed_exchange_ends_all, reset),
        cmocka_unit_test_setup(networks_are_those_of_one_process, reset),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
