#ifndef SLEEVE_DB_IMPORT_CSV_READER_H
#define SLEEVE_DB_IMPORT_CSV_READER_H

#include "core/buffer.h"
#include "core/status.h"

/* Records of a separated file (RFC 4180, with any of , ; and tab, found from the first line), gzip or plain, a byte
 * order mark and any line ends. Memory is bounded: of a longer field only its first bytes are kept. */
enum { CSV_FIELDS_MAX = 128, CSV_FIELD_MAX = 1 << 16 };

struct csv_reader;

enum status csv_open(const char *path, struct csv_reader **reader, struct error *error);
void csv_close(struct csv_reader *reader);
/* Bytes of the file that were read so far (compressed ones of a compressed file). */
long long csv_position(const struct csv_reader *reader);

struct csv_record {
    long long line; /* where it begins, from 1 */
    int n_fields;   /* more than CSV_FIELDS_MAX are counted only */
    bool too_long;  /* a field was longer than CSV_FIELD_MAX */
    const char *fields[CSV_FIELDS_MAX];
    size_t sizes[CSV_FIELDS_MAX];
};
/* The next record that is not an empty line; *more is false at the end. */
enum status csv_next(struct csv_reader *reader, struct csv_record *record, bool *more, struct error *error);

#endif
