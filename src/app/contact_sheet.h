#ifndef SLEEVE_APP_CONTACT_SHEET_H
#define SLEEVE_APP_CONTACT_SHEET_H

#include "app/app.h"
#include "core/progress.h"

/* A contact sheet: a sample of the catalogue's covers in the cells of a grid. */

#define SHEET_ORDERS(X)                                                                                                \
    X(MAP, map, "near its position in a t-SNE of the embedding")                                                       \
    X(SIMILARITY, similarity, "in rows, each cover beside similar ones in the embedding")                              \
    X(COLOUR, colour, "by mean colour: hue from left to right, light above dark")                                      \
    X(RANDOM, random, "in the order of the sample")
#define SHEET_ENUMERATOR(NAME, name, help) SHEET_##NAME,
enum sheet_order { SHEET_ORDERS(SHEET_ENUMERATOR) SHEET_ORDER_COUNT };
/* "map"; the order of this name, SHEET_ORDER_COUNT if there is none. */
const char *sheet_order_name(enum sheet_order order);
enum sheet_order sheet_order_find(const char *name);

enum { SHEET_COVERS = 1024, SHEET_COVERS_MAX = 2500, SHEET_EDGE = 16, SHEET_EDGE_MAX = 64 };

struct sheet_settings {
    enum sheet_order order;
    const char *set; /* embedding set of the orders map and similarity */
    int64_t n;       /* 1..SHEET_COVERS_MAX; fewer where there are fewer covers */
    uint64_t seed;   /* of the sample and of the t-SNE */
    struct progress *progress;
};

struct contact_sheet {
    int rows, columns;
    struct album_list albums; /* row by row */
    int *cells;               /* [albums.count] row * columns + column, ascending */
    enum sheet_order order;
    bool random_weights;
    char title[160], caption[2][160]; /* the sample, and how it is ordered */
};

/* The sample is of the albums that have a row in the set (orders map and similarity) or a cover. STATUS_FAILED when
 * there is none. */
enum status contact_sheet_make(struct app *app, const struct sheet_settings *settings, struct contact_sheet *sheet,
                               struct error *error);
void contact_sheet_free(struct contact_sheet *sheet);
/* As a .png or .svg figure with covers of `edge` pixels; another ending is STATUS_USAGE. */
enum status contact_sheet_write(struct app *app, const struct contact_sheet *sheet, int edge, const char *path,
                                struct error *error);

#endif
