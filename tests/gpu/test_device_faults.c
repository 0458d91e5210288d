#include "oracle.h"

#include <dlfcn.h>
#include <stdio.h>

/* Every call to an emulated device fails once, because memory is full or the device is lost: the result is
 * STATUS_DEVICE with a message, everything can be destroyed and closed afterwards, and no device memory leaks. */

static void (*emulator_fail)(long call, int allocation);
static long (*emulator_allocated)(void);

/* A bit of everything that a caller does. */
static enum status work(struct compute *device, struct error *error)
{
    enum { N = 40, D = 8, K = 3 };
    float items[N * D], scores[K];
    for (int i = 0; i < N * D; i++)
        items[i] = (float)(i % 11);
    const struct compute_ops *ops = device->ops;
    struct compute_buffer *buffers[5] = {0};
    const size_t sizes[5] = {sizeof items, D * D * sizeof(float), K * sizeof(int32_t), sizeof scores,
                             ops->top_k_scratch(device->device, 1, N, K)};
    struct compute_slice none = {0};
    enum status status = ops->buffer_wrap(device->device, items, sizeof items, &buffers[0], error);
    for (int i = 1; i < 5 && status == STATUS_OK; i++)
        status = ops->buffer_create(device->device, sizes[i], &buffers[i], error);
    struct compute_slice y = {buffers[0], 0}, g = {buffers[1], 0}, ids = {buffers[2], 0}, out = {buffers[3], 0},
                         scratch = {buffers[4], 0};
    if (status == STATUS_OK)
        status = ops->gram(device->stream, N, D, y, 1, g, error);
    if (status == STATUS_OK)
        status = ops->cholesky(device->stream, D, g, error);
    if (status == STATUS_OK)
        status = ops->cholesky_solve(device->stream, 1, D, g, g, error);
    if (status == STATUS_OK)
        status = ops->top_k(device->stream, 1, N, D, K, y, y, none, none, ids, out, scratch, error);
    if (status == STATUS_OK)
        status = ops->stream_synchronise(device->stream, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(device->stream, buffers[3], 0, scores, sizeof scores, error);
    if (status == STATUS_OK)
        assert_true(scores[0] >= scores[1] && scores[1] >= scores[2] && isfinite(scores[2]));
    for (int i = 0; i < 5; i++)
        ops->buffer_destroy(buffers[i]);
    return status;
}

static void each_call_fails(int allocation, const char *reason)
{
    const char *module = getenv("SLEEVE_TEST_MODULE");
    long before = emulator_allocated(), call = 0;
    for (enum status status = STATUS_DEVICE; status != STATUS_OK;) {
        struct compute device;
        struct error error = {0};
        emulator_fail(++call, allocation);
        status = compute_open_module(module, 1, &device, &error);
        bool opened = status == STATUS_OK;
        if (opened)
            status = work(&device, &error);
        if (opened && status != STATUS_OK && allocation) { /* memory was full once: the device still works */
            struct error none = {0};
            assert_int_equal(work(&device, &none), STATUS_OK);
        }
        if (opened && status != STATUS_OK && !allocation) { /* a lost device stays lost */
            struct error again = {0};
            assert_int_equal(work(&device, &again), STATUS_DEVICE);
        }
        if (status != STATUS_OK) {
            assert_int_equal(status, STATUS_DEVICE);
            assert_non_null(strstr(error.text, "the GPU failed in "));
            assert_non_null(strstr(error.text, reason) ? error.text : strstr(error.text, "execution failed"));
        }
        compute_close(&device);
        assert_int_equal(emulator_allocated(), before);
        assert_true(call < 1000);
    }
    emulator_fail(0, 0);
    assert_true(call > 5); /* some calls were reached and failed */
}

static void full_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    each_call_fails(1, "out of memory");
}

static void a_lost_device_is_reported_and_closes(void **state)
{
    (void)state;
    each_call_fails(0, "unknown error");
}

/* The emulator has one GPU. */
static void each_process_of_mpirun_needs_a_gpu(void **state)
{
    (void)state;
    struct compute device;
    struct error error = {0};
    const char *module = getenv("SLEEVE_TEST_MODULE");
    setenv("OMPI_COMM_WORLD_LOCAL_RANK", "1", 1);
    assert_int_equal(compute_open_module(module, 1, &device, &error), STATUS_DEVICE);
    assert_non_null(strstr(error.text, "1 GPU and at least 2 processes"));
    setenv("OMPI_COMM_WORLD_LOCAL_RANK", "0", 1);
    assert_int_equal(compute_open_module(module, 1, &device, &error), STATUS_OK);
    compute_close(&device);
    unsetenv("OMPI_COMM_WORLD_LOCAL_RANK");
}

static int find_emulator(void **state)
{
    if (open_compute(state) != 0)
        return -1;
    void *fail = dlsym(compute.module, "emulator_fail"), *allocated = dlsym(compute.module, "emulator_allocated");
    memcpy(&emulator_fail, &fail, sizeof fail); /* ISO C does not allow the cast from an object pointer to a function
                                                 * pointer */
    memcpy(&emulator_allocated, &allocated, sizeof allocated);
    return fail && allocated ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_memory_is_reported_and_nothing_leaks),
        cmocka_unit_test(a_lost_device_is_reported_and_closes),
        cmocka_unit_test(each_process_of_mpirun_needs_a_gpu),
    };
    return cmocka_run_group_tests_name("device faults", tests, find_emulator, close_compute);
}
