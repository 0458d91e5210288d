#ifndef SLEEVE_GPU_CPU_FEATURES_H
#define SLEEVE_GPU_CPU_FEATURES_H

/* OpenBLAS picks its kernels by the processor's model number and takes its oldest ones for a model that came out after
 * it. The core to ask for (OPENBLAS_CORETYPE) where release 0.3.21 would not know this processor, by the instructions
 * that the processor and the system have; NULL where OpenBLAS knows better or nothing fits. */
const char *cpu_features_blas_core(void);

#endif
