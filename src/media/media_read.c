#include "media/media.h"

#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "media/media_input.h"
#include "media/media_tags.h"

enum status media_load(struct error *error)
{
    const struct av_library *av;
    return av_library_load(&av, error);
}

/* ------------------------------------------------------------------ what a file holds */

static void add_tags(const struct media_input *input, struct media_tags *tags, const AVDictionary *metadata)
{
    for (const AVDictionaryEntry *tag = NULL; (tag = input->av->av_dict_get(metadata, "", tag, AV_DICT_IGNORE_SUFFIX));)
        media_tags_add(tags, tag->key, tag->value);
}

static int32_t milliseconds(double seconds)
{
    return seconds > 0 && seconds < 1e6 ? (int32_t)(seconds * 1000 + 0.5) : -1;
}

/* As the header says, or from the bit rate that it gives. */
static int32_t duration_of(const struct media_input *input, const AVStream *audio)
{
    const AVFormatContext *context = input->context;
    if (audio->duration > 0 && audio->time_base.den > 0)
        return milliseconds((double)audio->duration * audio->time_base.num / audio->time_base.den);
    if (context->duration > 0)
        return milliseconds((double)context->duration / AV_TIME_BASE);
    const int64_t rate = audio->codecpar->bit_rate;
    return rate > 0 ? milliseconds((double)input->size * 8 / (double)rate) : -1;
}

static bool is_picture(const AVStream *stream)
{
    return (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) && stream->attached_pic.size > 0;
}

/* libavformat gives the kind of a picture as a comment, in ID3's words. */
static enum media_picture kind_of(const struct av_library *av, const AVStream *stream)
{
    if (!is_picture(stream) || stream->attached_pic.size > MEDIA_PICTURE_MAX)
        return MEDIA_NO_PICTURE;
    const AVDictionaryEntry *kind = av->av_dict_get(stream->metadata, "comment", NULL, 0);
    if (!kind || strcmp(kind->value, "Other") == 0)
        return MEDIA_PICTURE_UNNAMED;
    return strcmp(kind->value, "Cover (front)") == 0 ? MEDIA_PICTURE_FRONT : MEDIA_NO_PICTURE;
}

static const AVStream *choose_picture(const struct media_input *input)
{
    const AVFormatContext *context = input->context;
    const AVStream *best = NULL;
    for (unsigned i = 0; i < context->nb_streams; i++) {
        const AVStream *stream = context->streams[i];
        const enum media_picture kind = kind_of(input->av, stream);
        if (kind == MEDIA_PICTURE_FRONT)
            return stream;
        if (kind == MEDIA_PICTURE_UNNAMED && !best)
            best = stream;
    }
    return best;
}

static void add_picture(const struct media_input *input, struct media_tags *tags, struct buffer *picture)
{
    const AVStream *stream = choose_picture(input);
    if (!stream)
        return;
    struct hash hash;
    hash_begin(&hash);
    hash_add_words(&hash, stream->attached_pic.data, (size_t)stream->attached_pic.size);
    hash_end(hash, tags->picture_hash);
    tags->picture = (uint8_t)kind_of(input->av, stream);
    tags->picture_size = (uint32_t)stream->attached_pic.size;
    if (picture)
        buffer_add(picture, stream->attached_pic.data, (size_t)stream->attached_pic.size);
}

/* The container's tags come before those of the stream. */
static enum status add_all(const struct media_input *input, struct media_tags *tags, struct buffer *picture,
                           struct error *error)
{
    const AVStream *audio = media_input_audio(input, error);
    if (!audio)
        return STATUS_BAD_DATA;
    add_tags(input, tags, input->context->metadata);
    add_tags(input, tags, audio->metadata);
    tags->duration_ms = duration_of(input, audio);
    add_picture(input, tags, picture);
    return picture && picture->failed ? error_no_memory(error) : STATUS_OK;
}

/* What libavformat does not say: the recording id of an ID3 tag, and the duration of an MP3 without a header that gives
 * the number of frames, which has nearly always a constant bit rate. */
static void complete(const struct media_input *input, struct media_tags *tags)
{
    enum { ID3_MAX = 256 << 10 };
    int rate;
    size_t length;
    if (tags->duration_ms < 0 && media_mpeg_frame(input->head, input->head_size, &rate, &length))
        tags->duration_ms = milliseconds((double)(input->size - input->id3) * 8 / rate);
    struct buffer tag = {0};
    const size_t most = input->id3 < ID3_MAX ? input->id3 : ID3_MAX;
    if (input->id3 > 0 && buffer_reserve(&tag, most)) {
        const ssize_t got = pread(input->descriptor, tag.data, most, 0);
        media_tags_add_id3(tags, (const uint8_t *)tag.data, got > 0 ? (size_t)got : 0);
    }
    buffer_free(&tag);
}

enum status media_read(int descriptor, const char *name, struct media_tags *tags, struct buffer *picture,
                       struct error *error)
{
    enum { READ_MAX = 96 << 20 };
    static const double seconds = 10;
    struct media_input input;
    *tags = (struct media_tags){.duration_ms = -1};
    enum status status = media_input_open(&input, descriptor, name, READ_MAX, seconds, error);
    if (status == STATUS_OK)
        status = add_all(&input, tags, picture, error);
    if (status == STATUS_OK)
        complete(&input, tags);
    media_input_close(&input);
    return status;
}
