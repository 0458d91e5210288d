#ifndef SLEEVE_TESTS_APP_FAILING_DEVICE_H
#define SLEEVE_TESTS_APP_FAILING_DEVICE_H

#include <stddef.h>

/* A compute module, named "Test GPU", that computes like the CPU's until a test makes it fail: a lost device returns
 * STATUS_DEVICE from then on, one with full memory from allocations. The host cannot read its buffers in place. */
struct failing_device {
    long calls;                     /* operations called so far, including device_open */
    long lost_at;                   /* everything fails from this call on; 0: never */
    size_t largest;                 /* maximum size of a buffer in bytes; 0: no limit */
    long calls_after_loss;          /* operations called after the first failure */
    long devices, streams, buffers; /* open now */
};

#define FAILING_DEVICE_CONTROL "failing_device_control"
struct failing_device *failing_device_control(void);

#endif
