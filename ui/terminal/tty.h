#ifndef SLEEVE_UI_TERMINAL_TTY_H
#define SLEEVE_UI_TERMINAL_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/* The controlling terminal's device: modes, input and output, signals. One per process. */
struct tty;

enum tty_signal { TTY_RESIZED = 1, TTY_CLOSED = 2, TTY_STOP = 4, TTY_CONTINUED = 8 };

enum status tty_open(struct tty **tty, struct error *error);
/* Undoes tty_raw and tty_signals. `closed`: the terminal was closed, so that more signals may follow. */
void tty_close(struct tty *tty, bool closed);
int tty_descriptor(const struct tty *tty);
/* Becomes readable when a signal arrives. */
int tty_signal_descriptor(const struct tty *tty);
int tty_erase_character(const struct tty *tty);

/* Keys arrive one by one and are not echoed, ^C and ^Z as characters. */
enum status tty_raw(struct tty *tty, struct error *error);
/* Restores the modes of tty_open; discards unread input. */
void tty_cooked(struct tty *tty);
/* From now on signals are reported, and a crash writes `restore` and restores the modes first. */
enum status tty_signals(struct tty *tty, const char *restore, size_t size, struct error *error);
void tty_set_restore(const char *restore, size_t size);
/* The signals received since the last call, as a set of enum tty_signal. */
int tty_take_signals(struct tty *tty);
/* Stops the process's job as Ctrl-Z does; returns when it continues. */
void tty_stop(struct tty *tty);

/* Writes all bytes; false if the terminal is closed, a signal asks to quit, or no output was accepted for
 * `milliseconds` (-1: no limit). */
bool tty_write(struct tty *tty, const char *bytes, size_t size, int milliseconds);
/* The number of bytes available without waiting: 0 none yet, -1 the terminal is closed. */
int tty_read(struct tty *tty, char *bytes, size_t size);
/* The window's size in cells and pixels; pixels may be 0. False if it is unknown. */
bool tty_size(const struct tty *tty, int *rows, int *columns, int *width, int *height);

#endif
