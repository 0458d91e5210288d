#ifndef SLEEVE_CORE_TERMINAL_STREAM_H
#define SLEEVE_CORE_TERMINAL_STREAM_H

#include <stdio.h>

/* A stream that writes to a terminal like text_escape, so that nothing is interpreted, reordered or hidden. Closing it
 * closes the descriptor. Returns NULL, and leaves the descriptor open, when memory runs out. */
FILE *terminal_stream(int descriptor);

#endif
