#ifndef SLEEVE_MEDIA_AUDIO_FRAMES_H
#define SLEEVE_MEDIA_AUDIO_FRAMES_H

#include "media/av_library.h"

/* One piece of memory for all frames that a codec decodes, one after another. FFmpeg's own pool is made again and
 * cleared whenever a frame is longer or shorter than the one before, as Vorbis' are. */
struct audio_frames {
    const struct av_library *av;
    AVBufferRef *memory;
};

/* `frames` must stay where it is while the codec lives; before it is opened. */
void audio_frames_use(struct audio_frames *frames, const struct av_library *av, AVCodecContext *codec);
/* After the codec. */
void audio_frames_free(struct audio_frames *frames);

#endif
