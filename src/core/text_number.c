#include "core/text_number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 64 };

/* The digits of a number in the form of strtod. */
struct digits {
    char text[NUMBER_MAX + 1];
    size_t size;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool put(struct digits *digits, char c)
{
    if (digits->size == NUMBER_MAX)
        return false;
    digits->text[digits->size++] = c;
    return true;
}

static void trim(const char **text, size_t *size)
{
    for (; *size > 0 && **text == ' '; ++*text)
        --*size;
    while (*size > 0 && (*text)[*size - 1] == ' ')
        --*size;
}

/* The size of a thousands separator that does not depend on the decimal mark: a blank, a narrow or non-breaking one, an
 * apostrophe. */
static size_t group_mark(const char *text, size_t size)
{
    static const char *const marks[] = {" ", "'", "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x99"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (size >= strlen(marks[i]) && memcmp(text, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* Integer digits with thousands grouped by `comma` ('.' or ',', 0: neither) or by a neutral separator: groups of three.
 */
static bool put_whole(struct digits *digits, const char *text, size_t size, char comma)
{
    size_t in_group = 0, groups = 0;
    for (size_t at = 0; at < size;) {
        size_t mark = is_digit(text[at]) ? 0 : comma && text[at] == comma ? 1 : group_mark(text + at, size - at);
        if (mark > 0) {
            if (in_group == 0 || in_group > 3 || (groups > 0 && in_group != 3))
                return false;
            groups++;
            in_group = 0;
            at += mark;
        } else {
            if (!is_digit(text[at]) || !put(digits, text[at]))
                return false;
            in_group++;
            at++;
        }
    }
    return groups == 0 || in_group == 3;
}

/* Whether the only comma of the text, at `at`, is a decimal one; *known is false if it could be either. */
static bool comma_is_decimal(const char *text, size_t size, size_t at, char delimiter, bool *known)
{
    bool could_group = size - at - 1 == 3 && at >= 1 && at <= 3 && text[0] != '0';
    *known = !could_group || delimiter != '\t';
    return delimiter == ';' || !could_group;
}

/* Finds the decimal mark (`size`: none) and determines which of '.' and ',' groups thousands. */
static bool find_decimal(const char *text, size_t size, char delimiter, size_t *decimal, char *groups)
{
    size_t count[2] = {0}, last[2] = {0};
    for (size_t i = 0; i < size; i++)
        for (int k = 0; k < 2; k++)
            if (text[i] == ".,"[k]) {
                count[k]++;
                last[k] = i;
            }
    *decimal = size;
    *groups = 0;
    if (count[0] > 0 && count[1] > 0) {
        int mark = last[1] > last[0];
        *decimal = last[mark];
        *groups = ".,"[!mark];
        return count[mark] == 1;
    }
    int mark = count[1] > 0;
    bool known = true;
    if (count[mark] == 1 && (mark == 0 || comma_is_decimal(text, size, last[1], delimiter, &known)))
        *decimal = last[mark];
    else if (count[mark] > 0)
        *groups = ".,"[mark];
    return known;
}

static size_t exponent_size(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == 'e' || text[i] == 'E')
            return size - i;
    return 0;
}

static bool put_exponent(struct digits *digits, const char *text, size_t size)
{
    if (size == 0)
        return true;
    size_t at = size > 1 && (text[1] == '-' || text[1] == '+') ? 2 : 1;
    bool fine = at < size && put(digits, 'e') && (at == 1 || put(digits, text[1]));
    for (; fine && at < size; at++)
        fine = is_digit(text[at]) && put(digits, text[at]);
    return fine;
}

/* A few digits only, as most numbers are: exact in a double. */
static bool read_plain(const char *text, size_t size, double *value)
{
    enum { EXACT_DIGITS = 15 };
    int64_t number = 0;
    for (size_t at = 0; at < size; at++) {
        if (at == EXACT_DIGITS || !is_digit(text[at]))
            return false;
        number = 10 * number + (text[at] - '0');
    }
    *value = (double)number;
    return size > 0;
}

bool text_number(const char *text, size_t size, char delimiter, double *value)
{
    if (read_plain(text, size, value))
        return true;
    struct digits digits = {.size = 0};
    trim(&text, &size);
    size_t sign = size > 0 && (*text == '-' || *text == '+')         ? 1
                  : size > 3 && memcmp(text, "\xe2\x88\x92", 3) == 0 ? 3
                                                                     : 0;
    if (sign > 0 && *text != '+')
        put(&digits, '-');
    text += sign;
    size -= sign;
    if (size == 0 || size > NUMBER_MAX)
        return false;
    size_t exponent = exponent_size(text, size), mantissa = size - exponent, decimal, before = digits.size;
    char groups;
    if (!find_decimal(text, mantissa, delimiter, &decimal, &groups) || !put_whole(&digits, text, decimal, groups))
        return false;
    if (decimal < mantissa) {
        if (!put(&digits, '.') || !put_whole(&digits, text + decimal + 1, mantissa - decimal - 1, 0) ||
            memchr(text + decimal, ' ', mantissa - decimal))
            return false;
    }
    if (digits.size - before <= (decimal < mantissa ? 1U : 0U) || !put_exponent(&digits, text + mantissa, exponent))
        return false;
    digits.text[digits.size] = '\0';
    *value = strtod(digits.text, NULL);
    return isfinite(*value);
}

bool text_time(const char *text, size_t size, double *seconds)
{
    double parts[3];
    int n = 0;
    trim(&text, &size);
    for (size_t at = 0; n < 3; at++) {
        const char *colon = memchr(text + at, ':', size - at);
        size_t end = colon ? (size_t)(colon - text) : size, digits = at;
        while (digits < end && is_digit(text[digits]))
            digits++;
        bool fraction = !colon && n > 0 && digits < end && (text[digits] == '.' || text[digits] == ',');
        if (digits == at || digits - at > (n == 0 ? 6U : 2U) || (digits < end && !fraction) ||
            !text_number(text + at, end - at, ';', &parts[n]) || (n > 0 && parts[n] >= 60) ||
            (n > 0 && digits - at != 2))
            return false;
        n++;
        at = end;
        if (!colon)
            break;
        if (n == 3)
            return false;
    }
    if (n < 2)
        return false;
    *seconds = 0;
    for (int i = 0; i < n; i++)
        *seconds = 60 * *seconds + parts[i];
    return true;
}
