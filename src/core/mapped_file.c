#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"

/* The mapped files that the SIGBUS handler knows. If all entries are in use, a file is mapped without protection. */
enum { MAPPED_MAX = 256 };
static struct {
    atomic_uintptr_t begin; /* 0: free */
    atomic_uintptr_t end;
    char path[256];
} mappings[MAPPED_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint n_cut;
static atomic_int last_cut = -1;
static atomic_uintptr_t page_size;

static void remember(const struct mapped_file *file, const char *path)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAPPED_MAX; i++) {
        /* The name of the last truncated file is kept. */
        if (atomic_load(&mappings[i].begin) != 0 || i == atomic_load(&last_cut))
            continue;
        snprintf(mappings[i].path, sizeof mappings[i].path, "%s", path);
        atomic_store(&mappings[i].end, (uintptr_t)file->bytes + file->size);
        atomic_store(&mappings[i].begin, (uintptr_t)file->bytes);
        break;
    }
    pthread_mutex_unlock(&lock);
}

static void forget(const struct mapped_file *file)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAPPED_MAX; i++)
        if (atomic_load(&mappings[i].begin) == (uintptr_t)file->bytes)
            atomic_store(&mappings[i].begin, 0);
    pthread_mutex_unlock(&lock);
}

bool mapped_files_repair(const void *address)
{
    uintptr_t at = (uintptr_t)address, page = atomic_load(&page_size);
    for (int i = 0; page > 0 && i < MAPPED_MAX; i++) {
        uintptr_t begin = atomic_load(&mappings[i].begin), end = atomic_load(&mappings[i].end);
        if (begin == 0 || at < begin || at >= (end + page - 1) / page * page)
            continue;
        uintptr_t from = at / page * page;
        /* Replaces the rest at once, so that threads that read further do not fault again. */
        if (mmap((void *)from, end - from, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            return false;
        atomic_store(&last_cut, i);
        atomic_fetch_add(&n_cut, 1);
        return true;
    }
    return false;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    int saved = errno;
    if (mapped_files_repair(info->si_addr)) {
        errno = saved;
        return;
    }
    static const char sentence[] = "sleeve: a file was cut short while it was in use, or its disk is full; check the "
                                   "catalogue with: sleeve doctor\n";
    if (info->si_code == BUS_ADRERR && write(STDERR_FILENO, sentence, sizeof sentence - 1) >= 0)
        _exit(STATUS_FAILED);
    signal(number, SIG_DFL);
    raise(number);
}

void mapped_files_guard(void)
{
    atomic_store(&page_size, (uintptr_t)sysconf(_SC_PAGESIZE));
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

unsigned mapped_files_cut(void)
{
    return atomic_load(&n_cut);
}

enum status mapped_files_failed(struct error *error)
{
    int last = atomic_load(&last_cut);
    return error_set(error, STATUS_FAILED,
                     "%s was cut short by another program while it was in use; nothing was stored, put it back or make "
                     "it again",
                     last >= 0 ? mappings[last].path : "a file");
}

enum status mapped_file_open(const char *path, struct mapped_file *file, struct error *error)
{
    *file = (struct mapped_file){0};
    int descriptor;
    size_t size = 0;
    enum status status = file_open_input(path, &descriptor, &size, error);
    if (status != STATUS_OK)
        return status;
    if (size > 0) {
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (bytes == MAP_FAILED)
            status = errno == ENOMEM
                         ? error_no_memory(error)
                         : error_set(error, STATUS_FAILED, "%s: cannot be mapped: %s", path, strerror(errno));
        else
            *file = (struct mapped_file){.bytes = bytes, .size = size};
    }
    close(descriptor);
    if (file->bytes)
        remember(file, path);
    return status;
}

void mapped_file_release(const struct mapped_file *file, const void *bytes, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), file_begin = (uintptr_t)file->bytes;
    const uintptr_t begin = (uintptr_t)bytes / page * page, end = ((uintptr_t)bytes + size) / page * page;
    if (file->bytes && begin >= file_begin && end <= file_begin + file->size && begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED); /* only advice */
}

void mapped_file_close(struct mapped_file *file)
{
    if (file->bytes) {
        forget(file);
        munmap((void *)(uintptr_t)file->bytes, file->size);
    }
    *file = (struct mapped_file){0};
}
