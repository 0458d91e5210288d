#ifndef SLEEVE_CORE_TEXT_READER_H
#define SLEEVE_CORE_TEXT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Reads text files: tables, lists, scripts, JSON. Whatever the file's encoding, the caller receives well-formed UTF-8
 * without NUL; text that cannot be converted is refused with its line (STATUS_BAD_DATA). gzip files are decompressed.
 *
 * Encodings. A byte order mark determines the encoding (UTF-8, UTF-16 LE or BE) and is removed; UTF-16 without one is
 * recognised by its zero bytes. Otherwise the text is UTF-8 until the first byte of 128 or more. From there 16 MB are
 * read ahead and examined together, so that one decision holds for the whole file: if all of them are well-formed
 * UTF-8, it is UTF-8; if hardly any are and the text is plausible Windows-1252, it is that, and log_message says so;
 * anything between, or another code page, is refused with the first invalid line. Invalid bytes after those 16 MB are
 * refused, too, never decoded differently.
 *
 * Limits. Memory is the window that the caller requests and up to 32 MB of look-ahead. A compressed file that expands
 * more than a hundredfold, and to more than 64 MB, is refused. */

struct text_reader;

enum text_reader_flags {
    TEXT_READER_STDIN = 1,      /* the path "-" is standard input (which is not decompressed) */
    TEXT_READER_UTF8 = 2,       /* no guessing: anything but UTF-8 or UTF-16 is refused (JSON) */
    TEXT_READER_UNBUFFERED = 4, /* standard input is read as it arrives and never ahead; implies TEXT_READER_UTF8 */
    TEXT_READER_ZEROS = 8,      /* a NUL byte is read as TEXT_READER_ZERO: for tables, which refuse only its row */
};
#define TEXT_READER_ZERO "\xef\xbf\xbf" /* U+FFFF, which text does not contain either */

/* Only regular files are opened (core/file.h). A file in a known binary format is refused with its name. */
enum status text_reader_open(const char *path, unsigned flags, struct text_reader **reader, struct error *error);
/* The same, with another name for messages. */
enum status text_reader_open_as(const char *path, const char *name, unsigned flags, struct text_reader **reader,
                                struct error *error);
void text_reader_close(struct text_reader *reader);

/* The name in messages: the path, "standard input" or the name it was opened as. */
const char *text_reader_name(const struct text_reader *reader);
/* The format of the text if it is known and neither a table nor a list (core/file_kind.h); otherwise NULL. */
const char *text_reader_kind(struct text_reader *reader);
/* Bytes of the file read so far, before decompression. For progress. */
long long text_reader_position(const struct text_reader *reader);
/* The size of the byte order mark that was removed. */
size_t text_reader_mark(const struct text_reader *reader);

/* Ensures that at least `want` bytes, or all remaining bytes of the file, are in the window, and points at them. They
 * may be modified and are valid until the next call; a NUL follows them. *size 0: the end. */
enum status text_reader_fill(struct text_reader *reader, size_t want, char **text, size_t *size, struct error *error);
/* Removes the first `size` bytes from the window. */
void text_reader_consume(struct text_reader *reader, size_t size);

/* The next line without its end (LF, CR LF or CR), NUL-terminated; valid until the next call. A line longer than `max`
 * bytes is refused. *more is false at the end. */
struct text_line {
    char *text;
    size_t size;
    long long number; /* from 1 */
};
enum status text_reader_line(struct text_reader *reader, size_t max, struct text_line *line, bool *more,
                             struct error *error);

#endif
