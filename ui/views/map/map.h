#ifndef SLEEVE_UI_VIEWS_MAP_H
#define SLEEVE_UI_VIEWS_MAP_H

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/views/map/map_points.h"
#include "ui/views/map/map_state.h"

/* Map: the covers of the ten most frequent artists, laid out by t-SNE, with a legend and the selected album. */

struct map_layout {
    int map_top, map_rows;
    int n_maps;
    int map_column[MAP_PANELS_MAX], map_columns[MAP_PANELS_MAX];
    int names_row, measures_row;                 /* above and below the maps; names_row -1: none */
    int panel_column, panel_columns, legend_top; /* the panel at the right of one map */
    int cover_top, cover_rows;
    int text_top, text_rows, text_column, text_columns; /* title, artist, year: below the cover, or beside it */
    int nearest_heading;                                /* the row of "Nearest covers"; -1: none */
    int nearest_top, nearest_count, nearest_rows, nearest_pitch; /* rows of an entry, and from one to the next */
    /* Below two maps: the legend in rows of five, and a strip with the selected album and the nearest in each map. */
    int strip_top, strip_rows;
    int block_column[MAP_PANELS_MAX], block_columns, thumbnail_rows;
    bool distances; /* below the thumbnails */
};
enum { MAP_LEGEND_ROWS = 2, MAP_LEGEND_COLUMNS = 5 };
struct map_layout map_layout(const struct state *state, const struct layout *layout);

/* Opens the map of the embedding set, unless it is open or there is no set. */
void map_open(struct state *state, struct effect_list *effects);
/* Forgets the map, but not which set and album were shown. */
void map_clear(struct map_state *map);
void map_select(struct state *state, struct effect_list *effects, int64_t point);
const struct album *map_selected_album(const struct state *state); /* NULL when there is none */

/* How the points are drawn now: as chosen, if the terminal can; covers only while the points rest. */
enum map_look map_look(const struct state *state);
/* The name of a look in commands and sessions: "covers". */
const char *map_look_name(enum map_look look);
/* The look of this name; MAP_LOOKS: none has it. */
enum map_look map_look_find(const char *name);

void map_draw(const struct state *state, const struct layout *layout, struct screen *screen);
/* What is beside one map, or below two. */
void map_panel_draw(const struct state *state, const struct map_layout *mine, struct screen *screen);
void map_strip_draw(const struct state *state, const struct map_layout *mine, struct screen *screen);
/* "▲ " in the label's colour; 1 column. */
void map_mark_draw(const struct state *state, struct screen *screen, int row, int column, int label);
/* Title, artist, and year with the number of tracks. */
void map_album_draw(const struct map_layout *mine, const struct album *album, struct screen *screen);
struct map_size map_size_of(const struct map_layout *mine, int panel);
/* The map at this column of the screen: where there are two, the nearer one. */
int map_panel_at(const struct map_layout *mine, int column);

/* map_commands.c */
COMMAND(command_map);
COMMAND(command_map_run);
COMMAND(command_map_stop);
COMMAND(command_map_toggle);
COMMAND(command_map_move);
COMMAND(command_map_set);
COMMAND(command_map_beside);
COMMAND(command_map_panel);
COMMAND(command_map_artist);
COMMAND(command_map_add);
COMMAND(command_map_write);
COMMAND(command_map_write_over);
COMMAND(command_map_look);
COMMAND(command_map_zoom);
COMMAND(command_map_pan);
/* map_colour.c */
COMMAND(command_map_colour);
void map_colour_forget(struct map_state *map);

#endif
