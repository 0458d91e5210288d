#include "db/import/csv_values.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool csv_is_unknown(const char *text, size_t size)
{
    static const char *const words[] = {"", "-", "na", "n/a", "nan", "null", "none", "unknown", "\\N", "#n/a", "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == size && strncasecmp(words[i], text, size) == 0)
            return true;
    return false;
}

/* ---- dates ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct date_parts {
    unsigned numbers[3];
    int digits[3], n;
    char separator;
};

/* Up to three numbers with one kind of separator between them; a time may follow the third. */
static bool split_date(const char *text, size_t size, struct date_parts *parts)
{
    size_t at = 0;
    *parts = (struct date_parts){0};
    for (; parts->n < 3; parts->n++) {
        unsigned *number = &parts->numbers[parts->n];
        int *digits = &parts->digits[parts->n];
        for (; at < size && is_digit(text[at]) && *digits < 5; at++, ++*digits)
            *number = 10 * *number + (unsigned)(text[at] - '0');
        if (*digits == 0)
            return false;
        if (at == size || text[at] == 'T' || text[at] == ' ') {
            parts->n++;
            break;
        }
        if ((parts->separator && text[at] != parts->separator) || !strchr("-/.", text[at]))
            return false;
        parts->separator = text[at++];
    }
    return at == size || (parts->n == 3 && (text[at] == 'T' || text[at] == ' '));
}

static enum csv_date write_date(unsigned year, unsigned month, unsigned day, char date[DATE_SIZE])
{
    if (year == 0)
        return DATE_UNKNOWN;
    if (year < 1000 || year > 9999 || month > 12 || day > 31)
        return DATE_WRONG;
    if (month == 0)
        snprintf(date, DATE_SIZE, "%04u", year % 10000U);
    else if (day == 0)
        snprintf(date, DATE_SIZE, "%04u-%02u", year % 10000U, month % 100U);
    else
        snprintf(date, DATE_SIZE, "%04u-%02u-%02u", year % 10000U, month % 100U, day % 100U);
    return DATE_READ;
}

enum csv_date csv_date(const char *text, size_t size, char date[DATE_SIZE])
{
    struct date_parts parts;
    date[0] = '\0';
    if (csv_is_unknown(text, size))
        return DATE_UNKNOWN;
    if (!split_date(text, size, &parts))
        return DATE_WRONG;
    const unsigned *n = parts.numbers;
    bool two_digits = parts.n < 2 || parts.digits[1] <= 2;
    if (parts.digits[0] == 4 && two_digits && (parts.n < 3 || parts.digits[2] <= 2))
        return write_date(n[0], n[1], n[2], date);
    if (parts.n != 3 || parts.digits[0] > 2 || !two_digits || parts.digits[2] != 4 || parts.separator == '-')
        return DATE_WRONG;
    bool day_first = parts.separator == '.' || n[0] > 12;
    if (day_first || n[1] > 12 || n[0] == n[1])
        return day_first ? write_date(n[2], n[1], n[0], date) : write_date(n[2], n[0], n[1], date);
    enum csv_date read = write_date(n[2], 0, 0, date);
    return read == DATE_READ ? DATE_ONLY_YEAR : read;
}

/* ---- several in one field ---- */

size_t csv_first_uri(const char *text, size_t size, int *count)
{
    size_t first = size;
    *count = size > 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != ',' && text[i] != ';')
            continue;
        if (*count == 1)
            first = i;
        ++*count;
    }
    return first;
}

/* A comma that separates names and is not followed by a blank: not the one in "10,000 Maniacs" or in "Earth, Wind". */
static bool parts_names(const char *text, size_t size, size_t at)
{
    bool digits = at > 0 && is_digit(text[at - 1]) && at + 1 < size && is_digit(text[at + 1]);
    return text[at] == ',' && at > 0 && at + 1 < size && text[at + 1] != ' ' && !digits;
}

static size_t first_between_blanks(const char *text, size_t size, int *count)
{
    size_t first = size;
    *count = 1;
    for (size_t i = 0; i + 1 < size; i++) {
        if (text[i] != ',' || text[i + 1] != ' ')
            continue;
        if ((*count)++ == 1)
            first = i;
    }
    return first;
}

size_t csv_first_name(const char *text, size_t size, int n_uris, bool *several, bool *unclear)
{
    *several = *unclear = false;
    if (n_uris == 1)
        return size;
    if (n_uris > 1) {
        int count;
        size_t first = first_between_blanks(text, size, &count);
        *several = true;
        if (count == n_uris)
            return first;
    }
    const char *semicolon = memchr(text, ';', size);
    if (semicolon && semicolon > text && semicolon[1] != ' ' && semicolon + 1 < text + size) {
        *several = true;
        return (size_t)(semicolon - text);
    }
    for (size_t i = 0; i < size; i++)
        if (parts_names(text, size, i)) {
            *several = true;
            return i;
        }
    *unclear = *several;
    return size;
}

/* ---- local files ---- */

static const char local[] = "spotify:local:";

bool csv_is_local(const char *text, size_t size)
{
    return size >= sizeof local - 1 && memcmp(text, local, sizeof local - 1) == 0 &&
           !memmem(text, size, " / ", 3); /* else the key of a title that begins so */
}

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_decoded(const char *text, size_t size, struct buffer *out)
{
    for (size_t i = 0; i < size; i++) {
        int high = text[i] == '%' && i + 2 < size ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            buffer_add_byte(out, (char)(16 * high + low));
            i += 2;
        } else {
            buffer_add_byte(out, text[i] == '+' ? ' ' : text[i]);
        }
    }
}

bool csv_local_part(const char *text, size_t size, enum local_part part, struct buffer *out)
{
    if (!csv_is_local(text, size))
        return false;
    const char *at = text + sizeof local - 1, *end = text + size;
    for (int skipped = 0; skipped < (int)part; skipped++) {
        at = memchr(at, ':', (size_t)(end - at));
        if (!at)
            return false;
        at++;
    }
    const char *colon = memchr(at, ':', (size_t)(end - at));
    add_decoded(at, (size_t)((colon ? colon : end) - at), out);
    return true;
}
