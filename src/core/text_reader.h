#ifndef SLEEVE_CORE_TEXT_READER_H
#define SLEEVE_CORE_TEXT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* The one reader of text files: tables, lists, scripts, JSON. Whatever the file's encoding, the caller gets well-formed
 * UTF-8 without NUL; what cannot be read so is refused with its line (STATUS_BAD_DATA). gzip is read as is.
 *
 * Encodings. A byte order mark decides (UTF-8, UTF-16 LE or BE) and is taken off; UTF-16 without one is known by its
 * zero bytes. Otherwise the text is UTF-8 until a byte of 128 and more is met. From there 16 MB are read ahead and
 * looked at together, so that one decision holds for the whole file: all of them well-formed UTF-8, it is UTF-8; next
 * to none, and sensible as Windows-1252, it is that, which log_message says; anything between, or another code page, is
 * refused with the first wrong line. Wrong bytes behind those 16 MB are refused as well, never decoded differently.
 *
 * Limits. Memory is the window that the caller asks for and up to 32 MB for looking ahead. A compressed file that
 * unfolds more than a hundredfold, and to more than 64 MB, is refused. */

struct text_reader;

enum text_reader_flags {
    TEXT_READER_STDIN = 1,      /* the path "-" is standard input (which is not unpacked) */
    TEXT_READER_UTF8 = 2,       /* no guess: not UTF-8 or UTF-16 is refused (JSON) */
    TEXT_READER_UNBUFFERED = 4, /* standard input is read as it comes and never ahead; implies TEXT_READER_UTF8 */
    TEXT_READER_ZEROS = 8,      /* a byte 0 is read as TEXT_READER_ZERO: for tables, which refuse only its row */
};
#define TEXT_READER_ZERO "\xef\xbf\xbf" /* U+FFFF, which no text has either */

/* Only regular files are opened (core/file.h). A file that is known not to be text is refused with what it is. */
enum status text_reader_open(const char *path, unsigned flags, struct text_reader **reader, struct error *error);
/* The same, with another name for messages. */
enum status text_reader_open_as(const char *path, const char *name, unsigned flags, struct text_reader **reader,
                                struct error *error);
void text_reader_close(struct text_reader *reader);

/* How messages name it: its path, "standard input" or the name it was opened as. */
const char *text_reader_name(const struct text_reader *reader);
/* What the text seems to be, if it is a known format that is neither table nor list (core/file_kind.h); else NULL. */
const char *text_reader_kind(struct text_reader *reader);
/* Bytes of the file read so far: compressed ones of a compressed file. For progress. */
long long text_reader_position(const struct text_reader *reader);
/* Bytes of the byte order mark that was taken off. */
size_t text_reader_mark(const struct text_reader *reader);

/* Makes at least `want` bytes wait in the window, or all that the file still has, and points at them. They may be
 * changed, and stay where they are until the next call; the byte behind them is NUL. *size 0: the end. */
enum status text_reader_fill(struct text_reader *reader, size_t want, char **text, size_t *size, struct error *error);
/* Takes the first `size` bytes out of the window. */
void text_reader_take(struct text_reader *reader, size_t size);

/* The next line, without its end (LF, CR LF or CR), NUL-terminated; valid until the next call. A line longer than `max`
 * bytes is refused. *more is false at the end. */
struct text_line {
    char *text;
    size_t size;
    long long number; /* from 1 */
};
enum status text_reader_line(struct text_reader *reader, size_t max, struct text_line *line, bool *more,
                             struct error *error);

#endif
