#ifndef SLEEVE_TESTS_GPU_NCCL_NCCL_STAND_IN_H
#define SLEEVE_TESTS_GPU_NCCL_NCCL_STAND_IN_H

#include <stdbool.h>

/* A library with NCCL's name and the functions that sleeve uses, for ranks that are threads of one process and whose
 * devices are emulated. It is found in LD_LIBRARY_PATH, so the module loads it as it loads NCCL. Its behaviour is set
 * through the symbol "stand_in". */
struct stand_in {
    int version;        /* as ncclGetVersion gives it */
    int failing_rank;   /* -1: none */
    int failing_call;   /* the number of the collective that fails on that rank, from 0; -1: joining */
    bool fails_later;   /* by ncclCommGetAsyncError instead of at once */
    bool aborts_unseen; /* a rank does not learn that another one has aborted */
    /* What happened. */
    long collectives; /* that all ranks have taken part in */
    long messages;    /* that were received */
    long open;        /* communicators that were not destroyed */
};

#endif
