#ifndef SLEEVE_MEDIA_AUDIO_MIX_H
#define SLEEVE_MEDIA_AUDIO_MIX_H

#include <stdbool.h>

#include "media/av_library.h"

/* Writes the mean of the frame's channels from sample `first` on, as librosa's to_mono, to mono [nb_samples - first].
 * What is not a number, or far outside the scale, as in damaged files, becomes 0. False: a format that does not exist,
 * or too many channels. */
bool audio_mix(const AVFrame *frame, int first, float *mono);

#endif
