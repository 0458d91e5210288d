#include "ui/candidates.h"

#include <stdlib.h>
#include <string.h>

void completion_clear(struct completion *completion)
{
    for (size_t i = 0; i < completion->count; i++)
        free(completion->items[i].text);
    free(completion->items);
    *completion = (struct completion){0};
}

bool completion_add(struct completion *completion, const char *text, const char *help)
{
    for (size_t i = 0; i < completion->count; i++)
        if (strcmp(completion->items[i].text, text) == 0)
            return true;
    if (completion->count == completion->capacity) {
        size_t capacity = completion->capacity * 2 + 16;
        struct candidate *items = realloc(completion->items, capacity * sizeof *items);
        if (!items)
            return false;
        completion->items = items;
        completion->capacity = capacity;
    }
    char *copy = strdup(text);
    if (copy)
        completion->items[completion->count++] = (struct candidate){copy, help};
    return copy != NULL;
}
