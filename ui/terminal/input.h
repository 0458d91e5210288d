#ifndef SLEEVE_UI_TERMINAL_INPUT_H
#define SLEEVE_UI_TERMINAL_INPUT_H

#include "ui/event.h"
#include "ui/terminal/sequence.h"

/* Converts the terminal's sequences to input events, with curses' table of keys (ui/terminal/keys.h). */
struct input {
    int erase; /* the tty's erase character, reported as KEYS_BACKSPACE */
    double last_click;
    int click_row, click_column, clicks;
    int drag_row, drag_column; /* the last known position of the pointer while button 1 is down */
};

/* False if the sequence is not an event: a reply of the terminal, a mouse release, an unknown key. `seconds` is a clock
 * for double clicks. */
bool input_event(struct input *input, const struct sequence *sequence, double seconds, struct event *event);

#endif
