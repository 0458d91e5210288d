#include "ui/views/sound/sound_picture_shown.h"

#include <stdlib.h>
#include <string.h>

bool sound_shown_is(const struct sound_shown *shown, const struct state *state, const struct image_rect *rect)
{
    return shown->levels && shown->version == sound_of(state)->version &&
           shown->width == rect->columns * state->cell_width && shown->height == rect->rows * state->cell_height;
}

bool sound_shown_copy(const struct sound_shown *from, struct sound_shown *shown)
{
    const size_t size = (size_t)from->columns * (size_t)from->bands;
    *shown = *from;
    shown->levels = malloc(size + 1);
    if (shown->levels)
        memcpy(shown->levels, from->levels, size);
    return shown->levels != NULL;
}

bool sound_shown_take(const struct state *state, const struct image_rect *rect, struct sound_shown *shown)
{
    const struct sound_state *mine = sound_of(state);
    const struct sound_shown from = {.levels = mine->picture.levels,
                                     .columns = mine->picture.columns,
                                     .bands = mine->picture.bands,
                                     .width = rect->columns * state->cell_width,
                                     .height = rect->rows * state->cell_height,
                                     .version = mine->version};
    return from.levels && sound_shown_copy(&from, shown);
}

void sound_shown_free(struct sound_shown *shown)
{
    free(shown->levels);
    *shown = (struct sound_shown){0};
}
