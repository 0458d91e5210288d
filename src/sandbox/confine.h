#ifndef SLEEVE_SANDBOX_CONFINE_H
#define SLEEVE_SANDBOX_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

/* Takes from this process what decoding does not need, for good: root's rights, new privileges, descriptors but the
 * decoder's own, files (Landlock), system calls (seccomp), and memory beyond `memory` bytes in addition to what it has.
 *
 * Allowed are reading and writing open descriptors, anonymous memory that is not executable, the shared memory, clocks,
 * random numbers and ending. Opening a file and asking for its properties fail with EPERM, because libraries try that
 * and go on. Any other system call ends the process with SIGSYS.
 *
 * Sanitizers reserve terabytes of addresses, start threads and processes and read files, so with them only the other
 * limits are set. */
struct confinement {
    bool seccomp, landlock; /* in force; false where the kernel does not have it */
};

/* False: a limit could not be set, and the process must end. */
bool confine(size_t memory, bool reads_files, struct confinement *confinement);

#endif
