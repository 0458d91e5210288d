#ifndef SLEEVE_CORE_TERMINAL_STREAM_H
#define SLEEVE_CORE_TERMINAL_STREAM_H

#include <stdio.h>

/* A stream to a terminal's descriptor, which it closes with itself: what a terminal might obey, turn around or hide is
 * written as text_escape does. NULL, and the descriptor left open, where memory ran out. */
FILE *terminal_stream(int descriptor);

#endif
