#ifndef SLEEVE_APP_TRACK_NUMBERS_H
#define SLEEVE_APP_TRACK_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* Track numbers in order, repeats included. */
struct track_numbers {
    int64_t *ids;
    size_t count;
};

#endif
