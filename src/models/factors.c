#include "models/factors.h"

#include <stdlib.h>
#include <string.h>

#include "models/new_rows.h"

/* Measured on two cores with 2.26 million rows of 192: building an index takes as long as seven searches without one,
 * and a search with the index takes a quarter of the time. Below INDEX_MIN_ROWS rows and INDEX_MIN_VALUES numbers,
 * searches for many lists at once are faster without an index, and other searches are fast enough. */
enum { INDEX_PASSES = 7, LISTS_PER_PASS = 16, SEARCH_MEMORY_HEAD = 64 };

/* With vectors of equal length in random directions, one more seed changes the query of a shorter list so much that a
 * search learns nothing from the last one, and keeping its bounds takes up to a quarter longer. */
enum { REMEMBERED_MIN_SEEDS = 64 };

enum status factors_open(struct factors *factors, struct compute *compute, const float *items, int64_t n, int64_t d,
                         struct error *error)
{
    *factors = (struct factors){.compute = compute, .n = n, .d = d, .host = items};
    return compute->ops->buffer_wrap(compute->device, items, (size_t)(n * d) * sizeof *items, &factors->items, error);
}

static void drop(struct factors *factors, struct compute_buffer **buffer)
{
    if (*buffer)
        factors->compute->ops->buffer_destroy(*buffer);
    *buffer = NULL;
}

static void drop_gathered(struct factors *factors)
{
    drop(factors, &factors->gathered_items);
    free(factors->gathered);
    free(factors->gathered_rows);
    factors->gathered = NULL;
    factors->gathered_rows = NULL;
}

void factors_close(struct factors *factors)
{
    drop_gathered(factors);
    drop(factors, &factors->items);
    drop(factors, &factors->queries);
    drop(factors, &factors->starts);
    drop(factors, &factors->rows);
    drop(factors, &factors->sorted);
    drop(factors, &factors->index);
    drop(factors, &factors->memory);
    free(factors->by_length);
    free(factors->places);
    free(factors->lengths);
    free(factors->blocks);
    factors->by_length = factors->places = NULL;
    factors->lengths = factors->blocks = NULL;
}

static enum status wrap(struct factors *factors, struct compute_buffer **buffer, const void *host, size_t bytes,
                        struct error *error)
{
    drop(factors, buffer);
    return factors->compute->ops->buffer_wrap(factors->compute->device, host, bytes, buffer, error);
}

/* Copies the seeds' vectors, one row for each, because those that were given are not among the items. */
static enum status gather_seeds(struct factors *factors, const int32_t *rows, size_t entries, struct error *error)
{
    const size_t width = (size_t)factors->d;
    factors->gathered = malloc(entries * width * sizeof *factors->gathered);
    factors->gathered_rows = malloc(entries * sizeof *factors->gathered_rows);
    if (!factors->gathered || !factors->gathered_rows)
        return error_no_memory(error);
    for (size_t i = 0; i < entries; i++) {
        const float *vector = new_tracks_vector(factors->given, rows[i]);
        const bool beyond = rows[i] >= factors->n;
        if (!vector || factors->given->seeds == NEW_SEEDS_NEVER)
            vector = beyond ? NULL : factors->host + (size_t)rows[i] * width;
        if (vector)
            memcpy(factors->gathered + i * width, vector, width * sizeof *vector);
        else
            memset(factors->gathered + i * width, 0, width * sizeof *vector);
        factors->gathered_rows[i] = (int32_t)i;
    }
    factors->seed_rows = factors->gathered_rows;
    factors->n_seed_items = (int64_t)entries;
    enum status status =
        wrap(factors, &factors->gathered_items, factors->gathered, entries * width * sizeof(float), error);
    factors->seed_items = factors->gathered_items;
    return status;
}

static enum status choose_seeds(struct factors *factors, const struct seed_lists *lists, struct error *error)
{
    const size_t entries = (size_t)lists->starts[lists->count];
    bool any = false;
    drop_gathered(factors);
    for (size_t i = 0; factors->given && i < entries && !any; i++)
        any = new_tracks_vector(factors->given, lists->rows[i]) != NULL;
    if (any)
        return gather_seeds(factors, lists->rows, entries, error);
    factors->seed_items = factors->items;
    factors->seed_rows = lists->rows;
    factors->n_seed_items = factors->n;
    return STATUS_OK;
}

enum status factors_begin(struct factors *factors, const struct seed_lists *lists, struct error *error)
{
    const struct compute *compute = factors->compute;
    size_t entries = (size_t)lists->starts[lists->count];
    enum status status = choose_seeds(factors, lists, error);
    if (status == STATUS_OK)
        status = wrap(factors, &factors->starts, lists->starts, (lists->count + 1) * sizeof *lists->starts, error);
    if (status == STATUS_OK)
        status = wrap(factors, &factors->rows, factors->seed_rows, entries * sizeof *lists->rows, error);
    if (status == STATUS_OK)
        status = wrap(factors, &factors->sorted, lists->sorted, entries * sizeof *lists->sorted, error);
    if (status != STATUS_OK || lists->count <= factors->capacity)
        return status;
    drop(factors, &factors->queries);
    factors->capacity = 0;
    status = compute->ops->buffer_create(compute->device, lists->count * (size_t)factors->d * sizeof(float),
                                         &factors->queries, error);
    if (status == STATUS_OK)
        factors->capacity = lists->count;
    return status;
}

bool factors_index_pays(const struct compute_ops *ops, const struct compute_buffer *items, size_t n_lists)
{
    return ops->buffer_host(items) != NULL || n_lists <= INDEX_MAX_LISTS_ON_GPU;
}

size_t factors_index_bytes(const struct factors *factors)
{
    const struct compute_ops *ops = factors->compute->ops;
    const bool large = factors->n >= INDEX_MIN_ROWS || factors->n * factors->d >= INDEX_MIN_VALUES;
    return large && ops->index_bytes ? ops->index_bytes(factors->compute->device, factors->n, factors->d) : 0;
}

enum status factors_build_index(struct factors *factors, struct compute_buffer **index, struct error *error)
{
    const struct compute_ops *ops = factors->compute->ops;
    struct compute_device *device = factors->compute->device;
    struct compute_buffer *scratch = NULL;
    *index = NULL;
    enum status status = ops->buffer_create(device, factors_index_bytes(factors), index, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, ops->index_scratch(device, factors->n, factors->d), &scratch, error);
    if (status == STATUS_OK)
        status = ops->index_build(factors->compute->stream, factors->n, factors->d,
                                  (struct compute_slice){factors->items, 0}, (struct compute_slice){*index, 0},
                                  (struct compute_slice){scratch, 0}, error);
    drop(factors, &scratch);
    if (status != STATUS_OK)
        drop(factors, index);
    return status;
}

enum status factors_use_index(struct factors *factors, const void *index, struct error *error)
{
    return wrap(factors, &factors->index, index, factors_index_bytes(factors), error);
}

void factors_drop_index(struct factors *factors)
{
    drop(factors, &factors->index);
    drop(factors, &factors->memory);
}

static bool pays(const struct factors *factors, size_t n_lists)
{
    return factors_index_pays(factors->compute->ops, factors->items, n_lists);
}

/* Builds the index once the searches without it have taken as long as building it takes. If there is no memory for it,
 * searches continue without an index. */
static void build_index_if_due(struct factors *factors, size_t n_lists)
{
    if (factors->index || !pays(factors, n_lists) || factors_index_bytes(factors) == 0)
        return;
    double before = factors->passes;
    factors->passes += 1 + (double)n_lists / LISTS_PER_PASS;
    if (before <= INDEX_PASSES && factors->passes > INDEX_PASSES)
        factors_build_index(factors, &factors->index, NULL);
}

/* What the searches of single lists keep for similar ones, such as that of the same playlist after an edit. Without
 * memory for it, no search learns from another. */
static void make_memory(struct factors *factors)
{
    const struct compute_ops *ops = factors->compute->ops;
    const size_t bytes = ops->index_memory_bytes(factors->compute->device, factors->n, factors->d);
    void *nothing = calloc(1, SEARCH_MEMORY_HEAD);
    if (nothing && bytes >= SEARCH_MEMORY_HEAD &&
        ops->buffer_create(factors->compute->device, bytes, &factors->memory, NULL) == STATUS_OK &&
        ops->buffer_write(factors->compute->stream, factors->memory, 0, nothing, SEARCH_MEMORY_HEAD, NULL) != STATUS_OK)
        drop(factors, &factors->memory);
    free(nothing);
}

static bool searches_index(const struct factors *factors, int64_t n_queries)
{
    return factors->index && pays(factors, (size_t)n_queries);
}

/* The scratch memory of a search. Without memory for that of a search with the index, the index is discarded, which
 * frees far more than a search without it needs. */
static enum status create_scratch(struct factors *factors, int64_t n_queries, int64_t k,
                                  struct compute_buffer **scratch, struct error *error)
{
    const struct compute_ops *ops = factors->compute->ops;
    struct compute_device *device = factors->compute->device;
    if (searches_index(factors, n_queries)) {
        const size_t bytes = ops->top_k_indexed_scratch(device, n_queries, factors->n, factors->d, k);
        const enum status status = ops->buffer_create(device, bytes, scratch, error);
        if (status != STATUS_DEVICE)
            return status;
        factors_drop_index(factors);
    }
    return ops->buffer_create(device, ops->top_k_scratch(device, n_queries, factors->n, k), scratch, error);
}

static enum status search(struct factors *factors, int64_t n_queries, bool remembers, int64_t k,
                          struct compute_buffer *ids, struct compute_buffer *scores, struct compute_buffer *scratch,
                          struct error *error)
{
    const struct compute *compute = factors->compute;
    const struct compute_slice queries = {factors->queries, 0}, items = {factors->items, 0},
                               index = {factors->index, 0}, starts = {factors->starts, 0},
                               sorted = {factors->sorted, 0};
    const struct compute_slice memory = {remembers ? factors->memory : NULL, 0};
    if (searches_index(factors, n_queries))
        return compute->ops->top_k_indexed(compute->stream, n_queries, factors->n, factors->d, k, queries, items, index,
                                           memory, starts, sorted, (struct compute_slice){ids, 0},
                                           (struct compute_slice){scores, 0}, (struct compute_slice){scratch, 0},
                                           error);
    return compute->ops->top_k(compute->stream, n_queries, factors->n, factors->d, k, queries, items, starts, sorted,
                               (struct compute_slice){ids, 0}, (struct compute_slice){scores, 0},
                               (struct compute_slice){scratch, 0}, error);
}

enum status factors_finish(struct factors *factors, const struct seed_lists *lists, size_t k, int32_t *ids,
                           float *scores, struct error *error)
{
    const struct compute_ops *ops = factors->compute->ops;
    struct compute_device *device = factors->compute->device;
    struct compute_stream *stream = factors->compute->stream;
    struct compute_buffer *found = NULL, *found_scores = NULL, *scratch = NULL;
    int64_t n_queries = (int64_t)lists->count;
    size_t bytes = lists->count * k * sizeof *ids;
    enum status status = ops->buffer_create(device, bytes, &found, error);
    if (status == STATUS_OK)
        status = ops->buffer_create(device, bytes, &found_scores, error);
    build_index_if_due(factors, lists->count);
    const bool remembers = lists->count == 1 && lists->starts[1] - lists->starts[0] >= REMEMBERED_MIN_SEEDS;
    if (factors->index && remembers && !factors->memory)
        make_memory(factors);
    if (status == STATUS_OK)
        status = create_scratch(factors, n_queries, (int64_t)k, &scratch, error);
    if (status == STATUS_OK)
        status = search(factors, n_queries, remembers, (int64_t)k, found, found_scores, scratch, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, found, 0, ids, bytes, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(stream, found_scores, 0, scores, bytes, error);
    drop(factors, &found);
    drop(factors, &found_scores);
    drop(factors, &scratch);
    return status;
}

static float dot(const float *x, const float *y, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return (float)sum;
}

enum status factors_scores(const struct factors *factors, const float *items, size_t n_lists, size_t n,
                           const int32_t *ids, float *scores, struct error *error)
{
    const struct compute *compute = factors->compute;
    size_t bytes = n_lists * (size_t)factors->d * sizeof(float);
    float *queries = malloc(bytes);
    if (!queries)
        return error_no_memory(error);
    enum status status = compute->ops->buffer_read(compute->stream, factors->queries, 0, queries, bytes, error);
    for (size_t list = 0; list < n_lists && status == STATUS_OK; list++)
        for (size_t i = 0; i < n; i++)
            scores[list * n + i] = dot(queries + list * (size_t)factors->d, items + ids[i] * factors->d, factors->d);
    free(queries);
    return status;
}

enum status factors_section_scores(const struct factors *factors, const float *items, int64_t first,
                                   const int64_t *widths, size_t n_sections, size_t n, const int32_t *ids, float *parts,
                                   struct error *error)
{
    const struct compute *compute = factors->compute;
    size_t bytes = (size_t)factors->d * sizeof(float);
    float *query = malloc(bytes);
    if (!query)
        return error_no_memory(error);
    enum status status = compute->ops->buffer_read(compute->stream, factors->queries, 0, query, bytes, error);
    for (size_t section = 0; section < n_sections && status == STATUS_OK; first += widths[section++])
        for (size_t i = 0; i < n; i++)
            parts[i * n_sections + section] = dot(query + first, items + ids[i] * factors->d + first, widths[section]);
    free(query);
    return status;
}
