#ifndef SLEEVE_FETCH_RETRY_H
#define SLEEVE_FETCH_RETRY_H

#include <stdint.h>

#include "core/random.h"

/* When a request that failed is sent again. */

/* Seconds since 1970 of an HTTP date, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7); -1 if it is not one.
 * The two obsolete forms are not read. */
int64_t retry_http_date(const char *text);

enum { RETRY_AFTER_MAX = 7 * 24 * 3600 };

/* The seconds of a header Retry-After (RFC 9110, section 10.2.3): a number of seconds or an HTTP date, at most
 * RETRY_AFTER_MAX; -1 if it is neither. Dates are compared with `date`, the answer's header Date, because the clocks
 * may differ, and if that is not a date with `now`. */
double retry_after(const char *text, const char *date, int64_t now);

/* Seconds to wait after the given number of failures (1: the first): exponential, with full jitter in its upper half
 * ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015), between 0.5 and 60. */
double retry_backoff(int failures, struct random *random);

#endif
