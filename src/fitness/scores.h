#ifndef SLEEVE_FITNESS_SCORES_H
#define SLEEVE_FITNESS_SCORES_H

#include "fitness/split.h"

/* How often the right playlist is among the first 1, 3 and 5 (Stern 2022). A song on several playlists counts once for
 * each. */

enum { FITNESS_TOPS = 3 };
extern const int fitness_tops[FITNESS_TOPS]; /* 1, 3, 5 */

/* The rank of a class among scores [n_classes], from 1; of equal scores the lower class is first. A score that is not
 * a number is behind all others. */
int32_t fitness_rank(const float *scores, int32_t n_classes, int32_t class);

struct fitness_share {
    double value, low, high; /* the interval holds 95 % (Wilson 1927) */
};
/* n 0: all NAN. */
struct fitness_share fitness_share_of(int64_t right, int64_t n);

/* The mean of paired differences of two columns of hits (0 or 1), with its 95 % interval (normal). */
struct fitness_share fitness_difference(const uint8_t *a, const uint8_t *b, int64_t n);

#endif
