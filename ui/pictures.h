#ifndef SLEEVE_UI_PICTURES_H
#define SLEEVE_UI_PICTURES_H

#include "ui/image_service.h"
#include "ui/views/map/map.h"

/* The pixels of the image service: covers from the app, the map from the latest points. */
struct pictures;

enum status pictures_create(struct app *app, struct pictures **pictures, struct error *error);
/* Call it after workers_destroy. */
void pictures_destroy(struct pictures *pictures);
struct image_source pictures_source(struct pictures *pictures);
/* Copies the map, the contact sheet or the plot that fills `rect` if it has changed; called on the drawing thread.
 * Returns the version of its picture, which also changes when the last one lacks covers that had not been read in time.
 */
uint64_t pictures_set_map(struct pictures *pictures, const struct state *state, const struct image_rect *rect);

#endif
