#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/compute_fixture.h"
#include "tests/gpu/nccl/stand_in.h"

/* Groups of devices (gpu/compute_group.h) of the CUDA module, whose kernels are emulated and whose NCCL is a stand-in
 * (tests/gpu/nccl). Members are threads. */

enum { MEMBERS = 3, ROWS = 7, D = 5, BYTES = 13 };
static const int64_t bounds[MEMBERS + 1] = {0, 4, 4, ROWS}; /* one has none */

static struct stand_in *nccl;

struct member {
    pthread_t thread;
    int rank;
    struct compute_group_key key;
    bool comes; /* to the exchanges */
    double patience;
    enum status status;
    struct error error;
    bool refused; /* a second exchange, after a failed one */
    float rows[ROWS * D], blocks[ROWS * D];
    char bytes[BYTES + 1];
};

static double not_stopped(void)
{
    return 0;
}

static double stopped_long_ago(void)
{
    return 1;
}

static double (*stopped)(void) = not_stopped;

/* Exact in float32, different for every member. */
static float value_of(int rank, int64_t index)
{
    return (float)(index * 8 + rank);
}

static enum status finish(const struct compute *own, struct compute_group *group, enum status status,
                          struct error *error)
{
    return status == STATUS_OK ? own->ops->group.wait(group, error) : status;
}

/* Rows that one member sends to another. */
static const int64_t sent[MEMBERS][MEMBERS] = {{1, 2, 0}, {0, 2, 1}, {2, 0, 1}};

/* An all-to-all of unequal blocks, one number after the start of each buffer. */
static enum status exchange_blocks(struct member *member, const struct compute *own, struct compute_group *group,
                                   struct compute_buffer *to, struct compute_buffer *from, struct error *error)
{
    int64_t to_bounds[MEMBERS + 1] = {0}, from_bounds[MEMBERS + 1] = {0};
    float values[ROWS * D];
    for (int r = 0; r < MEMBERS; r++) {
        to_bounds[r + 1] = to_bounds[r] + sent[member->rank][r];
        from_bounds[r + 1] = from_bounds[r] + sent[r][member->rank];
        for (int64_t i = to_bounds[r] * D; i < to_bounds[r + 1] * D; i++)
            values[i] = value_of(member->rank, 100 * r + i - to_bounds[r] * D);
    }
    enum status status =
        own->ops->buffer_write(own->stream, to, sizeof *values, values, (size_t)to_bounds[MEMBERS] * D * 4, error);
    if (status == STATUS_OK)
        status = finish(own, group,
                        own->ops->group.exchange_blocks(group, D, to_bounds, (struct compute_slice){to, 1}, from_bounds,
                                                        (struct compute_slice){from, 1}, error),
                        error);
    if (status == STATUS_OK)
        status = own->ops->buffer_read(own->stream, from, sizeof *values, member->blocks,
                                       (size_t)from_bounds[MEMBERS] * D * 4, error);
    return status;
}

static void check_blocks(const struct member *member)
{
    const float *value = member->blocks;
    for (int r = 0; r < MEMBERS; r++)
        for (int64_t i = 0; i < sent[r][member->rank] * D; i++)
            assert_true(*value++ == value_of(r, 100 * member->rank + i));
}

/* Gathers rows after the first one, sums all numbers but the first, and broadcasts some bytes. */
static enum status exchange(struct member *member, const struct compute *own, struct compute_group *group,
                            struct compute_buffer *rows, struct compute_buffer *bytes, struct error *error)
{
    const struct compute_ops *ops = own->ops;
    enum status status =
        finish(own, group, ops->group.gather_rows(group, bounds, D, (struct compute_slice){rows, D}, error), error);
    if (status == STATUS_OK)
        status = finish(own, group, ops->group.sum(group, ROWS * D, (struct compute_slice){rows, D + 1}, error), error);
    if (status == STATUS_OK)
        status = finish(own, group, ops->group.broadcast(group, BYTES, bytes, error), error);
    if (status == STATUS_OK)
        status = ops->buffer_read(own->stream, rows, D * sizeof(float), member->rows, sizeof member->rows, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(own->stream, bytes, 0, member->bytes, sizeof member->bytes, error);
    return status;
}

static enum status fill(const struct member *member, const struct compute *own, struct compute_buffer *rows,
                        struct compute_buffer *bytes, struct error *error)
{
    float values[(ROWS + 2) * D];
    char text[BYTES + 1];
    for (int64_t i = 0; i < (ROWS + 2) * D; i++)
        values[i] = value_of(member->rank, i);
    memset(text, 'a' + member->rank, sizeof text);
    const enum status status = own->ops->buffer_write(own->stream, rows, 0, values, sizeof values, error);
    return status == STATUS_OK ? own->ops->buffer_write(own->stream, bytes, 0, text, sizeof text, error) : status;
}

static enum status take_part(struct member *member, const struct compute *own, struct error *error)
{
    const struct compute_ops *ops = own->ops;
    const struct compute_group_place place = {
        .key = member->key, .rank = member->rank, .size = MEMBERS, .stopped = stopped, .patience = member->patience};
    struct compute_group *group = NULL;
    struct compute_buffer *rows = NULL, *bytes = NULL, *from = NULL;
    enum status status = ops->group.open(own->stream, &place, &group, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(own->device, (ROWS + 2) * D * sizeof(float), &rows, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(own->device, BYTES + 1, &bytes, error);
    if (status == STATUS_OK)
        status = fill(member, own, rows, bytes, error);
    if (status == STATUS_OK && member->comes)
        status = exchange(member, own, group, rows, bytes, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(own->device, (ROWS * D + 1) * sizeof(float), &from, error);
    if (status == STATUS_OK && member->comes)
        status = exchange_blocks(member, own, group, rows, from, error);
    if (status != STATUS_OK && group) /* a group that has failed is not used again */
        member->refused = ops->group.sum(group, 1, (struct compute_slice){rows, 0}, NULL) == STATUS_FAILED &&
                          ops->group.wait(group, NULL) == STATUS_FAILED;
    ops->group.close(group);
    ops->buffer_destroy(rows);
    ops->buffer_destroy(bytes);
    ops->buffer_destroy(from);
    return status;
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    struct compute own;
    member->status = test_device_open(1, &own, &member->error);
    if (member->status == STATUS_OK)
        member->status = take_part(member, &own, &member->error);
    compute_close(&own);
    return NULL;
}

/* All members at the same time; the first `come` ones exchange. */
static void run(struct member members[MEMBERS], int come, double patience)
{
    struct compute_group_key key;
    must(compute.ops->group.key_make(&key, &error));
    memset(members, 0, MEMBERS * sizeof *members);
    for (int r = 0; r < MEMBERS; r++) {
        members[r].rank = r;
        members[r].key = key;
        members[r].comes = r < come;
        members[r].patience = patience;
        assert_int_equal(pthread_create(&members[r].thread, NULL, member_main, &members[r]), 0);
    }
    for (int r = 0; r < MEMBERS; r++)
        pthread_join(members[r].thread, NULL);
    assert_int_equal(nccl->open, 0);
}

static int find_stand_in(void **state)
{
    nccl = stand_in_find();
    if (nccl)
        stand_in_reset(nccl);
    stopped = not_stopped;
    (void)state;
    return 0;
}

static void the_library_has_a_name(void **state)
{
    (void)state;
    char name[COMPUTE_GROUP_NAME];
    must(compute.ops->group.library(name, &error));
    assert_string_equal(name, "NCCL 2.27.3");
    nccl->version = 21400;
    must(compute.ops->group.library(name, &error));
    assert_string_equal(name, "NCCL 2.14.0");
}

static void an_old_library_is_not_used(void **state)
{
    (void)state;
    const int versions[] = {21304, 2708, 2000};
    const char *const names[] = {"version 2.13;", "version 2.7;", "version 2.0;"};
    for (int i = 0; i < 3; i++) {
        struct error error = {0};
        struct compute_group_key key;
        char name[COMPUTE_GROUP_NAME];
        nccl->version = versions[i];
        assert_int_equal(compute.ops->group.library(name, &error), STATUS_FAILED);
        assert_non_null(strstr(error.text, names[i]));
        assert_non_null(strstr(error.text, "install NCCL 2.14 or newer"));
        assert_int_equal(compute.ops->group.key_make(&key, NULL), STATUS_FAILED);
    }
}

static void members_exchange_in_place(void **state)
{
    (void)state;
    struct member members[MEMBERS];
    run(members, MEMBERS, 30);
    for (int r = 0; r < MEMBERS; r++) {
        if (members[r].status != STATUS_OK)
            fail_msg("%s", members[r].error.text);
        for (int64_t i = 0; i < ROWS * D; i++) {
            const int owner = i / D < bounds[1] ? 0 : 2;
            const float value = value_of(owner, i + D);
            assert_true(members[r].rows[i] == (i == 0 ? value : MEMBERS * value));
        }
        for (int i = 0; i < BYTES; i++)
            assert_int_equal(members[r].bytes[i], 'a');
        assert_int_equal(members[r].bytes[BYTES], 'a' + r);
        check_blocks(&members[r]);
    }
    assert_int_equal(nccl->collectives, 2 + 1 + 1); /* rows of two members */
    assert_int_equal(nccl->messages, 3);            /* those of some rows to another member */
}

/* Nobody waits for ever, and all groups can be closed. */
static void a_member_that_does_not_come(void **state)
{
    (void)state;
    struct member members[MEMBERS];
    nccl->aborts_unseen = true;
    run(members, MEMBERS - 1, 0.2);
    for (int r = 0; r < MEMBERS - 1; r++) {
        assert_int_equal(members[r].status, STATUS_FAILED);
        assert_non_null(strstr(members[r].error.text, "have not answered for 0.2 seconds"));
        assert_non_null(strstr(members[r].error.text, "--resume"));
    }
    assert_int_equal(members[MEMBERS - 1].status, STATUS_OK);
}

/* At once or later, to join or to exchange; the others learn of it by NCCL or by the time. */
static void a_failure_of_nccl_is_one_sentence(void **state)
{
    (void)state;
    for (int at = -1; at < 5; at++)
        for (int later = 0; later < 2; later++) {
            struct member members[MEMBERS];
            stand_in_reset(nccl);
            nccl->failing_rank = at % 2 + 1;
            nccl->failing_call = at;
            nccl->fails_later = later;
            nccl->aborts_unseen = later;
            run(members, MEMBERS, 0.2);
            const struct member *failed = &members[nccl->failing_rank];
            assert_int_equal(failed->status, STATUS_FAILED);
            assert_non_null(strstr(failed->error.text, "the GPUs cannot exchange data ("));
            assert_non_null(strstr(failed->error.text, "): a system error of the stand-in; NCCL_DEBUG=WARN shows why"));
            for (int r = 0; r < MEMBERS && at >= 0; r++)
                assert_true(members[r].status == STATUS_FAILED && members[r].refused);
        }
}

static void a_process_that_is_asked_to_end_does_not_wait(void **state)
{
    (void)state;
    struct member members[MEMBERS];
    nccl->aborts_unseen = true;
    stopped = stopped_long_ago;
    run(members, MEMBERS - 1, 30);
    for (int r = 0; r < MEMBERS - 1; r++)
        if (members[r].status != STATUS_OK) { /* joining may have been quick enough, exchanging not */
            assert_int_equal(members[r].status, STATUS_INTERRUPTED);
            assert_non_null(strstr(members[r].error.text, "a process of the job has ended"));
        }
    assert_true(members[0].status == STATUS_INTERRUPTED || members[1].status == STATUS_INTERRUPTED);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    struct compute_group_key key;
    struct compute_group *group = NULL;
    must(compute.ops->group.key_make(&key, &error));
    const struct compute_group_place place = {.key = key, .size = 1, .patience = 1};
    must(compute.ops->group.open(compute.stream, &place, &group, &error));
    struct compute_buffer *buffer = NULL;
    must(compute.ops->buffer_create(compute.device, 40, &buffer, &error));
    const int64_t too_many[] = {0, 11};
    assert_int_equal(compute.ops->group.sum(group, 10, (struct compute_slice){buffer, 1}, NULL), STATUS_FAILED);
    assert_int_equal(compute.ops->group.gather_rows(group, too_many, 1, (struct compute_slice){buffer, 0}, NULL),
                     STATUS_FAILED);
    assert_int_equal(compute.ops->group.broadcast(group, 41, buffer, NULL), STATUS_FAILED);
    const struct compute_slice all = {buffer, 0};
    const int64_t few[] = {0, 5};
    assert_int_equal(compute.ops->group.exchange_blocks(group, 1, few, all, too_many, all, NULL), STATUS_FAILED);
    assert_int_equal(compute.ops->group.exchange_blocks(group, 1, too_many, all, few, all, NULL), STATUS_FAILED);
    must(compute.ops->group.sum(group, 10, (struct compute_slice){buffer, 0}, &error));
    must(compute.ops->group.wait(group, &error));
    compute.ops->group.close(group);
    compute.ops->group.close(NULL);
    compute.ops->buffer_destroy(buffer);
    assert_int_equal(nccl->open, 0);
}

/* Where the library is not the stand-in: it lacks functions. */
static void an_incomplete_library_is_not_used(void **state)
{
    (void)state;
    struct error error = {0};
    char name[COMPUTE_GROUP_NAME];
    assert_int_equal(compute.ops->group.library(name, &error), STATUS_FAILED);
    assert_string_equal(error.text, "libnccl.so.2 has no ncclGetUniqueId; install NCCL 2.14 or newer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_library_has_a_name, find_stand_in),
        cmocka_unit_test_setup(an_old_library_is_not_used, find_stand_in),
        cmocka_unit_test_setup(members_exchange_in_place, find_stand_in),
        cmocka_unit_test_setup(a_member_that_does_not_come, find_stand_in),
        cmocka_unit_test_setup(a_failure_of_nccl_is_one_sentence, find_stand_in),
        cmocka_unit_test_setup(a_process_that_is_asked_to_end_does_not_wait, find_stand_in),
        cmocka_unit_test_setup(sizes_are_checked, find_stand_in),
    };
    const struct CMUnitTest incomplete[] = {cmocka_unit_test(an_incomplete_library_is_not_used)};
    if (!stand_in_find())
        return cmocka_run_group_tests(incomplete, open_compute, close_compute);
    return cmocka_run_group_tests(tests, open_compute, close_compute);
}
