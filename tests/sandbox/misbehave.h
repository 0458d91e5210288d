#ifndef SLEEVE_TESTS_SANDBOX_MISBEHAVE_H
#define SLEEVE_TESTS_SANDBOX_MISBEHAVE_H

/* What the decoder tests/sandbox/misbehave.c does; a request has the number in numbers[0]. */
enum misdeed {
    DO_ECHO, /* the answer is the request, with each bit inverted */
    DO_CRASH,
    DO_ABORT,
    DO_OVERFLOW, /* of the stack */
    DO_LOOP,
    DO_SLEEP,
    DO_ALLOCATE,
    DO_EXIT,
    DO_CLOSE,         /* the socket, and continue */
    DO_ANSWER_LARGE,  /* an answer larger than allowed */
    DO_ANSWER_SHORT,  /* a packet of the wrong size */
    DO_ANSWER_OTHERS, /* to another request */
    DO_ANSWER_STATUS, /* with a status that there is not */
    DO_ANSWER_TEXT,   /* with control characters and without an end */
    DO_ANSWER_TWICE,
    DO_NEED_TOO_MUCH,
    DO_NEED, /* numbers[1] bytes, and echo */
    DO_OPEN,
    DO_WRITE,
    DO_SOCKET,
    DO_EXECUTE,
    DO_FORK,
    DO_KILL_PARENT,
    DO_SHRINK, /* the shared memory */
    DO_MAP_CODE,
    DO_TRACE,
    DO_LIST,        /* numbers: how many descriptors are open, and whether it knows a secret variable */
    DO_READ,        /* the file of the request */
    DO_CRASH_LATER, /* echo, and crash at the next request, whatever it is */
};

#endif
