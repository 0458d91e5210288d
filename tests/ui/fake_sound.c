/* Spectrograms of the fake app: a tone that rises and falls; the track 13 has no file. */
#include <math.h>
#include <stdlib.h>

#include "app/sound_picture.h"
#include "fake_app_internal.h"

void sound_picture_free(struct sound_picture *picture)
{
    free(picture->levels);
    *picture = (struct sound_picture){0};
}

enum status app_sound_picture(struct app *app, int64_t track, struct sound_picture *picture, struct error *error)
{
    enum { COLUMNS = 300, BANDS = 32 };
    (void)app;
    *picture = (struct sound_picture){0};
    if (track == 13)
        return error_set(error, STATUS_FAILED, "this track has no file");
    picture->levels = malloc((size_t)COLUMNS * BANDS);
    if (!picture->levels)
        return error_no_memory(error);
    picture->columns = COLUMNS;
    picture->bands = BANDS;
    picture->seconds = 187;
    picture->low = -40;
    picture->high = 40;
    picture->info = (struct audio_info){.channels = 2, .rate = 44100};
    for (int x = 0; x < COLUMNS; x++)
        for (int y = 0; y < BANDS; y++)
            picture->levels[x * BANDS + y] = abs(y - (x < COLUMNS / 2 ? x : COLUMNS - x) * BANDS / 200) < 3 ? 255 : 16;
    picture->ticks[picture->n_ticks++] = (struct spectrogram_tick){.at = 0.1, .text = "250"};
    picture->ticks[picture->n_ticks++] = (struct spectrogram_tick){.at = 0.35, .text = "1000"};
    picture->ticks[picture->n_ticks++] = (struct spectrogram_tick){.at = 0.75, .text = "5000"};
    return STATUS_OK;
}
