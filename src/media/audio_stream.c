/* Decoding in a process of its own. */
#include <math.h>
#include <stdlib.h>

#include "media/audio_decode.h"
#include "sandbox/sandbox.h"

struct audio_stream {
    struct sandbox_stream *sandbox;
    const char *name;
    int descriptor;
    struct audio_request request;
    int64_t skip, take; /* samples to leave out, and of those behind them to give */
    int64_t position;   /* samples that were decoded */
    int64_t delivered;  /* position up to which they were given to the caller */
    struct audio_info info;
    struct sandbox_answer answer; /* whose bytes the caller has */
    bool repeated;                /* a fresh decoder is decoding it again */
};

/* ------------------------------------------------------------------ requests */

/* Blocks are large, because each is a message to another process and back, which takes long on a busy machine; but not
 * longer than can be decoded within the limits of a request. */
static size_t block_bytes(const struct audio_stream *stream)
{
    enum { SECONDS = 30 };
    const size_t samples = (size_t)stream->request.rate * SECONDS;
    return (samples < AUDIO_BLOCK ? samples : AUDIO_BLOCK) * sizeof(float);
}

static enum status ask(struct audio_stream *stream, int64_t kind, bool *again, struct error *error)
{
    free(stream->answer.bytes);
    const struct sandbox_request request = {
        .operation = SANDBOX_AUDIO,
        .name = stream->name,
        .descriptor = kind == AUDIO_BEGIN ? stream->descriptor : 0,
        .answer_max = kind == AUDIO_NEXT ? block_bytes(stream) : 0,
        .numbers = {kind, stream->request.rate},
    };
    return sandbox_stream_ask(stream->sandbox, &request, &stream->answer, again, error);
}

static enum status begin(struct audio_stream *stream, bool fresh, bool *again, struct error *error)
{
    *again = false;
    stream->position = 0;
    const enum status status = sandbox_stream_open(SANDBOX_AUDIO, fresh, &stream->sandbox, error);
    return status == STATUS_OK ? ask(stream, AUDIO_BEGIN, again, error) : status;
}

/* A decoder that failed may have been damaged by an earlier file, or something killed it: a fresh one decodes the file
 * from its start, once. */
static enum status repeat(struct audio_stream *stream, struct error *error)
{
    bool again;
    stream->repeated = true;
    sandbox_stream_close(stream->sandbox);
    return begin(stream, true, &again, error);
}

static enum status take_info(struct audio_stream *stream, struct error *error)
{
    const int64_t *numbers = stream->answer.numbers;
    struct audio_info *info = &stream->info;
    const bool valid = numbers[AUDIO_CHANNELS] >= 0 && numbers[AUDIO_CHANNELS] <= 64 && numbers[AUDIO_RATE] >= 0 &&
                       numbers[AUDIO_RATE] <= 4 * AUDIO_RATE_MAX && numbers[AUDIO_PACKETS] >= 0 &&
                       numbers[AUDIO_DAMAGED] >= 0 && stream->answer.size % sizeof(float) == 0 &&
                       (stream->answer.size > 0 || numbers[AUDIO_ENDED]);
    if (!valid)
        return error_set(error, STATUS_BAD_DATA, "%s: the decoder gave no valid answer", stream->name);
    stream->position += (int64_t)(stream->answer.size / sizeof(float));
    info->ended = numbers[AUDIO_ENDED] != 0;
    info->channels = (int)numbers[AUDIO_CHANNELS];
    info->rate = (int)numbers[AUDIO_RATE];
    info->declared = numbers[AUDIO_DECLARED_MS] < 0 ? -1 : (double)numbers[AUDIO_DECLARED_MS] / 1000;
    info->packets = numbers[AUDIO_PACKETS];
    info->damaged = numbers[AUDIO_DAMAGED];
    info->decoded = (double)stream->position / stream->request.rate;
    return STATUS_OK;
}

/* Values that a decoder sends are not trusted, either. */
static void only_numbers(struct audio_stream *stream)
{
    float *samples = stream->answer.bytes;
    for (size_t i = 0; i < stream->answer.size / sizeof(float); i++)
        samples[i] = fabsf(samples[i]) <= 1000 ? samples[i] : 0;
}

static enum status next_block(struct audio_stream *stream, struct error *error)
{
    bool again;
    enum status status = ask(stream, AUDIO_NEXT, &again, error);
    if (status != STATUS_OK && again && !stream->repeated) {
        status = repeat(stream, error);
        if (status == STATUS_OK)
            status = ask(stream, AUDIO_NEXT, &again, error);
    }
    if (status == STATUS_OK)
        status = take_info(stream, error);
    if (status == STATUS_OK)
        only_numbers(stream);
    return status;
}

/* ------------------------------------------------------------------ what is refused */

static bool differ(double a, double b)
{
    return fabs(a - b) > 2 && fabs(a - b) > 0.05 * fmax(a, b);
}

bool audio_lies(const struct audio_info *info)
{
    return info->ended && info->declared >= 0 && differ(info->declared, info->decoded);
}

static enum status refuse(const struct audio_stream *stream, struct error *error)
{
    const struct audio_info *info = &stream->info;
    if (stream->position - stream->skip >= stream->take)
        return STATUS_OK; /* the samples wanted are there */
    const bool declared = stream->request.duration == 0 && info->declared > stream->request.longest;
    if (declared || info->decoded > stream->request.longest)
        return error_set(error, STATUS_BAD_DATA, "%s: it is longer than %.0f minutes%s, which is not a track",
                         stream->name, stream->request.longest / 60, declared ? " by its header" : "");
    if (!info->ended)
        return STATUS_OK;
    if (stream->position == 0)
        return error_set(error, STATUS_BAD_DATA, "%s: it holds no sound that can be decoded", stream->name);
    if (2 * info->damaged > info->packets)
        return error_set(error, STATUS_BAD_DATA, "%s: damaged: %lld of %lld packets cannot be decoded", stream->name,
                         (long long)info->damaged, (long long)info->packets);
    if (audio_lies(info) && info->decoded < info->declared)
        return error_set(error, STATUS_BAD_DATA, "%s: it is cut: it holds %.1f s of the %.1f s that it declares",
                         stream->name, info->decoded, info->declared);
    if (stream->position <= stream->skip)
        return error_set(error, STATUS_BAD_DATA, "%s: it ends after %.1f s, before the wanted part", stream->name,
                         info->decoded);
    return STATUS_OK;
}

/* ------------------------------------------------------------------ interface */

static enum status check(const struct audio_request *request, struct error *error)
{
    const bool valid = request->rate >= AUDIO_RATE_MIN && request->rate <= AUDIO_RATE_MAX && request->start >= 0 &&
                       request->start <= 1e6 && request->duration >= 0 && request->duration <= 1e6 &&
                       request->longest >= 0;
    return valid ? STATUS_OK
                 : error_set(error, STATUS_USAGE, "no such part of a file: %d Hz, from %g s, %g s", request->rate,
                             request->start, request->duration);
}

enum status audio_open(int descriptor, const char *name, const struct audio_request *request,
                       struct audio_stream **opened, struct error *error)
{
    *opened = NULL;
    if (check(request, error) != STATUS_OK)
        return STATUS_USAGE;
    struct audio_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return error_no_memory(error);
    *stream = (struct audio_stream){.name = name, .descriptor = descriptor, .request = *request};
    stream->info.declared = -1;
    if (request->longest == 0)
        stream->request.longest = AUDIO_LONGEST;
    stream->skip = llround(request->start * request->rate);
    stream->take = request->duration > 0 ? llround(request->duration * request->rate) : INT64_MAX - stream->skip;
    bool again;
    enum status status = begin(stream, false, &again, error);
    if (status != STATUS_OK && again)
        status = repeat(stream, error);
    if (status != STATUS_OK) {
        audio_close(stream);
        return status;
    }
    *opened = stream;
    return STATUS_OK;
}

/* The wanted samples of the block from `first` on that were not returned yet. */
static void give(struct audio_stream *stream, int64_t first, const float **samples, size_t *count)
{
    const int64_t from = stream->skip + stream->delivered;
    const int64_t end = stream->skip + stream->take;
    const int64_t to = stream->position < end ? stream->position : end;
    if (from >= to)
        return;
    *samples = (const float *)stream->answer.bytes + (from - first);
    *count = (size_t)(to - from);
    stream->delivered += to - from;
}

enum status audio_next(struct audio_stream *stream, const float **samples, size_t *count, struct error *error)
{
    *samples = NULL;
    *count = 0;
    while (*count == 0 && stream->delivered < stream->take && !stream->info.ended) {
        enum status status = next_block(stream, error);
        if (status == STATUS_OK)
            status = refuse(stream, error);
        if (status != STATUS_OK)
            return status;
        give(stream, stream->position - (int64_t)(stream->answer.size / sizeof(float)), samples, count);
    }
    return STATUS_OK;
}

const struct audio_info *audio_stream_info(const struct audio_stream *stream)
{
    return &stream->info;
}

void audio_close(struct audio_stream *stream)
{
    bool again;
    if (!stream)
        return;
    if (stream->sandbox)
        ask(stream, AUDIO_END, &again, NULL);
    sandbox_stream_close(stream->sandbox);
    free(stream->answer.bytes);
    free(stream);
}
