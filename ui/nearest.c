#include "ui/nearest.h"

#include <string.h>

/* The number of letters to insert, remove, replace or exchange with their neighbour. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    enum { MOST = 32 };
    size_t rows[MOST + 1][MOST + 1];
    if (n > MOST || m > MOST)
        return MOST;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            size_t best = i == 0 || j == 0 ? i + j : rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (i > 0 && rows[i - 1][j] + 1 < best)
                best = rows[i - 1][j] + 1;
            if (j > 0 && rows[i][j - 1] + 1 < best)
                best = rows[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && rows[i - 2][j - 2] + 1 < best)
                best = rows[i - 2][j - 2] + 1;
            rows[i][j] = best;
        }
    return rows[n][m];
}

size_t nearest_distance(const char *word, const char *name)
{
    const char *last = strrchr(name, ' ');
    size_t whole = 2 * distance(word, strlen(word), name, strlen(name));
    size_t part = last ? 2 * distance(word, strlen(word), last + 1, strlen(last + 1)) + 1 : whole;
    return part < whole ? part : whole;
}

size_t nearest_limit(const char *word)
{
    return 2 * (strlen(word) / 3 + 1) + 1;
}
