/* The only file that uses libavformat. */
#include "media/media.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <libavformat/avformat.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "media/media_format.h"
#include "media/media_tags.h"

/* ------------------------------------------------------------------ the library */

#define FUNCTIONS(FUNCTION)                                                                                            \
    FUNCTION(av_dict_get)                                                                                              \
    FUNCTION(av_find_input_format)                                                                                     \
    FUNCTION(av_freep)                                                                                                 \
    FUNCTION(av_log_set_level)                                                                                         \
    FUNCTION(av_malloc)                                                                                                \
    FUNCTION(av_max_alloc)                                                                                             \
    FUNCTION(av_strerror)                                                                                              \
    FUNCTION(avformat_alloc_context)                                                                                   \
    FUNCTION(avformat_close_input)                                                                                     \
    FUNCTION(avformat_open_input)                                                                                      \
    FUNCTION(avio_alloc_context)                                                                                       \
    FUNCTION(avio_context_free)

/* Its functions by their names, from the version whose headers this file was compiled with. */
static struct {
#define FUNCTION_POINTER(name) __typeof__(name) *name;
    FUNCTIONS(FUNCTION_POINTER)
#undef FUNCTION_POINTER
    struct error error;
    enum status status;
} av;

#define LIBRARY "libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR)

static void load(void)
{
    enum { ALLOCATION_MAX = 64 << 20 };
    static const char *const names[] = {
#define FUNCTION_NAME(name) #name,
        FUNCTIONS(FUNCTION_NAME)
#undef FUNCTION_NAME
    };
    void **const pointers = (void **)(void *)&av;
    void *library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    bool complete = library != NULL;
    for (size_t i = 0; complete && i < sizeof names / sizeof *names; i++)
        complete = (pointers[i] = dlsym(library, names[i])) != NULL;
    if (!complete) {
        av.status = error_set(&av.error, STATUS_FAILED,
                              "music files are read with FFmpeg's %s, which cannot be loaded (%s); install the package "
                              "libavformat%d",
                              LIBRARY, dlerror(), LIBAVFORMAT_VERSION_MAJOR);
        return;
    }
    av.av_log_set_level(AV_LOG_QUIET);
    av.av_max_alloc(ALLOCATION_MAX);
}

enum status media_load(struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (av.status != STATUS_OK && error)
        *error = av.error;
    return av.status;
}

/* ------------------------------------------------------------------ bytes */

static const double TIME_MAX = 10; /* seconds */

struct input {
    int descriptor;
    const char *name;
    int64_t size, position;
    int64_t left; /* bytes that may still be read */
    double deadline;
    const char *stopped; /* why reading was stopped; NULL: it was not */
};

static const char *limit_of(const struct input *input)
{
    if (interrupt_requested())
        return "interrupted";
    if (input->left <= 0)
        return "its tags are spread over more than 96 MB";
    return clock_seconds() > input->deadline ? "reading it took more than 10 seconds" : NULL;
}

static int read_bytes(void *opaque, uint8_t *bytes, int size)
{
    struct input *input = opaque;
    if (!input->stopped)
        input->stopped = limit_of(input);
    if (input->stopped)
        return AVERROR_EXIT;
    ssize_t got;
    do
        got = pread(input->descriptor, bytes, (size_t)size, input->position);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        input->stopped = strerror(errno);
        return AVERROR(EIO);
    }
    input->position += got;
    input->left -= got + 512; /* many small reads count, too */
    return got > 0 ? (int)got : AVERROR_EOF;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    struct input *input = opaque;
    if (whence & AVSEEK_SIZE)
        return input->size;
    whence &= ~AVSEEK_FORCE;
    int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? input->position : input->size;
    if (offset < -base || offset > INT64_MAX - base)
        return AVERROR(EINVAL);
    return input->position = base + offset;
}

/* A file may refer to others. */
static int refuse_open(AVFormatContext *context, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)context, (void)io, (void)url, (void)flags, (void)options;
    return AVERROR(EACCES);
}

static int should_stop(void *opaque)
{
    struct input *input = opaque;
    if (!input->stopped)
        input->stopped = limit_of(input);
    return input->stopped != NULL;
}

static enum status refuse(const struct input *input, const char *reason, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s: %s", input->name, reason);
}

/* ------------------------------------------------------------------ what a file holds */

static void add_tags(struct media_tags *tags, const AVDictionary *metadata)
{
    for (const AVDictionaryEntry *tag = NULL; (tag = av.av_dict_get(metadata, "", tag, AV_DICT_IGNORE_SUFFIX));)
        media_tags_add(tags, tag->key, tag->value);
}

static int32_t milliseconds(double seconds)
{
    return seconds > 0 && seconds < 1e6 ? (int32_t)(seconds * 1000 + 0.5) : -1;
}

/* As the header says, or from the bit rate that it gives. */
static int32_t duration_of(const struct input *input, const AVFormatContext *context, const AVStream *audio)
{
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
static enum media_picture kind_of(const AVStream *stream)
{
    if (!is_picture(stream) || stream->attached_pic.size > MEDIA_PICTURE_MAX)
        return MEDIA_NO_PICTURE;
    const AVDictionaryEntry *kind = av.av_dict_get(stream->metadata, "comment", NULL, 0);
    if (!kind || strcmp(kind->value, "Other") == 0)
        return MEDIA_PICTURE_UNNAMED;
    return strcmp(kind->value, "Cover (front)") == 0 ? MEDIA_PICTURE_FRONT : MEDIA_NO_PICTURE;
}

static const AVStream *choose_picture(const AVFormatContext *context)
{
    const AVStream *best = NULL;
    for (unsigned i = 0; i < context->nb_streams; i++) {
        const AVStream *stream = context->streams[i];
        const enum media_picture kind = kind_of(stream);
        if (kind == MEDIA_PICTURE_FRONT)
            return stream;
        if (kind == MEDIA_PICTURE_UNNAMED && !best)
            best = stream;
    }
    return best;
}

static void add_picture(const AVFormatContext *context, struct media_tags *tags, struct buffer *picture)
{
    const AVStream *stream = choose_picture(context);
    if (!stream)
        return;
    struct hash hash;
    hash_begin(&hash);
    hash_add_words(&hash, stream->attached_pic.data, (size_t)stream->attached_pic.size);
    hash_end(hash, tags->picture_hash);
    tags->picture = (uint8_t)kind_of(stream);
    tags->picture_size = (uint32_t)stream->attached_pic.size;
    if (picture)
        buffer_add(picture, stream->attached_pic.data, (size_t)stream->attached_pic.size);
}

/* The container's tags come before those of the stream. */
static enum status add_all(const struct input *input, const AVFormatContext *context, struct media_tags *tags,
                           struct buffer *picture, struct error *error)
{
    const AVStream *audio = NULL;
    for (unsigned i = 0; i < context->nb_streams; i++) {
        const AVStream *stream = context->streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && !audio)
            audio = stream;
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
            return refuse(input, "this is a video, not music", error);
    }
    if (!audio)
        return refuse(input, "it contains no audio", error);
    add_tags(tags, context->metadata);
    add_tags(tags, audio->metadata);
    tags->duration_ms = duration_of(input, context, audio);
    add_picture(context, tags, picture);
    return picture && picture->failed ? error_no_memory(error) : STATUS_OK;
}

/* What libavformat does not say: the recording id of an ID3 tag, and the duration of an MP3 without a header that gives
 * the number of frames, which has nearly always a constant bit rate. */
static void complete(const struct input *input, uint32_t id3, const uint8_t *frame, size_t size,
                     struct media_tags *tags)
{
    enum { ID3_MAX = 256 << 10 };
    int rate;
    size_t length;
    if (tags->duration_ms < 0 && media_mpeg_frame(frame, size, &rate, &length))
        tags->duration_ms = milliseconds((double)(input->size - id3) * 8 / rate);
    struct buffer tag = {0};
    const size_t most = id3 < ID3_MAX ? id3 : ID3_MAX;
    if (id3 > 0 && buffer_reserve(&tag, most)) {
        const ssize_t got = pread(input->descriptor, tag.data, most, 0);
        media_tags_add_id3(tags, (const uint8_t *)tag.data, got > 0 ? (size_t)got : 0);
    }
    buffer_free(&tag);
}

static enum status explain(const struct input *input, int code, struct error *error)
{
    char reason[AV_ERROR_MAX_STRING_SIZE] = "unknown error";
    if (input->stopped && interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "stopped while reading %s", input->name);
    if (input->stopped)
        return refuse(input, input->stopped, error);
    if (code == AVERROR(ENOMEM))
        return refuse(input, "it needs too much memory; it is damaged or not music", error);
    av.av_strerror(code, reason, sizeof reason);
    return error_set(error, STATUS_BAD_DATA, "%s: damaged or not music (%s)", input->name, reason);
}

static enum status read_container(struct input *input, const char *demuxer, struct media_tags *tags,
                                  struct buffer *picture, struct error *error)
{
    enum { BLOCK = 32 << 10 };
    AVFormatContext *context = av.avformat_alloc_context();
    unsigned char *block = av.av_malloc(BLOCK);
    AVIOContext *io = block ? av.avio_alloc_context(block, BLOCK, 0, input, read_bytes, NULL, seek) : NULL;
    enum status status = STATUS_OK;
    if (!context || !io) {
        status = error_no_memory(error);
    } else {
        context->pb = io;
        context->flags |= AVFMT_FLAG_CUSTOM_IO;
        context->io_open = refuse_open;
        context->interrupt_callback = (AVIOInterruptCB){should_stop, input};
        const int code = av.avformat_open_input(&context, "", av.av_find_input_format(demuxer), NULL);
        status =
            code < 0 || input->stopped ? explain(input, code, error) : add_all(input, context, tags, picture, error);
    }
    if (context)
        av.avformat_close_input(&context);
    if (io)
        av.av_freep(&io->buffer);
    else
        av.av_freep(&block);
    av.avio_context_free(&io);
    return status;
}

enum status media_read(int descriptor, const char *name, struct media_tags *tags, struct buffer *picture,
                       struct error *error)
{
    enum { READ_MAX = 96 << 20 };
    struct input input = {.descriptor = descriptor,
                          .name = name,
                          .size = lseek(descriptor, 0, SEEK_END),
                          .left = READ_MAX,
                          .deadline = clock_seconds() + TIME_MAX};
    uint8_t head[MEDIA_HEAD];
    *tags = (struct media_tags){.duration_ms = -1};
    enum status status = media_load(error);
    if (status != STATUS_OK)
        return status;
    ssize_t got = pread(descriptor, head, sizeof head, 0);
    const uint32_t id3 = media_id3_size(head, got > 0 ? (size_t)got : 0);
    if (id3 > 0)
        got = pread(descriptor, head, sizeof head, id3);
    if (input.size < 0 || got < 0)
        return error_set(error, STATUS_FAILED, "%s cannot be read: %s", name, strerror(errno));
    const char *demuxer = media_demuxer(head, (size_t)got, id3 > 0);
    if (!demuxer || got == 0)
        return refuse(&input, got > 0 ? "not music in a known format" : "the file is empty or cut", error);
    status = read_container(&input, demuxer, tags, picture, error);
    if (status == STATUS_OK)
        complete(&input, id3, head, (size_t)got, tags);
    return status;
}
