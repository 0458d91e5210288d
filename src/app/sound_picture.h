#ifndef SLEEVE_APP_SOUND_PICTURE_H
#define SLEEVE_APP_SOUND_PICTURE_H

#include <stdatomic.h>

#include "app/app.h"
#include "features/audio/spectrogram.h"
#include "figure/spectrogram_figure.h"

/* The spectrogram of a file as levels for a picture: power in dB, averaged over time so that it has few columns,
 * whatever the file's length. */

enum { SOUND_COLUMNS = 1600 /* at most; at least half of them where the file is long enough */ };

struct sound_picture {
    uint8_t *levels; /* [columns x bands] as in figure/spectrogram_figure.h */
    int columns, bands;
    double start, seconds; /* of the part that is shown */
    double low, high;      /* dB */
    struct audio_info info;
    struct spectrogram_tick ticks[SPECTROGRAM_TICKS_MAX];
    int n_ticks;
};

/* duration 0: to the end. Stops with STATUS_INTERRUPTED when `cancel` (may be NULL) becomes true. Errors are those of
 * audio_next. Free the picture with sound_picture_free; after a failure there is nothing to free. */
enum status sound_picture_of_file(const char *path, const struct spectrogram_settings *settings, double start,
                                  double duration, const atomic_bool *cancel, struct sound_picture *picture,
                                  struct error *error);
void sound_picture_free(struct sound_picture *picture);

/* The same of the file of a track. STATUS_FAILED: it has none. */
enum status app_sound_picture(struct app *app, int64_t track, const atomic_bool *cancel, struct sound_picture *picture,
                              struct error *error);

#endif
