#include "generated.h"

#include "models/als_fit.h"
#include "nn/exchange.h"
#include "tests/thread_ranks.h"

/* Alternating least squares on several ranks, which are threads here: as one process, whatever their number. */

enum { D = 24 };

/* A fit on ranks, and what each returned. */
struct job {
    struct interactions playlists;
    struct als_settings settings;
    int stop_at; /* the half-step at which the last rank is asked to stop; 0: never */
    bool fails;  /* the device of the last rank fails */
    enum status statuses[THREAD_RANKS_MAX];
    struct error errors[THREAD_RANKS_MAX];
    float *tracks[THREAD_RANKS_MAX]; /* [n_tracks x D]; NULL after a failure */
    int64_t survivors[THREAD_RANKS_MAX];
};

struct stopper {
    struct progress progress;
    int left; /* checks until it stops; 0: never */
};

static bool stops(struct progress *progress)
{
    struct stopper *stopper = (struct stopper *)progress;
    return stopper->left > 0 && --stopper->left == 0;
}

static enum status failing_sparse_gemm(struct compute_stream *stream, int64_t n_rows, int64_t d,
                                       struct compute_slice starts, struct compute_slice columns,
                                       struct compute_slice values, struct compute_slice b, struct compute_slice c,
                                       struct error *why)
{
    (void)stream, (void)n_rows, (void)d, (void)starts, (void)columns, (void)values, (void)b, (void)c;
    return error_set(why, STATUS_FAILED, "the fan has stopped");
}

static enum status fit(struct job *job, struct ranks *ranks, struct compute *own, struct error *why)
{
    const int rank = ranks_rank(ranks);
    const bool last = rank == ranks_size(ranks) - 1;
    struct als_settings settings = job->settings;
    struct stopper stopper = {{.cancelled = stops}, last ? job->stop_at : 0};
    struct als_factors factors;
    settings.ranks = ranks;
    enum status status = als_fit(own, &job->playlists, &settings, &stopper.progress, &factors, why);
    if (status == STATUS_OK && settings.alpha == 0)
        status = als_effective_rank(&job->playlists, &settings, &factors, &job->survivors[rank], why);
    const size_t bytes = (size_t)(job->playlists.n_tracks * D) * sizeof(float);
    job->tracks[rank] = status == STATUS_OK ? malloc(bytes) : NULL;
    if (job->tracks[rank])
        status = own->ops->buffer_read(own->stream, factors.tracks, 0, job->tracks[rank], bytes, why);
    if (factors.tracks)
        als_factors_free(&factors);
    return status;
}

static void work(struct ranks *ranks, void *context)
{
    struct job *job = context;
    const int rank = ranks_rank(ranks);
    struct compute own;
    struct error *why = &job->errors[rank];
    enum status status = compute_open(DEVICE_CPU, 1, &own, why);
    struct compute_ops ops = *own.ops;
    if (job->fails && rank == ranks_size(ranks) - 1) {
        ops.sparse_gemm = failing_sparse_gemm;
        own.ops = &ops;
    }
    if (status == STATUS_OK)
        status = fit(job, ranks, &own, why);
    job->statuses[rank] = ranks_end(ranks, status, why);
    compute_close(&own);
}

static void run(struct job *job, int size)
{
    memset(job->statuses, 0, sizeof job->statuses);
    memset(job->errors, 0, sizeof job->errors);
    thread_ranks_run(size, work, job);
}

static void free_tracks(struct job *job)
{
    for (int r = 0; r < THREAD_RANKS_MAX; r++) {
        free(job->tracks[r]);
        job->tracks[r] = NULL;
    }
}

static void start(struct job *job, uint64_t seed, int64_t n_playlists, int64_t n_tracks, float alpha)
{
    *job = (struct job){.playlists = generate(seed, n_playlists, n_tracks),
                        .settings = {.factors = D, .iterations = 6, .regularization = 1, .alpha = alpha, .seed = 9}};
}

/* The tracks of one process. */
static float *alone(struct job *job)
{
    run(job, 1);
    assert_int_equal(job->statuses[0], STATUS_OK);
    float *tracks = job->tracks[0];
    job->tracks[0] = NULL;
    return tracks;
}

/* The differences are those of rounding: Gram matrices are added in another order. */
static void must_equal(const struct job *job, int size, const float *wanted)
{
    const int64_t n = job->playlists.n_tracks * D;
    for (int r = 0; r < size; r++) {
        if (job->statuses[r] != STATUS_OK)
            fail_msg("rank %d: %s", r, job->errors[r].text);
        assert_memory_equal(job->tracks[r], job->tracks[0], (size_t)n * sizeof *wanted);
    }
    for (int64_t i = 0; i < n; i++)
        assert_true(fabs((double)job->tracks[0][i] - (double)wanted[i]) < 1e-5);
}

static void ranks_do_not_change_the_result(void **state)
{
    (void)state;
    const int sizes[] = {2, 3, 4, 7};
    for (int weighted = 0; weighted < 2; weighted++) {
        struct job job;
        start(&job, 21, 211, 150, weighted ? 3.0f : 0.0f);
        float *wanted = alone(&job);
        const int64_t survivors = job.survivors[0];
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            run(&job, sizes[i]);
            must_equal(&job, sizes[i], wanted);
            for (int r = 0; r < sizes[i] && !weighted; r++)
                assert_int_equal(job.survivors[r], survivors);
            free_tracks(&job);
        }
        free(wanted);
        generated_free(&job.playlists);
    }
}

static void ranks_may_have_no_rows(void **state)
{
    (void)state;
    struct job job;
    start(&job, 22, 3, 30, 0);
    float *wanted = alone(&job);
    run(&job, 8);
    must_equal(&job, 8, wanted);
    free_tracks(&job);
    free(wanted);
    generated_free(&job.playlists);
}

/* One rank is asked to stop, all do; a fit on any number of ranks continues from the checkpoint. */
static void a_stopped_fit_continues_on_other_ranks(void **state)
{
    (void)state;
    char path[TEST_FOLDER_MAX + 32];
    snprintf(path, sizeof path, "%s/als.checkpoint", folder);
    struct job job;
    start(&job, 23, 211, 150, 0);
    float *wanted = alone(&job);
    job.settings.checkpoint = path;
    job.settings.identity = "als of a test";
    const int before[] = {1, 2, 4}, after[] = {1, 3, 2};
    for (int i = 0; i < 3; i++) {
        job.stop_at = 6; /* in the third iteration, when the playlists are solved */
        job.settings.resume = false;
        run(&job, before[i]);
        for (int r = 0; r < before[i]; r++)
            assert_int_equal(job.statuses[r], STATUS_INTERRUPTED);
        assert_non_null(strstr(job.errors[0].text, "2 of 6 iterations"));
        job.stop_at = 0;
        job.settings.resume = true;
        run(&job, after[i]);
        must_equal(&job, after[i], wanted);
        if (before[i] == 1 && after[i] == 1) /* to the byte */
            assert_memory_equal(job.tracks[0], wanted, (size_t)(job.playlists.n_tracks * D) * sizeof *wanted);
        free_tracks(&job);
        unlink(path);
    }
    job.settings.resume = false;
    job.stop_at = 1; /* before there is anything to continue from */
    run(&job, 2);
    assert_int_equal(job.statuses[0], STATUS_INTERRUPTED);
    assert_false(file_exists(path));
    free(wanted);
    generated_free(&job.playlists);
}

static void a_checkpoint_of_another_training_is_refused(void **state)
{
    (void)state;
    char path[TEST_FOLDER_MAX + 32];
    snprintf(path, sizeof path, "%s/als.checkpoint", folder);
    struct job job;
    start(&job, 24, 50, 40, 0);
    job.settings.checkpoint = path;
    job.settings.identity = "als of a test";
    job.stop_at = 4;
    run(&job, 2);
    assert_true(file_exists(path));
    job.stop_at = 0;
    job.settings.resume = true;
    job.settings.identity = "als of another test";
    run(&job, 2);
    for (int r = 0; r < 2; r++) {
        assert_int_equal(job.statuses[r], STATUS_USAGE);
        assert_non_null(strstr(job.errors[r].text, "other settings"));
    }
    unlink(path);
    generated_free(&job.playlists);
}

/* No rank waits for one that has failed, and all say why. */
static void a_failure_of_one_rank_ends_all(void **state)
{
    (void)state;
    struct job job;
    start(&job, 25, 50, 40, 0);
    job.fails = true;
    run(&job, 3);
    for (int r = 0; r < 3; r++) {
        assert_int_equal(job.statuses[r], STATUS_FAILED);
        assert_non_null(strstr(job.errors[r].text, "rank 2 on "));
        assert_non_null(strstr(job.errors[r].text, ": the fan has stopped"));
    }
    generated_free(&job.playlists);
}

/* ---- arrays ---- */

enum { WIDTH = 1001, ROWS = 2500 }; /* several blocks for each rank */

static float value_of(int64_t index)
{
    return (float)(index % 8191) / 16;
}

struct arrays {
    bool same[THREAD_RANKS_MAX];
};

static bool exchanges(struct ranks *ranks, struct compute_buffer *buffer, float *host, struct error *why)
{
    const int64_t bounds[] = {0, 11, 11, ROWS}, n = (int64_t)ROWS * WIDTH;
    const size_t bytes = (size_t)n * sizeof *host;
    const int rank = ranks_rank(ranks);
    for (int64_t i = 0; i < n; i++)
        host[i] = i / WIDTH >= bounds[rank] && i / WIDTH < bounds[rank + 1] ? value_of(i) : -1;
    bool same = compute.ops->buffer_write(compute.stream, buffer, 0, host, bytes, why) == STATUS_OK &&
                exchange_rows(ranks, &compute, (struct compute_slice){buffer, 0}, bounds, WIDTH, why) == STATUS_OK &&
                exchange_sum(ranks, &compute, (struct compute_slice){buffer, 1}, n - 1, why) == STATUS_OK &&
                compute.ops->buffer_read(compute.stream, buffer, 0, host, bytes, why) == STATUS_OK;
    for (int64_t i = 0; i < n && same; i++)
        same = host[i] == (i == 0 ? 1 : 3) * value_of(i);
    memset(host, rank == 0 ? 1 : 2, bytes);
    same = same && compute.ops->buffer_write(compute.stream, buffer, 0, host, bytes, why) == STATUS_OK &&
           exchange_broadcast(ranks, &compute, buffer, bytes - 4, why) == STATUS_OK &&
           compute.ops->buffer_read(compute.stream, buffer, 0, host, bytes, why) == STATUS_OK;
    const unsigned char *read = (const unsigned char *)host;
    return same && read[0] == 1 && read[bytes - 5] == 1 && read[bytes - 1] == (rank == 0 ? 1 : 2);
}

static void exchange(struct ranks *ranks, void *context)
{
    struct arrays *arrays = context;
    struct error why = {0};
    struct compute_buffer *buffer = NULL;
    const size_t bytes = (size_t)ROWS * WIDTH * sizeof(float);
    float *host = malloc(bytes);
    if (host && compute.ops->buffer_create(compute.device, bytes, &buffer, &why) == STATUS_OK)
        arrays->same[ranks_rank(ranks)] = exchanges(ranks, buffer, host, &why);
    compute.ops->buffer_destroy(buffer);
    free(host);
}

static void arrays_are_exchanged_in_blocks(void **state)
{
    (void)state;
    struct arrays arrays = {0};
    thread_ranks_run(3, exchange, &arrays);
    for (int r = 0; r < 3; r++)
        assert_true(arrays.same[r]);
}

static void parts_cover_everything_once(void **state)
{
    (void)state;
    for (int size = 1; size <= 9; size++)
        for (int64_t n = 0; n < 40; n++) {
            int64_t next = 0;
            for (int r = 0; r < size; r++) {
                const struct ranks_part part = ranks_part_of(r, size, n);
                assert_int_equal(part.first, next);
                assert_in_range(part.count, n / size, n / size + 1);
                next += part.count;
            }
            assert_int_equal(next, n);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_do_not_change_the_result),
        cmocka_unit_test(ranks_may_have_no_rows),
        cmocka_unit_test(a_stopped_fit_continues_on_other_ranks),
        cmocka_unit_test(a_checkpoint_of_another_training_is_refused),
        cmocka_unit_test(a_failure_of_one_rank_ends_all),
        cmocka_unit_test(arrays_are_exchanged_in_blocks),
        cmocka_unit_test(parts_cover_everything_once),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
