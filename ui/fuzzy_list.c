#include <stdlib.h>
#include <string.h>

#include "ui/fuzzy_internal.h"

/* ---- the texts ---- */

void fuzzy_list_free(struct fuzzy_list *list)
{
    free(list->bytes);
    free(list->texts);
    free(list->folded);
    free(list->masks);
    memset(list, 0, sizeof *list);
}

static bool grow(void **array, size_t count, size_t each)
{
    void *larger = realloc(*array, count * each);
    if (larger)
        *array = larger;
    return larger != NULL;
}

static bool reserve_items(struct fuzzy_list *list)
{
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity * 2 + 64;
    if (!grow((void **)&list->texts, capacity, sizeof *list->texts) ||
        !grow((void **)&list->folded, capacity, sizeof *list->folded) ||
        !grow((void **)&list->masks, capacity, sizeof *list->masks))
        return false;
    list->capacity = capacity;
    return true;
}

static bool reserve_bytes(struct fuzzy_list *list, size_t more)
{
    if (list->size + more <= list->room)
        return true;
    size_t room = (list->size + more) * 2 + 4096;
    if (list->size + more > UINT32_MAX || !grow((void **)&list->bytes, room, 1))
        return false;
    list->room = room;
    return true;
}

static uint32_t append(struct fuzzy_list *list, const char *text, size_t size)
{
    uint32_t start = (uint32_t)list->size;
    memcpy(list->bytes + list->size, text, size);
    list->size += size;
    list->bytes[list->size++] = '\0';
    return start;
}

bool fuzzy_list_add(struct fuzzy_list *list, const char *text)
{
    struct fuzzy_folded folded;
    fuzzy_fold(text, &folded);
    size_t size = strlen(text);
    if (!reserve_items(list) || !reserve_bytes(list, size + folded.size + 2))
        return false;
    size_t at = list->count;
    list->texts[at] = list->folded[at] = append(list, text, size);
    if (folded.size != size || memcmp(folded.bytes, text, size) != 0)
        list->folded[at] = append(list, folded.bytes, folded.size);
    list->masks[at] = fuzzy_mask(folded.bytes, folded.size);
    list->count++;
    return true;
}

static bool reorder(void **array, size_t each, size_t count, size_t capacity, const uint32_t *order)
{
    char *moved = malloc(capacity * each + 1);
    if (!moved)
        return false;
    for (size_t i = 0; i < count; i++)
        memcpy(moved + i * each, (char *)*array + order[i] * each, each);
    free(*array);
    *array = moved;
    return true;
}

bool fuzzy_list_reorder(struct fuzzy_list *list, const uint32_t *order)
{
    return reorder((void **)&list->texts, sizeof *list->texts, list->count, list->capacity, order) &&
           reorder((void **)&list->folded, sizeof *list->folded, list->count, list->capacity, order) &&
           reorder((void **)&list->masks, sizeof *list->masks, list->count, list->capacity, order);
}

/* ---- filtering ---- */

enum { CHUNK = 8192, LENGTH_BITS = 7, LENGTH_MOST = (1 << LENGTH_BITS) - 1 };

struct filter {
    const struct fuzzy_list *list;
    const struct fuzzy_pattern *pattern;
    const struct fuzzy_found *among;
    const atomic_bool *cancel;
    size_t count;
    uint32_t *items, *keys; /* [count]; the matches of a chunk are at its beginning */
    size_t *matches;        /* of each chunk */
};

void fuzzy_found_free(struct fuzzy_found *found)
{
    free(found->best);
    free(found->ordered);
    *found = (struct fuzzy_found){0};
}

/* Smaller is better: what is missing to the largest score, then the length. */
static uint32_t key_of(const struct fuzzy_pattern *pattern, int score, size_t size)
{
    return (uint32_t)(pattern->score_most - score) << LENGTH_BITS | (uint32_t)(size < LENGTH_MOST ? size : LENGTH_MOST);
}

static void filter_chunk(void *context, size_t index, int worker)
{
    (void)worker;
    struct filter *filter = context;
    const struct fuzzy_list *list = filter->list;
    uint64_t mask = filter->pattern->mask;
    size_t begin = index * CHUNK, end = begin + CHUNK < filter->count ? begin + CHUNK : filter->count, out = begin;
    if (filter->cancel && atomic_load(filter->cancel))
        end = begin;
    for (size_t i = begin; i < end; i++) {
        size_t at = filter->among ? filter->among->ordered[i] : i;
        if ((list->masks[at] & mask) != mask)
            continue;
        const char *folded = list->bytes + list->folded[at];
        size_t size = strlen(folded);
        size_t searched = size < FUZZY_TEXT_MAX ? size : FUZZY_TEXT_MAX;
        int score = fuzzy_score_folded(filter->pattern, folded, searched);
        if (score < 0)
            continue;
        filter->items[out] = (uint32_t)at;
        filter->keys[out++] = key_of(filter->pattern, score, size);
    }
    filter->matches[index] = out - begin;
}

static size_t close_up(struct filter *filter, size_t n_chunks)
{
    size_t count = 0;
    for (size_t i = 0; i < n_chunks; i++) {
        memmove(filter->items + count, filter->items + i * CHUNK, filter->matches[i] * sizeof *filter->items);
        memmove(filter->keys + count, filter->keys + i * CHUNK, filter->matches[i] * sizeof *filter->keys);
        count += filter->matches[i];
    }
    return count;
}

/* A stable counting sort. */
static bool sort_by_key(const uint32_t *items, const uint32_t *keys, size_t count, size_t n_keys, uint32_t *best)
{
    uint32_t *starts = calloc(n_keys + 1, sizeof *starts);
    if (!starts)
        return false;
    for (size_t i = 0; i < count; i++)
        starts[keys[i] + 1]++;
    for (size_t key = 1; key <= n_keys; key++)
        starts[key] += starts[key - 1];
    for (size_t i = 0; i < count; i++)
        best[starts[keys[i]]++] = items[i];
    free(starts);
    return true;
}

static bool rank(struct filter *filter, size_t n_chunks, struct fuzzy_found *found)
{
    found->count = close_up(filter, n_chunks);
    size_t n_keys = (size_t)(filter->pattern->score_most + 1) << LENGTH_BITS;
    uint32_t *best = malloc((found->count + 1) * sizeof *best);
    if (!best || !sort_by_key(filter->items, filter->keys, found->count, n_keys, best)) {
        free(best);
        return false;
    }
    found->best = best;
    found->ordered = filter->items;
    filter->items = NULL;
    return true;
}

enum status fuzzy_filter(const struct fuzzy_list *list, const struct fuzzy_pattern *pattern,
                         const struct fuzzy_found *among, struct pool *pool, const atomic_bool *cancel,
                         struct fuzzy_found *found, struct error *error)
{
    size_t count = among ? among->count : list->count, n_chunks = (count + CHUNK - 1) / CHUNK;
    struct filter filter = {
        .list = list,
        .pattern = pattern,
        .among = among,
        .cancel = cancel,
        .count = count,
        .items = malloc((count + 1) * sizeof *filter.items),
        .keys = malloc((count + 1) * sizeof *filter.keys),
        .matches = calloc(n_chunks + 1, sizeof *filter.matches),
    };
    *found = (struct fuzzy_found){0};
    enum status status = filter.items && filter.keys && filter.matches ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK && pool)
        pool_run(pool, n_chunks, filter_chunk, &filter);
    for (size_t i = 0; status == STATUS_OK && !pool && i < n_chunks; i++)
        filter_chunk(&filter, i, 0);
    if (status == STATUS_OK && cancel && atomic_load(cancel))
        status = error_set(error, STATUS_INTERRUPTED, "filtering was stopped");
    else if (status == STATUS_OK && !rank(&filter, n_chunks, found))
        status = error_no_memory(error);
    free(filter.items);
    free(filter.keys);
    free(filter.matches);
    return status;
}
