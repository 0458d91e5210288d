#ifndef SLEEVE_DB_TRACK_AUDIO_H
#define SLEEVE_DB_TRACK_AUDIO_H

#include "db/catalogue.h"

/* Names of the AUDIO_FEATURES columns, as imports and feature sets call them. */
extern const char *const track_audio_names[AUDIO_FEATURES];

/* The audio features of the tracks first, first + 1, ... into values [count x AUDIO_FEATURES], NAN where unknown;
 * known [count] says whether anything is known of a track. */
enum status catalogue_track_audio(struct catalogue *catalogue, int64_t first, size_t count, float *values, bool *known,
                                  struct error *error);

#endif
