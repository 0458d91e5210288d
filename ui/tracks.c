#include "ui/tracks.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"

void track_book_free(struct track_book *book)
{
    arena_free(&book->memory);
    free(book->slots);
    memset(book, 0, sizeof *book);
}

static const struct track **slot(const struct track **slots, size_t capacity, int64_t id)
{
    size_t at = (size_t)random_mix((uint64_t)id) & (capacity - 1);
    while (slots[at] && slots[at]->id != id)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool grow(struct track_book *book)
{
    size_t capacity = book->capacity > 0 ? book->capacity * 2 : 1024;
    const struct track **slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < book->capacity; i++)
        if (book->slots[i])
            *slot(slots, capacity, book->slots[i]->id) = book->slots[i];
    free(book->slots);
    book->slots = slots;
    book->capacity = capacity;
    return true;
}

static bool same(const struct track *a, const struct track *b)
{
    return a->album_id == b->album_id && a->duration_ms == b->duration_ms && a->year == b->year &&
           a->cover == b->cover && a->cover_colour == b->cover_colour && strcmp(a->title, b->title) == 0 &&
           strcmp(a->artist, b->artist) == 0 && strcmp(a->album, b->album) == 0;
}

static const char *copy_text(struct arena *memory, const char *text)
{
    return arena_copy_text(memory, text, text ? strlen(text) : 0);
}

const struct track *track_book_keep(struct track_book *book, const struct track *track)
{
    if (book->count * 2 >= book->capacity && !grow(book))
        return NULL;
    const struct track **place = slot(book->slots, book->capacity, track->id);
    if (*place && same(*place, track))
        return *place;
    struct track *copy = arena_alloc(&book->memory, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *track;
    copy->key = copy_text(&book->memory, track->key);
    copy->title = copy_text(&book->memory, track->title);
    copy->artist = copy_text(&book->memory, track->artist);
    copy->album = copy_text(&book->memory, track->album);
    if (!copy->key || !copy->title || !copy->artist || !copy->album)
        return NULL;
    if (!*place)
        book->count++;
    *place = copy;
    return copy;
}

const struct track *track_book_find(const struct track_book *book, int64_t id)
{
    return book->capacity > 0 ? *slot(book->slots, book->capacity, id) : NULL;
}

void track_row_free(struct track_row *row)
{
    free(row->items);
    memset(row, 0, sizeof *row);
}

bool track_row_append(struct track_row *row, const struct track *track)
{
    if (row->count == row->capacity) {
        size_t capacity = row->capacity > 0 ? row->capacity * 2 : 16;
        const struct track **items = realloc(row->items, capacity * sizeof *items);
        if (!items)
            return false;
        row->items = items;
        row->capacity = capacity;
    }
    row->items[row->count++] = track;
    return true;
}

bool track_row_set(struct track_row *row, struct track_book *book, const struct track_list *list)
{
    row->count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct track *track = track_book_keep(book, &list->items[i]);
        if (!track || !track_row_append(row, track))
            return false;
    }
    return true;
}
