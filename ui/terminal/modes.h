#ifndef SLEEVE_UI_TERMINAL_MODES_H
#define SLEEVE_UI_TERMINAL_MODES_H

#include "ui/terminal/terminal.h"

/* The best way to show pictures that the terminal has: what was asked for as far as it can be, else the next lower step
 * of sixel, half-blocks in 24-bit colour, half-blocks in 256 colours, characters as shades. */
enum image_mode image_mode_choose(enum image_mode asked, const struct terminal_info *info);

#endif
