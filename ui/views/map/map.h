#ifndef SLEEVE_UI_VIEWS_MAP_H
#define SLEEVE_UI_VIEWS_MAP_H

#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/state.h"

/* Map: the covers of the ten most frequent artists, laid out by t-SNE, with a legend and the selected album. */

enum { MAP_LABELS = 10, MAP_NEAREST_MAX = 6 };

enum map_phase { MAP_CLOSED, MAP_OPENING, MAP_MOVING, MAP_RESTING, MAP_FAILED };

struct map_state {
    struct name_list sets; /* the embedding sets there are */
    bool marks;            /* the person wants the map drawn with characters */
    char set[NAME_SIZE];   /* the one shown */
    int64_t wanted_album;  /* of the session: selected when the map opens */
    uint64_t version;      /* changes with the points and with the selection */

    enum map_phase phase;  /* what follows is map_clear's to reset */
    bool paused, stepping; /* stepping: the next points were asked for */
    double step_due;       /* when they may be asked for */
    struct album_list albums;
    int *labels; /* [albums.count] */
    char *label_names[MAP_LABELS];
    int n_labels;
    float *points; /* [albums.count x 2] */
    int iteration, iterations;
    double kl, started, seconds;
    int64_t selected; /* -1: none */
    struct album_list nearest;
    float nearest_distances[MAP_NEAREST_MAX];
    int64_t nearest_of; /* album they are about; 0: none */
    char failure[256];
};

static inline struct map_state *map_of(const struct state *state)
{
    return state->own[VIEW_MAP];
}

struct map_layout {
    int map_top, map_rows, map_columns;
    int legend_column, legend_columns, legend_top;
    int cover_top, cover_rows;
    int nearest_column, nearest_top, nearest_rows; /* beneath the cover, or beside it where rows are few */
};
struct map_layout map_layout(const struct state *state, const struct layout *layout);

/* Opens the map of the embedding set, when it is closed and there is a set. */
void map_open(struct state *state, struct effect_list *effects);
/* Forgets the map, but not which set and album it shows. */
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
