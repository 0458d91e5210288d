#include "db/import/csv_reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct csv_reader {
    char *path;
    gzFile file;
    char delimiter;
    long long line;
    size_t at, end;
    struct buffer text; /* the fields of one record, each with a NUL behind it */
    size_t starts[CSV_FIELDS_MAX + 1];
    char block[1 << 17];
};

enum { END_OF_FILE = -1 };

static enum status fill(struct csv_reader *reader, struct error *error)
{
    int got = gzread(reader->file, reader->block, sizeof reader->block);
    reader->at = 0;
    reader->end = got > 0 ? (size_t)got : 0;
    int number = Z_OK;
    const char *message = gzerror(reader->file, &number);
    if (got < 0 || number == Z_BUF_ERROR)
        return error_set(error, STATUS_BAD_DATA,
                         "%s: the compressed file is cut or damaged near line %lld (%s); fetch it again", reader->path,
                         reader->line, message);
    return STATUS_OK;
}

static int peek(struct csv_reader *reader, enum status *status, struct error *error)
{
    if (reader->at == reader->end && *status == STATUS_OK)
        *status = fill(reader, error);
    return reader->at < reader->end && *status == STATUS_OK ? (unsigned char)reader->block[reader->at] : END_OF_FILE;
}

/* The delimiter that stands most often outside quotes in the first line, as far as the first block shows it. */
static char find_delimiter(const struct csv_reader *reader)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[3] = {0};
    bool quoted = false;
    for (size_t i = reader->at; i < reader->end && (quoted || (reader->block[i] != '\n' && reader->block[i] != '\r'));
         i++) {
        if (reader->block[i] == '"')
            quoted = !quoted;
        for (int k = 0; k < 3 && !quoted; k++)
            counts[k] += reader->block[i] == candidates[k];
    }
    int best = 0;
    for (int k = 1; k < 3; k++)
        if (counts[k] > counts[best])
            best = k;
    return candidates[best];
}

enum status csv_open(const char *path, struct csv_reader **out, struct error *error)
{
    struct csv_reader *reader = calloc(1, sizeof *reader);
    *out = reader;
    if (!reader || !(reader->path = strdup(path)))
        return error_no_memory(error);
    reader->file = gzopen(path, "rb");
    if (!reader->file)
        return error_set(error, STATUS_FAILED, "%s cannot be opened; check that it is there and may be read", path);
    gzbuffer(reader->file, 1 << 17);
    reader->line = 1;
    enum status status = fill(reader, error);
    if (status != STATUS_OK)
        return status;
    if (reader->end == 0)
        return error_set(error, STATUS_BAD_DATA, "%s is empty; give a file with a header line and rows", path);
    if (reader->end >= 3 && memcmp(reader->block, "\xef\xbb\xbf", 3) == 0)
        reader->at = 3;
    reader->delimiter = find_delimiter(reader);
    return STATUS_OK;
}

void csv_close(struct csv_reader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        gzclose_r(reader->file);
    buffer_free(&reader->text);
    free(reader->path);
    free(reader);
}

long long csv_position(const struct csv_reader *reader)
{
    return (long long)gzoffset(reader->file);
}

static void keep(struct csv_reader *reader, size_t begin, bool wanted, int byte, bool *too_long)
{
    if (reader->text.size - begin >= CSV_FIELD_MAX)
        *too_long = true;
    else if (wanted)
        buffer_add_byte(&reader->text, (char)byte);
}

/* Reads the inside of a quoted field, up to and with its closing quote. */
static enum status read_quoted(struct csv_reader *reader, size_t begin, bool wanted, bool *too_long,
                               struct error *error)
{
    enum status status = STATUS_OK;
    long long opened = reader->line;
    for (;;) {
        int byte = peek(reader, &status, error);
        if (status != STATUS_OK)
            return status;
        if (byte == END_OF_FILE)
            return error_set(
                error, STATUS_BAD_DATA,
                "%s: the quote that opens in line %lld is never closed; the file is cut or that line has a "
                "quote too many",
                reader->path, opened);
        reader->at++;
        if (byte == '"') {
            if (peek(reader, &status, error) != '"')
                return status;
            reader->at++;
        } else if (byte == '\n') {
            reader->line++;
        }
        keep(reader, begin, wanted, byte, too_long);
    }
}

/* Reads one field and what ends it: *ending is the delimiter, '\n' or END_OF_FILE. */
static enum status read_field(struct csv_reader *reader, bool wanted, int *ending, bool *too_long, struct error *error)
{
    enum status status = STATUS_OK;
    size_t begin = reader->text.size;
    if (peek(reader, &status, error) == '"') {
        reader->at++;
        status = read_quoted(reader, begin, wanted, too_long, error);
    }
    while (status == STATUS_OK) {
        int byte = peek(reader, &status, error);
        if (status != STATUS_OK)
            break;
        if (byte != END_OF_FILE)
            reader->at++;
        if (byte == '\r') {
            if (peek(reader, &status, error) == '\n')
                reader->at++;
            byte = '\n';
        }
        if (byte == END_OF_FILE || byte == '\n' || byte == reader->delimiter) {
            reader->line += byte == '\n';
            *ending = byte;
            return status;
        }
        keep(reader, begin, wanted, byte, too_long);
    }
    return status;
}

enum status csv_next(struct csv_reader *reader, struct csv_record *record, bool *more, struct error *error)
{
    enum status status = STATUS_OK;
    int ending = '\n';
    do {
        if (peek(reader, &status, error) == END_OF_FILE) {
            *more = false;
            return status;
        }
        record->line = reader->line;
        record->n_fields = 0;
        record->too_long = false;
        buffer_clear(&reader->text);
        do {
            int field = record->n_fields++;
            bool wanted = field < CSV_FIELDS_MAX;
            if (wanted)
                reader->starts[field] = reader->text.size;
            status = read_field(reader, wanted, &ending, &record->too_long, error);
            if (wanted) {
                record->sizes[field] = reader->text.size - reader->starts[field];
                buffer_add_byte(&reader->text, '\0');
            }
        } while (status == STATUS_OK && ending == reader->delimiter && record->n_fields < INT32_MAX);
    } while (status == STATUS_OK && record->n_fields == 1 && record->sizes[0] == 0 && !record->too_long);
    if (status == STATUS_OK && reader->text.failed)
        status = error_no_memory(error);
    for (int i = 0; status == STATUS_OK && i < record->n_fields && i < CSV_FIELDS_MAX; i++)
        record->fields[i] = reader->text.data + reader->starts[i];
    *more = status == STATUS_OK;
    return status;
}
