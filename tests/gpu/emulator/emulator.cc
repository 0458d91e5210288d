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

/* Threads of a block as fibers. A fiber runs one thread after the other until one has to wait; then the scheduler
 * starts another fiber with the remaining threads, or continues a fiber whose barrier is complete. */

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace {

constexpr size_t STACK = 128 << 10;
constexpr unsigned WARP = 32;

enum class waits { nothing, warp, block };

struct fiber {
    ucontext_t context; /* only for the first entry */
    void *place[5];     /* saved registers: swapcontext would make a system call at each switch */
    bool started = false;
    std::unique_ptr<char[]> stack;
    void *fake_stack = nullptr; /* the address sanitizer's */
    unsigned thread = 0;
    waits wait = waits::nothing;
};

struct warp_slots {
    uint64_t values[2][WARP]; /* two buffers: a lane may write its next value while others still read the last ones */
    unsigned turn[WARP];
    unsigned ended;
};

std::vector<std::unique_ptr<fiber>> idle, parked, chosen, others;
std::vector<unsigned> order; /* threads of the block in the order in which they start */
std::vector<warp_slots> warps;
std::vector<unsigned> at_warp, alive; /* threads of each warp that wait for it, and that have not ended */
std::vector<char> shared;
size_t next_start;
const std::function<void()> *kernel_now;
void *scheduler_place[5];
std::unique_ptr<fiber> running;
uint64_t random_state = 0x9E3779B97F4A7C15u;
cudaError_t last_error = cudaSuccess;
long calls_to_failure; /* 0: none */
bool only_allocations, lost;
long n_allocated;
std::mutex one_launch;
#if defined(EMULATOR_WITH_ASAN)
void *scheduler_fake_stack;
const void *scheduler_stack;
size_t scheduler_stack_size;
#endif

unsigned draw(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % n);
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
}

/* The old stack stays in use, so the address sanitizer must not clear it at a jump. */
#define CHANGES_OVER __attribute__((noipa, no_sanitize_address))

CHANGES_OVER void go_on_at(void **place)
{
    __builtin_longjmp(place, 1);
}

/* Switches from the running fiber to the scheduler. */
CHANGES_OVER void leave()
{
    fiber *self = running.get();
#if defined(EMULATOR_WITH_ASAN)
    __sanitizer_start_switch_fiber(&self->fake_stack, scheduler_stack, scheduler_stack_size);
#endif
    if (!__builtin_setjmp(self->place))
        go_on_at(scheduler_place);
    self = running.get();
#if defined(EMULATOR_WITH_ASAN)
    __sanitizer_finish_switch_fiber(self->fake_stack, &scheduler_stack, &scheduler_stack_size);
#endif
    become(self->thread);
}

void fiber_main()
{
#if defined(EMULATOR_WITH_ASAN)
    __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_stack_size);
#endif
    while (true) {
        while (next_start < order.size()) {
            become(order[next_start++]);
            (*kernel_now)();
            warps[running->thread / WARP].ended++;
        }
        running->wait = waits::nothing;
        leave();
    }
}

/* Runs `next` until it waits or has no threads left. */
CHANGES_OVER void enter(std::unique_ptr<fiber> next)
{
    running = std::move(next);
#if defined(EMULATOR_WITH_ASAN)
    __sanitizer_start_switch_fiber(&scheduler_fake_stack, running->stack.get(), STACK);
#endif
    if (!__builtin_setjmp(scheduler_place)) {
        if (running->started)
            go_on_at(running->place);
        running->started = true;
        setcontext(&running->context);
    }
#if defined(EMULATOR_WITH_ASAN)
    __sanitizer_finish_switch_fiber(scheduler_fake_stack, nullptr, nullptr);
#endif
    if (running->wait == waits::nothing)
        idle.push_back(std::move(running));
    else
        parked.push_back(std::move(running));
}

std::unique_ptr<fiber> take_idle()
{
    if (!idle.empty()) {
        std::unique_ptr<fiber> one = std::move(idle.back());
        idle.pop_back();
        return one;
    }
    std::unique_ptr<fiber> one(new fiber);
    one->stack.reset(new char[STACK]);
    getcontext(&one->context);
    one->context.uc_stack.ss_sp = one->stack.get();
    one->context.uc_stack.ss_size = STACK;
    one->context.uc_link = nullptr;
    makecontext(&one->context, fiber_main, 0);
    return one;
}

/* Continues all parked fibers for which `ready` holds; false if there was none. */
template <typename condition> bool resume(const condition &ready)
{
    chosen.clear();
    others.clear();
    for (std::unique_ptr<fiber> &one : parked)
        (ready(*one) ? chosen : others).push_back(std::move(one));
    parked.swap(others);
    for (size_t i = chosen.size(); i > 1; i--)
        std::swap(chosen[i - 1], chosen[draw((unsigned)i)]);
    bool any = !chosen.empty();
    for (std::unique_ptr<fiber> &one : chosen)
        enter(std::move(one));
    return any;
}

void run_block()
{
    unsigned threads = blockDim.x * blockDim.y * blockDim.z;
    shuffle(order, threads);
    warps.assign((threads + WARP - 1) / WARP, warp_slots{});
    std::fill(shared.begin(), shared.end(), (char)0xff); /* uninitialised memory is filled with NaN */
    next_start = 0;
    while (true) {
        if (next_start < order.size()) {
            enter(take_idle());
            continue;
        }
        if (parked.empty())
            return;
        at_warp.assign(warps.size(), 0);
        alive.assign(warps.size(), 0);
        unsigned at_block = 0;
        for (const std::unique_ptr<fiber> &one : parked) {
            at_warp[one->thread / WARP] += one->wait == waits::warp;
            alive[one->thread / WARP]++;
            at_block += one->wait == waits::block;
        }
        bool went_on = resume([&](const fiber &one) {
            unsigned warp = one.thread / WARP;
            return one.wait == waits::warp && at_warp[warp] == alive[warp];
        });
        if (!went_on && at_block == parked.size())
            went_on = resume([](const fiber &) { return true; });
        if (!went_on) {
            fprintf(stderr, "emulator: threads of a block wait at different barriers\n");
            abort();
        }
    }
}

} // namespace

void emulator_block_barrier(void)
{
    running->wait = waits::block;
    leave();
    running->wait = waits::nothing;
}

unsigned emulator_lane(void)
{
    return running->thread % WARP;
}

const uint64_t *emulator_warp_exchange(uint64_t value)
{
    unsigned thread = running->thread, warp = thread / WARP, lane = thread % WARP;
    if (warps[warp].ended || (warp + 1) * WARP > order.size()) {
        fprintf(stderr, "emulator: a warp exchanges values when some of its threads are not there\n");
        abort();
    }
    unsigned turn = warps[warp].turn[lane]++ % 2;
    warps[warp].values[turn][lane] = value;
    running->wait = waits::warp;
    leave();
    running->wait = waits::nothing;
    return warps[warp].values[turn];
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
