#include "app/hidden.h"

#include <stdlib.h>

void hidden_free(struct hidden *hidden)
{
    for (int item = 0; item < STEERING_ITEMS; item++)
        free(hidden->of[item].ids);
    *hidden = (struct hidden){0};
}

void hidden_add(struct hidden *hidden, enum steering_item item, int64_t id)
{
    struct hidden_ids *ids = &hidden->of[item];
    if (ids->count == ids->capacity) {
        size_t capacity = ids->capacity > 0 ? 2 * ids->capacity : 16;
        int64_t *larger = realloc(ids->ids, capacity * sizeof *larger);
        hidden->failed = hidden->failed || !larger;
        if (!larger)
            return;
        ids->ids = larger;
        ids->capacity = capacity;
    }
    ids->ids[ids->count++] = id;
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

void hidden_sort(struct hidden *hidden)
{
    for (int item = 0; item < STEERING_ITEMS; item++)
        if (hidden->of[item].count > 1)
            qsort(hidden->of[item].ids, hidden->of[item].count, sizeof(int64_t), ascending);
}

static bool has(const struct hidden *hidden, enum steering_item item, int64_t id)
{
    const struct hidden_ids *ids = &hidden->of[item];
    return id > 0 && ids->count > 0 && bsearch(&id, ids->ids, ids->count, sizeof id, ascending);
}

bool hidden_has(const struct hidden *hidden, const struct track *track)
{
    return has(hidden, STEERING_TRACK, track->id) || has(hidden, STEERING_ALBUM, track->album_id) ||
           has(hidden, STEERING_ARTIST, track->artist_id);
}

enum status hidden_from_steering(struct catalogue *catalogue, int64_t playlist, struct hidden *hidden,
                                 struct error *error)
{
    struct steering_list list = {0};
    enum status status = catalogue_steering_read_for(catalogue, playlist, &list, error);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].wish == STEERING_NEVER)
            hidden_add(hidden, list.items[i].item, list.items[i].item_id);
    steering_list_free(&list);
    return status;
}

enum status hidden_read(struct catalogue *catalogue, int64_t playlist, struct hidden *hidden, struct error *error)
{
    *hidden = (struct hidden){0};
    enum status status = STATUS_OK;
#define READ(name)                                                                                                     \
    if (status == STATUS_OK)                                                                                           \
        status = hidden_from_##name(catalogue, playlist, hidden, error);
    HIDDEN_SOURCES(READ)
#undef READ
    if (status == STATUS_OK && hidden->failed)
        status = error_no_memory(error);
    if (status != STATUS_OK)
        hidden_free(hidden);
    else
        hidden_sort(hidden);
    return status;
}
