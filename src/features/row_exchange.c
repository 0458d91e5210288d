#include "features/row_exchange.h"

#include <stdlib.h>
#include <string.h>

/* What is sent of a row before its values. */
struct sent_row {
    uint64_t item, present;
    struct row_source source;
};

struct exchange {
    struct ranks *ranks;
    const struct row_arrays *rows;
    size_t bytes;     /* of a row */
    uint64_t *counts; /* [ranks] rows of each */
    size_t *sizes;    /* [ranks] */
    unsigned char *own, *all;
};

static void write_row(const struct row_arrays *rows, size_t item, unsigned char *bytes)
{
    struct sent_row sent;
    memset(&sent, 0, sizeof sent); /* all bytes of it are sent */
    sent.item = item;
    sent.present = rows->present[item];
    if (rows->sources)
        sent.source = rows->sources[item];
    memcpy(bytes, &sent, sizeof sent);
    memcpy(bytes + sizeof sent, rows->values + item * (size_t)rows->width, (size_t)rows->width * sizeof *rows->values);
}

static size_t read_row(const struct row_arrays *rows, const unsigned char *bytes)
{
    struct sent_row sent;
    memcpy(&sent, bytes, sizeof sent);
    rows->present[sent.item] = sent.present;
    if (rows->sources)
        rows->sources[sent.item] = sent.source;
    memcpy(rows->values + sent.item * (size_t)rows->width, bytes + sizeof sent,
           (size_t)rows->width * sizeof *rows->values);
    return sent.item;
}

static enum status gather_counts(struct exchange *exchange, size_t n, size_t *total, struct error *error)
{
    const uint64_t own = n;
    const int size = ranks_size(exchange->ranks);
    for (int r = 0; r < size; r++)
        exchange->sizes[r] = sizeof own;
    const enum status status = ranks_gather(exchange->ranks, &own, exchange->sizes, exchange->counts, error);
    *total = 0;
    for (int r = 0; status == STATUS_OK && r < size; r++) {
        exchange->sizes[r] = exchange->counts[r] * exchange->bytes;
        *total += exchange->counts[r];
    }
    return status;
}

static enum status gather_rows(struct exchange *exchange, const size_t *items, size_t n, struct row_items *all,
                               struct error *error)
{
    enum status status = gather_counts(exchange, n, &all->count, error);
    if (status != STATUS_OK)
        return status;
    exchange->own = malloc(n * exchange->bytes + 1);
    exchange->all = malloc(all->count * exchange->bytes + 1);
    all->items = malloc((all->count + 1) * sizeof *all->items);
    if (!exchange->own || !exchange->all || !all->items)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        write_row(exchange->rows, items[i], exchange->own + i * exchange->bytes);
    status = ranks_gather(exchange->ranks, exchange->own, exchange->sizes, exchange->all, error);
    for (size_t i = 0; status == STATUS_OK && i < all->count; i++)
        all->items[i] = read_row(exchange->rows, exchange->all + i * exchange->bytes);
    return status;
}

void row_items_free(struct row_items *items)
{
    free(items->items);
    *items = (struct row_items){0};
}

static enum status copy_items(const size_t *items, size_t n, struct row_items *all, struct error *error)
{
    all->items = malloc((n + 1) * sizeof *all->items);
    if (!all->items)
        return error_no_memory(error);
    if (n > 0)
        memcpy(all->items, items, n * sizeof *items);
    all->count = n;
    return STATUS_OK;
}

enum status rows_exchange(struct ranks *ranks, const struct row_arrays *rows, const size_t *items, size_t n,
                          struct row_items *all, struct error *error)
{
    const size_t size = (size_t)ranks_size(ranks);
    *all = (struct row_items){0};
    if (size == 1)
        return copy_items(items, n, all, error);
    struct exchange exchange = {.ranks = ranks,
                                .rows = rows,
                                .bytes = sizeof(struct sent_row) + (size_t)rows->width * sizeof *rows->values,
                                .counts = calloc(size, sizeof *exchange.counts),
                                .sizes = calloc(size, sizeof *exchange.sizes)};
    const enum status status =
        exchange.counts && exchange.sizes ? gather_rows(&exchange, items, n, all, error) : error_no_memory(error);
    free(exchange.counts);
    free(exchange.sizes);
    free(exchange.own);
    free(exchange.all);
    return status;
}
