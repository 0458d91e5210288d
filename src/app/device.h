#ifndef SLEEVE_APP_DEVICE_H
#define SLEEVE_APP_DEVICE_H

#include <pthread.h>
#include <stdbool.h>

#include "gpu/compute.h"

/* Which device computes, and what happens when it fails: work that answers STATUS_DEVICE is done again on the CPU, one
 * line tells why, and the CPU stays until somebody chooses anew. A `struct device` is the choice, shared by all who
 * compute and safe from any thread; what each of them has open is a `struct device_use`, for one thread at a time. */
struct device_options {
    enum device_choice choice;
    int threads; /* 0: all */
    /* How a device is opened; NULL: compute_open. Tests open devices that fail. */
    enum status (*open)(enum device_choice choice, int threads, struct compute *compute, struct error *error);
};

/* What a person may know of it. */
struct device_state {
    enum device_choice choice;
    char name[64];    /* "CPU 2 threads", "NVIDIA H200"; "" until it was opened */
    char lost[512];   /* the line that told of the last failure; "" after a choice */
    unsigned changes; /* grows with every choice, made by a person or by a failure */
};

struct device {
    pthread_mutex_t lock;
    struct device_options options;
    struct device_state state;
};

struct device_use {
    struct device *device;
    struct compute compute;
    bool opened;
    unsigned changes; /* which choice is open */
};

void device_start(struct device *device, const struct device_options *options);
void device_end(struct device *device);
void device_read(struct device *device, struct device_state *state);
/* "auto", "cpu" or "cuda"; false for another text. */
bool device_choice_parse(const char *text, enum device_choice *choice);
const char *device_choice_name(enum device_choice choice);
/* "CPU 2 threads". */
void device_name_cpu(int threads, char name[64]);

/* Opens the device of choice unless it is open. One that cannot be opened is the CPU from now on, and one line says so.
 * Where device_has_changed, what was made on the earlier one is destroyed and device_close is called first. */
enum status device_open(struct device_use *use, struct error *error);
bool device_has_changed(const struct device_use *use);
void device_close(struct device_use *use);
/* After STATUS_DEVICE, with `error` as it came, when all that was made on the device is destroyed: closes it, and the
 * choice is the CPU. Tells it once, however many notice. */
void device_give_up(struct device_use *use, const struct error *error);
/* Opens this device and makes it the choice; when it cannot be opened everything stays as it was but `use`, which is
 * closed before and stays closed. */
enum status device_choose(struct device_use *use, enum device_choice choice, struct error *error);

/* A piece of work that makes and destroys on `compute` whatever it needs, and can be done again from the start. */
struct device_work {
    enum status (*run)(void *context, struct compute *compute, struct error *error);
    void *context;
};
/* Does it, and does it again on the CPU when the device fails. Never STATUS_DEVICE. */
enum status device_run(struct device_use *use, const struct device_work *work, struct error *error);

#endif
