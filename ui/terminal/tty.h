#ifndef SLEEVE_UI_TERMINAL_TTY_H
#define SLEEVE_UI_TERMINAL_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/* The controlling terminal's device: modes, bytes in and out, signals. One per process. */
struct tty;

enum tty_signal { TTY_RESIZED = 1, TTY_CLOSED = 2, TTY_STOP = 4, TTY_CONTINUED = 8 };

enum status tty_open(struct tty **tty, struct error *error);
/* Restores what tty_raw and tty_signals changed. `closed`: from outside, so that more signals may say the same. */
void tty_close(struct tty *tty, bool closed);
int tty_descriptor(const struct tty *tty);
/* Becomes readable when a signal came. */
int tty_signal_descriptor(const struct tty *tty);
int tty_erase_character(const struct tty *tty);

/* Keys come one by one, unechoed, ^C and ^Z as characters. */
enum status tty_raw(struct tty *tty, struct error *error);
/* The modes as tty_open found them; unread input is thrown away. */
void tty_cooked(struct tty *tty);
/* From now on signals are reported, and a crash writes `restore` and the modes back before it goes its way. */
enum status tty_signals(struct tty *tty, const char *restore, size_t size, struct error *error);
void tty_set_restore(const char *restore, size_t size);
/* The signals that came since the last call, as a set of enum tty_signal. */
int tty_take_signals(struct tty *tty);
/* Stops the process's job as Ctrl-Z does; returns when it was continued. */
void tty_stop(struct tty *tty);

/* Writes all; false when the terminal is gone, a signal asks to leave, or nothing was taken for so long (-1: waits). */
bool tty_write(struct tty *tty, const char *bytes, size_t size, int milliseconds);
/* How many bytes came without waiting: 0 none yet, -1 the terminal is gone. */
int tty_read(struct tty *tty, char *bytes, size_t size);
/* The window's size in cells and pixels; pixels may be 0. False when the terminal does not know. */
bool tty_size(const struct tty *tty, int *rows, int *columns, int *width, int *height);

#endif
