#include "cuda_runtime.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <ucontext.h>
#include <vector>

#if defined(EMULATOR_WITH_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif

/* Threads of a block as fibers. A fiber runs one thread after the other until one has to wait; then a new fiber runs
 * the remaining threads. When all have started, the fibers whose barrier is complete continue in random order, each
 * switching to the next directly. */

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace {

constexpr size_t STACK = 128 << 10;
constexpr unsigned WARP = 32, THREADS = 1024;

/* What a switch does not need. */
struct fiber_stack {
    ucontext_t context; /* for the first entry */
    char *bottom;
    std::unique_ptr<char[]> memory;
    void *fake; /* the address sanitizer's */
};

/* One line of the processor's cache, because blocks have up to 1024 fibers. */
struct alignas(64) fiber {
    void *place[5]; /* saved registers, NULL before the first entry: swapcontext would make a system call at each switch
                     */
    std::unique_ptr<fiber_stack> stack;
    unsigned thread;
    uint3 index; /* threadIdx of the thread */
};

struct warp_slots {
    uint64_t values[2][WARP]; /* two buffers: a lane may write its next value while others still read the last ones */
    unsigned turn[WARP];
    unsigned ended;
    unsigned alive; /* threads that have not ended */
    unsigned n_waiting;
    fiber *waiting[WARP]; /* at the warp's barrier */
};

struct fiber_list {
    fiber *items[THREADS];
    unsigned count = 0;
};

fiber fibers[THREADS];
unsigned n_fibers; /* that have a stack */
std::vector<fiber *> idle;
std::vector<unsigned> order; /* threads of the block in the order in which they start */
std::vector<warp_slots> warps;
fiber_list at_block; /* fibers at the block's barrier */
fiber_list ready;    /* fibers that continue, */
unsigned next_ready; /* from this one */
size_t last_warp;    /* the warp whose fibers were `ready` */
unsigned alive;      /* threads of the block that have not ended */
std::vector<char> shared;
size_t next_start;
const std::function<void()> *kernel_now;
void *scheduler_place[5];
fiber *running; /* NULL: the scheduler */
uint64_t random_state = 0x9E3779B97F4A7C15u;
cudaError_t last_error = cudaSuccess;
long calls_to_failure; /* 0: none */
bool only_allocations, lost;
long n_allocated;
std::mutex one_launch;
void *scheduler_fake_stack;
#if defined(EMULATOR_WITH_ASAN)
const void *scheduler_stack;
size_t scheduler_stack_size;
bool from_scheduler;
#endif

unsigned draw(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 32) * n >> 32);
}

void shuffle(std::vector<unsigned> &values, size_t n)
{
    values.resize(n);
    for (size_t i = 0; i < n; i++)
        values[i] = (unsigned)i;
    for (size_t i = n; i > 1; i--)
        std::swap(values[i - 1], values[draw((unsigned)i)]);
}

void become(unsigned thread)
{
    running->thread = thread;
    threadIdx.x = thread % blockDim.x;
    threadIdx.y = thread / blockDim.x % blockDim.y;
    threadIdx.z = thread / blockDim.x / blockDim.y;
    running->index = threadIdx;
}

/* The old stack stays in use, so the address sanitizer must not clear it at a jump. */
#define CHANGES_OVER __attribute__((noipa, no_sanitize_address))

CHANGES_OVER void go_on_at(void **place)
{
    __builtin_longjmp(place, 1);
}

/* Continues as `next`, or as the scheduler if that is NULL, until somebody resumes at `place`. */
CHANGES_OVER void change(void **place, fiber *next)
{
    if (!__builtin_setjmp(place)) {
        if (!next)
            go_on_at(scheduler_place);
        if (next->place[1])
            go_on_at(next->place);
        setcontext(&next->stack->context);
    }
}

#if defined(EMULATOR_WITH_ASAN)
/* Tells the address sanitizer, which keeps the stack that is left in `fake_stack`. */
void start_change(void **fake_stack, const fiber *next)
{
    from_scheduler = !running;
    __sanitizer_start_switch_fiber(fake_stack, next ? next->stack->bottom : scheduler_stack,
                                   next ? STACK : scheduler_stack_size);
}

void finish_change(void *fake_stack)
{
    const void *stack = nullptr;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(fake_stack, &stack, &size);
    if (from_scheduler) {
        scheduler_stack = stack;
        scheduler_stack_size = size;
    }
}
#else
void start_change(void **, const fiber *)
{
}

void finish_change(void *)
{
}
#endif

fiber *next_fiber();

void fiber_main()
{
    finish_change(nullptr);
    while (true) {
        while (next_start < order.size()) {
            become(order[next_start++]);
            (*kernel_now)();
            warp_slots &warp = warps[running->thread / WARP];
            warp.ended++;
            warp.alive--;
            alive--;
        }
        fiber *self = running;
        idle.push_back(self);
        fiber *next = next_fiber();
        start_change(&self->stack->fake, next);
        running = next;
        change(self->place, next);
        finish_change(running->stack->fake);
    }
}

fiber *take_idle()
{
    if (!idle.empty()) {
        fiber *one = idle.back();
        idle.pop_back();
        return one;
    }
    /* Stacks that begin at the same place of a page would compete for the same lines of the processor's cache. */
    constexpr size_t PAGE = 4096, APART = 448;
    std::unique_ptr<fiber_stack> stack(new fiber_stack);
    stack->memory.reset(new char[STACK + PAGE]);
    stack->bottom = stack->memory.get() + n_fibers * APART % PAGE;
    stack->fake = nullptr;
    getcontext(&stack->context);
    stack->context.uc_stack.ss_sp = stack->bottom;
    stack->context.uc_stack.ss_size = STACK;
    stack->context.uc_link = nullptr;
    makecontext(&stack->context, fiber_main, 0);
    fibers[n_fibers].stack = std::move(stack);
    return &fibers[n_fibers++];
}

/* Moves a list of fibers to `ready`, in random order. */
void make_ready(fiber **items, unsigned &count)
{
    for (unsigned i = 0; i < count; i++) {
        const unsigned place = draw(i + 1);
        ready.items[i] = ready.items[place];
        ready.items[place] = items[i];
    }
    ready.count = count;
    count = 0;
}

/* Fills `ready` when all threads have started and those that have not ended wait: with a warp whose barrier is
 * complete, usually the last one again, which is in the processor's cache; or with all at the barrier of the block. */
void find_ready()
{
    const size_t n = warps.size();
    ready.count = next_ready = 0;
    if (draw(8) == 0)
        last_warp = draw((unsigned)n);
    for (size_t i = 0; i < n; i++) {
        warp_slots &warp = warps[last_warp];
        if (warp.n_waiting > 0 && warp.n_waiting == warp.alive)
            return make_ready(warp.waiting, warp.n_waiting);
        last_warp = last_warp + 1 < n ? last_warp + 1 : 0;
    }
    if (at_block.count == alive)
        make_ready(at_block.items, at_block.count);
}

/* The fiber to continue; NULL: the block has ended. */
fiber *next_fiber()
{
    if (next_start < order.size())
        return take_idle();
    if (next_ready == ready.count)
        find_ready();
    if (next_ready + 2 < ready.count)
        __builtin_prefetch(ready.items[next_ready + 2]);
    if (next_ready + 1 < ready.count) {
        const char *top = (const char *)ready.items[next_ready + 1]->place[2];
        for (unsigned i = 0; i < 4; i++)
            __builtin_prefetch(top + 64 * i);
    }
    if (next_ready < ready.count)
        return ready.items[next_ready++];
    if (alive > 0) {
        fprintf(stderr, "emulator: threads of a block wait at different barriers\n");
        abort();
    }
    return nullptr;
}

/* Parks the running fiber, which is in the list of a barrier, until that is complete. */
void wait()
{
    fiber *self = running, *next = next_fiber();
    if (next == self)
        return;
    start_change(&self->stack->fake, next);
    running = next;
    change(self->place, next);
    finish_change(running->stack->fake);
    threadIdx = running->index;
}

void run_block()
{
    unsigned threads = blockDim.x * blockDim.y * blockDim.z;
    shuffle(order, threads);
    warps.resize((threads + WARP - 1) / WARP);
    for (size_t i = 0; i < warps.size(); i++) {
        std::fill(warps[i].turn, warps[i].turn + WARP, 0);
        warps[i].ended = warps[i].n_waiting = 0;
        warps[i].alive = std::min(WARP, threads - (unsigned)i * WARP);
    }
    std::fill(shared.begin(), shared.end(), (char)0xff); /* uninitialised memory is filled with NaN */
    next_start = last_warp = 0;
    at_block.count = ready.count = next_ready = 0;
    alive = threads;
    fiber *first = next_fiber();
    start_change(&scheduler_fake_stack, first);
    running = first;
    change(scheduler_place, first);
    finish_change(scheduler_fake_stack);
}

} // namespace

void emulator_block_barrier(void)
{
    at_block.items[at_block.count++] = running;
    wait();
}

unsigned emulator_lane(void)
{
    return running->thread % WARP;
}

const uint64_t *emulator_warp_exchange(uint64_t value)
{
    unsigned thread = running->thread, lane = thread % WARP;
    warp_slots &warp = warps[thread / WARP];
    if (warp.ended || (thread / WARP + 1) * WARP > order.size()) {
        fprintf(stderr, "emulator: a warp exchanges values when some of its threads are not there\n");
        abort();
    }
    unsigned turn = warp.turn[lane]++ % 2;
    warp.values[turn][lane] = value;
    warp.waiting[warp.n_waiting++] = running;
    wait();
    return warp.values[turn];
}

void *emulator_dynamic_shared(void)
{
    return shared.data();
}

void emulator_launch(dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t, const std::function<void()> &kernel)
{
    uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z, threads = (uint64_t)block.x * block.y * block.z;
    if (blocks == 0 || threads == 0 || threads > 1024 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535 ||
        block.z > 64 || shared_bytes > 96 << 10) {
        last_error = cudaErrorInvalidValue;
        return;
    }
    if (emulator_answer() != cudaSuccess)
        return;
    std::lock_guard<std::mutex> lock(one_launch);
    gridDim = grid;
    blockDim = block;
    shared.assign(shared_bytes, 0);
    kernel_now = &kernel;
    std::vector<unsigned> places;
    shuffle(places, (size_t)blocks);
    for (unsigned place : places) {
        blockIdx.x = place % grid.x;
        blockIdx.y = place / grid.x % grid.y;
        blockIdx.z = place / grid.x / grid.y;
        run_block();
    }
}

/* For tests, which look the function up in the module. The `call`th call from now on fails (0: none): with `allocation`
 * only memory allocations count, and memory is full; without it, the device is lost from then on. */
extern "C" __attribute__((visibility("default"))) void emulator_fail(long call, int allocation)
{
    calls_to_failure = call;
    only_allocations = allocation != 0;
    lost = false;
    last_error = cudaSuccess;
}

/* Number of allocations that were not freed. */
extern "C" __attribute__((visibility("default"))) long emulator_allocated(void)
{
    return n_allocated;
}

static cudaError_t answer(bool allocates)
{
    if (lost)
        return last_error = cudaErrorUnknown;
    if (calls_to_failure == 0 || (only_allocations && !allocates) || --calls_to_failure > 0)
        return cudaSuccess;
    lost = !only_allocations;
    return last_error = lost ? cudaErrorUnknown : cudaErrorMemoryAllocation;
}

cudaError_t emulator_answer(void)
{
    return answer(false);
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    *memory = nullptr;
    cudaError_t failure = answer(true);
    if (failure != cudaSuccess)
        return failure;
    if (bytes > (size_t)4 << 30 || posix_memalign(memory, 256, bytes ? bytes : 1) != 0)
        return last_error = cudaErrorMemoryAllocation;
    memset(*memory, 0xff, bytes); /* uninitialised memory is filled with NaN */
    n_allocated++;
    return cudaSuccess;
}

cudaError_t cudaFree(void *memory)
{
    n_allocated -= memory != nullptr;
    free(memory);
    return answer(false);
}

cudaError_t cudaGetLastError(void)
{
    cudaError_t error = last_error;
    last_error = lost ? cudaErrorUnknown : cudaSuccess;
    return error;
}

const char *cudaGetErrorString(cudaError_t error)
{
    return error == cudaErrorMemoryAllocation ? "out of memory"
           : error == cudaErrorInvalidValue   ? "invalid argument"
                                              : "unknown error";
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int)
{
    *properties = cudaDeviceProp{};
    snprintf(properties->name, sizeof properties->name, "emulated CUDA device");
    properties->major = 7;
    properties->minor = 5;
    properties->multiProcessorCount = 4;
    properties->totalGlobalMem = (size_t)4 << 30;
    properties->sharedMemPerBlockOptin = 64 << 10;
    properties->memoryPoolsSupported = 1;
    return cudaSuccess;
}
