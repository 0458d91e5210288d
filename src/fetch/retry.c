#include "fetch/retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int month_number(const char *name)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

int64_t retry_http_date(const char *text)
{
    char day[4], month[4], zone[4];
    int end = 0;
    struct tm time = {0};
    if (sscanf(text, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", day, &time.tm_mday, month, &time.tm_year,
               &time.tm_hour, &time.tm_min, &time.tm_sec, zone, &end) != 8 ||
        strcmp(zone, "GMT") != 0 || text[end + (int)strspn(text + end, " \t")])
        return -1;
    time.tm_mon = month_number(month);
    if (time.tm_mon < 0 || time.tm_mday < 1 || time.tm_mday > 31 || time.tm_year < 1970 || time.tm_hour < 0 ||
        time.tm_hour > 23 || time.tm_min < 0 || time.tm_min > 59 || time.tm_sec < 0 || time.tm_sec > 60)
        return -1;
    time.tm_year -= 1900;
    return timegm(&time);
}

static double limited(double seconds)
{
    return seconds < 0 ? 0 : seconds > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : seconds;
}

double retry_after(const char *text, const char *date, int64_t now)
{
    text += strspn(text, " \t");
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && !text[digits + strspn(text + digits, " \t")])
        return limited(strtod(text, NULL));
    int64_t until = retry_http_date(text), from = retry_http_date(date);
    if (until < 0)
        return -1;
    return limited((double)(until - (from >= 0 ? from : now)));
}

double retry_backoff(int failures, struct random *random)
{
    double longest = 1;
    for (int i = 1; i < failures && longest < 60; i++)
        longest *= 2;
    if (longest > 60)
        longest = 60;
    return longest * (0.5 + 0.5 * random_uniform(random));
}
