#ifndef SLEEVE_UI_VIEWS_MAP_STATE_H
#define SLEEVE_UI_VIEWS_MAP_STATE_H

#include "figure/scatter.h"
#include "ui/state.h"

/* The state of the map. */

enum { MAP_LABELS = 10, MAP_NEAREST_MAX = 6 };

/* How the points are drawn. */
enum map_look { MAP_MARKS, MAP_COVERS, MAP_CHARACTERS, MAP_LOOKS };

enum map_phase { MAP_CLOSED, MAP_OPENING, MAP_MOVING, MAP_RESTING, MAP_FAILED };

struct map_state {
    struct name_list sets; /* the embedding sets of the catalogue */
    enum map_look look;    /* as chosen where pictures have pixels; map_look is what is shown */
    bool covers_of_blocks; /* chosen where pictures are made of characters; there the default is characters */
    char set[NAME_SIZE];   /* the one shown */
    int64_t wanted_album;  /* from the session: selected when the map opens */
    uint64_t version;      /* changes with the points and with the selection */

    enum map_phase phase;  /* the members below are reset by map_clear */
    bool paused, stepping; /* stepping: the next points were requested */
    double step_due;       /* when the next step may be requested */
    struct album_list albums;
    int *labels; /* [albums.count] */
    char *label_names[MAP_LABELS];
    int n_labels;
    float *points; /* [albums.count x 2] */
    int iteration, iterations;
    double kl, started, seconds;
    int64_t selected; /* -1: none */
    struct scatter_view part;
    bool reveal; /* the part that is shown must contain the selected point */
    struct album_list nearest;
    float nearest_distances[MAP_NEAREST_MAX];
    int64_t nearest_of; /* the album that they belong to; 0: none */
    char failure[256];
};

/* The input of EFFECT_MAP_WRITE besides the file. */
struct map_write_input {
    bool covers; /* figures show covers, as the screen does */
};

static inline struct map_state *map_of(const struct state *state)
{
    return state->own[VIEW_MAP];
}

#endif
