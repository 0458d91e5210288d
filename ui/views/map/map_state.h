#ifndef SLEEVE_UI_VIEWS_MAP_STATE_H
#define SLEEVE_UI_VIEWS_MAP_STATE_H

#include "ui/state.h"

/* The map's own part of the state. */

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

#endif
