#ifndef SLEEVE_CORE_STATUS_H
#define SLEEVE_CORE_STATUS_H

/* Result of every function that can fail. The values are the program's exit statuses, except for STATUS_DEVICE. */
enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,   /* out of memory, disk full, no such model, ... */
    STATUS_USAGE = 2,    /* wrong options or arguments */
    STATUS_BAD_DATA = 3, /* invalid input data */
    /* A compute device was lost or its memory is full. app/device.h repeats the work on the CPU, so this status never
     * leaves the app. */
    STATUS_DEVICE = 4,
    STATUS_INTERRUPTED = 130, /* stopped by the user or a signal */
};

/* An error message for the user: what went wrong, where, and what to do. Plain data, owned by the caller. */
struct error {
    enum status status;
    char text[1024];
};

/* Sets `error` (which may be NULL) and returns `status`, so that a failing function can `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prepends "CONTEXT: " to the message and returns its status. */
enum status error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends to the message. */
void error_append(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The error of a failed allocation. */
enum status error_no_memory(struct error *error);

#endif
