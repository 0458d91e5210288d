#include "media/audio_frames.h"

#include <stdbool.h>

/* A frame that the codec or the caller still holds keeps its memory. */
static bool reserve(struct audio_frames *frames, size_t size)
{
    const struct av_library *av = frames->av;
    if (frames->memory && frames->memory->size >= size && av->av_buffer_is_writable(frames->memory))
        return true;
    av->av_buffer_unref(&frames->memory);
    frames->memory = av->av_buffer_allocz(size);
    return frames->memory != NULL;
}

static int get(AVCodecContext *codec, AVFrame *frame, int flags)
{
    struct audio_frames *frames = codec->opaque;
    const struct av_library *av = frames->av;
    const int channels = frame->ch_layout.nb_channels;
    if (channels > AV_NUM_DATA_POINTERS || !(codec->codec->capabilities & AV_CODEC_CAP_DR1))
        return av->avcodec_default_get_buffer2(codec, frame, flags);
    const int size = av->av_samples_get_buffer_size(NULL, channels, frame->nb_samples, frame->format, 0);
    if (size < 0)
        return size;
    if (!reserve(frames, (size_t)size + AV_INPUT_BUFFER_PADDING_SIZE))
        return AVERROR(ENOMEM);
    frame->buf[0] = av->av_buffer_ref(frames->memory);
    frame->extended_data = frame->data;
    return frame->buf[0] ? av->av_samples_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, channels,
                                                      frame->nb_samples, frame->format, 0)
                         : AVERROR(ENOMEM);
}

void audio_frames_use(struct audio_frames *frames, const struct av_library *av, AVCodecContext *codec)
{
    *frames = (struct audio_frames){.av = av};
    codec->opaque = frames;
    codec->get_buffer2 = get;
}

void audio_frames_free(struct audio_frames *frames)
{
    if (frames->memory)
        frames->av->av_buffer_unref(&frames->memory);
}
