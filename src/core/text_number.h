#ifndef SLEEVE_CORE_TEXT_NUMBER_H
#define SLEEVE_CORE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers as people write them. */

/* "28,356"; `text` holds 32 bytes. */
void text_count(int64_t count, char text[32]);
/* The value, or 0 where printf's "%.*f" would print it as "-0", "-0.00": a sign without a number says nothing. */
double text_plain_zero(double value, int decimals);

/* Parsing numbers in tables, in the notation of any country. `delimiter` is the table's. A comma is a decimal comma in
 * tables with semicolons, and elsewhere if it cannot group thousands. In tables with commas it groups thousands (1,234
 * had to be quoted there). In tables with tabs 1,234 is ambiguous and not a number. */

/* Surrounding blanks, a sign, digits, one decimal point or comma, thousands grouped by the other one, blanks or
 * apostrophes, an exponent. False for anything else, including nan, infinity, hexadecimal digits and values that do not
 * fit a double. */
bool text_number(const char *text, size_t size, char delimiter, double *value);

/* A time as m:ss or h:mm:ss, with an optional fraction of the seconds: minutes (after hours) and seconds are below 60.
 * The value is in seconds. */
bool text_time(const char *text, size_t size, double *seconds);

#endif
