#ifndef SLEEVE_MEDIA_AUDIO_DECODE_H
#define SLEEVE_MEDIA_AUDIO_DECODE_H

#include "media/audio.h"

/* Decoding in this process, for the decoder process and for tests. */

/* Requests to SANDBOX_AUDIO. numbers[0] is the kind; AUDIO_BEGIN comes with the file and numbers[1], the rate. Answers
 * are samples, with these numbers. */
enum { AUDIO_BEGIN, AUDIO_NEXT, AUDIO_END };
enum { AUDIO_ENDED, AUDIO_CHANNELS, AUDIO_RATE, AUDIO_DECLARED_MS, AUDIO_PACKETS, AUDIO_DAMAGED };

enum { AUDIO_RATE_MIN = 1000, AUDIO_RATE_MAX = 192000 };

struct audio_decoder;

/* `descriptor` and `name` stay the caller's. Rate: of the samples. */
enum status audio_decoder_open(int descriptor, const char *name, int rate, struct audio_decoder **decoder,
                               struct error *error);
/* Up to `capacity` samples; *count is 0 at the end of the file. */
enum status audio_decoder_next(struct audio_decoder *decoder, float *samples, size_t capacity, size_t *count,
                               struct error *error);
/* All but `decoded`. */
struct audio_info audio_decoder_info(const struct audio_decoder *decoder);
void audio_decoder_close(struct audio_decoder *decoder);

#endif
