#ifndef SLEEVE_UI_VIEWS_SIMILAR_H
#define SLEEVE_UI_VIEWS_SIMILAR_H

#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/views/gallery/gallery.h"

/* Similar covers: a cover and those nearest to it in an embedding set, in a grid. */

enum { SIMILAR_MAX = 24, SIMILAR_BACK_MAX = 64 };

/* How a request changes the covers to go back to. */
enum similar_way { SIMILAR_OPEN, SIMILAR_ON, SIMILAR_BACK, SIMILAR_SET };

struct similar_place {
    struct gallery_cover of;
    size_t selected;
};

struct similar_state {
    char set[NAME_SIZE];     /* "": none chosen */
    bool random_weights;     /* of the set */
    struct similar_place at; /* selected: 0 is the cover itself, then albums.items[selected - 1] */
    struct album_list albums;
    float distances[SIMILAR_MAX];
    struct similar_place wanted; /* requested; it is `at` when its result arrives */
    enum similar_way way;
    struct similar_place back[SIMILAR_BACK_MAX]; /* the latest at the end */
    size_t n_back;
    enum view under;    /* the popup to which Escape returns; VIEW_NONE: it closes all */
    char failure[1024]; /* why nothing is found; "" otherwise */
};

static inline struct similar_state *similar_of(const struct state *state)
{
    return state->own[VIEW_SIMILAR];
}

struct similar_layout {
    int top, column;   /* of the first card */
    int rows, columns; /* of cards */
    int cover_rows;    /* a card is a cover above a title, an artist and a distance */
    int row_pitch, column_pitch;
    int text_row; /* about the selected one */
};
enum { SIMILAR_TEXT_ROWS = 3 };
struct similar_layout similar_layout(const struct state *state, const struct layout *layout);
/* How many covers are shown: the cover itself and those that were found, as many as fit. */
size_t similar_count(const struct state *state, const struct similar_layout *mine);
/* Card `at`, or the selected one; false: there is none. */
bool similar_album(const struct state *state, size_t at, struct album *album);
void similar_draw(const struct state *state, const struct layout *layout, struct screen *screen);

COMMAND(command_similar);

#endif
