#include "media/audio_decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "media/audio_frames.h"
#include "media/audio_mix.h"
#include "media/media_input.h"

enum {
    FRAME_MAX = 1 << 20, /* samples of a decoded frame and channel */
    TOGETHER = 1 << 13,  /* samples that are resampled at once, at least: frames are as short as 64 */
};

static const double call_seconds = 50; /* of one call: less than the main process waits */

struct audio_decoder {
    struct media_input input;
    const AVStream *stream;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    SwrContext *resampler;
    int rate, source_rate, channels;
    struct audio_frames frames;
    float *mono; /* [mono_size]; the first mono_count are not resampled yet */
    size_t mono_size, mono_count;
    float *ready; /* [ready_size] resampled; ready_at..ready_end are still to be returned */
    size_t ready_size, ready_at, ready_end;
    double declared;
    int64_t packets, damaged;
    bool at_end;  /* of the file: the decoder gives what it has left */
    bool drained; /* the resampler, too */
};

/* ------------------------------------------------------------------ decoders */

/* FFmpeg's own decoders of the formats of media.h; those that wrap other libraries are not used. */
static const struct {
    enum AVCodecID id;
    const char *name;
} codecs[] = {
    {AV_CODEC_ID_MP1, "mp1float"},
    {AV_CODEC_ID_MP2, "mp2float"},
    {AV_CODEC_ID_MP3, "mp3float"},
    {AV_CODEC_ID_AAC, "aac"},
    {AV_CODEC_ID_ALAC, "alac"},
    {AV_CODEC_ID_FLAC, "flac"},
    {AV_CODEC_ID_VORBIS, "vorbis"},
    {AV_CODEC_ID_OPUS, "opus"},
    {AV_CODEC_ID_SPEEX, "speex"},
    {AV_CODEC_ID_WMAV1, "wmav1"},
    {AV_CODEC_ID_WMAV2, "wmav2"},
    {AV_CODEC_ID_WMAPRO, "wmapro"},
    {AV_CODEC_ID_WMALOSSLESS, "wmalossless"},
    {AV_CODEC_ID_APE, "ape"},
    {AV_CODEC_ID_WAVPACK, "wavpack"},
    {AV_CODEC_ID_PCM_U8, "pcm_u8"},
    {AV_CODEC_ID_PCM_S8, "pcm_s8"},
    {AV_CODEC_ID_PCM_S16LE, "pcm_s16le"},
    {AV_CODEC_ID_PCM_S16BE, "pcm_s16be"},
    {AV_CODEC_ID_PCM_S24LE, "pcm_s24le"},
    {AV_CODEC_ID_PCM_S24BE, "pcm_s24be"},
    {AV_CODEC_ID_PCM_S32LE, "pcm_s32le"},
    {AV_CODEC_ID_PCM_S32BE, "pcm_s32be"},
    {AV_CODEC_ID_PCM_F32LE, "pcm_f32le"},
    {AV_CODEC_ID_PCM_F32BE, "pcm_f32be"},
    {AV_CODEC_ID_PCM_F64LE, "pcm_f64le"},
    {AV_CODEC_ID_PCM_F64BE, "pcm_f64be"},
    {AV_CODEC_ID_PCM_ALAW, "pcm_alaw"},
    {AV_CODEC_ID_PCM_MULAW, "pcm_mulaw"},
    {AV_CODEC_ID_ADPCM_MS, "adpcm_ms"},
    {AV_CODEC_ID_ADPCM_IMA_WAV, "adpcm_ima_wav"},
};

/* The kinds of MP4's encrypted sound, which libavformat gives the codec of the sound behind it. */
static bool is_protected(const AVStream *stream)
{
    static const uint32_t tags[] = {MKTAG('d', 'r', 'm', 's'), MKTAG('e', 'n', 'c', 'a'), MKTAG('a', 'a', 'v', 'd')};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (stream->codecpar->codec_tag == tags[i])
            return true;
    return false;
}

static const AVCodec *codec_of(const struct audio_decoder *decoder)
{
    if (is_protected(decoder->stream))
        return NULL;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (codecs[i].id == decoder->stream->codecpar->codec_id)
            return decoder->input.av->avcodec_find_decoder_by_name(codecs[i].name);
    return NULL;
}

static enum status open_codec(struct audio_decoder *decoder, struct error *error)
{
    const struct av_library *av = decoder->input.av;
    const AVCodec *codec = codec_of(decoder);
    if (!codec)
        return media_input_refuse(&decoder->input,
                                  "its audio is protected, or of a kind that is not read; convert it first", error);
    decoder->codec = av->avcodec_alloc_context3(codec);
    decoder->packet = av->av_packet_alloc();
    decoder->frame = av->av_frame_alloc();
    if (!decoder->codec || !decoder->packet || !decoder->frame)
        return error_no_memory(error);
    int code = av->avcodec_parameters_to_context(decoder->codec, decoder->stream->codecpar);
    decoder->codec->thread_count = 1;
    decoder->codec->pkt_timebase = decoder->stream->time_base;
    decoder->codec->max_samples = FRAME_MAX;
    audio_frames_use(&decoder->frames, av, decoder->codec);
    if (code >= 0)
        code = av->avcodec_open2(decoder->codec, codec, NULL);
    return code < 0 ? media_input_explain(&decoder->input, code, error) : STATUS_OK;
}

/* libavformat ignores the size in the header of a WAV file that is cut. Sizes of 0 or 4 GB are of files that were
 * written without knowing it. */
static double declared_by_riff(const struct media_input *input, const AVStream *stream)
{
    enum { HEADER = 44, UNKNOWN = 64 };
    uint32_t size = 0;
    if (input->head_size < HEADER || memcmp(input->head, "RIFF", 4) != 0 || stream->codecpar->bit_rate <= 0)
        return -1;
    for (int i = 0; i < 4; i++)
        size |= (uint32_t)input->head[4 + i] << 8 * i;
    if (size < HEADER || size > UINT32_MAX - UNKNOWN || (int64_t)size <= input->size)
        return -1;
    return (double)size * 8 / (double)stream->codecpar->bit_rate;
}

/* As the header says. libavformat estimates durations only when it is asked to look at the streams, which is not done.
 */
static double declared_seconds(const struct media_input *input, const AVStream *stream)
{
    return stream->duration > 0 && stream->time_base.den > 0
               ? (double)stream->duration * stream->time_base.num / stream->time_base.den
               : declared_by_riff(input, stream);
}

enum status audio_decoder_open(int descriptor, const char *name, int rate, struct audio_decoder **opened,
                               struct error *error)
{
    struct audio_decoder *decoder = calloc(1, sizeof *decoder);
    *opened = NULL;
    if (!decoder)
        return error_no_memory(error);
    decoder->rate = rate;
    enum status status = media_input_open(&decoder->input, descriptor, name, INT64_MAX, call_seconds, error);
    if (status == STATUS_OK) {
        decoder->stream = media_input_audio(&decoder->input, error);
        status = decoder->stream ? open_codec(decoder, error) : STATUS_BAD_DATA;
    }
    if (status != STATUS_OK) {
        audio_decoder_close(decoder);
        return status;
    }
    decoder->declared = declared_seconds(&decoder->input, decoder->stream);
    *opened = decoder;
    return STATUS_OK;
}

void audio_decoder_close(struct audio_decoder *decoder)
{
    if (!decoder)
        return;
    const struct av_library *av = decoder->input.av;
    if (decoder->resampler)
        av->swr_free(&decoder->resampler);
    if (decoder->frame)
        av->av_frame_free(&decoder->frame);
    if (decoder->packet)
        av->av_packet_free(&decoder->packet);
    if (decoder->codec)
        av->avcodec_free_context(&decoder->codec);
    audio_frames_free(&decoder->frames);
    media_input_close(&decoder->input);
    free(decoder->mono);
    free(decoder->ready);
    free(decoder);
}

/* ------------------------------------------------------------------ the resampler */

static int create_resampler(struct audio_decoder *decoder, bool soxr)
{
    enum { SOXR_HIGH_QUALITY = 20 /* bits: librosa's "soxr_hq" */ };
    const struct av_library *av = decoder->input.av;
    const enum AVSampleFormat planar = AV_SAMPLE_FMT_FLTP; /* libswresample's own: it is not converted */
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    if (decoder->resampler)
        av->swr_free(&decoder->resampler);
    int code = av->swr_alloc_set_opts2(&decoder->resampler, &mono, planar, decoder->rate, &mono, planar,
                                       decoder->source_rate, 0, NULL);
    if (code >= 0 && soxr) {
        av->av_opt_set_int(decoder->resampler, "resampler", SWR_ENGINE_SOXR, 0);
        av->av_opt_set_int(decoder->resampler, "precision", SOXR_HIGH_QUALITY, 0);
    }
    return code >= 0 ? av->swr_init(decoder->resampler) : code;
}

static enum status start_resampler(struct audio_decoder *decoder, int rate, struct error *error)
{
    if (rate < 1 || rate > 4 * AUDIO_RATE_MAX)
        return media_input_refuse(&decoder->input, "it has an impossible sample rate", error);
    decoder->source_rate = rate;
    if (create_resampler(decoder, rate != decoder->rate) >= 0)
        return STATUS_OK;
    const int code = create_resampler(decoder, false); /* an FFmpeg without libsoxr */
    return code < 0 ? media_input_explain(&decoder->input, code, error) : STATUS_OK;
}

/* ------------------------------------------------------------------ decoding */

/* The next frame into decoder->frame; *got is false at the end. Packets that cannot be decoded are counted. */
static enum status next_frame(struct audio_decoder *decoder, bool *got, struct error *error)
{
    const struct av_library *av = decoder->input.av;
    for (;;) {
        int code = av->avcodec_receive_frame(decoder->codec, decoder->frame);
        *got = code >= 0;
        if (*got || code == AVERROR_EOF)
            return STATUS_OK;
        if (code == AVERROR(ENOMEM))
            return media_input_explain(&decoder->input, code, error);
        if (decoder->at_end) /* it neither gives a frame nor ends */
            return STATUS_OK;
        decoder->damaged += code != AVERROR(EAGAIN);
        code = av->av_read_frame(decoder->input.context, decoder->packet);
        if (code < 0) {
            if (decoder->input.stopped || (code != AVERROR_EOF && decoder->packets == 0))
                return media_input_explain(&decoder->input, code, error);
            decoder->at_end = true;
            av->avcodec_send_packet(decoder->codec, NULL);
            continue;
        }
        if (decoder->packet->stream_index == decoder->stream->index) {
            decoder->packets++;
            decoder->damaged += av->avcodec_send_packet(decoder->codec, decoder->packet) < 0;
        }
        av->av_packet_unref(decoder->packet);
    }
}

/* Resamples n samples, or with NULL what is left at the end, into `ready`. All that can come fits:
 * the resampler would keep input that does not, and libsoxr crashes where it is given some after the end (FFmpeg 5.1).
 */
static int resample(struct audio_decoder *decoder, const float *mono, int n)
{
    enum { SPARE = 4096 };
    const size_t room = (size_t)((double)n * decoder->rate / decoder->source_rate) + SPARE;
    if (room > decoder->ready_size) {
        float *ready = realloc(decoder->ready, room * sizeof *ready);
        if (!ready)
            return AVERROR(ENOMEM);
        decoder->ready = ready;
        decoder->ready_size = room;
    }
    uint8_t *outputs[] = {(uint8_t *)decoder->ready};
    const uint8_t *inputs[] = {(const uint8_t *)mono};
    const int made =
        decoder->input.av->swr_convert(decoder->resampler, outputs, (int)decoder->ready_size, mono ? inputs : NULL, n);
    decoder->ready_at = 0;
    decoder->ready_end = made > 0 ? (size_t)made : 0;
    return made;
}

/* Samples of the frame with a time below 0, which are not of the music: Vorbis begins with some, as its first page
 * says. */
static int before_start(const struct audio_decoder *decoder)
{
    const AVFrame *frame = decoder->frame;
    const AVRational unit = decoder->stream->time_base;
    if (frame->pts == AV_NOPTS_VALUE || frame->pts >= 0 || unit.num <= 0 || unit.den <= 0)
        return 0;
    const double samples = -(double)frame->pts * unit.num / unit.den * frame->sample_rate;
    if (samples > frame->sample_rate) /* no such time */
        return 0;
    return samples < frame->nb_samples ? (int)(samples + 0.5) : frame->nb_samples;
}

static bool reserve_mono(struct audio_decoder *decoder, size_t size)
{
    if (size <= decoder->mono_size)
        return true;
    float *mono = realloc(decoder->mono, size * sizeof *mono);
    if (!mono)
        return false;
    decoder->mono = mono;
    decoder->mono_size = size;
    return true;
}

/* Adds the decoded frame to `mono`. */
static enum status take_frame(struct audio_decoder *decoder, struct error *error)
{
    AVFrame *frame = decoder->frame;
    const int skip = before_start(decoder), n = frame->nb_samples - skip;
    if (decoder->resampler && frame->sample_rate != decoder->source_rate)
        return media_input_refuse(&decoder->input, "its sample rate changes; convert it first", error);
    const enum status status = decoder->resampler ? STATUS_OK : start_resampler(decoder, frame->sample_rate, error);
    if (status != STATUS_OK)
        return status;
    if (!reserve_mono(decoder, decoder->mono_count + (size_t)n))
        return error_no_memory(error);
    if (!audio_mix(frame, skip, decoder->mono + decoder->mono_count))
        return media_input_refuse(&decoder->input,
                                  "it has more than 64 channels, or samples of an unknown kind; "
                                  "convert it first",
                                  error);
    decoder->mono_count += (size_t)n;
    decoder->channels = frame->ch_layout.nb_channels;
    decoder->input.av->av_frame_unref(frame);
    return STATUS_OK;
}

/* Decodes one frame, and resamples where there is enough. */
static enum status decode_frame(struct audio_decoder *decoder, struct error *error)
{
    bool got = false;
    int made = 0;
    enum status status = next_frame(decoder, &got, error);
    if (status == STATUS_OK && got)
        status = take_frame(decoder, error);
    if (status != STATUS_OK)
        return status;
    if (decoder->mono_count >= TOGETHER || (!got && decoder->mono_count > 0)) {
        made = resample(decoder, decoder->mono, (int)decoder->mono_count);
        decoder->mono_count = 0;
    } else if (!got) {
        if (decoder->resampler)
            made = resample(decoder, NULL, 0);
        decoder->drained = made <= 0;
    }
    return made < 0 ? media_input_explain(&decoder->input, made, error) : STATUS_OK;
}

enum status audio_decoder_next(struct audio_decoder *decoder, float *samples, size_t capacity, size_t *count,
                               struct error *error)
{
    decoder->input.deadline = clock_seconds() + call_seconds;
    *count = 0;
    while (*count < capacity) {
        size_t n = decoder->ready_end - decoder->ready_at;
        if (n == 0 && decoder->drained)
            break;
        if (n == 0) {
            const enum status status = decode_frame(decoder, error);
            if (status != STATUS_OK)
                return status;
            continue;
        }
        if (n > capacity - *count)
            n = capacity - *count;
        memcpy(samples + *count, decoder->ready + decoder->ready_at, n * sizeof *samples);
        decoder->ready_at += n;
        *count += n;
    }
    return STATUS_OK;
}

struct audio_info audio_decoder_info(const struct audio_decoder *decoder)
{
    return (struct audio_info){.channels = decoder->channels,
                               .rate = decoder->source_rate,
                               .declared = decoder->declared,
                               .packets = decoder->packets,
                               .damaged = decoder->damaged,
                               .ended = decoder->drained && decoder->ready_at == decoder->ready_end};
}
