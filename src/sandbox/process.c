#include "sandbox/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "sandbox/launch.h"

enum {
    SHARED_FIRST = 1 << 20, /* bytes of shared memory, until a request needs more */
    SHARED_KEPT = 8 << 20,  /* pages beyond this are returned after each request */
    SLICE_MS = 100,         /* between two looks at core/interrupt.h */
    ENDING_MS = 1000,       /* between the end of the socket and that of the process */
};

static const double start_seconds = 30;
static const char nonsense[] = ": the decoder gave no valid answer";
static const struct sandbox_process not_running = {.socket = -1, .shared = -1, .lifeline = -1};

static void close_open(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

/* ------------------------------------------------------------------ the shared memory */

static bool map_shared(struct sandbox_process *process, size_t size)
{
    if (ftruncate(process->shared, (off_t)size) != 0)
        return false;
    void *memory = process->memory ? mremap(process->memory, process->size, size, MREMAP_MAYMOVE)
                                   : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, process->shared, 0);
    if (memory == MAP_FAILED)
        return false;
    process->memory = memory;
    process->size = size;
    return true;
}

/* A descriptor that is passed on must not have one of the numbers that decoders use. */
static int move_up(int descriptor)
{
    int moved = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, SANDBOX_DESCRIPTORS);
    int number = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = number;
    return moved;
}

static bool create_shared(struct sandbox_process *process)
{
    process->shared = move_up(memfd_create("sleeve-decoder", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    return process->shared >= 0 && fcntl(process->shared, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) == 0 &&
           map_shared(process, SHARED_FIRST);
}

static bool grow_shared(struct sandbox_process *process, size_t size)
{
    size_t grown = process->size;
    while (grown < size)
        grown *= 2;
    return grown == process->size || map_shared(process, grown);
}

/* A large picture must not keep its memory. */
static void trim_shared(const struct sandbox_process *process)
{
    if (process->size > SHARED_KEPT)
        fallocate(process->shared, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, SHARED_FIRST,
                  (off_t)(process->size - SHARED_FIRST));
}

/* ------------------------------------------------------------------ how a decoder ended */

void sandbox_process_end(struct sandbox_process *process)
{
    close_open(process->socket);
    close_open(process->lifeline); /* ends it where root may not kill a process that became nobody */
    if (process->pid > 0) {
        kill(process->pid, SIGKILL);
        while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (process->memory)
        munmap(process->memory, process->size);
    close_open(process->shared);
    *process = not_running;
}

/* Waits for a process whose socket is closed; false if it continues, nevertheless. */
static bool wait_for_end(struct sandbox_process *process, int *how)
{
    for (int i = 0; i < ENDING_MS; i++) {
        pid_t ended = waitpid(process->pid, how, WNOHANG);
        if (ended == process->pid) {
            process->pid = 0;
            return true;
        }
        if (ended < 0 && errno != EINTR)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return false;
}

static bool is_own_fault(int how)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (WIFSIGNALED(how) && WTERMSIG(how) == signals[i])
            return true;
    return WIFEXITED(how);
}

static enum sandbox_outcome explain_end(struct sandbox_process *process, const struct sandbox_program *program,
                                        struct error *reason)
{
    int how = 0;
    if (!wait_for_end(process, &how))
        error_set(reason, STATUS_BAD_DATA, "%s", nonsense);
    else if (!is_own_fault(how))
        return SANDBOX_KILLED;
    else if (WIFEXITED(how))
        error_set(reason, STATUS_BAD_DATA, ": the decoder ended with status %d", WEXITSTATUS(how));
    else if (WTERMSIG(how) == SIGXCPU)
        error_set(reason, STATUS_BAD_DATA, ": decoding took longer than %u s of processor time",
                  program->processor_seconds);
    else if (WTERMSIG(how) == SIGSYS)
        error_set(reason, STATUS_BAD_DATA, ": the decoder tried a forbidden system call");
    else
        error_set(reason, STATUS_BAD_DATA, ": the decoder crashed (%s)", sigdescr_np(WTERMSIG(how)));
    return SANDBOX_FAULTY;
}

/* ------------------------------------------------------------------ messages */

static bool send_order(const struct sandbox_process *process, const struct sandbox_order *order, int descriptor)
{
    struct iovec part = {.iov_base = (void *)order, .iov_len = sizeof *order};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (order->has_descriptor) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    ssize_t sent;
    do
        sent = sendmsg(process->socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *order;
}

enum received { RECEIVED, RECEIVED_NONSENSE, RECEIVED_NOTHING, RECEIVED_END, RECEIVED_INTERRUPT };

/* Waits for a packet of the right size until `deadline`. */
static enum received receive_reply(const struct sandbox_process *process, double deadline, struct sandbox_reply *reply)
{
    struct pollfd wait = {.fd = process->socket, .events = POLLIN};
    for (bool last = false;;) {
        int ready = poll(&wait, 1, last ? 0 : SLICE_MS);
        if (ready > 0)
            break;
        if (interrupt_requested())
            return RECEIVED_INTERRUPT;
        if (last)
            return RECEIVED_NOTHING;
        last = clock_seconds() > deadline; /* this process may have been stopped meanwhile: one more look */
    }
    ssize_t size;
    do
        size = recv(process->socket, reply, sizeof *reply, MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof *reply ? RECEIVED : size > 0 ? RECEIVED_NONSENSE : RECEIVED_END;
}

/* ------------------------------------------------------------------ starting */

static enum status greet(struct sandbox_process *process, const struct sandbox_program *program, struct error *error)
{
    struct sandbox_reply reply = {0};
    struct error reason = {0};
    enum received received = receive_reply(process, clock_seconds() + start_seconds, &reply);
    if (received == RECEIVED_INTERRUPT)
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    if (received == RECEIVED_NOTHING)
        return error_set(error, STATUS_FAILED, "the decoder %s did not start within %.0f s", program->file,
                         start_seconds);
    if (received == RECEIVED_END && explain_end(process, program, &reason) == SANDBOX_KILLED)
        return error_set(error, STATUS_FAILED, "the decoder %s was killed at its start; free some memory",
                         program->file);
    reply.text[received == RECEIVED ? SANDBOX_TEXT - 1 : 0] = '\0';
    if (reply.kind == REPLY_HELLO && reply.status != STATUS_OK)
        return error_set(error, STATUS_FAILED, "the decoder %s cannot start: %s", program->file, reply.text);
    if (reply.kind != REPLY_HELLO || reply.size != sizeof(struct sandbox_order) ||
        strcmp(reply.text, SANDBOX_PROTOCOL) != 0)
        return error_set(error, STATUS_FAILED, "the decoder %s cannot be used%s; build or install sleeve again",
                         program->file, reason.text[0] ? reason.text : ": it is of another version of sleeve");
    process->protection = (struct sandbox_protection){.seccomp = reply.seccomp != 0, .landlock = reply.landlock != 0};
    return STATUS_OK;
}

static bool create_ends(struct sandbox_process *process, struct sandbox_files *files)
{
    int sockets[2], pipes[2];
    if (!create_shared(process) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return false;
    process->socket = sockets[0];
    files->socket = move_up(sockets[1]);
    if (files->socket < 0 || pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    process->lifeline = pipes[1];
    files->lifeline = move_up(pipes[0]);
    files->shared = process->shared;
    return files->lifeline >= 0;
}

enum status sandbox_process_start(const struct sandbox_program *program, struct sandbox_process *process,
                                  struct error *error)
{
    struct sandbox_files files = {-1, -1, -1};
    *process = not_running;
    enum status status;
    if (create_ends(process, &files))
        status = sandbox_launch(program->file, &files, &process->pid, error);
    else
        status = error_set(error, STATUS_FAILED, "no memory or descriptors for the decoder %s: %s%s", program->file,
                           strerror(errno),
                           errno == EMFILE  ? "; allow more open files (ulimit -n)"
                           : errno == EFBIG ? "; allow larger files (ulimit -f)"
                                            : "");
    close_open(files.socket);
    close_open(files.lifeline);
    if (status == STATUS_OK)
        status = greet(process, program, error);
    if (status != STATUS_OK)
        sandbox_process_end(process);
    return status;
}

/* ------------------------------------------------------------------ one request */

struct asking {
    struct sandbox_process *process;
    const struct sandbox_program *program;
    const struct sandbox_request *request;
    struct sandbox_order order;
    struct sandbox_reply reply;
};

/* Places the request in the shared memory, with space for the answer behind it. */
static bool place(struct asking *asking)
{
    struct sandbox_process *process = asking->process;
    const struct sandbox_request *request = asking->request;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t answer_at = (request->size + page - 1) / page * page;
    if (!grow_shared(process, answer_at + request->answer_max))
        return false;
    if (request->size > 0)
        memcpy(process->memory, request->bytes, request->size);
    asking->order = (struct sandbox_order){
        .serial = ++process->serial,
        .operation = request->operation,
        .size = request->size,
        .answer_at = answer_at,
        .answer_max = request->answer_max,
        .shared = process->size,
        .processor_seconds = (uint32_t)asking->program->processor_seconds,
        .has_descriptor = request->descriptor > 0,
    };
    memcpy(asking->order.numbers, request->numbers, sizeof request->numbers);
    return true;
}

/* Grants the memory that the decoder says it needs, once. */
static enum received grant(struct asking *asking, struct memory_budget *budget, size_t *taken)
{
    size_t needed = asking->reply.size;
    if (needed <= SANDBOX_MEMORY_FREE || needed > SANDBOX_MEMORY_MAX)
        return RECEIVED_NONSENSE;
    memory_budget_release(budget, *taken);
    memory_budget_acquire(budget, needed);
    *taken = needed;
    asking->order.granted = 1;
    asking->order.has_descriptor = 0;
    return send_order(asking->process, &asking->order, -1) ? RECEIVED : RECEIVED_END;
}

static enum received receive(struct asking *asking)
{
    enum received received = receive_reply(asking->process, clock_seconds() + asking->program->seconds, &asking->reply);
    if (received == RECEIVED && asking->reply.serial != asking->order.serial)
        return RECEIVED_NONSENSE;
    return received;
}

static enum received converse(struct asking *asking, struct memory_budget *budget, size_t *taken)
{
    if (!send_order(asking->process, &asking->order, asking->request->descriptor))
        return RECEIVED_END;
    enum received received = receive(asking);
    if (received == RECEIVED && asking->reply.kind == REPLY_NEEDS) {
        received = grant(asking, budget, taken);
        if (received == RECEIVED)
            received = receive(asking);
    }
    return received == RECEIVED && asking->reply.kind != REPLY_DONE ? RECEIVED_NONSENSE : received;
}

static bool take_bytes(const struct asking *asking, struct sandbox_answer *answer, struct error *reason)
{
    const struct sandbox_reply *reply = &asking->reply;
    if (reply->size > asking->order.answer_max)
        return false;
    answer->bytes = malloc(reply->size + 1);
    if (!answer->bytes) {
        error_set(reason, STATUS_FAILED, ": memory ran out");
        return true;
    }
    memcpy(answer->bytes, asking->process->memory + asking->order.answer_at, reply->size);
    memcpy(answer->numbers, reply->numbers, sizeof answer->numbers);
    answer->size = reply->size;
    return true;
}

/* The reason must be a clause that follows the input's name. */
static void take_reason(const struct sandbox_reply *reply, struct error *reason)
{
    struct buffer text = {0};
    text_sanitise(reply->text, strnlen(reply->text, SANDBOX_TEXT), &text);
    const char *clause = text.size > 0 && !text.failed ? text.data : "it cannot be decoded";
    error_set(reason, STATUS_BAD_DATA, "%s%s", *clause == ' ' || *clause == ':' ? "" : ": ", clause);
    buffer_free(&text);
}

/* The answer's bytes, or the reason why there are none. A decoder whose memory ran out is replaced: an earlier request
 * may have left too little. */
static enum sandbox_outcome take(const struct asking *asking, struct sandbox_answer *answer, struct error *reason)
{
    const struct sandbox_reply *reply = &asking->reply;
    if (reply->status == STATUS_OK && take_bytes(asking, answer, reason))
        return SANDBOX_ANSWERED;
    if (reply->status == STATUS_FAILED || reply->status == STATUS_BAD_DATA) {
        take_reason(reply, reason);
        return reply->status == STATUS_FAILED ? SANDBOX_FAULTY : SANDBOX_ANSWERED;
    }
    error_set(reason, STATUS_BAD_DATA, "%s", nonsense);
    return SANDBOX_FAULTY;
}

enum sandbox_outcome sandbox_process_ask(struct sandbox_process *process, const struct sandbox_program *program,
                                         const struct sandbox_request *request, struct memory_budget *budget,
                                         size_t *taken, struct sandbox_answer *answer, struct error *reason)
{
    struct asking asking = {.process = process, .program = program, .request = request};
    enum sandbox_outcome outcome = SANDBOX_FAULTY;
    *reason = (struct error){.status = STATUS_OK};
    if (!place(&asking)) {
        error_set(reason, STATUS_FAILED, ": no memory for decoding: %s", strerror(errno));
        return SANDBOX_ANSWERED;
    }
    switch (converse(&asking, budget, taken)) {
    case RECEIVED:
        outcome = take(&asking, answer, reason);
        break;
    case RECEIVED_NONSENSE:
        error_set(reason, STATUS_BAD_DATA, "%s", nonsense);
        break;
    case RECEIVED_NOTHING:
        error_set(reason, STATUS_BAD_DATA, ": decoding took longer than %.0f s", program->seconds);
        break;
    case RECEIVED_INTERRUPT:
        outcome = SANDBOX_INTERRUPTED;
        break;
    case RECEIVED_END:
        outcome = explain_end(process, program, reason);
        break;
    }
    process->served = true;
    if (outcome == SANDBOX_ANSWERED)
        trim_shared(process);
    else
        sandbox_process_end(process);
    return outcome;
}
