/* Sound of the fake app: spectrograms of a tone that rises and falls, and what models hear where fake_with_sound says
 * that there are models; the track 13 has no file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/sound_picture.h"
#include "app/track_sound.h"
#include "fake_app_internal.h"

void sound_picture_free(struct sound_picture *picture)
{
    free(picture->levels);
    *picture = (struct sound_picture){0};
}

enum status app_sound_picture(struct app *app, int64_t track, const atomic_bool *cancel, struct sound_picture *picture,
                              struct error *error)
{
    enum { COLUMNS = 300, BANDS = 32 };
    (void)app, (void)cancel;
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

void fake_with_sound(struct app *app)
{
    app->fitness_models = app->sound_files = true;
}

void fake_with_files(struct app *app)
{
    app->sound_files = true;
}

/* The list depends on the track, and names on the model. */
enum status app_track_fitness(struct app *app, const char *model, int64_t track, const atomic_bool *cancel,
                              struct track_fitness *fitness, struct error *error)
{
    static const char *const names[] = {"Rain on the roof",
                                        "Night drive",
                                        "Slow mornings",
                                        "雨の日",
                                        "A name that is too long for the pane of the selected track",
                                        "Focus"};
    enum { NAMES = sizeof names / sizeof names[0] };
    (void)cancel;
    *fitness = (struct track_fitness){.has_file = app->sound_files && track != 13};
    if (app->fitness_models)
        snprintf(fitness->model, sizeof fitness->model, "%s", model[0] ? model : "fitness");
    if (strcmp(model, "broken") == 0)
        return error_set(error, STATUS_BAD_DATA, "the model broken is damaged; train it again");
    fitness->n = app->fitness_models && fitness->has_file ? NAMES : 0;
    for (int i = 0; i < fitness->n; i++) {
        snprintf(fitness->items[i].name, TRACK_FITNESS_NAME, "%s", names[(track + i) % NAMES]);
        fitness->items[i].fitness = 0.93 - 0.17 * i;
    }
    return STATUS_OK;
}

/* Every third track is silent, so that its consistency is undefined. */
enum status app_track_curve(struct app *app, int64_t track, const atomic_bool *cancel, struct attribute_curve *curve,
                            struct error *error)
{
    enum { SEGMENTS = 19 };
    const bool silent = track % 3 == 0;
    (void)cancel;
    *curve = (struct attribute_curve){0};
    if (!app->fitness_models || track == 13)
        return STATUS_OK;
    curve->values = malloc(SEGMENTS * sizeof *curve->values);
    if (!curve->values)
        return error_no_memory(error);
    curve->n = SEGMENTS;
    for (int i = 0; i < SEGMENTS; i++)
        curve->values[i] = silent ? 0 : 0.5f + 0.45f * sinf((float)i / 3);
    curve->peak = silent ? 0 : 0.91;
    curve->consistent = !silent;
    curve->consistency = 0.87;
    return STATUS_OK;
}
