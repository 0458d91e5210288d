#ifndef SLEEVE_GPU_CUDA_CUDA_NCCL_H
#define SLEEVE_GPU_CUDA_CUDA_NCCL_H

#include <cuda_runtime.h>
#include <stddef.h>

extern "C" {
#include "core/status.h"
}

/* What is used of NCCL's interface, as its documentation gives it ("NCCL API", NVIDIA). Debian has no package of NCCL,
 * so the library is loaded when it is needed, and these are our own declarations. */

struct nccl_communicator;

/* Passed by value. */
struct nccl_unique_id {
    char bytes[128];
};

enum nccl_result { NCCL_SUCCESS = 0, NCCL_IN_PROGRESS = 7 }; /* all others are errors */
enum nccl_type { NCCL_CHAR = 0, NCCL_FLOAT = 7 };
enum nccl_reduction { NCCL_SUM = 0 };

/* The configuration of a communicator as of NCCL 2.14; later versions append fields and take this one. */
struct nccl_config {
    size_t size; /* of this struct */
    unsigned magic, version;
    int blocking;
    int unset;
};
enum {
    NCCL_OLDEST = 21400, /* 2.14.0, the first one with calls that do not block */
    NCCL_UNSET = (-2147483647 - 1),
};
static const unsigned NCCL_MAGIC = 0xcafebeef;

/* The functions, without their common prefix "nccl". With `blocking` 0 a call may return NCCL_IN_PROGRESS; then
 * CommGetAsyncError must have given another result before the next call. */
#define NCCL_FUNCTIONS(F)                                                                                              \
    F(int, GetVersion, (int *version))                                                                                 \
    F(int, GetUniqueId, (struct nccl_unique_id * id))                                                                  \
    F(const char *, GetErrorString, (int result))                                                                      \
    F(int, CommInitRankConfig,                                                                                         \
      (struct nccl_communicator * *communicator, int size, struct nccl_unique_id id, int rank,                         \
       struct nccl_config *config))                                                                                    \
    F(int, CommGetAsyncError, (struct nccl_communicator * communicator, int *result))                                  \
    F(int, CommFinalize, (struct nccl_communicator * communicator))                                                    \
    F(int, CommDestroy, (struct nccl_communicator * communicator))                                                     \
    F(int, CommAbort, (struct nccl_communicator * communicator))                                                       \
    F(int, AllReduce,                                                                                                  \
      (const void *from, void *to, size_t count, int type, int reduction, struct nccl_communicator *communicator,      \
       cudaStream_t stream))                                                                                           \
    F(int, Broadcast,                                                                                                  \
      (const void *from, void *to, size_t count, int type, int root, struct nccl_communicator *communicator,           \
       cudaStream_t stream))                                                                                           \
    F(int, Send,                                                                                                       \
      (const void *from, size_t count, int type, int peer, struct nccl_communicator *communicator,                     \
       cudaStream_t stream))                                                                                           \
    F(int, Recv,                                                                                                       \
      (void *to, size_t count, int type, int peer, struct nccl_communicator *communicator, cudaStream_t stream))       \
    F(int, GroupStart, (void))                                                                                         \
    F(int, GroupEnd, (void))

struct nccl {
#define NCCL_MEMBER(result, name, parameters) result(*name) parameters;
    NCCL_FUNCTIONS(NCCL_MEMBER)
#undef NCCL_MEMBER
};

/* The library libnccl.so.2, found as any library and loaded once; never closed. STATUS_FAILED says why there is none
 * that can be used. `version` receives its number, 22703 for 2.27.3. */
enum status nccl_load(const struct nccl **nccl, int *version, struct error *error);

#endif
