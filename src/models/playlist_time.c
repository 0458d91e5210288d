#include "models/playlist_time.h"

#include <math.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Reads exactly n digits. */
static bool read_digits(const char *text, int n, int *value)
{
    *value = 0;
    for (int i = 0; i < n; i++) {
        if (!is_digit(text[i]))
            return false;
        *value = 10 * *value + (text[i] - '0');
    }
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Counts years from March, so that a leap day is the last day of its year. */
static int32_t days_since_1970(int year, int month, int day)
{
    int y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    return (int32_t)(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468);
}

static bool date_at(const char *text, int32_t *out)
{
    int year, month, day;
    if (!read_digits(text, 4, &year))
        return false;
    char separator = text[4];
    if ((separator != '-' && separator != '/' && separator != '.') || !read_digits(text + 5, 2, &month) ||
        text[7] != separator || !read_digits(text + 8, 2, &day) || is_digit(text[10]))
        return false;
    if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *out = days_since_1970(year, month, day);
    return true;
}

bool title_day(const char *title, int32_t *day)
{
    for (const char *at = title; *at; at++)
        if ((at == title || !is_digit(at[-1])) && date_at(at, day))
            return true;
    return false;
}

struct time_bins time_bins_of(int32_t first_day, int32_t last_day)
{
    int64_t range = (int64_t)last_day - first_day, width = range / TIME_BINS_MAX + 1;
    width = width < 7 ? 7 : width;
    return (struct time_bins){first_day, (int32_t)width, (size_t)(range / width) + 1};
}

size_t time_bin(const struct time_bins *bins, int32_t day)
{
    return (size_t)(((int64_t)day - bins->first) / bins->width);
}

void time_smooth(const struct time_bins *bins, double days, const double *counts, double *smooth)
{
    double factor = exp(-(double)bins->width / days), carried = 0;
    for (size_t b = 0; b < bins->count; b++)
        smooth[b] = carried = counts[b] + factor * carried;
    carried = 0;
    for (size_t b = bins->count; b-- > 0;) {
        smooth[b] += carried; /* what lies behind it, without its own count */
        carried = factor * (carried + counts[b]);
    }
}
