#ifndef SLEEVE_UI_VIEWS_SOUND_H
#define SLEEVE_UI_VIEWS_SOUND_H

#include "app/sound_picture.h"
#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/view_ops.h"

/* Spectrogram: the sound of the selected track's file, time from left to right. */

struct sound_state {
    struct sound_picture picture; /* `levels` is NULL until the first result */
    char title[320];              /* of the track, and its artist, as of the request */
    char failure[1024];           /* why there is no spectrogram; "" otherwise */
    int64_t track;
    uint64_t version; /* of the picture */
};

static inline struct sound_state *sound_of(const struct state *state)
{
    return state->own[VIEW_SPECTROGRAM];
}

/* Where the picture is; labels are left of it and below. */
struct image_rect sound_rect(const struct state *state, const struct layout *layout);
void sound_draw(const struct state *state, const struct layout *layout, struct screen *screen);

#endif
