#include "core/table_reader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"

struct table_reader {
    struct text_reader *text;
    struct table_options options;
    char delimiter;
    bool ends_field[256]; /* the delimiter and line ends */
    bool begun, quotes_all;
    int n_columns;  /* of the first record; 0 before it */
    long long line; /* of the start of the window */
    /* The window, which starts at the record. */
    char *window;
    size_t size;
    size_t starts[TABLE_COLUMNS_MAX];
    char *fields[TABLE_COLUMNS_MAX];
    size_t sizes[TABLE_COLUMNS_MAX];
    bool quoted[TABLE_COLUMNS_MAX];
};

/* Whether the window reaches `at`, after filling it if necessary; false at the end of the file. */
static bool reaches(struct table_reader *reader, size_t at, enum status *status, struct error *error)
{
    if (at < reader->size)
        return true;
    if (*status != STATUS_OK)
        return false;
    *status = text_reader_fill(reader->text, at + 1, &reader->window, &reader->size, error);
    return *status == STATUS_OK && at < reader->size;
}

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* The index after the line end at `at`. */
static size_t after_line_end(struct table_reader *reader, size_t at, enum status *status, struct error *error)
{
    bool two = reader->window[at] == '\r' && reaches(reader, at + 1, status, error) && reader->window[at + 1] == '\n';
    return at + (two ? 2 : 1);
}

/* ---- fields ---- */

/* The end of an unquoted field: a delimiter, a line end or the end of the file. */
static size_t plain_end(struct table_reader *reader, size_t at, enum status *status, struct error *error)
{
    while (at <= TABLE_RECORD_MAX && reaches(reader, at, status, error)) {
        while (at < reader->size && !reader->ends_field[(unsigned char)reader->window[at]])
            at++;
        if (at < reader->size)
            break;
    }
    return at;
}

static size_t skip_blanks(struct table_reader *reader, size_t at, enum status *status, struct error *error)
{
    while (reader->delimiter != '\t' && reaches(reader, at, status, error) && reader->window[at] == ' ' &&
           at <= TABLE_RECORD_MAX)
        at++;
    return at;
}

/* Finds the quote that closes the one at `open`, and the end of the field after it; false if there is none. */
static bool find_close(struct table_reader *reader, size_t open, size_t *close, size_t *end, enum status *status,
                       struct error *error)
{
    for (size_t at = open + 1; at <= TABLE_RECORD_MAX && reaches(reader, at, status, error);) {
        const char *quote = memchr(reader->window + at, '"', reader->size - at);
        if (!quote) {
            at = reader->size;
            continue;
        }
        *close = (size_t)(quote - reader->window);
        at = *close + 1;
        if (reaches(reader, at, status, error) && reader->window[at] == '"') {
            at++;
            continue;
        }
        *end = skip_blanks(reader, at, status, error);
        return *status == STATUS_OK &&
               (!reaches(reader, *end, status, error) || reader->ends_field[(unsigned char)reader->window[*end]]);
    }
    return false;
}

/* Counts the fields from `at` to the end of its line; *next is the start of the next line. A quoted field counts as
 * quoted only if it ends within the line. `literal`: the first field is not quoted. */
static int count_fields(struct table_reader *reader, size_t at, bool literal, size_t *next, enum status *status,
                        struct error *error)
{
    int count = 1;
    for (;; count++, literal = false) {
        size_t open = skip_blanks(reader, at, status, error), close, end;
        bool quoted = !literal && reaches(reader, open, status, error) && reader->window[open] == '"' &&
                      find_close(reader, open, &close, &end, status, error);
        for (size_t i = open; quoted && i < end; i++)
            quoted = !is_line_end(reader->window[i]);
        if (!quoted)
            end = plain_end(reader, at, status, error);
        *next = end;
        if (!reaches(reader, end, status, error))
            return count;
        if (is_line_end(reader->window[end])) {
            *next = after_line_end(reader, end, status, error);
            return count;
        }
        at = end + 1;
    }
}

static bool holds_line_end(const char *text, size_t size)
{
    return memchr(text, '\n', size) || memchr(text, '\r', size);
}

/* Whether the line at `at` begins with the record's first field, as rows of one playlist do. */
static bool starts_like_record(struct table_reader *reader, size_t at, enum status *status, struct error *error)
{
    size_t end = plain_end(reader, at, status, error), size = reader->sizes[0];
    return end - at == size && memcmp(reader->window + at, reader->window + reader->starts[0], size) == 0;
}

/* Whether the opening quote of the quoted field from `start` to `close`, which is field `number` of the record, is a
 * stray one, because the field spans complete rows. Each of its lines is counted on its own; a line is a row if it has
 * as many fields as the first record. The quote is stray if most lines after the first one, and the last line, are
 * rows, and either the first line is one, too, or the rows begin with the same field as it. It is also stray if all
 * lines are rows, and there are at least three lines of three fields. */
static bool swallows_rows(struct table_reader *reader, size_t start, size_t close, int number, enum status *status,
                          struct error *error)
{
    int n = reader->n_columns, lines = 0, rows = 0, whole = 0;
    bool last = false;
    if (n < 2 || reader->options.exact_quotes || !holds_line_end(reader->window + start, close - start))
        return false;
    size_t at = start, next;
    bool first = count_fields(reader, at, true, &next, status, error) + number == n;
    for (at = next; at <= close && *status == STATUS_OK; at = next, lines++) {
        int count = count_fields(reader, at, false, &next, status, error);
        last = count == n && (first || (number > 0 && starts_like_record(reader, at, status, error)));
        rows += last;
        whole += count == n;
        if (next == at)
            return false;
    }
    return (last && 2 * rows > lines) || (whole == lines && lines >= 3 && n >= 3);
}

/* Replaces doubled quotes in a quoted field by single ones, in place. */
static size_t undouble(char *text, size_t size)
{
    size_t out = 0;
    for (size_t at = 0; at < size; at++, out++) {
        text[out] = text[at];
        at += text[at] == '"';
    }
    return out;
}

/* Characters for which programs quote a field. */
static bool needs_quotes(const char *text, size_t size)
{
    if (size == 0 || text[0] == ' ' || text[size - 1] == ' ')
        return true;
    for (size_t i = 0; i < size; i++)
        if (text[i] == '"' || text[i] == '\t' || text[i] == ',' || text[i] == ';' || is_line_end(text[i]))
            return true;
    return false;
}

static bool keeps_quotes(const struct table_reader *reader, size_t open, size_t close)
{
    return reader->delimiter == '\t' && reader->n_columns > 0 && !reader->quotes_all &&
           !needs_quotes(reader->window + open + 1, close - open - 1);
}

static long long lines_within(const char *text, size_t size)
{
    long long count = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
    return count;
}

static void put_field(struct table_reader *reader, struct table_record *record, size_t start, size_t size, bool quoted)
{
    record->too_long |= size > TABLE_FIELD_MAX;
    if (record->n_fields < TABLE_COLUMNS_MAX) {
        reader->starts[record->n_fields] = start;
        reader->sizes[record->n_fields] = size;
        reader->quoted[record->n_fields] = quoted;
    }
    record->n_fields++;
}

/* Reads the field that starts at `at`; returns the index of its end. */
static size_t read_field(struct table_reader *reader, struct table_record *record, size_t at, enum status *status,
                         struct error *error)
{
    size_t open = skip_blanks(reader, at, status, error), close, end;
    if (reaches(reader, open, status, error) && reader->window[open] == '"') {
        if (find_close(reader, open, &close, &end, status, error) &&
            !swallows_rows(reader, at, close, record->n_fields, status, error)) {
            if (keeps_quotes(reader, open, close)) {
                put_field(reader, record, open, close + 1 - open, false);
                return end;
            }
            reader->line += lines_within(reader->window + open, close - open);
            put_field(reader, record, open + 1, undouble(reader->window + open + 1, close - open - 1), true);
            return end;
        }
        record->stray_quote = true;
    }
    end = plain_end(reader, at, status, error);
    put_field(reader, record, at, end - at, false);
    return end;
}

/* ---- records ---- */

/* Reads one record, empty or not, and removes it from the window; *taken: its size in bytes. */
static enum status read_record(struct table_reader *reader, struct table_record *record, size_t *taken,
                               struct error *error)
{
    enum status status = STATUS_OK;
    *record = (struct table_record){
        .line = reader->line, .fields = reader->fields, .sizes = reader->sizes, .quoted = reader->quoted};
    size_t end = 0;
    for (size_t at = 0;; at = end + 1) {
        end = read_field(reader, record, at, &status, error);
        if (end > TABLE_RECORD_MAX)
            return error_set(error, STATUS_BAD_DATA, "%s, line %lld: a row longer than %d bytes",
                             text_reader_name(reader->text), record->line, TABLE_RECORD_MAX);
        if (!reaches(reader, end, &status, error) || is_line_end(reader->window[end]))
            break;
    }
    if (status != STATUS_OK)
        return status;
    *taken = end < reader->size ? after_line_end(reader, end, &status, error) : end;
    reader->line += end < reader->size;
    const bool zeros = (reader->options.flags & TEXT_READER_ZEROS) && memchr(reader->window, TEXT_READER_ZERO[0], end);
    for (int i = 0; i < record->n_fields && i < TABLE_COLUMNS_MAX; i++) {
        reader->fields[i] = reader->window + reader->starts[i];
        reader->fields[i][reader->sizes[i]] = '\0';
        record->zero |= zeros && strstr(reader->fields[i], TEXT_READER_ZERO);
    }
    return status;
}

static bool is_empty(const struct table_record *record)
{
    for (int i = 0; i < record->n_fields && i < TABLE_COLUMNS_MAX; i++)
        if (record->sizes[i] > 0)
            return false;
    return record->n_fields <= TABLE_COLUMNS_MAX;
}

/* ---- the first line ---- */

/* "sep=;" in any case, with or without quotes and trailing delimiters; 0 if the line is something else. */
static char named_delimiter(const char *line, size_t size)
{
    bool quoted = size > 0 && line[0] == '"';
    line += quoted;
    size -= quoted;
    if (size < 5 || strncasecmp(line, "sep=", 4) != 0)
        return 0;
    char named = line[4];
    size_t used = 5;
    if (size >= 6 && line[4] == '\\' && line[5] == 't') {
        named = '\t';
        used = 6;
    }
    for (size_t i = used; i < size; i++)
        if (line[i] != named && line[i] != '"' && line[i] != ' ' && line[i] != ',' && line[i] != ';')
            return 0;
    return named == '"' || (!ispunct((unsigned char)named) && named != '\t' && named != ' ') ? 0 : named;
}

/* The most frequent candidate in the line, not counting quoted fields. */
static char frequent_delimiter(const char *line, size_t size)
{
    static const char candidates[] = {'\t', ',', ';'};
    size_t counts[2][3] = {0};
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        quoted ^= line[i] == '"';
        for (int k = 0; k < 3; k++) {
            counts[0][k] += line[i] == candidates[k];
            counts[1][k] += line[i] == candidates[k] && !quoted;
        }
    }
    int best = 0;
    const size_t *count = counts[!quoted];
    for (int k = 1; k < 3; k++)
        if (count[k] > count[best])
            best = k;
    return candidates[best];
}

static void use_delimiter(struct table_reader *reader, char delimiter)
{
    reader->delimiter = delimiter;
    memset(reader->ends_field, 0, sizeof reader->ends_field);
    reader->ends_field[(unsigned char)delimiter] = true;
    reader->ends_field['\n'] = reader->ends_field['\r'] = true;
}

/* Skips empty lines and a line that names the delimiter, and determines the delimiter. */
static enum status begin(struct table_reader *reader, struct error *error)
{
    enum status status = STATUS_OK;
    use_delimiter(reader, '\n');
    while (status == STATUS_OK && reaches(reader, 0, &status, error)) {
        size_t end = plain_end(reader, 0, &status, error);
        if (status != STATUS_OK || end > TABLE_RECORD_MAX)
            break;
        char named = named_delimiter(reader->window, end);
        if (end == 0 || named) {
            reader->line++;
            bool ends = reaches(reader, end, &status, error);
            text_reader_consume(reader->text, ends ? after_line_end(reader, end, &status, error) : end);
            reader->size = 0;
        }
        if (end == 0)
            continue;
        bool tabs = reader->options.tabs_first && memchr(reader->window, '\t', end) != NULL;
        use_delimiter(reader, named ? named : tabs ? '\t' : frequent_delimiter(reader->window, end));
        break;
    }
    reader->begun = true;
    return status;
}

enum status table_next(struct table_reader *reader, struct table_record *record, bool *more, struct error *error)
{
    enum status status = reader->begun ? STATUS_OK : begin(reader, error);
    *more = false;
    while (status == STATUS_OK && reaches(reader, 0, &status, error)) {
        size_t taken = 0;
        status = read_record(reader, record, &taken, error);
        if (status != STATUS_OK)
            return status;
        text_reader_consume(reader->text, taken);
        reader->size -= taken;
        reader->window += taken;
        if (is_empty(record))
            continue;
        for (int i = 0; reader->n_columns == 0 && i < record->n_fields && i < TABLE_COLUMNS_MAX; i++)
            reader->quotes_all |= record->quoted[i];
        if (reader->n_columns == 0)
            reader->n_columns = record->n_fields;
        *more = true;
        return STATUS_OK;
    }
    return status;
}

/* ---- a reader ---- */

enum status table_open(const char *path, const struct table_options *options, struct table_reader **out,
                       struct error *error)
{
    struct table_reader *reader = calloc(1, sizeof *reader);
    *out = reader;
    if (!reader)
        return error_no_memory(error);
    reader->options = *options;
    reader->line = 1;
    enum status status = options->name ? text_reader_open_as(path, options->name, options->flags, &reader->text, error)
                                       : text_reader_open(path, options->flags, &reader->text, error);
    if (status != STATUS_OK) {
        table_close(reader);
        *out = NULL;
    }
    return status;
}

void table_close(struct table_reader *reader)
{
    if (!reader)
        return;
    text_reader_close(reader->text);
    free(reader);
}

struct text_reader *table_text(struct table_reader *reader)
{
    return reader->text;
}

char table_delimiter(const struct table_reader *reader)
{
    return reader->delimiter;
}

void table_add_field(struct buffer *out, const char *text, size_t size, char delimiter)
{
    bool quotes = memchr(text, delimiter, size) != NULL || needs_quotes(text, size);
    if (quotes)
        buffer_add_byte(out, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, text[i]);
    }
    if (quotes)
        buffer_add_byte(out, '"');
}
