#ifndef SLEEVE_TESTS_DEVICE_H
#define SLEEVE_TESTS_DEVICE_H

#include <stdlib.h>
#include <string.h>

#include "gpu/compute.h"

/* Opens the device selected by the environment: the module in SLEEVE_TEST_MODULE (CUDA's operations compiled for the
 * host), the GPU when SLEEVE_TEST_DEVICE is "cuda", otherwise the CPU. */
static inline enum status test_device_open(int threads, struct compute *compute, struct error *error)
{
    const char *module = getenv("SLEEVE_TEST_MODULE"), *device = getenv("SLEEVE_TEST_DEVICE");
    if (module)
        return compute_open_module(module, threads, compute, error);
    return compute_open(device && strcmp(device, "cuda") == 0 ? DEVICE_CUDA : DEVICE_CPU, threads, compute, error);
}

static inline int test_device_is_cpu(void)
{
    return !getenv("SLEEVE_TEST_MODULE") && !getenv("SLEEVE_TEST_DEVICE");
}

#endif
