#ifndef SLEEVE_UI_VIEWS_SOUND_PICTURE_SHOWN_H
#define SLEEVE_UI_VIEWS_SOUND_PICTURE_SHOWN_H

#include "draw/image.h"
#include "ui/views/sound/sound.h"

/* The spectrogram, drawn on a worker from a copy of what the state shows. */

struct sound_shown {
    uint8_t *levels; /* [columns x bands]; NULL: nothing was copied */
    int columns, bands;
    int width, height; /* pixels of the terminal that the picture fills */
    uint64_t version;  /* of the state that was copied */
};

bool sound_shown_is(const struct sound_shown *shown, const struct state *state, const struct image_rect *rect);
/* False where the state has no spectrogram, or memory ran out. */
bool sound_shown_take(const struct state *state, const struct image_rect *rect, struct sound_shown *shown);
bool sound_shown_copy(const struct sound_shown *from, struct sound_shown *shown);
void sound_shown_free(struct sound_shown *shown);

#endif
