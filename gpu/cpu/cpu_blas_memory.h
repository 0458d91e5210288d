#ifndef SLEEVE_GPU_CPU_BLAS_MEMORY_H
#define SLEEVE_GPU_CPU_BLAS_MEMORY_H

#include "core/status.h"

/* OpenBLAS gives each thread that is inside one of its functions a work area, and takes new ones when it needs them.
 * Where there is no memory for one (a limit on the address space, say), its version 0.3.21 asks again for ever. So all
 * that `threads` more threads can need are taken here, before they compute, and kept; an error when memory does not
 * suffice. */
enum status cpu_blas_memory_take(int threads, struct error *error);
/* These threads compute no more: their areas serve those that come. */
void cpu_blas_memory_give_back(int threads);

#endif
