/* A table is refused with a message or gives records; a record that is written as a table is read back unchanged. */
#include <string.h>

#include "core/buffer.h"
#include "core/file_kind.h"
#include "core/table_reader.h"
#include "core/text.h"
#include "fuzz.h"

static void write_record(const struct table_record *record, struct buffer *out)
{
    for (int i = 0; i < record->n_fields; i++) {
        if (i > 0)
            buffer_add_byte(out, '\t');
        table_add_field(out, record->fields[i], record->sizes[i], '\t');
    }
    buffer_add_byte(out, '\n');
}

static void check_record(const struct table_record *record, long long last_line)
{
    REQUIRE(record->n_fields >= 1 && record->line > last_line);
    for (int i = 0; i < record->n_fields && i < TABLE_COLUMNS_MAX; i++) {
        REQUIRE(strlen(record->fields[i]) == record->sizes[i]);
        REQUIRE(text_is_utf8(record->fields[i], record->sizes[i]));
    }
}

/* Reads the records of a file and writes each to `out` unless it is NULL. */
static enum status read_table(const uint8_t *data, size_t size, const struct table_options *options, struct buffer *out)
{
    struct table_reader *reader;
    struct table_record record;
    struct error error = {0};
    bool more = true, whole = true;
    long long line = 0;
    enum status status = table_open(fuzz_file(data, size), options, &reader, &error);
    if (status != STATUS_OK)
        return status;
    while ((status = table_next(reader, &record, &more, &error)) == STATUS_OK && more) {
        check_record(&record, line);
        line = record.line;
        whole = whole && record.n_fields <= TABLE_COLUMNS_MAX && !record.too_long;
        if (whole)
            write_record(&record, out);
    }
    REQUIRE(status == STATUS_OK || error.text[0]);
    table_close(reader);
    return status == STATUS_OK && !whole ? STATUS_FAILED : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[] = "a\tb\n"; /* makes tabs the delimiter */
    const struct table_options any = {0}, own = {.tabs_first = true, .exact_quotes = true};
    struct buffer once = {0}, twice = {0};
    buffer_add_text(&once, header);
    /* With a header in front, a binary file's signature is at another position. */
    if (read_table(data, size, &any, &once) == STATUS_OK && once.size > sizeof header &&
        !file_kind_of_bytes(once.data, once.size)) {
        fuzz_accepted = true;
        REQUIRE(read_table((const uint8_t *)once.data, once.size, &own, &twice) == STATUS_OK);
        REQUIRE(twice.size == once.size && memcmp(once.data, twice.data, once.size) == 0);
    }
    buffer_free(&once);
    buffer_free(&twice);
    return 0;
}
