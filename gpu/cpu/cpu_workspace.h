#ifndef SLEEVE_GPU_CPU_WORKSPACE_H
#define SLEEVE_GPU_CPU_WORKSPACE_H

#include <pthread.h>

#include "core/status.h"

/* Memory of a device for packed operands. It is used by one operation at a time, and costs nothing before its first use
 * because the kernel provides a page when it is first written. */

enum {
    CPU_SHARED_FLOATS = 5 << 18,
    CPU_OWN_FLOATS = 5 << 15, /* 640 KB: most of a second-level cache */
};

struct cpu_workspace {
    pthread_mutex_t lock; /* held while an operation uses the memory */
    float *shared;        /* [CPU_SHARED_FLOATS] */
    float *own;           /* [threads x CPU_OWN_FLOATS], each worker's */
};

enum status cpu_workspace_create(int threads, struct cpu_workspace **workspace, struct error *error);
void cpu_workspace_destroy(struct cpu_workspace *workspace);

#endif
