#ifndef SLEEVE_SANDBOX_SANDBOX_H
#define SLEEVE_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Decoding of bytes that somebody else made, in processes that can do nothing else.
 *
 * A decoder is a separate small executable (src/decoder/), found like the compute modules (core/installed_file.h). It
 * is started at the first request, with posix_spawn, in a session of its own (Ctrl-C does not reach it) and with almost
 * no environment. It has three descriptors: a socket for messages, shared memory for bytes, and a pipe whose other end
 * only this process has: the kernel sends it SIGIO when this process ends, however it ends. It is used for the next
 * requests, by one thread at a time. There are as many decoders as processors at most; further threads wait in order.
 *
 * Before its first request a decoder drops the rights of root, gets limits of memory, processor time, files and
 * processes, and confines itself: seccomp ends it at a system call that decoding does not need, Landlock denies all
 * files. Where the kernel has neither, the limits remain and `sleeve doctor` says so.
 *
 * A request is bytes, which are copied to the shared memory, or an open file, whose descriptor is sent. The answer is
 * in the shared memory, too, and is copied once. The memory cannot shrink (F_SEAL_SHRINK), so reading it cannot fail.
 * Numbers in an answer are not trusted: sizes are checked here, meanings by the caller. Messages are sanitised. A
 * decoder that needs more than SANDBOX_MEMORY_FREE waits until all threads together use less than SANDBOX_MEMORY_MAX.
 *
 * A decoder that crashes, reaches a limit, breaks its confinement or answers with nonsense is ended. If it had served
 * other requests, these may have damaged it, and a new one repeats the request; a failure in a new one is the input's,
 * and is STATUS_BAD_DATA with the reason. A decoder that something else killed is replaced, five times.
 *
 * If no decoder can be started, the request is refused (STATUS_FAILED, with what to do). Decoding in this process
 * instead would drop the protection exactly where an attacker or a broken installation can arrange it, and a warning
 * is seen only afterwards. While other decoders work, their next turn is waited for instead.
 *
 * What remains: a decoder that a file has taken over can falsify the answers to later requests. */

enum {
    SANDBOX_SIZE_MAX = 256 << 20,   /* bytes of request and answer together */
    SANDBOX_MEMORY_MAX = 448 << 20, /* bytes that all decoders together use for decoding; others wait */
    SANDBOX_MEMORY_FREE = 16 << 20, /* of which a request takes this much in any case */
    SANDBOX_NUMBERS = 6,
};

enum sandbox_operation {
    /* Bytes of an image file. numbers: edge_max, edge to fit into or 0. Answer: width, height, rows of RGB. */
    SANDBOX_IMAGE,
    /* A media file, open for reading. The numbers and the answer are those of src/media/. */
    SANDBOX_MEDIA,
    /* The sound of a media file, block by block, in a stream (below). The numbers and the answers are those of
     * src/media/. */
    SANDBOX_AUDIO,
    SANDBOX_OPERATIONS,
};

struct sandbox_request {
    enum sandbox_operation operation;
    const char *name;  /* for messages, which begin with it */
    const void *bytes; /* [size], or */
    size_t size;
    int descriptor;    /* an open file, if it is greater than 0; stays the caller's */
    size_t answer_max; /* bytes */
    int64_t numbers[SANDBOX_NUMBERS];
};

struct sandbox_answer {
    void *bytes;                      /* [size], allocated with malloc; the caller frees it. NULL on failure */
    size_t size;                      /* at most answer_max */
    int64_t numbers[SANDBOX_NUMBERS]; /* any values: check them */
};

/* Thread-safe. STATUS_BAD_DATA: the input is bad, and the error says why. STATUS_FAILED: no decoder could run, or
 * memory ran out, which says nothing about the input. STATUS_INTERRUPTED: a signal arrived (core/interrupt.h),
 * likewise. */
enum status sandbox_call(const struct sandbox_request *request, struct sandbox_answer *answer, struct error *error);

/* A conversation: requests that one decoder answers one after another, for answers that are too large for one. The
 * decoder keeps what it needs between them. A thread has one stream at a time, because another may wait for its
 * decoder. */
struct sandbox_stream;

/* A decoder that has served nothing is started if `fresh`, and if one can be. */
enum status sandbox_stream_open(enum sandbox_operation operation, bool fresh, struct sandbox_stream **stream,
                                struct error *error);
/* As sandbox_call, but nothing is repeated: after a failure that was not an answer the decoder is gone, and the stream
 * can only be closed. *again: it may not have been the input's fault, and the same requests to a fresh decoder may
 * succeed. */
enum status sandbox_stream_ask(struct sandbox_stream *stream, const struct sandbox_request *request,
                               struct sandbox_answer *answer, bool *again, struct error *error);
/* Frees the stream, which may be NULL; the decoder serves others. */
void sandbox_stream_close(struct sandbox_stream *stream);

/* What confines the decoder of an operation. */
struct sandbox_protection {
    bool seccomp;  /* system calls are filtered */
    bool landlock; /* no files can be opened */
};
/* Starts a decoder if none is running. */
enum status sandbox_protection(enum sandbox_operation operation, struct sandbox_protection *protection,
                               struct error *error);

#endif
