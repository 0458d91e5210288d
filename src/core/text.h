#ifndef SLEEVE_CORE_TEXT_H
#define SLEEVE_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

/* UTF-8 text as terminals display it and as search compares it, over libutf8proc. All functions accept arbitrary bytes:
 * invalid ones are never an error. */

/* The size of the well-formed UTF-8 character at the start of `text` (1 to 4); 0 if there is none. */
size_t text_character_size(const char *text, size_t size);
bool text_is_utf8(const char *text, size_t size);
/* True when the (well-formed) character before `end` is part of a word: a letter, a mark or a number. */
bool text_ends_in_word(const char *text, const char *end);

/* What the (well-formed) character at the start of `text` is part of: a word as above, a symbol (emoji, arrows, signs
 * beyond ASCII, but no modifiers such as skin tones), or neither. */
enum text_class { TEXT_SEPARATOR, TEXT_WORD, TEXT_SYMBOL };
enum text_class text_class_of(const char *text, size_t size);
/* True when the (well-formed) character at the start of `text` is a capital letter. */
bool text_is_capital(const char *text, size_t size);

bool text_ends_with(const char *text, size_t size, const char *end);

/* Returns the size of the grapheme cluster at the start of `text` (a base with its marks, a flag, ...; 1 to 27, 0 only
 * if size is 0) and, in *width, its terminal columns: 0, 1 or 2. The columns are the sum over its characters, because
 * that is how far xterm and ncurses advance; a cluster that needs more than 2 columns (emoji joined by ZWJ) or more
 * than 27 bytes is split there. An invalid byte or a control character is a cluster of one column. */
size_t text_cluster(const char *text, size_t size, int *width);
/* The terminal columns of the text after text_sanitise. */
int text_width(const char *text, size_t size);

/* Appends the text in a form that is safe to display: invalid bytes, control characters (C0, C1, DEL), bidirectional
 * overrides, line separators and characters of unknown width become U+FFFD, a space or nothing. The output is always
 * well-formed UTF-8 without bytes that a terminal could take for a command, and none of its clusters has zero columns.
 * Characters whose joined width differs between terminals (ZWJ, skin tones, variation selectors after emoji) are
 * dropped, and so are joiners between letters of scripts that do not join. */
void text_sanitise(const char *text, size_t size, struct buffer *out);

/* Appends the text with everything that a terminal might interpret, reorder or hide as \\uXXXX (in UTF-16 units, as in
 * JSON): control characters except line feeds and tabs, invisible format characters and joiners, line separators,
 * variation selectors. A carriage return before a line feed is dropped. Invalid bytes become U+FFFD. JSON keeps its
 * meaning. For terminal output that is not laid out in cells. */
void text_escape(const char *text, size_t size, struct buffer *out);

/* Appends as much of the (sanitised) text as fits `columns`, with an ellipsis in the last column if it was truncated,
 * never splitting a wide character, then spaces up to `columns` if `pad`. */
void text_fit(const char *text, size_t size, int columns, bool pad, struct buffer *out);

/* Appends the text in the form that search compares: compatibility-decomposed, accents removed, case folded, ø, ł, ß
 * and the like as plain letters, typographic quotes and dashes as plain ones, every run of white space as one space,
 * none at the ends, invalid bytes and invisible characters dropped. ASCII takes a fast path. */
void text_fold(const char *text, size_t size, struct buffer *out);

/* Appends the text in the form that identity compares: two texts are the same title or name if their keys are the same
 * bytes. NFC with full Unicode case folding; every run of white space is one space, none at the ends; control
 * characters and invisible characters are dropped. Accents, tone and voicing marks are significant, and so are the
 * joiners (U+200C, U+200D) inside a word. A text without any visible character is kept unchanged. Invalid bytes count
 * as U+FFFD. The function is idempotent. ASCII takes a fast path. */
void text_key(const char *text, size_t size, struct buffer *out);
/* Appends the text in NFC; text that is not UTF-8 is appended unchanged. */
void text_compose(const char *text, size_t size, struct buffer *out);
/* The same in NFD. */
void text_decompose(const char *text, size_t size, struct buffer *out);

/* Makes quotes within quotes single ones, for a sentence that quotes a name with quotes: added "'Heroes' (live)". One
 * opens at the beginning of a word and closes at its end. */
void text_nest_quotes(char *text);

#endif
