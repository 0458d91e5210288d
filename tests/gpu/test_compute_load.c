#include "oracle.h"

static void the_device_says_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(compute.info.threads, 3);
    assert_true(strlen(compute.info.name) > 0);
    assert_non_null(strstr(compute.info.library, test_device_is_cpu() ? "OpenBLAS" : "CUDA"));
    assert_true(strlen(compute.info.core) > 0 && strlen(compute.info.simd) > 0);
}

static void a_missing_device_is_reported(void **state)
{
    (void)state;
    struct compute other;
    struct error error = {0};
    if (compute_open(DEVICE_CUDA, 1, &other, &error) == STATUS_OK) { /* there is a GPU */
        compute_close(&other);
        return;
    }
    assert_int_equal(compute_open(DEVICE_CUDA, 1, &other, &error), STATUS_DEVICE);
    assert_non_null(strstr(error.text, "CUDA"));
    compute_close(&other);
}

static void devices_open_beside_each_other(void **state)
{
    (void)state;
    struct compute other;
    must(test_device_open(0, &other, &error));
    assert_true(other.info.threads >= 1);
    assert_ptr_equal(other.ops, compute.ops);
    compute_close(&other);
}

static void wrapped_memory_is_used_in_place(void **state)
{
    (void)state;
    const float host[6] = {1, 2, 3, 4, 5, 6};
    float g[4];
    struct compute_slice y = {0}, dg = upload(NULL, sizeof g);
    must(compute.ops->buffer_wrap(compute.device, host, sizeof host, &y.buffer, &error));
    must(compute.ops->gram(compute.stream, 3, 2, y, 0, dg, &error));
    download(dg, g, sizeof g);
    assert_true(g[0] == 35 && g[1] == 44 && g[2] == 44 && g[3] == 56);
    struct error error = {0};
    assert_int_equal(compute.ops->buffer_write(compute.stream, y.buffer, 0, g, 4, &error), STATUS_FAILED);
    drop(y), drop(dg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_says_what_it_is),
        cmocka_unit_test(a_missing_device_is_reported),
        cmocka_unit_test(devices_open_beside_each_other),
        cmocka_unit_test(wrapped_memory_is_used_in_place),
    };
    return cmocka_run_group_tests_name("compute load", tests, open_compute, close_compute);
}
