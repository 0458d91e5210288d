#include "gpu/cpu/cpu_workspace.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

enum status cpu_workspace_create(int threads, struct cpu_workspace **out, struct error *error)
{
    size_t size = ((size_t)CPU_SHARED_FLOATS + (size_t)threads * CPU_OWN_FLOATS) * sizeof(float);
    struct cpu_workspace *workspace = malloc(sizeof *workspace);
    void *memory = NULL;
    if (!workspace || posix_memalign(&memory, HUGE_PAGE, size) != 0) {
        free(workspace);
        return error_no_memory(error);
    }
    madvise(memory, size, MADV_HUGEPAGE); /* only advice */
    pthread_mutex_init(&workspace->lock, NULL);
    workspace->shared = memory;
    workspace->own = workspace->shared + CPU_SHARED_FLOATS;
    *out = workspace;
    return STATUS_OK;
}

void cpu_workspace_destroy(struct cpu_workspace *workspace)
{
    if (!workspace)
        return;
    pthread_mutex_destroy(&workspace->lock);
    free(workspace->shared);
    free(workspace);
}
