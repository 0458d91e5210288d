#include "media/media_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/interrupt.h"

/* ------------------------------------------------------------------ bytes */

static const char *limit_of(const struct media_input *input)
{
    if (interrupt_requested())
        return "interrupted";
    if (input->left <= 0)
        return "its tags are spread over more than 96 MB";
    return clock_seconds() > input->deadline ? "reading it takes too long" : NULL;
}

static int read_bytes(void *opaque, uint8_t *bytes, int size)
{
    struct media_input *input = opaque;
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
    struct media_input *input = opaque;
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
    struct media_input *input = opaque;
    if (!input->stopped)
        input->stopped = limit_of(input);
    return input->stopped != NULL;
}

/* ------------------------------------------------------------------ errors */

enum status media_input_refuse(const struct media_input *input, const char *reason, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s: %s", input->name, reason);
}

enum status media_input_explain(const struct media_input *input, int code, struct error *error)
{
    char reason[AV_ERROR_MAX_STRING_SIZE] = "unknown error";
    if (input->stopped && interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "stopped while reading %s", input->name);
    if (input->stopped)
        return media_input_refuse(input, input->stopped, error);
    if (code == AVERROR(ENOMEM))
        return media_input_refuse(input, "it needs too much memory; it is damaged or not music", error);
    input->av->av_strerror(code, reason, sizeof reason);
    return error_set(error, STATUS_BAD_DATA, "%s: damaged or not music (%s)", input->name, reason);
}

/* ------------------------------------------------------------------ opening */

static enum status open_container(struct media_input *input, const char *demuxer, struct error *error)
{
    enum { BLOCK = 32 << 10 };
    const struct av_library *av = input->av;
    unsigned char *block = av->av_malloc(BLOCK);
    input->context = av->avformat_alloc_context();
    input->io = block ? av->avio_alloc_context(block, BLOCK, 0, input, read_bytes, NULL, seek) : NULL;
    if (!input->context || !input->io) {
        if (!input->io)
            av->av_freep(&block);
        return error_no_memory(error);
    }
    input->context->pb = input->io;
    input->context->flags |= AVFMT_FLAG_CUSTOM_IO;
    input->context->io_open = refuse_open;
    input->context->interrupt_callback = (AVIOInterruptCB){should_stop, input};
    const int code = av->avformat_open_input(&input->context, "", av->av_find_input_format(demuxer), NULL);
    return code < 0 || input->stopped ? media_input_explain(input, code, error) : STATUS_OK;
}

enum status media_input_open(struct media_input *input, int descriptor, const char *name, int64_t read_max,
                             double seconds, struct error *error)
{
    *input = (struct media_input){.descriptor = descriptor,
                                  .name = name,
                                  .size = lseek(descriptor, 0, SEEK_END),
                                  .left = read_max,
                                  .deadline = clock_seconds() + seconds};
    enum status status = av_library_load(&input->av, error);
    if (status != STATUS_OK)
        return status;
    ssize_t got = pread(descriptor, input->head, sizeof input->head, 0);
    input->id3 = media_id3_size(input->head, got > 0 ? (size_t)got : 0);
    if (input->id3 > 0)
        got = pread(descriptor, input->head, sizeof input->head, input->id3);
    if (input->size < 0 || got < 0)
        return error_set(error, STATUS_FAILED, "%s cannot be read: %s", name, strerror(errno));
    input->head_size = (size_t)got;
    const char *demuxer = media_demuxer(input->head, input->head_size, input->id3 > 0);
    if (!demuxer || got == 0)
        return media_input_refuse(input, got > 0 ? "not music in a known format" : "the file is empty or cut", error);
    return open_container(input, demuxer, error);
}

void media_input_close(struct media_input *input)
{
    if (input->context)
        input->av->avformat_close_input(&input->context);
    if (!input->io)
        return;
    input->av->av_freep(&input->io->buffer);
    input->av->avio_context_free(&input->io);
}

const AVStream *media_input_audio(const struct media_input *input, struct error *error)
{
    const AVStream *audio = NULL;
    for (unsigned i = 0; i < input->context->nb_streams; i++) {
        const AVStream *stream = input->context->streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && !audio)
            audio = stream;
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
            !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC)) {
            media_input_refuse(input, "this is a video, not music", error);
            return NULL;
        }
    }
    if (!audio)
        media_input_refuse(input, "it contains no audio", error);
    return audio;
}
