#include "gpu/cpu/cpu_blas_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

/* Exported by OpenBLAS, though declared in none of its headers; absent in other libraries, which have no such areas. */
extern void *blas_memory_alloc(int position) __attribute__((weak));
extern void blas_memory_free(void *area) __attribute__((weak));

enum {
    AREAS_MAX = 256,      /* further threads fall back on malloc */
    AREA_BYTES = 32 << 22 /* the largest on any machine, by OpenBLAS's common_x86_64.h and the like */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int wanted; /* threads of all open devices */
static int taken;  /* areas that OpenBLAS has allocated */

/* Whether the address space is large enough for this many areas; no memory is touched. */
static bool address_space_suffices(int areas)
{
    size_t bytes = (size_t)areas * AREA_BYTES + (1 << 20);
    void *reserved = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED)
        return false;
    munmap(reserved, bytes);
    return true;
}

/* Holding all areas at once makes OpenBLAS allocate as many. */
static void take_areas(int areas)
{
    void *held[AREAS_MAX];
    for (int i = 0; i < areas; i++)
        held[i] = blas_memory_alloc(0);
    for (int i = 0; i < areas; i++)
        blas_memory_free(held[i]);
    taken = areas;
}

enum status cpu_blas_memory_take(int threads, struct error *error)
{
    if (!blas_memory_alloc || !blas_memory_free)
        return STATUS_OK;
    pthread_mutex_lock(&lock);
    int areas = wanted + threads < AREAS_MAX ? wanted + threads : AREAS_MAX;
    bool fits = areas <= taken || address_space_suffices(areas - taken);
    if (fits)
        wanted += threads;
    if (fits && areas > taken)
        take_areas(areas);
    pthread_mutex_unlock(&lock);
    if (fits)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED,
                     "out of memory: computing takes %d MB of address space for each thread, %d MB in all; %s"
                     "raise the limit (ulimit -v or ulimit -d)",
                     AREA_BYTES >> 20, threads * (AREA_BYTES >> 20),
                     threads > 1 ? "use fewer with --threads, or " : "");
}

void cpu_blas_memory_give_back(int threads)
{
    pthread_mutex_lock(&lock);
    wanted -= threads;
    pthread_mutex_unlock(&lock);
}
