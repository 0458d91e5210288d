#ifndef SLEEVE_ATTRIBUTES_TEMPORAL_H
#define SLEEVE_ATTRIBUTES_TEMPORAL_H

#include <stdbool.h>
#include <stdint.h>

/* An attribute over the time of a track, from its values for segments of ten seconds (Patwari et al. 2020, section
 * 2.3). The paper's window is W = max(3, N / 6) segments of N; N / 6 is rounded down here, and a track with fewer
 * segments than W has one window of all. */

#define TEMPORAL_SEGMENT_SECONDS 10.0

/* W for n >= 1 segments. */
int64_t temporal_window(int64_t n);

/* Equation 1: the largest mean of W segments in a row. The paper's i < N - W leaves out the last window; it is
 * included here, so that a track of exactly W segments has one. n >= 1. */
double temporal_peak(const float *values, int64_t n);

/* The moving average over windows of W segments centred on each segment; at the ends over the part of the window that
 * is in the track. An even W has one segment more before the centre. smooth [n]. */
void temporal_smooth(const float *values, int64_t n, double *smooth);

/* Equation 2 over the smoothed values: 1 - sum |A(i+1) - A(i)| / sum A(i), both from 0 to N - 2. False: it is
 * undefined, because the second sum is not above 0, or there are fewer than two segments. */
bool temporal_consistency(const double *smooth, int64_t n, double *consistency);

#endif
