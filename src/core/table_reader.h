#ifndef SLEEVE_CORE_TABLE_READER_H
#define SLEEVE_CORE_TABLE_READER_H

#include "core/text_reader.h"

/* Records of a separated text file, over core/text_reader.h: the one reader of tables.
 *
 * The delimiter is the one of comma, semicolon and tab that stands most often in the first line; a first line "sep=X"
 * names another and is passed over. Empty lines, and lines of delimiters alone, are passed over too.
 *
 * Quotes follow RFC 4180: a field that begins with a quote ends at a quote that stands before a delimiter, a line end
 * or the end, quotes within are doubled, and it may hold delimiters and line ends. A quote that is not closed like that
 * is text. So is one whose field would swallow whole rows: it spans lines that are rows of as many fields as the first
 * record has. In files with tabs, where many programs do not quote at all, a field keeps quotes that it does not need,
 * unless the first record has such too. */

enum {
    TABLE_COLUMNS_MAX = 1024,
    TABLE_FIELD_MAX = 1 << 16,  /* bytes; a record with a longer field is marked */
    TABLE_RECORD_MAX = 1 << 22, /* bytes; a file with a longer record is refused */
};

struct table_options {
    unsigned flags;    /* enum text_reader_flags */
    const char *name;  /* for messages; NULL: the path */
    bool tabs_first;   /* a tab in the first line is the delimiter, however many commas stand there */
    bool exact_quotes; /* written by this program: whatever is quoted right is one field, whatever it spans */
};

struct table_reader;

enum status table_open(const char *path, const struct table_options *options, struct table_reader **reader,
                       struct error *error);
void table_close(struct table_reader *reader);
/* What it reads from, for its name, kind and position. */
struct text_reader *table_text(struct table_reader *reader);
char table_delimiter(const struct table_reader *reader);

/* Fields are NUL-terminated and may be changed; all is valid until the next call. */
struct table_record {
    long long line;   /* where it begins, from 1 */
    int n_fields;     /* those beyond TABLE_COLUMNS_MAX are counted only */
    bool too_long;    /* a field is longer than TABLE_FIELD_MAX */
    bool stray_quote; /* a field begins with a quote that was read as text */
    bool zero;        /* a field holds a byte 0, read as TEXT_READER_ZERO (with TEXT_READER_ZEROS only) */
    char **fields;
    size_t *sizes;
    bool *quoted;
};
/* The next record; *more is false at the end. */
enum status table_next(struct table_reader *reader, struct table_record *record, bool *more, struct error *error);

/* Appends a field as this program writes it into files with tabs: quoted where it has to be. What it writes,
 * table_next reads again, whatever the bytes are. */
struct buffer;
void table_add_field(struct buffer *out, const char *text, size_t size, char delimiter);

#endif
