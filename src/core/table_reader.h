#ifndef SLEEVE_CORE_TABLE_READER_H
#define SLEEVE_CORE_TABLE_READER_H

#include "core/text_reader.h"

/* Reads records of a delimiter-separated text file, over core/text_reader.h. All tables are read by this reader.
 *
 * The delimiter is the most frequent one of comma, semicolon and tab in the first line; a first line "sep=X" sets
 * another and is skipped. Empty lines, and lines of delimiters alone, are skipped, too.
 *
 * Quotes follow RFC 4180: a field that begins with a quote ends at a quote before a delimiter, a line end or the end of
 * the file; quotes within are doubled, and the field may contain delimiters and line ends. An opening quote that is
 * never closed in this way is text. So is one whose field would span complete rows with as many fields as the first
 * record. In files with tabs, where many programs do not quote at all, quotes around a field that does not need them
 * are text, unless the first record has such quotes, too. */

enum {
    TABLE_COLUMNS_MAX = 1024,
    TABLE_FIELD_MAX = 1 << 16,  /* bytes; a record with a longer field is marked */
    TABLE_RECORD_MAX = 1 << 22, /* bytes; a file with a longer record is refused */
};

struct table_options {
    unsigned flags;    /* enum text_reader_flags */
    const char *name;  /* for messages; NULL: the path */
    bool tabs_first;   /* a tab in the first line is the delimiter, regardless of the number of commas */
    bool exact_quotes; /* written by this program: a correctly quoted field is one field, whatever it spans */
};

struct table_reader;

enum status table_open(const char *path, const struct table_options *options, struct table_reader **reader,
                       struct error *error);
void table_close(struct table_reader *reader);
/* The underlying reader, for its name, kind and position. */
struct text_reader *table_text(struct table_reader *reader);
char table_delimiter(const struct table_reader *reader);

/* Fields are NUL-terminated and may be modified; everything is valid until the next call. */
struct table_record {
    long long line;   /* number of the first line, from 1 */
    int n_fields;     /* those beyond TABLE_COLUMNS_MAX are only counted */
    bool too_long;    /* a field is longer than TABLE_FIELD_MAX */
    bool stray_quote; /* a field begins with a quote that was read as text */
    bool zero;        /* a field contains a NUL byte, read as TEXT_READER_ZERO (with TEXT_READER_ZEROS only) */
    char **fields;
    size_t *sizes;
    bool *quoted;
};
/* The next record; *more is false at the end. */
enum status table_next(struct table_reader *reader, struct table_record *record, bool *more, struct error *error);

/* Appends a field as this program writes it to files with tabs, quoted if necessary. table_next reads it back
 * unchanged, whatever the bytes are. */
struct buffer;
void table_add_field(struct buffer *out, const char *text, size_t size, char delimiter);

#endif
