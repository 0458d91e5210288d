#include "eval/list_exchange.h"

#include <stdlib.h>
#include <string.h>

/* What is exchanged of a list: its count and what made it, then its entries up to the full length. */
struct head {
    int32_t count, answer;
};
struct entry {
    int32_t track; /* negative: is_new */
    float score;
};

static size_t list_bytes(const struct list_exchange *exchange)
{
    return sizeof(struct head) + exchange->length * sizeof(struct entry);
}

enum status list_exchange_init(struct list_exchange *exchange, struct ranks *ranks, size_t most, size_t length,
                               struct error *error)
{
    const size_t size = (size_t)ranks_size(ranks);
    *exchange = (struct list_exchange){.ranks = ranks, .most = most, .length = length};
    if (size == 1)
        return STATUS_OK;
    exchange->own = malloc(most * list_bytes(exchange));
    exchange->all = malloc(size * most * list_bytes(exchange));
    exchange->sizes = malloc(size * sizeof *exchange->sizes);
    return exchange->own && exchange->all && exchange->sizes ? STATUS_OK : error_no_memory(error);
}

void list_exchange_free(struct list_exchange *exchange)
{
    free(exchange->own);
    free(exchange->all);
    free(exchange->sizes);
    *exchange = (struct list_exchange){0};
}

static void write_list(const struct list_batch *batch, size_t i, char *bytes)
{
    const struct head head = {(int32_t)batch->counts[i], (int32_t)batch->answers[i]};
    const struct recommendation *list = batch->found + i * batch->length;
    memcpy(bytes, &head, sizeof head);
    for (size_t t = 0; t < batch->counts[i]; t++) {
        const int32_t track = (int32_t)list[t].track;
        const struct entry entry = {list[t].is_new ? -track : track, list[t].score};
        memcpy(bytes + sizeof head + t * sizeof entry, &entry, sizeof entry);
    }
    memset(bytes + sizeof head + batch->counts[i] * sizeof(struct entry), 0,
           (batch->length - batch->counts[i]) * sizeof(struct entry));
}

static void read_list(const char *bytes, struct list_batch *batch, size_t i)
{
    struct head head;
    struct recommendation *list = batch->found + i * batch->length;
    memcpy(&head, bytes, sizeof head);
    batch->counts[i] = (size_t)head.count;
    batch->answers[i] = (enum answer)head.answer;
    for (size_t t = 0; t < batch->counts[i]; t++) {
        struct entry entry;
        memcpy(&entry, bytes + sizeof head + t * sizeof entry, sizeof entry);
        list[t] = (struct recommendation){.track = entry.track < 0 ? -entry.track : entry.track,
                                          .score = entry.score,
                                          .parts = {entry.score},
                                          .is_new = entry.track < 0};
    }
}

enum status list_exchange_gather(struct list_exchange *exchange, const struct list_batch *own, const size_t *ns,
                                 struct error *error)
{
    const size_t bytes = list_bytes(exchange);
    for (int r = 0; r < ranks_size(exchange->ranks); r++)
        exchange->sizes[r] = ns[r] * bytes;
    for (size_t i = 0; i < own->n; i++)
        write_list(own, i, exchange->own + i * bytes);
    return ranks_gather(exchange->ranks, exchange->own, exchange->sizes, exchange->all, error);
}

void list_exchange_read(const struct list_exchange *exchange, int rank, const size_t *ns, struct list_batch *batch)
{
    const char *bytes = exchange->all;
    for (int r = 0; r < rank; r++)
        bytes += exchange->sizes[r];
    batch->n = ns[rank];
    for (size_t i = 0; i < batch->n; i++)
        read_list(bytes + i * list_bytes(exchange), batch, i);
}
