#include "core/text_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "core/buffer.h"
#include "core/file.h"
#include "core/file_kind.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/text_encoding.h"

enum {
    BLOCK = 1 << 17,
    AHEAD = 16 << 20,      /* examined to determine the encoding */
    BOMB_BYTES = 64 << 20, /* uncompressed bytes below which the ratio is not checked */
    BOMB_RATIO = 100,      /* tables and JSON reach 20 */
};

struct text_reader {
    char *name;
    gzFile gz; /* NULL: standard input */
    unsigned flags;
    enum text_encoding encoding;
    bool begun, ended; /* ended: the file has no more bytes */
    size_t mark;
    struct buffer raw; /* bytes of the file, not decoded from raw_at on */
    size_t raw_at;
    struct buffer text; /* the window: decoded, not taken from text_at on */
    size_t text_at;
    long long unfolded;  /* uncompressed bytes read */
    long long lines;     /* decoded line ends */
    bool after_return;   /* the last decoded byte was CR: an LF belongs to it */
    long long line;      /* the last one returned by text_reader_line */
    struct error failed; /* why the file cannot be read further; status 0: no error */
};

static enum status refuse(const struct text_reader *reader, long long line, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s, line %lld: %s", reader->name, line, what);
}

/* ---- bytes ---- */

static enum status check_unfolding(const struct text_reader *reader, struct error *error)
{
    if (reader->unfolded < BOMB_BYTES || gzdirect(reader->gz) ||
        reader->unfolded / BOMB_RATIO < (long long)gzoffset(reader->gz))
        return STATUS_OK;
    return error_set(error, STATUS_BAD_DATA,
                     "%s: a compressed file that expands more than %d times (%lld MB and more); reading was stopped",
                     reader->name, BOMB_RATIO, reader->unfolded >> 20);
}

static enum status read_compressed(struct text_reader *reader, char *to, size_t *got, struct error *error)
{
    errno = 0;
    int count = gzread(reader->gz, to, BLOCK);
    int number = Z_OK;
    const char *message = gzerror(reader->gz, &number), *colon = strstr(message, ": "); /* "<fd:3>: ..." */
    message = colon ? colon + 2 : message;
    *got = count > 0 ? (size_t)count : 0;
    if (number == Z_ERRNO)
        return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", reader->name, strerror(errno));
    if (count < 0 || number == Z_BUF_ERROR)
        return error_set(error, STATUS_BAD_DATA,
                         "%s: the compressed file is cut or damaged near line %lld (%s); fetch it again", reader->name,
                         reader->lines + 1, message);
    reader->unfolded += count;
    return check_unfolding(reader, error);
}

static enum status read_input(struct text_reader *reader, char *to, size_t *got, struct error *error)
{
    ssize_t count;
    while ((count = read(STDIN_FILENO, to, BLOCK)) < 0) {
        if (errno != EINTR)
            return error_set(error, STATUS_FAILED, "%s: cannot be read: %s", reader->name, strerror(errno));
        if (interrupt_requested())
            return error_set(error, STATUS_INTERRUPTED, "stopped while reading %s", reader->name);
    }
    *got = (size_t)count;
    return STATUS_OK;
}

/* Appends a block to the raw bytes. */
static enum status read_block(struct text_reader *reader, struct error *error)
{
    struct buffer *raw = &reader->raw;
    if (reader->raw_at > 0) {
        raw->size -= reader->raw_at;
        memmove(raw->data, raw->data + reader->raw_at, raw->size);
        reader->raw_at = 0;
    }
    if (!buffer_reserve(raw, BLOCK))
        return error_no_memory(error);
    size_t got = 0;
    enum status status = reader->gz ? read_compressed(reader, raw->data + raw->size, &got, error)
                                    : read_input(reader, raw->data + raw->size, &got, error);
    raw->size += got;
    reader->ended = got == 0;
    return status;
}

static enum status begin(struct text_reader *reader, struct error *error)
{
    enum status status = STATUS_OK;
    do /* a pipe may split a byte order mark */
        status = read_block(reader, error);
    while (status == STATUS_OK && !reader->ended && reader->raw.size < 4 && (unsigned char)reader->raw.data[0] >= 0xef);
    if (status != STATUS_OK)
        return status;
    const char *bytes = reader->raw.data;
    size_t size = reader->raw.size < FILE_KIND_BYTES ? reader->raw.size : FILE_KIND_BYTES;
    const char *kind = file_kind_of_bytes(bytes, size);
    if (kind)
        return error_set(error, STATUS_BAD_DATA, "%s: this is %s", reader->name, kind);
    reader->begun = true;
    reader->encoding = text_encoding_detect(bytes, reader->raw.size, &reader->mark);
    if (reader->encoding == ENCODING_OPEN && (reader->flags & TEXT_READER_UTF8))
        reader->encoding = ENCODING_UTF8;
    if (reader->encoding == ENCODING_UTF8 && reader->mark > 0) /* some programs add a mark to a file that has one */
        while (reader->raw.size - reader->mark >= 3 && memcmp(bytes + reader->mark, bytes, 3) == 0)
            reader->mark += 3;
    reader->raw_at = reader->mark;
    return STATUS_OK;
}

/* ---- encoding ---- */

/* Written so that it vectorises: it reads every byte. */
static long long line_ends(const char *text, size_t size, bool *after_return)
{
    if (size == 0)
        return 0;
    long long count = text[0] == '\r' || (text[0] == '\n' && !*after_return);
    for (size_t begin = 1, end; begin < size; begin = end) {
        unsigned some = 0;
        end = size - begin > 4096 ? begin + 4096 : size;
        for (size_t i = begin; i < end; i++)
            some += (unsigned)((text[i] == '\r') | ((text[i] == '\n') & (text[i - 1] != '\r')));
        count += some;
    }
    *after_return = text[size - 1] == '\r';
    return count;
}

/* The next byte is the first one from 128 on. */
static enum status decide(struct text_reader *reader, struct error *error)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !reader->ended && reader->raw.size - reader->raw_at < AHEAD)
        status = read_block(reader, error);
    if (status != STATUS_OK)
        return status;
    const char *bytes = reader->raw.data + reader->raw_at, *reason;
    size_t size = reader->raw.size - reader->raw_at, at;
    if (!text_encoding_decide(bytes, size, reader->ended, &reader->encoding, &reason, &at)) {
        bool after_return = reader->after_return;
        return refuse(reader, reader->lines + 1 + line_ends(bytes, at, &after_return), reason, error);
    }
    if (reader->encoding == ENCODING_WINDOWS_1252)
        log_message(LOG_WARNING, "%s is not UTF-8: it is read as Windows-1252", reader->name);
    return STATUS_OK;
}

/* Skips a NUL if it is the next raw byte. */
static bool take_zero(struct text_reader *reader)
{
    const size_t unit = reader->encoding == ENCODING_UTF16_LE || reader->encoding == ENCODING_UTF16_BE ? 2 : 1;
    const char *next = reader->raw.data + reader->raw_at;
    if (!(reader->flags & TEXT_READER_ZEROS) || reader->raw.size - reader->raw_at < unit || next[0] || next[unit - 1])
        return false;
    buffer_add_text(&reader->text, TEXT_READER_ZERO);
    reader->raw_at += unit;
    return true;
}

/* Decodes up to a block into the window. */
static enum status decode(struct text_reader *reader, struct error *error)
{
    const char *bytes = reader->raw.data + reader->raw_at, *wrong;
    size_t size = reader->raw.size - reader->raw_at, before = reader->text.size;
    size_t used = text_encoding_decode(reader->encoding, bytes, size < BLOCK ? size : BLOCK, &reader->text, &wrong);
    if (reader->text.failed)
        return error_no_memory(error);
    if (reader->text.size > before)
        reader->lines += line_ends(reader->text.data + before, reader->text.size - before, &reader->after_return);
    reader->raw_at += used;
    if (wrong && take_zero(reader))
        return reader->text.failed ? error_no_memory(error) : STATUS_OK;
    if (wrong)
        return refuse(reader, reader->lines + 1, wrong, error);
    if (reader->encoding == ENCODING_OPEN && used < size && used < BLOCK)
        return decide(reader, error);
    if (used == 0 && size > 0 && reader->ended)
        return refuse(reader, reader->lines + 1, "the file ends within a character; it is cut", error);
    return STATUS_OK;
}

/* ---- the window ---- */

static void drop_taken(struct text_reader *reader)
{
    struct buffer *text = &reader->text;
    size_t waiting = text->size - reader->text_at;
    if (reader->text_at == 0 || (waiting > 0 && reader->text_at < BLOCK))
        return;
    memmove(text->data, text->data + reader->text_at, waiting + 1);
    text->size = waiting;
    reader->text_at = 0;
}

enum status text_reader_fill(struct text_reader *reader, size_t want, char **text, size_t *size, struct error *error)
{
    enum status status = reader->failed.status;
    if (status == STATUS_OK && !reader->begun)
        status = begin(reader, &reader->failed);
    if (reader->text.size - reader->text_at < want)
        drop_taken(reader);
    while (status == STATUS_OK && reader->text.size - reader->text_at < want) {
        size_t left = reader->raw.size - reader->raw_at;
        if (left == 0 && reader->ended)
            break;
        if (left < 4 && !reader->ended)
            status = read_block(reader, &reader->failed);
        if (status == STATUS_OK)
            status = decode(reader, &reader->failed);
    }
    if (status != STATUS_OK && error)
        *error = reader->failed;
    *text = reader->text.data ? reader->text.data + reader->text_at : NULL;
    *size = reader->text.size - reader->text_at;
    return status;
}

void text_reader_consume(struct text_reader *reader, size_t size)
{
    reader->text_at += size;
}

/* ---- lines ---- */

/* Searches for a line end; *end is the window's size if there is none and the file has ended. */
static enum status find_end(struct text_reader *reader, size_t max, char **text, size_t *size, size_t *end,
                            struct error *error)
{
    *end = 0;
    for (size_t want = 1;; want = *size + 1) {
        enum status status = text_reader_fill(reader, want, text, size, error);
        if (status != STATUS_OK)
            return status;
        while (*end < *size && (*text)[*end] != '\n' && (*text)[*end] != '\r')
            ++*end;
        if (*end > max)
            return error_set(error, STATUS_BAD_DATA, "%s, line %lld: a line longer than %zu bytes", reader->name,
                             reader->line + 1, max);
        /* A CR at the end of the window may be followed by an LF. */
        bool found = *end < *size && ((*text)[*end] == '\n' || *end + 1 < *size);
        if (found || *size < want)
            return STATUS_OK;
    }
}

enum status text_reader_line(struct text_reader *reader, size_t max, struct text_line *line, bool *more,
                             struct error *error)
{
    char *text = NULL;
    size_t size = 0, end = 0;
    *more = false;
    enum status status = find_end(reader, max, &text, &size, &end, error);
    if (status != STATUS_OK || size == 0)
        return status;
    size_t taken = end < size ? end + 1 : end;
    if (end + 1 < size && text[end] == '\r' && text[end + 1] == '\n')
        taken++;
    text[end] = '\0';
    *line = (struct text_line){.text = text, .size = end, .number = ++reader->line};
    text_reader_consume(reader, taken);
    *more = true;
    return STATUS_OK;
}

/* ---- a reader ---- */

static enum status open_file(struct text_reader *reader, const char *path, struct error *error)
{
    int descriptor;
    enum status status = file_open_input(path, &descriptor, NULL, error);
    if (status != STATUS_OK)
        return status;
    reader->gz = gzdopen(descriptor, "rb");
    if (!reader->gz) {
        close(descriptor);
        return error_no_memory(error);
    }
    gzbuffer(reader->gz, BLOCK);
    return STATUS_OK;
}

enum status text_reader_open(const char *path, unsigned flags, struct text_reader **out, struct error *error)
{
    bool input = (flags & TEXT_READER_STDIN) && strcmp(path, "-") == 0;
    return text_reader_open_as(path, input ? "standard input" : path, flags, out, error);
}

enum status text_reader_open_as(const char *path, const char *name, unsigned flags, struct text_reader **out,
                                struct error *error)
{
    bool input = (flags & TEXT_READER_STDIN) && strcmp(path, "-") == 0;
    struct text_reader *reader = calloc(1, sizeof *reader);
    *out = NULL;
    if (!reader || !(reader->name = strdup(name))) {
        free(reader);
        return error_no_memory(error);
    }
    reader->flags = flags;
    if (input && (flags & TEXT_READER_UNBUFFERED))
        reader->flags |= TEXT_READER_UTF8;
    enum status status = input ? STATUS_OK : open_file(reader, path, error);
    if (status == STATUS_OK && !input)
        status = begin(reader, error);
    if (status == STATUS_OK)
        *out = reader;
    else
        text_reader_close(reader);
    return status;
}

void text_reader_close(struct text_reader *reader)
{
    if (!reader)
        return;
    if (reader->gz)
        gzclose_r(reader->gz);
    buffer_free(&reader->raw);
    buffer_free(&reader->text);
    free(reader->name);
    free(reader);
}

const char *text_reader_name(const struct text_reader *reader)
{
    return reader->name;
}

const char *text_reader_kind(struct text_reader *reader)
{
    char *text;
    size_t size;
    if (reader->text_at > 0 || text_reader_fill(reader, 1, &text, &size, NULL) != STATUS_OK)
        return NULL;
    return file_kind_of_text(text, size < FILE_KIND_BYTES ? size : FILE_KIND_BYTES);
}

long long text_reader_position(const struct text_reader *reader)
{
    return reader->gz ? (long long)gzoffset(reader->gz) : reader->unfolded;
}

size_t text_reader_mark(const struct text_reader *reader)
{
    return reader->mark;
}
