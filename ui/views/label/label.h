#ifndef SLEEVE_UI_VIEWS_LABEL_H
#define SLEEVE_UI_VIEWS_LABEL_H

#include "app/track_attributes.h"
#include "ui/commands.h"
#include "ui/layout.h"
#include "ui/list.h"
#include "ui/screen.h"
#include "ui/state.h"

/* The popup LABEL: tracks whose attribute the model is least sure of (drawn at random where nothing is predicted yet),
 * which a person labels with three keys (low, middle, high; no and yes). The labels are what `attributes train --labels
 * explorer` learns from. */

enum { LABEL_ATTRIBUTE_SIZE = 96, LABEL_TRACKS = 100, LABEL_NAMES_SIZE = 2048 };

struct label_state {
    char attribute[LABEL_ATTRIBUTE_SIZE]; /* "energy", "genre:metal" */
    char names[LABEL_NAMES_SIZE];         /* that `a` goes through (app_attribute_names) */
    struct attribute_unsure unsure;
    double *labels; /* [unsure.tracks.count] given here; NAN: none */
    size_t given;
    bool read;
    char failure[512]; /* why there are none; "" otherwise */
    struct list_position at;
};

static inline struct label_state *label_of(const struct state *state)
{
    return state->own[VIEW_LABEL];
}

/* The output of EFFECT_UNSURE; the effect's text is the attribute, "": the first. */
struct unsure_output {
    struct attribute_unsure unsure;
    struct buffer names;
    char attribute[LABEL_ATTRIBUTE_SIZE];
};
/* The input of EFFECT_LABEL; the effect's text is the attribute, its id the track. */
struct label_input {
    double value; /* NAN: the label is removed */
    size_t position;
};

/* The word of a value: "low", "yes". */
const char *label_word(const char *attribute, double value);
struct list_box label_box(const struct state *state, const struct layout *layout);
void label_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
