#ifndef SLEEVE_MEDIA_AUDIO_H
#define SLEEVE_MEDIA_AUDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* The sound of a music file as mono float32 at any rate, block by block, so that a long file never is in memory whole.
 * The mean of all channels is resampled (libswresample, with the resampler of libsoxr where FFmpeg has it: librosa's).
 * Decoding is done in a process of its own (src/sandbox/); the formats are those of media.h. */

enum { AUDIO_BLOCK = 1 << 19 /* samples of a block, at most */ };

static const double AUDIO_LONGEST = 2 * 3600; /* seconds */

struct audio_request {
    int rate;        /* of the samples, in Hz: 1,000 to 192,000 */
    double start;    /* seconds to leave out, exactly */
    double duration; /* seconds to decode at most; 0: all */
    double longest;  /* a file with more than so many seconds is refused, at once if its header declares more and all of
                        it is requested; 0: AUDIO_LONGEST */
};

/* What is known about the file so far. */
struct audio_info {
    int channels, rate; /* of the file; 0 before the first block */
    double declared;    /* seconds, by its header; -1: not declared, or only estimated */
    double decoded;     /* seconds so far, with those that were left out */
    int64_t packets, damaged;
    bool ended; /* the file's end was reached */
};

struct audio_stream;

/* `descriptor`, the open file, and `name`, with which messages begin, stay the caller's. A thread has one stream at a
 * time. */
enum status audio_open(int descriptor, const char *name, const struct audio_request *request,
                       struct audio_stream **stream, struct error *error);
/* The next 1..AUDIO_BLOCK samples, valid until the next call; *count is 0 at the end. STATUS_BAD_DATA, with the reason:
 * not music, no audio, protected, damaged, cut (more than 5 % and 2 seconds shorter than it declares), longer than
 * `longest`, or it ends before `start`. */
enum status audio_next(struct audio_stream *stream, const float **samples, size_t *count, struct error *error);
const struct audio_info *audio_stream_info(const struct audio_stream *stream);
/* May be NULL. */
void audio_close(struct audio_stream *stream);

/* Whether the file has another duration than it declares, by more than 5 % and 2 seconds. */
bool audio_lies(const struct audio_info *info);

#endif
