#ifndef SLEEVE_UI_PICTURES_H
#define SLEEVE_UI_PICTURES_H

#include "ui/image_service.h"
#include "ui/views/map/map.h"

/* Where the image service gets its pixels: covers from the app, the map from the latest points. */
struct pictures;

enum status pictures_create(struct app *app, struct pictures **pictures, struct error *error);
/* After the workers are gone. */
void pictures_destroy(struct pictures *pictures);
struct image_source pictures_source(struct pictures *pictures);
/* Takes a copy of the points when the map's version is new; called on the thread that draws. */
void pictures_set_map(struct pictures *pictures, const struct map_state *map, uint32_t background);

#endif
