#include "nccl_stand_in.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

enum { SUCCESS = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, REMOTE_ERROR = 6, IN_PROGRESS = 7 };
enum { CHAR = 0, FLOAT = 7, SUM = 0 };
enum { RANKS_MAX = 16, CALLS_MAX = 64 };

EXPORTED struct stand_in stand_in = {.version = 22703, .failing_rank = -1};

struct unique_id {
    char bytes[128];
};

struct config {
    size_t size;
    unsigned magic, version;
    int blocking;
};

struct call {
    bool adds; /* all-reduce; otherwise a broadcast */
    const void *from;
    void *to;
    size_t count;
    int type, root;
};

/* A message that its receiver has not taken, or a receiver that no message has come for. */
struct message {
    struct message *next;
    bool sent;
    int from, to, type;
    size_t count;
    void *bytes; /* a copy, or where they go */
};

struct communicator {
    struct world *world;
    int rank, error;
    bool finalized;
    long expected; /* messages that it sends or waits for, and that the other one has not come for */
    long posted;   /* calls so far; the last CALLS_MAX are kept */
    struct call calls[CALLS_MAX];
};

/* The communicators that were opened with one identifier. */
struct world {
    struct world *next;
    struct unique_id id;
    int size, joined, left;
    bool aborted;
    long done;
    struct message *messages;
    struct communicator *members[RANKS_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct world *worlds;

static struct world *world_of(const struct unique_id *id, int size)
{
    for (struct world *world = worlds; world; world = world->next)
        if (memcmp(&world->id, id, sizeof *id) == 0)
            return world;
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        abort();
    *world = (struct world){.next = worlds, .id = *id, .size = size};
    return worlds = world;
}

static void leave(struct communicator *communicator)
{
    struct world *world = communicator->world;
    world->members[communicator->rank] = NULL;
    stand_in.open--;
    free(communicator);
    if (++world->left < world->size) /* others may still join; a world that some never join stays */
        return;
    struct world **link = &worlds;
    while (*link != world)
        link = &(*link)->next;
    *link = world->next;
    while (world->messages) {
        struct message *next = world->messages->next;
        if (world->messages->sent)
            free(world->messages->bytes);
        free(world->messages);
        world->messages = next;
    }
    free(world);
}

static size_t bytes_of(const struct call *call)
{
    return call->count * (call->type == FLOAT ? sizeof(float) : 1);
}

/* The calls number `number` of all members; false if they differ. */
static bool take_together(const struct world *world, long number)
{
    struct call *calls[RANKS_MAX];
    for (int r = 0; r < world->size; r++) {
        calls[r] = &world->members[r]->calls[number % CALLS_MAX];
        if (calls[r]->adds != calls[0]->adds || calls[r]->count != calls[0]->count ||
            calls[r]->type != calls[0]->type || calls[r]->root != calls[0]->root)
            return false;
    }
    const size_t bytes = bytes_of(calls[0]);
    float *result = malloc(bytes + 1);
    if (!result)
        abort();
    memcpy(result, calls[calls[0]->root]->from, bytes);
    for (int r = 1; r < world->size && calls[0]->adds; r++)
        for (size_t i = 0; i < calls[0]->count; i++)
            result[i] += ((const float *)calls[r]->from)[i];
    for (int r = 0; r < world->size; r++)
        memcpy(calls[r]->to, result, bytes);
    free(result);
    return true;
}

static void advance(struct world *world)
{
    for (;;) {
        for (int r = 0; r < world->size; r++)
            if (!world->members[r] || world->members[r]->posted <= world->done)
                return;
        const bool same = take_together(world, world->done++);
        stand_in.collectives++;
        for (int r = 0; r < world->size && !same; r++)
            world->members[r]->error = INVALID_ARGUMENT;
    }
}

static bool fails(const struct communicator *communicator)
{
    return communicator->rank == stand_in.failing_rank && communicator->posted == stand_in.failing_call;
}

static int post(struct communicator *communicator, struct call call)
{
    int result = IN_PROGRESS;
    pthread_mutex_lock(&lock);
    if (fails(communicator)) {
        communicator->error = SYSTEM_ERROR;
        result = stand_in.fails_later ? IN_PROGRESS : SYSTEM_ERROR;
    } else {
        communicator->calls[communicator->posted++ % CALLS_MAX] = call;
        advance(communicator->world);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

/* ---- messages from one to one ---- */

static struct message *message_make(struct message values)
{
    struct message *message = malloc(sizeof *message);
    if (!message)
        abort();
    *message = values;
    return message;
}

/* The first one from the same to the same, of the other side; the link to it. */
static struct message **counterpart(struct world *world, const struct message *message)
{
    struct message **link = &world->messages;
    while (*link && ((*link)->sent == message->sent || (*link)->from != message->from || (*link)->to != message->to))
        link = &(*link)->next;
    return link;
}

/* Of two members that are still there. */
static void meet(struct world *world, const struct message *sent, const struct message *received)
{
    if (sent->count == received->count && sent->type == received->type)
        memcpy(received->bytes, sent->bytes, sent->count * (sent->type == FLOAT ? sizeof(float) : 1));
    else
        world->members[received->to]->error = INVALID_ARGUMENT;
    stand_in.messages++;
}

static void deliver(struct communicator *communicator, struct message message)
{
    struct world *world = communicator->world;
    struct message **link = counterpart(world, &message), *other = *link;
    if (!other) { /* at the end, so that messages stay in their order */
        const size_t bytes = message.count * (message.type == FLOAT ? sizeof(float) : 1);
        if (message.sent && bytes > 0)
            message.bytes = memcpy(malloc(bytes), message.bytes, bytes);
        *link = message_make(message);
        communicator->expected++;
        return;
    }
    *link = other->next;
    struct communicator *waiting = world->members[other->sent ? other->from : other->to];
    if (waiting) {
        waiting->expected--;
        meet(world, message.sent ? &message : other, message.sent ? other : &message);
    }
    if (other->sent)
        free(other->bytes);
    free(other);
}

static int post_message(struct communicator *communicator, struct message message)
{
    int result = IN_PROGRESS;
    pthread_mutex_lock(&lock);
    if (fails(communicator)) {
        communicator->error = SYSTEM_ERROR;
        result = stand_in.fails_later ? IN_PROGRESS : SYSTEM_ERROR;
    } else {
        deliver(communicator, message);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

/* ---- the interface ---- */

EXPORTED int ncclGetVersion(int *version)
{
    *version = stand_in.version;
    return SUCCESS;
}

EXPORTED int ncclGetUniqueId(struct unique_id *id)
{
    static int made;
    pthread_mutex_lock(&lock);
    memset(id, ++made, sizeof *id);
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

EXPORTED const char *ncclGetErrorString(int result)
{
    return result == SYSTEM_ERROR ? "a system error of the stand-in" : "an error of the stand-in";
}

EXPORTED int ncclCommInitRankConfig(struct communicator **out, int size, struct unique_id id, int rank,
                                    const struct config *config)
{
    if (config->magic != 0xcafebeef || config->version != 21400 || config->blocking != 0 ||
        config->size < sizeof *config || size > RANKS_MAX || rank < 0 || rank >= size)
        return INVALID_ARGUMENT;
    struct communicator *communicator = calloc(1, sizeof *communicator);
    if (!communicator)
        return SYSTEM_ERROR;
    pthread_mutex_lock(&lock);
    struct world *world = world_of(&id, size);
    communicator->world = world;
    communicator->rank = rank;
    communicator->error = stand_in.failing_call == -1 && stand_in.failing_rank == rank ? SYSTEM_ERROR : SUCCESS;
    world->members[rank] = communicator;
    world->joined++;
    stand_in.open++;
    *out = communicator;
    pthread_mutex_unlock(&lock);
    return IN_PROGRESS;
}

EXPORTED int ncclCommGetAsyncError(struct communicator *communicator, int *result)
{
    pthread_mutex_lock(&lock);
    const struct world *world = communicator->world;
    const bool waits = world->joined < world->size || communicator->posted > world->done || communicator->expected > 0;
    *result = communicator->error != SUCCESS                                                   ? communicator->error
              : waits && world->aborted && !stand_in.aborts_unseen && !communicator->finalized ? REMOTE_ERROR
              : waits && !communicator->finalized                                              ? IN_PROGRESS
                                                                                               : SUCCESS;
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

EXPORTED int ncclCommFinalize(struct communicator *communicator)
{
    pthread_mutex_lock(&lock);
    communicator->finalized = true;
    pthread_mutex_unlock(&lock);
    return IN_PROGRESS;
}

EXPORTED int ncclCommDestroy(struct communicator *communicator)
{
    pthread_mutex_lock(&lock);
    leave(communicator);
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

EXPORTED int ncclCommAbort(struct communicator *communicator)
{
    pthread_mutex_lock(&lock);
    communicator->world->aborted = true;
    leave(communicator);
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

EXPORTED int ncclAllReduce(const void *from, void *to, size_t count, int type, int reduction,
                           struct communicator *communicator, void *stream)
{
    (void)stream;
    if (type != FLOAT || reduction != SUM)
        return INVALID_ARGUMENT;
    return post(communicator, (struct call){.adds = true, .from = from, .to = to, .count = count, .type = type});
}

EXPORTED int ncclBroadcast(const void *from, void *to, size_t count, int type, int root,
                           struct communicator *communicator, void *stream)
{
    (void)stream;
    if (type != FLOAT && type != CHAR)
        return INVALID_ARGUMENT;
    return post(communicator, (struct call){.from = from, .to = to, .count = count, .type = type, .root = root});
}

/* The cast drops const: the message is only read. */
EXPORTED int ncclSend(const void *from, size_t count, int type, int peer, struct communicator *communicator,
                      void *stream)
{
    (void)stream;
    return post_message(communicator, (struct message){.sent = true,
                                                       .from = communicator->rank,
                                                       .to = peer,
                                                       .type = type,
                                                       .count = count,
                                                       .bytes = (void *)(uintptr_t)from});
}

EXPORTED int ncclRecv(void *to, size_t count, int type, int peer, struct communicator *communicator, void *stream)
{
    (void)stream;
    return post_message(
        communicator,
        (struct message){.from = peer, .to = communicator->rank, .type = type, .count = count, .bytes = to});
}

EXPORTED int ncclGroupStart(void)
{
    return SUCCESS;
}

EXPORTED int ncclGroupEnd(void)
{
    return IN_PROGRESS;
}
