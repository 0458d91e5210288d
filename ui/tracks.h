#ifndef SLEEVE_UI_TRACKS_H
#define SLEEVE_UI_TRACKS_H

#include "app/app.h"
#include "core/arena.h"

/* Every track that was read stays in memory for the session, so that lists, suggestions and undo can use plain
 * pointers. */
struct track_book {
    struct arena memory;
    const struct track **slots; /* open addressing by number */
    size_t capacity, count;
};

void track_book_free(struct track_book *book);
/* The book's own copy of the track (updated with newer metadata); NULL when memory ran out. */
const struct track *track_book_keep(struct track_book *book, const struct track *track);

/* NULL when the book has no track of this number. */
const struct track *track_book_find(const struct track_book *book, int64_t id);

/* A list of tracks that the book owns. */
struct track_row {
    const struct track **items;
    size_t count, capacity;
};

void track_row_free(struct track_row *row);
bool track_row_append(struct track_row *row, const struct track *track);
/* Replaces the row by these tracks, which are added to the book; false when memory ran out. */
bool track_row_set(struct track_row *row, struct track_book *book, const struct track_list *list);

#endif
