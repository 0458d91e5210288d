#include "app/device.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"

static const char *const names[] = {[DEVICE_AUTO] = "auto", [DEVICE_CPU] = "cpu", [DEVICE_CUDA] = "cuda"};
enum { CHOICES = sizeof names / sizeof names[0] };

bool device_choice_parse(const char *text, enum device_choice *choice)
{
    for (int i = 0; i < CHOICES; i++)
        if (strcmp(names[i], text) == 0) {
            *choice = (enum device_choice)i;
            return true;
        }
    return false;
}

const char *device_choice_name(enum device_choice choice)
{
    return names[choice];
}

/* "CPU 2 threads". */
static void device_name_cpu(int threads, char name[64])
{
    snprintf(name, 64, "CPU %d thread%s", threads, threads == 1 ? "" : "s");
}

void device_start(struct device *device, const struct device_options *options)
{
    *device = (struct device){.options = *options, .state = {.choice = options->choice}};
    if (!device->options.open)
        device->options.open = compute_open;
    pthread_mutex_init(&device->lock, NULL);
}

void device_end(struct device *device)
{
    pthread_mutex_destroy(&device->lock);
}

void device_read(struct device *device, struct device_state *state)
{
    pthread_mutex_lock(&device->lock);
    *state = device->state;
    pthread_mutex_unlock(&device->lock);
}

/* Reports a device that failed under choice number `changes`. Only the first caller that notices reports it. */
static void report_failure(struct device *device, unsigned changes, const char *why)
{
    char line[sizeof device->state.lost] = "";
    pthread_mutex_lock(&device->lock);
    struct device_state *state = &device->state;
    if (state->changes == changes) {
        size_t size = strlen(why);
        snprintf(line, sizeof line, "%.400s%s The work continues on the CPU.", why,
                 size > 0 && why[size - 1] == '.' ? "" : ".");
        memcpy(state->lost, line, sizeof line);
        state->choice = DEVICE_CPU;
        state->changes++;
    }
    pthread_mutex_unlock(&device->lock);
    if (line[0])
        log_message(LOG_WARNING, "%s", line);
}

static void set_open(struct device_use *use, const struct device_state *seen)
{
    const struct compute_info *info = &use->compute.info;
    struct device *device = use->device;
    use->opened = true;
    use->changes = seen->changes;
    pthread_mutex_lock(&device->lock);
    bool is_cpu = strncmp(info->library, "OpenBLAS", 8) == 0; /* its name is the processor's, which says less */
    if (device->state.changes == seen->changes && is_cpu)
        device_name_cpu(info->threads, device->state.name);
    else if (device->state.changes == seen->changes)
        snprintf(device->state.name, sizeof device->state.name, "%.60s", info->name);
    pthread_mutex_unlock(&device->lock);
}

enum status device_open(struct device_use *use, struct error *error)
{
    struct device *device = use->device;
    enum status status = STATUS_OK;
    struct error why = {0};
    while (!use->opened) {
        struct device_state seen;
        device_read(device, &seen);
        status = device->options.open(seen.choice, device->options.threads, &use->compute, &why);
        if (status == STATUS_OK && use->compute.gpu_unavailable.text[0]) { /* there is a GPU, but it cannot be used */
            report_failure(device, seen.changes, use->compute.gpu_unavailable.text);
            device_read(device, &seen);
        }
        if (status == STATUS_OK)
            set_open(use, &seen);
        else if (seen.choice != DEVICE_CPU)
            report_failure(device, seen.changes, why.text);
        else
            return error_set(error, status == STATUS_DEVICE ? STATUS_FAILED : status, "%s", why.text);
    }
    return STATUS_OK;
}

bool device_has_changed(const struct device_use *use)
{
    struct device_state now;
    device_read(use->device, &now);
    return use->opened && use->changes != now.changes;
}

void device_close(struct device_use *use)
{
    if (use->opened)
        compute_close(&use->compute);
    use->opened = false;
}

void device_fall_back(struct device_use *use, const struct error *error)
{
    device_close(use);
    report_failure(use->device, use->changes, error->text);
}

enum status device_choose(struct device_use *use, enum device_choice choice, struct error *error)
{
    struct device *device = use->device;
    struct error why = {0};
    enum status status = device->options.open(choice, device->options.threads, &use->compute, &why);
    if (status != STATUS_OK)
        return error_set(error, status == STATUS_DEVICE ? STATUS_FAILED : status, "%s", why.text);
    struct device_state seen;
    pthread_mutex_lock(&device->lock);
    device->state.choice = choice;
    device->state.changes++;
    device->state.lost[0] = '\0';
    seen = device->state;
    pthread_mutex_unlock(&device->lock);
    set_open(use, &seen);
    return STATUS_OK;
}

enum status device_run(struct device_use *use, const struct device_work *work, struct error *error)
{
    struct error why = {0};
    enum status status = STATUS_DEVICE;
    for (int attempt = 0; attempt < 2 && status == STATUS_DEVICE; attempt++) {
        if (attempt > 0)
            device_fall_back(use, &why);
        status = device_open(use, &why);
        if (status == STATUS_OK)
            status = work->run(work->context, &use->compute, &why);
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    if (error)
        *error = why;
    if (status == STATUS_DEVICE) /* the CPU never returns STATUS_DEVICE */
        status = STATUS_FAILED;
    return status;
}

enum status device_status_shared(const struct ranks *ranks, enum status status, struct error *error)
{
    if (status != STATUS_DEVICE || ranks_size(ranks) == 1)
        return status;
    if (error)
        error->status = STATUS_FAILED;
    return STATUS_FAILED;
}
