#include "app/playlist_sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *help;
} sorts[PLAYLIST_SORT_COUNT] = {
#define SORT(NAME, name, help) [PLAYLIST_SORT_##NAME] = {#name, help},
    PLAYLIST_SORTS(SORT)
#undef SORT
};

const char *playlist_sort_name(enum playlist_sort by)
{
    return sorts[by].name;
}

const char *playlist_sort_help(enum playlist_sort by)
{
    return sorts[by].help;
}

enum playlist_sort playlist_sort_named(const char *name)
{
    int by = 0;
    while (by < PLAYLIST_SORT_COUNT && strcmp(sorts[by].name, name) != 0)
        by++;
    return (enum playlist_sort)by;
}

bool playlist_sort_has_space(enum playlist_sort by)
{
    return by == PLAYLIST_SORT_SIMILARITY || by == PLAYLIST_SORT_PATH;
}

/* ---- by values ---- */

struct entry {
    double value; /* ascending */
    int32_t at;
};

static int by_value(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (isnan(a->value) != isnan(b->value))
        return isnan(a->value) ? 1 : -1;
    if (!isnan(a->value) && a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

enum status playlist_sort_values(const double *values, size_t count, const bool *locked, bool descending,
                                 int32_t *order, struct error *error)
{
    struct entry *entries = malloc((count + 1) * sizeof *entries);
    size_t n = 0, next = 0;
    if (!entries)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        if (!locked || !locked[i])
            entries[n++] = (struct entry){descending ? -values[i] : values[i], (int32_t)i};
    qsort(entries, n, sizeof *entries, by_value);
    for (size_t i = 0; i < count; i++)
        order[i] = locked && locked[i] ? (int32_t)i : entries[next++].at;
    free(entries);
    return STATUS_OK;
}
