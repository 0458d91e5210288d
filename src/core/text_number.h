#ifndef SLEEVE_CORE_TEXT_NUMBER_H
#define SLEEVE_CORE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Numbers as tables hold them, whatever country's program wrote them. `delimiter` is the table's: a comma is a decimal
 * one where semicolons separate; elsewhere it is where it cannot group thousands, and it groups them where commas
 * separate (1,234 had to be quoted there). Between tabs 1,234 could be either and is no number. */

/* Blanks around, a sign, digits, one decimal point or comma, thousands grouped by the other one, blanks or apostrophes,
 * an exponent. False for all else, so for nan, infinity, hexadecimal digits and what does not fit a double. */
bool text_number(const char *text, size_t size, char delimiter, double *value);

/* A time as m:ss or h:mm:ss, the seconds with a fraction where they have one: minutes (behind hours) and seconds are
 * below 60. In seconds. */
bool text_time(const char *text, size_t size, double *seconds);

#endif
