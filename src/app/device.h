#ifndef SLEEVE_APP_DEVICE_H
#define SLEEVE_APP_DEVICE_H

#include <pthread.h>
#include <stdbool.h>

#include "gpu/compute.h"
#include "ranks/ranks.h"

/* Which device computes, and what happens when it fails. Work that returns STATUS_DEVICE is done again on the CPU, one
 * message says why, and the CPU stays until a device is chosen again. A `struct device` is the choice: it is shared by
 * everything that computes and safe from any thread. A `struct device_use` is one user's open device, for one thread at
 * a time. */
struct device_options {
    enum device_choice choice;
    int threads; /* 0: all */
    /* How a device is opened; NULL: compute_open. Tests pass a function that opens failing devices. */
    enum status (*open)(enum device_choice choice, int threads, struct compute *compute, struct error *error);
};

/* What is shown to a person. */
struct device_state {
    enum device_choice choice;
    char name[64];    /* "CPU 2 threads", "NVIDIA H200"; "" before it was opened */
    char lost[512];   /* the message about the last failure; "" after a choice */
    unsigned changes; /* grows with every choice, made by a person or after a failure */
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
    unsigned changes; /* the choice that is open */
};

void device_start(struct device *device, const struct device_options *options);
void device_end(struct device *device);
void device_read(struct device *device, struct device_state *state);
/* "auto", "cpu" or "cuda"; false for another text. */
bool device_choice_parse(const char *text, enum device_choice *choice);
const char *device_choice_name(enum device_choice choice);

/* Opens the chosen device unless it is open. If it cannot be opened, the CPU is used from now on and one message says
 * so. If device_has_changed, destroy what was made on the earlier device and call device_close first. */
enum status device_open(struct device_use *use, struct error *error);
bool device_has_changed(const struct device_use *use);
void device_close(struct device_use *use);
/* Call it after STATUS_DEVICE, with the `error` that came, once everything made on the device is destroyed: closes the
 * device and chooses the CPU. The failure is reported once, however many users notice it. */
void device_fall_back(struct device_use *use, const struct error *error);
/* Opens this device and makes it the choice. If it cannot be opened, the choice stays; `use` is closed in either case.
 */
enum status device_choose(struct device_use *use, enum device_choice choice, struct error *error);

/* Work that makes and destroys everything it needs on `compute`, and can be done again from the start. */
struct device_work {
    enum status (*run)(void *context, struct compute *compute, struct error *error);
    void *context;
};
/* Runs it, and runs it again on the CPU when the device fails. Never STATUS_DEVICE. */
enum status device_run(struct device_use *use, const struct device_work *work, struct error *error);
/* For work that several ranks share: their device's failure fails the work, because the other ranks would not repeat
 * it. With one process the status stays. */
enum status device_status_shared(const struct ranks *ranks, enum status status, struct error *error);

#endif
