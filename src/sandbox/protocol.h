#ifndef SLEEVE_SANDBOX_PROTOCOL_H
#define SLEEVE_SANDBOX_PROTOCOL_H

#include "sandbox/sandbox.h"

/* The messages between sandbox_call and a decoder: one packet each, over a socket. The bytes are in the shared memory:
 * those of the request from 0 on, those of the answer from `answer_at` on. The decoder sends HELLO once it is confined.
 * Then, for each request: possibly NEEDS, which is answered by the same request with `granted`, and DONE. */

#define SANDBOX_PROTOCOL "sleeve " SLEEVE_VERSION " 1"

enum {
    SANDBOX_SOCKET = 3, /* descriptors of a decoder */
    SANDBOX_SHARED = 4,
    SANDBOX_LIFELINE = 5,
    SANDBOX_DESCRIPTORS = 6, /* one that is sent with a request gets this number or a higher one */
    SANDBOX_TEXT = 512,
};

struct sandbox_order {
    uint32_t serial;
    uint32_t operation; /* enum sandbox_operation */
    uint64_t size;      /* bytes of the request */
    uint64_t answer_at, answer_max;
    uint64_t shared; /* size of the shared memory, in whole pages; it may have grown */
    uint32_t granted;
    uint32_t has_descriptor;
    uint32_t processor_seconds; /* limit of the request */
    uint32_t unused;
    int64_t numbers[SANDBOX_NUMBERS];
};

enum sandbox_reply_kind { REPLY_HELLO = 1, REPLY_NEEDS, REPLY_DONE };

struct sandbox_reply {
    uint32_t serial;            /* that of the order; 0 in HELLO */
    uint32_t kind;              /* enum sandbox_reply_kind */
    int32_t status;             /* STATUS_OK, STATUS_FAILED or, for DONE, STATUS_BAD_DATA */
    uint32_t seccomp, landlock; /* HELLO */
    uint64_t size;              /* DONE: bytes of the answer; NEEDS: bytes of memory; HELLO: of an order */
    int64_t numbers[SANDBOX_NUMBERS];
    char text[SANDBOX_TEXT]; /* HELLO: SANDBOX_PROTOCOL, or why it cannot start; DONE: the reason, a clause that follows
                              * the input's name */
};

#endif
