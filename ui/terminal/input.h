#ifndef SLEEVE_UI_TERMINAL_INPUT_H
#define SLEEVE_UI_TERMINAL_INPUT_H

#include "ui/event.h"
#include "ui/terminal/sequence.h"

/* What a person did, from the sequences a terminal sends for it. */
struct input {
    int erase; /* the tty's erase character: comes out as KEYS_BACKSPACE */
    double last_click;
    int click_row, click_column, clicks;
};

/* False when the sequence is no event: an answer of the terminal, a mouse release, a key that has no name here.
 * `seconds` is a clock for double clicks. */
bool input_event(struct input *input, const struct sequence *sequence, double seconds, struct event *event);

#endif
