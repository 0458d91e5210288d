/* A decoder that does what a library with a fault, or one that a file has taken over, might do. */
#include "misbehave.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/protocol.h"
#include "sandbox/worker.h"

static enum status echo(struct sandbox_job *job)
{
    const unsigned char *bytes = job->bytes;
    for (size_t i = 0; i < job->size && i < job->answer_max; i++)
        job->answer[i] = (unsigned char)~bytes[i];
    job->answer_size = job->size < job->answer_max ? job->size : job->answer_max;
    return STATUS_OK;
}

static void crash(void)
{
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

static volatile int always = 1;

static int overflow(volatile char *previous)
{
    volatile char large[4096];
    large[0] = *previous;
    return always ? overflow(large) + large[0] : 0;
}

static enum status allocate(struct error *error)
{
    for (;;) {
        volatile char *bytes = malloc(1 << 20);
        if (!bytes)
            return error_set(error, STATUS_FAILED, ": memory ran out");
        for (size_t i = 0; i < 1 << 20; i += 4096)
            bytes[i] = 1;
    }
}

static void reply(const struct sandbox_job *job, struct sandbox_reply reply, size_t size)
{
    reply.serial += job->order->serial;
    send(SANDBOX_SOCKET, &reply, size, MSG_NOSIGNAL);
}

static void list(struct sandbox_job *job)
{
    char byte;
    for (int i = 0; i < 1000; i++)
        job->answer_numbers[0] += read(i, &byte, 0) == 0 || errno != EBADF;
    job->answer_numbers[1] = getenv("SPOTIFY_CLIENT_SECRET") != NULL;
}

static enum status read_file(struct sandbox_job *job, struct error *error)
{
    ssize_t count = read(job->descriptor, job->answer, job->answer_max);
    if (count < 0)
        return error_set(error, STATUS_BAD_DATA, ": not read: %s", strerror(errno));
    job->answer_size = (size_t)count;
    return STATUS_OK;
}

/* Misdeeds after which the request is answered as usual, if this is reached. */
static void try(struct sandbox_job *job)
{
    char *const arguments[] = {"true", NULL};
    enum misdeed misdeed = (enum misdeed)job->numbers[0];
    if (misdeed == DO_OPEN)
        job->answer_numbers[0] = open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
    else if (misdeed == DO_WRITE)
        job->answer_numbers[0] = write(STDERR_FILENO, "", 0) < 0 ? errno : 0;
    else if (misdeed == DO_SOCKET)
        socket(AF_INET, SOCK_STREAM, 0);
    else if (misdeed == DO_EXECUTE)
        execve("/bin/true", arguments, NULL);
    else if (misdeed == DO_FORK)
        job->answer_numbers[0] = fork();
    else if (misdeed == DO_KILL_PARENT)
        kill(getppid(), SIGTERM);
    else if (misdeed == DO_SHRINK)
        job->answer_numbers[0] = ftruncate(SANDBOX_SHARED, 0);
    else if (misdeed == DO_MAP_CODE)
        (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else if (misdeed == DO_TRACE)
        ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
    else if (misdeed == DO_LIST)
        list(job);
}

static void answer_badly(struct sandbox_job *job)
{
    struct sandbox_reply done = {.kind = REPLY_DONE};
    switch ((enum misdeed)job->numbers[0]) {
    case DO_ANSWER_LARGE:
        done.size = job->answer_max + 1;
        reply(job, done, sizeof done);
        break;
    case DO_ANSWER_SHORT:
        reply(job, done, sizeof done - 8);
        break;
    case DO_ANSWER_OTHERS:
        done.serial = 1;
        reply(job, done, sizeof done);
        break;
    case DO_ANSWER_STATUS:
        done.status = 77;
        reply(job, done, sizeof done);
        break;
    case DO_ANSWER_TEXT:
        done.status = STATUS_BAD_DATA;
        memset(done.text, '\033', sizeof done.text);
        reply(job, done, sizeof done);
        break;
    case DO_ANSWER_TWICE:
        reply(job, done, sizeof done);
        break;
    case DO_NEED_TOO_MUCH:
        done.kind = REPLY_NEEDS;
        done.size = UINT64_MAX;
        reply(job, done, sizeof done);
        break;
    default:
        break;
    }
}

static enum status serve(struct sandbox_job *job, struct error *error)
{
    static bool damaged;
    char byte = 0;
    if (damaged)
        crash();
    answer_badly(job);
    switch ((enum misdeed)job->numbers[0]) {
    case DO_CRASH:
        crash();
        break;
    case DO_ABORT:
        abort();
    case DO_OVERFLOW:
        overflow(&byte);
        break;
    case DO_LOOP:
        for (volatile unsigned i = 0;; i++)
            continue;
    case DO_SLEEP:
        read(SANDBOX_SOCKET, &byte, 1);
        break;
    case DO_ALLOCATE:
        return allocate(error);
    case DO_EXIT:
        _exit(0);
    case DO_CLOSE:
        close(SANDBOX_SOCKET);
        for (volatile unsigned i = 0;; i++)
            continue;
    case DO_NEED:
        if (sandbox_need(job, (size_t)job->numbers[1], error) != STATUS_OK)
            return STATUS_FAILED;
        break;
    case DO_READ:
        return read_file(job, error);
    case DO_CRASH_LATER:
        damaged = true;
        break;
    default:
        try(job);
        break;
    }
    return echo(job);
}

int main(void)
{
    const struct sandbox_service service = {
        .operation = SANDBOX_IMAGE, .memory = 64 << 20, .reads_files = true, .serve = serve};
    return sandbox_worker_run(&service);
}
