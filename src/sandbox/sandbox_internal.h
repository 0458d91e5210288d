#ifndef SLEEVE_SANDBOX_SANDBOX_INTERNAL_H
#define SLEEVE_SANDBOX_SANDBOX_INTERNAL_H

#include "sandbox/process.h"

/* For tests: the decoder of an operation, which is started from then on; NULL restores the usual one. Running decoders
 * of the operation are ended; none may be in use. */
void sandbox_set_program(enum sandbox_operation operation, const struct sandbox_program *program);
/* The most bytes that all decoders together were granted at a time. */
size_t sandbox_memory_peak(void);
/* The decoders of an operation that are running: their number, and up to `capacity` process ids. */
size_t sandbox_running(enum sandbox_operation operation, pid_t *pids, size_t capacity);

#endif
