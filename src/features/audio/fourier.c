#include "features/audio/fourier.h"

#include <dlfcn.h>
#include <fftw3.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define LIBRARY "libfftw3f.so.3"

static struct {
    __typeof__(fftwf_malloc) *malloc;
    __typeof__(fftwf_free) *free;
    __typeof__(fftwf_plan_dft_r2c_1d) *plan;
    __typeof__(fftwf_execute_dft_r2c) *execute;
} fftw;
static struct error failure;

struct fourier {
    fftwf_plan plan; /* shared by all of its size */
    float *input;
    fftwf_complex *output;
};

/* ------------------------------------------------------------------ the library */

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    void **const pointers = (void **)(void *)&fftw;
    static const char *const names[] = {"fftwf_malloc", "fftwf_free", "fftwf_plan_dft_r2c_1d", "fftwf_execute_dft_r2c"};
    bool complete = library != NULL;
    for (size_t i = 0; complete && i < sizeof names / sizeof names[0]; i++)
        complete = (pointers[i] = dlsym(library, names[i])) != NULL;
    if (!complete)
        error_set(&failure, STATUS_FAILED,
                  "spectrograms are computed with %s, which cannot be loaded (%s); install the package "
                  "libfftw3-single3",
                  LIBRARY, dlerror());
}

static enum status load_once(struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (failure.status != STATUS_OK && error)
        *error = failure;
    return failure.status;
}

/* ------------------------------------------------------------------ plans */

/* Plans stay until the process ends. FFTW makes one at a time; executing them is thread-safe. */
static fftwf_plan plan_of(int n, float *input, fftwf_complex *output)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static fftwf_plan plans[FOURIER_MAX + 1];
    pthread_mutex_lock(&lock);
    if (!plans[n])
        plans[n] = fftw.plan(n, input, output, FFTW_ESTIMATE);
    fftwf_plan plan = plans[n];
    pthread_mutex_unlock(&lock);
    return plan;
}

enum status fourier_create(int n, struct fourier **created, struct error *error)
{
    *created = NULL;
    if (n < 2 || n > FOURIER_MAX)
        return error_set(error, STATUS_USAGE, "a transform has 2 to %d points, not %d", FOURIER_MAX, n);
    const enum status status = load_once(error);
    if (status != STATUS_OK)
        return status;
    struct fourier *fourier = calloc(1, sizeof *fourier);
    if (!fourier)
        return error_no_memory(error);
    fourier->input = fftw.malloc((size_t)n * sizeof *fourier->input);
    fourier->output = fftw.malloc(((size_t)n / 2 + 1) * sizeof *fourier->output);
    if (fourier->input && fourier->output)
        fourier->plan = plan_of(n, fourier->input, fourier->output);
    if (!fourier->plan) {
        fourier_destroy(fourier);
        return error_no_memory(error);
    }
    *created = fourier;
    return STATUS_OK;
}

void fourier_destroy(struct fourier *fourier)
{
    if (!fourier)
        return;
    if (fourier->input)
        fftw.free(fourier->input);
    if (fourier->output)
        fftw.free(fourier->output);
    free(fourier);
}

float *fourier_input(struct fourier *fourier)
{
    return fourier->input;
}

const float (*fourier_transform(struct fourier *fourier))[2]
{
    fftw.execute(fourier->plan, fourier->input, fourier->output);
    return (const float(*)[2])fourier->output;
}
