#ifndef SLEEVE_APP_FITNESS_MUSIC_H
#define SLEEVE_APP_FITNESS_MUSIC_H

#include "db/catalogue.h"
#include "gpu/compute.h"

/* Rows of feature sets that a network of music made (features/music_network.h), for files of no track. */
struct fitness_music;

/* `sets` as in app/fitness_inputs.h. STATUS_BAD_DATA: a set was not made by such a network, or not as it is made by
 * default, or its weights are not there. */
enum status fitness_music_open(struct catalogue *catalogue, struct compute *compute, const char *sets,
                               struct fitness_music **music, struct error *error);
void fitness_music_close(struct fitness_music *music); /* NULL is ignored */
/* Writes the rows of the sets, side by side. Errors are those of audio_next. */
enum status fitness_music_row(struct fitness_music *music, const char *path, float *row, struct error *error);

#endif
