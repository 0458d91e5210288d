#ifndef SLEEVE_TESTS_COMPUTE_FIXTURE_H
#define SLEEVE_TESTS_COMPUTE_FIXTURE_H

#include "tests/device.h"
#include "tests/must.h"

/* Group setup and teardown: one open device for all tests of a program. After cmocka.h. */

static struct compute compute;

static inline int open_compute(void **state)
{
    (void)state;
    struct error error = {0};
    if (test_device_open(3, &compute, &error) == STATUS_OK)
        return 0;
    print_error("%s\n", error.text);
    return -1;
}

static inline int close_compute(void **state)
{
    (void)state;
    compute_close(&compute);
    return 0;
}

#endif
