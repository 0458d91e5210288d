#ifndef SLEEVE_CORE_TEXT_H
#define SLEEVE_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"

/* UTF-8 text as a terminal shows it and as a search compares it, over libutf8proc. All functions take bytes that may
 * be anything: wrong bytes never stop them. */

/* Bytes of the well-formed UTF-8 character at the start of `text` (1 to 4); 0 when there is none. */
size_t text_character_size(const char *text, size_t size);
bool text_is_utf8(const char *text, size_t size);
/* True when the (well-formed) character before `end` is part of a word: a letter, a mark or a number. */
bool text_ends_in_word(const char *text, const char *end);

bool text_ends_with(const char *text, size_t size, const char *end);

/* Bytes of the grapheme cluster at the start of `text` (a base with its marks, a flag, ...; 1 to 27, 0 only when size
 * is 0) and, in *width, its terminal columns: 0, 1 or 2. The columns are the sum over its characters, because that is
 * how far xterm and ncurses move on; a cluster that would need more than 2 columns (emoji joined by ZWJ) or more than
 * 27 bytes is cut there. A wrong byte or a control character is a cluster of one column. */
size_t text_cluster(const char *text, size_t size, int *width);
/* Terminal columns of the text as text_sanitise would show it. */
int text_width(const char *text, size_t size);

/* Appends the text safe to show: wrong bytes, control characters (C0, C1, DEL), bidirectional overrides, line
 * separators and characters of unknown width become U+FFFD, a space or nothing. What it appends is always well-formed
 * UTF-8 with no byte that a terminal could take for a command, and no cluster of it has zero columns. Characters on
 * whose width terminals disagree when they are joined (ZWJ, skin tones, variation selectors after emoji) are left out,
 * and joiners between letters of scripts that do not join. */
void text_sanitise(const char *text, size_t size, struct buffer *out);

/* Appends the text with everything that a terminal might obey, turn around or hide as \\uXXXX (in UTF-16 units, as JSON
 * writes them): control characters but for line feeds and tabs, a carriage return before a line feed left out,
 * invisible format characters and joiners, line separators, variation selectors. Wrong bytes become U+FFFD. JSON stays
 * the same JSON. For output on a terminal that is not laid out in cells. */
void text_escape(const char *text, size_t size, struct buffer *out);

/* Appends as much of the (sanitised) text as fits `columns`, with an ellipsis as its last column where it was cut,
 * never half a wide character, then spaces up to `columns` when `pad`. */
void text_fit(const char *text, size_t size, int columns, bool pad, struct buffer *out);

/* Appends the text as search compares it: compatibility-decomposed, accents dropped, case folded, ø, ł, ß and the like
 * to their plain letters, typographic quotes and dashes to plain ones, every run of white space to one space, none at
 * the ends, wrong bytes and invisible characters dropped. ASCII takes a fast path. */
void text_fold(const char *text, size_t size, struct buffer *out);

/* Appends the text as identity compares it: two texts are the same title or name when this gives the same bytes. In
 * NFC, with full Unicode case folding; every run of white space is one space, none at the ends; control characters and
 * characters that show nothing are dropped. Accents, tone and voicing marks count, and so do the joiners (U+200C,
 * U+200D) inside a word. A text of which nothing can be seen stays as it is. Wrong bytes count as U+FFFD. Applied again
 * it changes nothing. ASCII takes a fast path. */
void text_key(const char *text, size_t size, struct buffer *out);
/* Appends the text in NFC; text that is not UTF-8 as it is. */
void text_compose(const char *text, size_t size, struct buffer *out);
/* The same in NFD. */
void text_decompose(const char *text, size_t size, struct buffer *out);

#endif
