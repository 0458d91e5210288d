#include "sandbox/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/confine.h"
#include "sandbox/protocol.h"

static unsigned char *memory; /* the shared memory */
static size_t memory_size;

static bool send_reply(const struct sandbox_reply *reply)
{
    ssize_t sent;
    do
        sent = send(SANDBOX_SOCKET, reply, sizeof *reply, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *reply;
}

/* False when the main process has ended. *descriptor is -1 if none came. */
static bool receive_order(struct sandbox_order *order, int *descriptor)
{
    struct iovec part = {.iov_base = order, .iov_len = sizeof *order};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t size;
    *descriptor = -1;
    do
        size = recvmsg(SANDBOX_SOCKET, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (size == (ssize_t)sizeof *order && order->has_descriptor && header && header->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    return size == (ssize_t)sizeof *order;
}

/* The first pages are mapped at the start, before the limit of memory; more when a request needs them. */
static bool map_shared(size_t size)
{
    if (size == memory_size)
        return true;
    void *mapped = memory ? mremap(memory, memory_size, size, MREMAP_MAYMOVE)
                          : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, SANDBOX_SHARED, 0);
    if (mapped == MAP_FAILED)
        return false;
    memory = mapped;
    memory_size = size;
    return true;
}

enum status sandbox_need(struct sandbox_job *job, size_t bytes, struct error *error)
{
    if (bytes <= SANDBOX_MEMORY_FREE || job->order->granted)
        return STATUS_OK;
    const struct sandbox_reply reply = {.serial = job->order->serial, .kind = REPLY_NEEDS, .size = bytes};
    int descriptor;
    if (!send_reply(&reply) || !receive_order(job->order, &descriptor) || !job->order->granted)
        return error_set(error, STATUS_FAILED, ": the program has ended");
    return STATUS_OK;
}

/* The kernel counts all processor time since the start. The hard limit stays, so a decoder that was taken over can
 * raise this one; the main process ends it by its own clock. */
static bool renew_limit(unsigned seconds)
{
    struct timespec used;
    struct rlimit limit;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0 || getrlimit(RLIMIT_CPU, &limit) != 0)
        return false;
    rlim_t next = (rlim_t)used.tv_sec + 1 + seconds;
    limit.rlim_cur = next < limit.rlim_max ? next : limit.rlim_max;
    return setrlimit(RLIMIT_CPU, &limit) == 0;
}

static void serve(const struct sandbox_service *service, struct sandbox_order *order, int descriptor)
{
    struct sandbox_job job = {
        .bytes = memory,
        .size = order->size,
        .descriptor = descriptor,
        .answer = memory + order->answer_at,
        .answer_max = order->answer_max,
        .order = order,
    };
    memcpy(job.numbers, order->numbers, sizeof job.numbers);
    struct error error = {0};
    enum status status = service->serve(&job, &error);
    struct sandbox_reply reply = {
        .serial = order->serial, .kind = REPLY_DONE, .status = (int32_t)status, .size = job.answer_size};
    memcpy(reply.numbers, job.answer_numbers, sizeof reply.numbers);
    memcpy(reply.text, error.text, strnlen(error.text, SANDBOX_TEXT - 1));
    send_reply(&reply);
    if (job.descriptor >= 0)
        close(job.descriptor);
}

/* The kernel sends SIGIO, which ends this process, when the main process has ended and with it the pipe's other end. */
static bool end_with_parent(void)
{
    struct stat info;
    int flags = fcntl(SANDBOX_LIFELINE, F_GETFL);
    return fstat(SANDBOX_LIFELINE, &info) == 0 && S_ISFIFO(info.st_mode) && flags >= 0 &&
           fcntl(SANDBOX_LIFELINE, F_SETOWN, getpid()) == 0 &&
           fcntl(SANDBOX_LIFELINE, F_SETFL, flags | O_ASYNC | O_NONBLOCK) == 0 &&
           read(SANDBOX_LIFELINE, &(char){0}, 1) < 0; /* 0: it has ended already */
}

/* Prepares and confines the process; the first reply says with what result. */
static bool begin(const struct sandbox_service *service)
{
    struct sandbox_reply hello = {.kind = REPLY_HELLO, .size = sizeof(struct sandbox_order)};
    struct confinement confinement = {0};
    struct error error = {0};
    enum status status = service->prepare ? service->prepare(&error) : STATUS_OK;
    if (status == STATUS_OK && !confine(service->memory, service->reads_files, &confinement))
        status = error_set(&error, STATUS_FAILED, "its limits cannot be set");
    hello.status = (int32_t)status;
    hello.seccomp = confinement.seccomp;
    hello.landlock = confinement.landlock;
    const char *text = status == STATUS_OK ? SANDBOX_PROTOCOL : error.text;
    memcpy(hello.text, text, strnlen(text, SANDBOX_TEXT - 1));
    return send_reply(&hello) && status == STATUS_OK;
}

int sandbox_worker_run(const struct sandbox_service *service)
{
    struct stat info;
    if (!end_with_parent() || fstat(SANDBOX_SHARED, &info) != 0 || !map_shared((size_t)info.st_size)) {
        static const char message[] = "this is a part of sleeve, which starts it itself\n";
        ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
        (void)written;
        return STATUS_USAGE;
    }
    if (!begin(service))
        return STATUS_FAILED;
    struct sandbox_order order = {0};
    int descriptor;
    while (receive_order(&order, &descriptor) && order.operation == (uint32_t)service->operation &&
           map_shared(order.shared) && renew_limit(order.processor_seconds))
        serve(service, &order, descriptor);
    return STATUS_OK;
}
