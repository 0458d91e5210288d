#ifndef SLEEVE_SANDBOX_PROCESS_H
#define SLEEVE_SANDBOX_PROCESS_H

#include <sys/types.h>

#include "core/memory_budget.h"
#include "sandbox/protocol.h"

/* One decoder process, used by one thread at a time. */

/* An executable and its limits. */
struct sandbox_program {
    const char *file;           /* its name, or a path in tests */
    unsigned processor_seconds; /* for one request */
    double seconds;             /* by the clock: a decoder may also sleep, and a busy machine delays it */
};

struct sandbox_process {
    pid_t pid; /* 0: not running */
    int socket, shared, lifeline;
    unsigned char *memory; /* the shared memory, mapped */
    size_t size;
    uint32_t serial;
    bool served; /* it has answered at least one request */
    struct sandbox_protection protection;
};

enum sandbox_outcome {
    SANDBOX_ANSWERED,    /* with bytes, or with the status and reason why there are none */
    SANDBOX_FAULTY,      /* it crashed, was too slow, ran out of memory or answered nonsense; the reason says so */
    SANDBOX_KILLED,      /* something else ended it; no reason is set */
    SANDBOX_INTERRUPTED, /* core/interrupt.h; no reason is set */
};

enum status sandbox_process_start(const struct sandbox_program *program, struct sandbox_process *process,
                                  struct error *error);
/* Ends it and frees its memory. */
void sandbox_process_end(struct sandbox_process *process);
/* One request. *taken bytes of `budget` are the caller's already, and are exchanged for more if the decoder needs them;
 * the caller gives them back. Unless it answered, the process has been ended. `reason` is a clause that follows the
 * input's name. */
enum sandbox_outcome sandbox_process_ask(struct sandbox_process *process, const struct sandbox_program *program,
                                         const struct sandbox_request *request, struct memory_budget *budget,
                                         size_t *taken, struct sandbox_answer *answer, struct error *reason);

#endif
