/* The decoders of all threads, and what happens when one fails. */
#include "sandbox/sandbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/sandbox_internal.h"

enum {
    DECODERS_MAX = 64,
    KILLED_MAX = 5, /* a decoder is replaced this many times for one request */
};

static const struct sandbox_program programs[SANDBOX_OPERATIONS] = {
    [SANDBOX_IMAGE] = {.file = "sleeve-decoder-image", .processor_seconds = 10, .seconds = 60},
    [SANDBOX_MEDIA] = {.file = "sleeve-decoder-media", .processor_seconds = 10, .seconds = 60},
    [SANDBOX_AUDIO] = {.file = "sleeve-decoder-audio", .processor_seconds = 10, .seconds = 60},
};

struct slot {
    struct sandbox_process process; /* belongs to the thread that uses the slot */
    pid_t pid;                      /* of the running decoder; 0: none */
    bool busy;
    uint64_t used; /* when it was last used: the memory of the last one is most likely in a cache */
};

/* The decoders of one operation. Threads get slots in the order of their tickets. */
struct decoders {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct sandbox_program *program; /* NULL: the usual one */
    struct slot slots[DECODERS_MAX];
    size_t limit; /* slots that are used at a time; 0: not set yet */
    size_t n_busy;
    uint64_t tickets, next, uses;
};

#define DECODERS                                                                                                       \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                                         \
    }
static struct decoders all_decoders[SANDBOX_OPERATIONS] = {
    [SANDBOX_IMAGE] = DECODERS, [SANDBOX_MEDIA] = DECODERS, [SANDBOX_AUDIO] = DECODERS};

/* A thread takes bytes after a slot, and holders of slots wait for no slot, so no two threads wait for each other. */
static struct memory_budget memory = MEMORY_BUDGET((size_t)SANDBOX_MEMORY_MAX);

static const struct sandbox_program *program_of(const struct decoders *decoders)
{
    return decoders->program ? decoders->program : &programs[decoders - all_decoders];
}

/* ------------------------------------------------------------------ slots */

static size_t processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > DECODERS_MAX ? DECODERS_MAX : (size_t)count;
}

static bool is_better(const struct slot *slot, const struct slot *best, bool fresh)
{
    if ((slot->pid > 0) != (best->pid > 0))
        return (slot->pid > 0) != fresh;
    return slot->used > best->used;
}

/* A free slot: if possible that of the running decoder that was used last or, with `fresh`, one without a decoder. */
static struct slot *choose(struct decoders *decoders, bool fresh)
{
    struct slot *best = NULL;
    for (size_t i = 0; i < DECODERS_MAX; i++) {
        struct slot *slot = &decoders->slots[i];
        if (!slot->busy && (!best || is_better(slot, best, fresh)))
            best = slot;
    }
    return best;
}

static struct slot *slot_take(struct decoders *decoders, bool fresh)
{
    pthread_mutex_lock(&decoders->lock);
    if (decoders->limit == 0)
        decoders->limit = processors();
    uint64_t ticket = decoders->tickets++;
    while (ticket != decoders->next || decoders->n_busy >= decoders->limit)
        pthread_cond_wait(&decoders->changed, &decoders->lock);
    decoders->next++;
    struct slot *slot = choose(decoders, fresh);
    slot->busy = true;
    slot->used = ++decoders->uses;
    decoders->n_busy++;
    pthread_cond_broadcast(&decoders->changed);
    pthread_mutex_unlock(&decoders->lock);
    return slot;
}

static void slot_return(struct decoders *decoders, struct slot *slot)
{
    pthread_mutex_lock(&decoders->lock);
    slot->busy = false;
    decoders->n_busy--;
    pthread_cond_broadcast(&decoders->changed);
    pthread_mutex_unlock(&decoders->lock);
}

static size_t count_running(const struct decoders *decoders)
{
    size_t count = 0;
    for (size_t i = 0; i < DECODERS_MAX; i++)
        count += decoders->slots[i].pid > 0;
    return count;
}

static void set_running(struct decoders *decoders, struct slot *slot, pid_t pid)
{
    pthread_mutex_lock(&decoders->lock);
    slot->pid = pid;
    pthread_mutex_unlock(&decoders->lock);
}

/* After a failed start: true if other decoders run, whose turns are waited for from then on. */
static bool slot_close(struct decoders *decoders, struct slot *slot)
{
    slot_return(decoders, slot);
    pthread_mutex_lock(&decoders->lock);
    size_t running = count_running(decoders);
    if (running > 0 && running < decoders->limit)
        decoders->limit = running;
    pthread_mutex_unlock(&decoders->lock);
    return running > 0;
}

/* A slot with a running decoder; with `fresh` one that has served no request, if it can be started. */
static enum status slot_open(struct decoders *decoders, bool fresh, struct slot **slot, struct error *error)
{
    for (;; fresh = false) {
        *slot = slot_take(decoders, fresh);
        if ((*slot)->pid > 0)
            return STATUS_OK;
        enum status status = sandbox_process_start(program_of(decoders), &(*slot)->process, error);
        if (status == STATUS_OK) {
            set_running(decoders, *slot, (*slot)->process.pid);
            return STATUS_OK;
        }
        if (!slot_close(decoders, *slot) || status == STATUS_INTERRUPTED)
            return status;
    }
}

/* ------------------------------------------------------------------ requests */

/* Asks the decoder of the slot. If it did not answer, it is gone. */
static enum sandbox_outcome ask_slot(struct decoders *decoders, struct slot *slot,
                                     const struct sandbox_request *request, struct sandbox_answer *answer,
                                     struct error *reason)
{
    size_t taken = SANDBOX_MEMORY_FREE;
    memory_budget_acquire(&memory, taken);
    enum sandbox_outcome outcome =
        sandbox_process_ask(&slot->process, program_of(decoders), request, &memory, &taken, answer, reason);
    memory_budget_release(&memory, taken);
    if (outcome != SANDBOX_ANSWERED)
        set_running(decoders, slot, 0);
    return outcome;
}

static enum status explain(enum sandbox_outcome outcome, const char *name, unsigned n_killed, struct error *reason,
                           struct error *error)
{
    if (outcome == SANDBOX_INTERRUPTED)
        return error_set(error, STATUS_INTERRUPTED, "%s: interrupted", name);
    if (outcome == SANDBOX_KILLED)
        error_set(reason, STATUS_BAD_DATA, ": the decoder was killed %u time%s, as happens if memory runs out",
                  n_killed, n_killed == 1 ? "" : "s");
    return reason->status == STATUS_OK ? STATUS_OK : error_set(error, reason->status, "%s%s", name, reason->text);
}

/* Asks one decoder. *repeat: its failure was not the input's fault, or may not have been. */
static enum status ask(struct decoders *decoders, const struct sandbox_request *request, struct sandbox_answer *answer,
                       unsigned *n_killed, bool *repeat, struct error *error)
{
    struct slot *slot;
    struct error reason;
    enum status status = slot_open(decoders, *repeat, &slot, error);
    *repeat = false;
    if (status != STATUS_OK)
        return status;
    bool served = slot->process.served;
    enum sandbox_outcome outcome = ask_slot(decoders, slot, request, answer, &reason);
    slot_return(decoders, slot);
    *repeat = outcome == SANDBOX_KILLED ? ++*n_killed <= KILLED_MAX : outcome == SANDBOX_FAULTY && served;
    return explain(outcome, request->name, *n_killed, &reason, error);
}

static bool is_too_large(const struct sandbox_request *request)
{
    return request->size > SANDBOX_SIZE_MAX || request->answer_max > SANDBOX_SIZE_MAX - request->size;
}

enum status sandbox_call(const struct sandbox_request *request, struct sandbox_answer *answer, struct error *error)
{
    *answer = (struct sandbox_answer){0};
    if (is_too_large(request))
        return error_set(error, STATUS_BAD_DATA, "%s: too large for a decoder", request->name);
    unsigned n_killed = 0;
    bool repeat = false;
    enum status status;
    do
        status = ask(&all_decoders[request->operation], request, answer, &n_killed, &repeat, error);
    while (repeat);
    return status;
}

/* ------------------------------------------------------------------ streams */

struct sandbox_stream {
    struct decoders *decoders;
    struct slot *slot;
    bool served; /* the decoder had served others */
    bool gone;   /* it has been ended */
};

enum status sandbox_stream_open(enum sandbox_operation operation, bool fresh, struct sandbox_stream **stream,
                                struct error *error)
{
    struct sandbox_stream *opened = calloc(1, sizeof *opened);
    *stream = NULL;
    if (!opened)
        return error_no_memory(error);
    opened->decoders = &all_decoders[operation];
    const enum status status = slot_open(opened->decoders, fresh, &opened->slot, error);
    if (status != STATUS_OK) {
        free(opened);
        return status;
    }
    opened->served = opened->slot->process.served;
    *stream = opened;
    return STATUS_OK;
}

enum status sandbox_stream_ask(struct sandbox_stream *stream, const struct sandbox_request *request,
                               struct sandbox_answer *answer, bool *again, struct error *error)
{
    struct error reason = {0};
    *answer = (struct sandbox_answer){0};
    *again = false;
    if (stream->gone || is_too_large(request))
        return error_set(error, STATUS_BAD_DATA, "%s: %s", request->name,
                         stream->gone ? "its decoder has ended" : "too large for a decoder");
    const enum sandbox_outcome outcome = ask_slot(stream->decoders, stream->slot, request, answer, &reason);
    stream->gone = outcome != SANDBOX_ANSWERED;
    *again = outcome == SANDBOX_KILLED || (outcome == SANDBOX_FAULTY && stream->served);
    return explain(outcome, request->name, 1, &reason, error);
}

void sandbox_stream_close(struct sandbox_stream *stream)
{
    if (!stream)
        return;
    slot_return(stream->decoders, stream->slot);
    free(stream);
}

enum status sandbox_protection(enum sandbox_operation operation, struct sandbox_protection *protection,
                               struct error *error)
{
    struct slot *slot;
    enum status status = slot_open(&all_decoders[operation], false, &slot, error);
    if (status != STATUS_OK)
        return status;
    *protection = slot->process.protection;
    slot_return(&all_decoders[operation], slot);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ for tests */

void sandbox_set_program(enum sandbox_operation operation, const struct sandbox_program *program)
{
    struct decoders *decoders = &all_decoders[operation];
    pthread_mutex_lock(&decoders->lock);
    for (size_t i = 0; i < DECODERS_MAX; i++) {
        if (decoders->slots[i].pid > 0)
            sandbox_process_end(&decoders->slots[i].process);
        decoders->slots[i].pid = 0;
    }
    decoders->program = program;
    decoders->limit = 0;
    pthread_mutex_unlock(&decoders->lock);
}

size_t sandbox_memory_peak(void)
{
    return memory_budget_peak(&memory);
}

size_t sandbox_running(enum sandbox_operation operation, pid_t *pids, size_t capacity)
{
    struct decoders *decoders = &all_decoders[operation];
    size_t count = 0;
    pthread_mutex_lock(&decoders->lock);
    for (size_t i = 0; i < DECODERS_MAX; i++)
        if (decoders->slots[i].pid > 0 && count++ < capacity)
            pids[count - 1] = decoders->slots[i].pid;
    pthread_mutex_unlock(&decoders->lock);
    return count;
}
