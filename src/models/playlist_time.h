#ifndef SLEEVE_MODELS_PLAYLIST_TIME_H
#define SLEEVE_MODELS_PLAYLIST_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When playlists were made, in days since 1 January 1970. */

/* The first date in a title, as in "2012-02-07 Mornings" or "Friday 2012/02/10"; the separator may be '-', '/' or '.'.
 * False if there is none; years before 1900 and after 2199 are none. */
bool title_day(const char *title, int32_t *day);

/* Time in bins of equal width, so that a smoothed count takes a step for each bin, not for each pair of days. */
enum { TIME_BINS_MAX = 1024 };
struct time_bins {
    int32_t first; /* the first day of bin 0 */
    int32_t width; /* days: 7, or more where that would make too many bins */
    size_t count;
};
struct time_bins time_bins_of(int32_t first_day, int32_t last_day);
size_t time_bin(const struct time_bins *bins, int32_t day);
/* smooth[b] = Σ_c counts[c] exp(-|b - c| width / days); the arrays are different and have bins->count values. */
void time_smooth(const struct time_bins *bins, double days, const double *counts, double *smooth);

#endif
