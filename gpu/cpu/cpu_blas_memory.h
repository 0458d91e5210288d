#ifndef SLEEVE_GPU_CPU_BLAS_MEMORY_H
#define SLEEVE_GPU_CPU_BLAS_MEMORY_H

#include "core/status.h"

/* OpenBLAS gives each thread inside one of its functions a work area and allocates new ones on demand. If that fails
 * (because of a limit on the address space, say), its version 0.3.21 retries forever. This function therefore
 * allocates all areas that `threads` more threads can need, before they compute, and keeps them; it fails if memory
 * does not suffice. */
enum status cpu_blas_memory_take(int threads, struct error *error);
/* Releases the areas of these threads for later ones. */
void cpu_blas_memory_give_back(int threads);

#endif
