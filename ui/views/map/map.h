#ifndef SLEEVE_UI_VIEWS_MAP_H
#define SLEEVE_UI_VIEWS_MAP_H

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/views/map/map_state.h"

/* Map: the covers of the ten most frequent artists, laid out by t-SNE, with a legend and the selected album. */

struct map_layout {
    int map_top, map_rows, map_columns;
    int legend_column, legend_columns, legend_top;
    int cover_top, cover_rows;
    int nearest_column, nearest_top, nearest_rows; /* below the cover, or beside it where rows are few */
};
struct map_layout map_layout(const struct state *state, const struct layout *layout);

/* Opens the map of the embedding set, unless it is open or there is no set. */
void map_open(struct state *state, struct effect_list *effects);
/* Forgets the map, but not which set and album were shown. */
void map_clear(struct map_state *map);
void map_select(struct state *state, struct effect_list *effects, int64_t point);
const struct album *map_selected_album(const struct state *state); /* NULL when there is none */

void map_draw(const struct state *state, const struct layout *layout, struct screen *screen);

/* map_commands.c */
COMMAND(command_map);
COMMAND(command_map_run);
COMMAND(command_map_stop);
COMMAND(command_map_toggle);
COMMAND(command_map_move);
COMMAND(command_map_set);
COMMAND(command_map_artist);
COMMAND(command_map_add);
COMMAND(command_map_write);
COMMAND(command_map_marks);

#endif
