#ifndef SLEEVE_CORE_STATUS_H
#define SLEEVE_CORE_STATUS_H

/* How every function that can fail reports it. The numbers are the program's exit statuses, but for STATUS_DEVICE. */
enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,   /* it could not be done: out of memory, disk full, no such model, ... */
    STATUS_USAGE = 2,    /* it was asked for wrongly */
    STATUS_BAD_DATA = 3, /* the input is wrong */
    /* A compute device was lost or its memory is full, the work itself is sound: app/device.h does it again on the CPU,
     * so that this never leaves the app. */
    STATUS_DEVICE = 4,
    STATUS_INTERRUPTED = 130, /* a person or a signal stopped it */
};

/* What went wrong, as one sentence for people: what, where, what to do. Plain data, owned by the caller. */
struct error {
    enum status status;
    char text[1024];
};

/* Fills `error` (which may be NULL) and returns `status`, so that a failing function can `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "CONTEXT: " before the sentence that is already there and returns the status that is already there. */
enum status error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts more behind the sentence that is already there. */
void error_append(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The sentence for an allocation that failed. */
enum status error_no_memory(struct error *error);

#endif
