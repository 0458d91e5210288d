#ifndef SLEEVE_GPU_CPU_FEATURES_H
#define SLEEVE_GPU_CPU_FEATURES_H

/* OpenBLAS chooses its kernels by the processor's model number and falls back to its oldest ones for a model newer than
 * itself. Returns the core to request (OPENBLAS_CORETYPE) for a processor that release 0.3.21 does not know, chosen by
 * the instructions that processor and system support; NULL if OpenBLAS knows the processor or nothing fits. */
const char *cpu_features_blas_core(void);

#endif
