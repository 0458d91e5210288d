#ifndef SLEEVE_BENCH_MAKE_JPEGS_H
#define SLEEVE_BENCH_MAKE_JPEGS_H

#include "core/buffer.h"
#include "core/status.h"

enum { MAKE_JPEGS_EDGE_MAX = 640 }; /* of the largest image that Spotify has for an album */

/* Appends a generated picture of edge x edge pixels to each of `count` buffers, the same in every run. */
enum status make_jpegs(struct buffer *files, size_t count, int edge, int quality, struct error *error);

#endif
