#ifndef SLEEVE_MEDIA_MEDIA_INPUT_H
#define SLEEVE_MEDIA_MEDIA_INPUT_H

#include "media/av_library.h"
#include "media/media_format.h"

/* An open music file as libavformat reads it: by the demuxer that its first bytes ask for, without other files, and
 * with limits. */
struct media_input {
    const struct av_library *av;
    int descriptor;
    const char *name; /* for messages */
    int64_t size, position;
    int64_t left;        /* bytes that may still be read */
    double deadline;     /* clock_seconds() */
    const char *stopped; /* why reading was stopped; NULL: it was not */
    uint32_t id3;        /* size of the ID3v2 tag */
    uint8_t head[MEDIA_HEAD];
    size_t head_size; /* bytes behind the tag */
    AVIOContext *io;
    AVFormatContext *context;
};

/* `descriptor` stays the caller's. `input` must stay where it is until media_input_close, which is needed also after a
 * failure. STATUS_BAD_DATA when it is not music. */
enum status media_input_open(struct media_input *input, int descriptor, const char *name, int64_t read_max,
                             double seconds, struct error *error);
void media_input_close(struct media_input *input);

/* "NAME: REASON" */
enum status media_input_refuse(const struct media_input *input, const char *reason, struct error *error);
/* The error of a negative result of libavformat or libavcodec, or why reading was stopped. */
enum status media_input_explain(const struct media_input *input, int code, struct error *error);

/* The stream with the music; NULL and the error: there is none, or this is a video. */
const AVStream *media_input_audio(const struct media_input *input, struct error *error);

#endif
