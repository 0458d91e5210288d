#ifndef SLEEVE_UI_TERMINAL_TEXT_SCREEN_H
#define SLEEVE_UI_TERMINAL_TEXT_SCREEN_H

#include "core/buffer.h"
#include "core/status.h"
#include "ui/terminal/cells.h"
#include "ui/terminal/terminal_entry.h"

/* Text cells, drawn by curses. Curses writes to a file in memory; its bytes are then sent in one write with those of
 * pictures, with a time limit. One at a time in a process, used by one thread. */
struct text_screen;

/* Makes curses' screen for a terminal type. Changes the environment for a moment, and the process's locale of
 * characters (LC_CTYPE) to UTF-8, so it must be called before other threads start, or text_screen_prepare there, which
 * makes it for later. */
enum status text_screen_prepare(const char *type, struct error *error);
enum status text_screen_open(const char *type, struct text_screen **screen, struct error *error);
/* NULL is ignored. */
void text_screen_close(struct text_screen *screen);
const struct terminal_entry *text_screen_entry(const struct text_screen *screen);

/* Enters the alternate screen and clears it; and back. */
void text_screen_enter(struct text_screen *screen, struct buffer *out);
void text_screen_leave(struct text_screen *screen, struct buffer *out);
/* What a signal handler writes instead of text_screen_leave. */
const struct buffer *text_screen_restore(const struct text_screen *screen);

enum status text_screen_resize(struct text_screen *screen, int rows, int columns, struct error *error);
/* Curses numbers pairs of colours, of which there are many, but not for ever: when most are in use, forget them and
 * draw everything again. */
bool text_screen_is_full(const struct text_screen *screen);
void text_screen_forget(struct text_screen *screen);
/* Clears the terminal, whatever its contents, colours and cursor are. */
void text_screen_clear(struct text_screen *screen, struct buffer *out);

/* True if curses can show this cell: one character of the cell's width with a few combining marks, and every terminal
 * agrees about its width. */
bool text_screen_fits(const struct tile *tile);
/* Puts a tile that fits, or NULL for a blank. */
void text_screen_put(struct text_screen *screen, int row, int column, const struct tile *tile);
/* Something that curses does not know of was written there: the next update draws this cell again. */
void text_screen_damage(struct text_screen *screen, int row, int column);
/* Appends the bytes for what was put since the last call, then for this position and visibility of the cursor. */
void text_screen_update(struct text_screen *screen, int row, int column, struct buffer *out);
void text_screen_cursor(struct text_screen *screen, bool visible, struct buffer *out);

#endif
