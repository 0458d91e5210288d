#ifndef SLEEVE_UI_VIEWS_MAP_STATE_H
#define SLEEVE_UI_VIEWS_MAP_STATE_H

#include "figure/scatter.h"
#include "ui/state.h"

/* The state of the map. */

enum { MAP_LABELS = 10, MAP_NEAREST_MAX = 6 };

/* A map: one fills the view, two are side by side with the same albums and the same selection. */
struct map_panel {
    char set[NAME_SIZE]; /* the embedding set */
    bool random_weights;
    float *points; /* [albums.count x 2] */
    double kl;
    struct map_measures map, space; /* of the points and of the vectors */
    struct scatter_view part;
    struct album_list nearest; /* of the selected album */
    float nearest_distances[MAP_NEAREST_MAX];
};

/* How the points are drawn. */
enum map_look { MAP_MARKS, MAP_COVERS, MAP_CHARACTERS, MAP_LOOKS };

enum map_phase { MAP_CLOSED, MAP_OPENING, MAP_MOVING, MAP_RESTING, MAP_FAILED };

struct map_state {
    struct name_list sets;  /* the embedding sets of the catalogue */
    enum map_look look;     /* as chosen where pictures have pixels; map_look is what is shown */
    bool covers_of_blocks;  /* chosen where pictures are made of characters; there the default is characters */
    char set[NAME_SIZE];    /* the one shown */
    char beside[NAME_SIZE]; /* the one shown beside it; "": none */
    int64_t wanted_album;   /* from the session: selected when the map opens */
    uint64_t version;       /* changes with the points and with the selection */

    enum map_phase phase;  /* the members below are reset by map_clear */
    bool paused, stepping; /* stepping: the next points were requested */
    double step_due;       /* when the next step may be requested */
    struct album_list albums;
    int *labels; /* [albums.count] */
    char *label_names[MAP_LABELS];
    int n_labels;
    struct map_panel panels[MAP_PANELS_MAX];
    int n_panels;
    int active; /* the panel in which the arrows move */
    int iteration, iterations;
    double started, seconds;
    int64_t selected;   /* -1: none */
    bool reveal;        /* the part that is shown must contain the selected point */
    int64_t nearest_of; /* the album that the panels' nearest ones belong to; 0: none */
    char failure[256];

    /* Coloured by an attribute: `labels` are groups of its values, and those of artists are kept here. */
    char colour[65]; /* "": by artists */
    int *artist_labels;
    char *artist_names[MAP_LABELS];
    int n_artist_labels;
};

/* The input of EFFECT_MAP_WRITE besides the file. */
struct map_write_input {
    bool covers; /* figures show covers, as the screen does */
    bool overwrite;
};

static inline struct map_state *map_of(const struct state *state)
{
    return state->own[VIEW_MAP];
}

#endif
