/* Checks that bytes from a file are one sixel picture and nothing else. Otherwise anyone who can write the file could
 * control the terminal. */
#include <string.h>

#include "ui/terminal/sixel.h"

enum { COLOURS_MAX = 256, NUMBERS_MAX = 5, NUMBER_MAX = 99999 };

struct scan {
    const char *bytes;
    size_t size, at;
    int width, height; /* the expected size */
    int x, bands;
    bool sized;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads "1;22;333": returns how many numbers; -1 if there are more than five, or one is missing or too large. */
static int read_numbers(struct scan *scan, int numbers[NUMBERS_MAX])
{
    for (int count = 0; count < NUMBERS_MAX; count++) {
        if (scan->at >= scan->size || !is_digit(scan->bytes[scan->at]))
            return -1;
        numbers[count] = 0;
        for (; scan->at < scan->size && is_digit(scan->bytes[scan->at]); scan->at++)
            if ((numbers[count] = numbers[count] * 10 + scan->bytes[scan->at] - '0') > NUMBER_MAX)
                return -1;
        if (scan->at >= scan->size || scan->bytes[scan->at] != ';')
            return count + 1;
        scan->at++;
    }
    return -1;
}

static bool draw(struct scan *scan, int count)
{
    bool sixel = scan->at < scan->size && scan->bytes[scan->at] >= '?' && scan->bytes[scan->at] <= '~';
    scan->at++;
    scan->x += count;
    return sixel && scan->sized && scan->x <= scan->width;
}

static bool read_size(struct scan *scan)
{
    int numbers[NUMBERS_MAX];
    bool first = !scan->sized;
    scan->sized = true;
    return read_numbers(scan, numbers) == 4 && first && numbers[2] == scan->width && numbers[3] == scan->height;
}

static bool read_colour(struct scan *scan)
{
    int numbers[NUMBERS_MAX], count = read_numbers(scan, numbers);
    if ((count != 1 && count != 5) || numbers[0] >= COLOURS_MAX)
        return false;
    return count == 1 || (numbers[1] == 2 && numbers[2] <= 100 && numbers[3] <= 100 && numbers[4] <= 100);
}

static bool read_repeat(struct scan *scan)
{
    int numbers[NUMBERS_MAX];
    return read_numbers(scan, numbers) == 1 && draw(scan, numbers[0]);
}

static bool next_band(struct scan *scan)
{
    scan->x = 0;
    return ++scan->bands <= scan->height / 6 + 1;
}

static bool read_item(struct scan *scan)
{
    switch (scan->bytes[scan->at++]) {
    case '"':
        return read_size(scan);
    case '#':
        return read_colour(scan);
    case '!':
        return read_repeat(scan);
    case '$':
        scan->x = 0;
        return true;
    case '-':
        return next_band(scan);
    default:
        scan->at--;
        return draw(scan, 1);
    }
}

bool sixel_is_image(const char *bytes, size_t size, int width, int height)
{
    static const char ending[] = {'\x1b', '\\'};
    if (size < 5 || size > SIXEL_BYTES_MAX || memcmp(bytes, "\x1bP", 2) != 0 ||
        memcmp(bytes + size - 2, ending, 2) != 0)
        return false;
    size_t begin = 2 + strspn(bytes + 2, "0123456789;"); /* stops at the end of the string */
    if (bytes[begin] != 'q')
        return false;
    struct scan scan = {.bytes = bytes, .size = size - 2, .at = begin + 1, .width = width, .height = height};
    while (scan.at < scan.size)
        if (!read_item(&scan))
            return false;
    return scan.sized;
}
