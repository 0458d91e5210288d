#ifndef SLEEVE_SANDBOX_WORKER_H
#define SLEEVE_SANDBOX_WORKER_H

#include "core/buffer.h"
#include "sandbox/sandbox.h"

/* The main loop of a decoder process: confines itself, then serves requests one after another. */

struct sandbox_job {
    const void *bytes; /* [size] of the request */
    size_t size;
    int descriptor; /* the file of the request, which is closed after it; -1: none, or `serve` keeps it */
    int64_t numbers[SANDBOX_NUMBERS];
    /* The answer. */
    unsigned char *answer; /* [answer_max], in the shared memory */
    size_t answer_max, answer_size;
    int64_t answer_numbers[SANDBOX_NUMBERS];
    struct sandbox_order *order; /* of the request, for sandbox_need */
};

/* Waits until `bytes` of memory may be used for this request, once. STATUS_FAILED if the main process has ended. */
enum status sandbox_need(struct sandbox_job *job, size_t bytes, struct error *error);

/* What a decoder does. */
struct sandbox_service {
    enum sandbox_operation operation;
    size_t memory;    /* bytes that the process may allocate */
    bool reads_files; /* requests have descriptors, which are read with read, pread and lseek */
    /* Loads what cannot be loaded in confinement; NULL: nothing. */
    enum status (*prepare)(struct error *error);
    /* STATUS_OK, STATUS_BAD_DATA, or STATUS_FAILED if memory ran out; the error is a clause that follows the input's
     * name. */
    enum status (*serve)(struct sandbox_job *job, struct error *error);
};

/* Returns the process's exit status when the main process closes the socket. */
int sandbox_worker_run(const struct sandbox_service *service);

#endif
