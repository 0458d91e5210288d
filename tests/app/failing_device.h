#ifndef SLEEVE_TESTS_APP_FAILING_DEVICE_H
#define SLEEVE_TESTS_APP_FAILING_DEVICE_H

#include <stddef.h>

/* A compute module, named "Test GPU", that computes as the CPU's does until it is told to fail: a device that is lost
 * answers STATUS_DEVICE to everything from then on, one whose memory is full to what asks for more. Its buffers cannot
 * be read in place. */
struct failing_device {
    long calls;                     /* operations asked for so far, opening included */
    long lost_at;                   /* from this one on everything fails; 0: never */
    size_t largest;                 /* no buffer is larger than this many bytes; 0: as the CPU */
    long asked_of_lost;             /* operations asked for after the first that failed */
    long devices, streams, buffers; /* open now */
};

#define FAILING_DEVICE_CONTROL "failing_device_control"
struct failing_device *failing_device_control(void);

#endif
