#include <string.h>

#include "eval/split.h"

static const struct set_name {
    enum split_set set;
    const char *name;
} set_names[] = {{SPLIT_TRAIN, "train"}, {SPLIT_VALIDATION, "val"}, {SPLIT_TEST, "test"}};

enum status split_parse_line(const char *line, size_t size, size_t *key_size, enum split_set *set, int *seeds,
                             struct error *error)
{
    const char *first = memchr(line, '\t', size);
    const char *second = first ? memchr(first + 1, '\t', size - (size_t)(first + 1 - line)) : NULL;
    if (!second || first == line)
        return error_set(error, STATUS_BAD_DATA,
                         "a line needs a playlist, a set and the number of seeds, with tabs between");
    size_t name_size = (size_t)(second - first - 1);
    *set = 0;
    for (size_t i = 0; i < sizeof set_names / sizeof *set_names; i++)
        if (strlen(set_names[i].name) == name_size && memcmp(first + 1, set_names[i].name, name_size) == 0)
            *set = set_names[i].set;
    if (!*set)
        return error_set(error, STATUS_BAD_DATA, "the set is \"%.*s\" and must be train, val or test",
                         (int)(name_size < 40 ? name_size : 40), first + 1);
    int value = 0, digits = 0;
    for (const char *c = second + 1; c < line + size; c++, digits++) {
        if (*c < '0' || *c > '9' || digits == 6)
            return error_set(error, STATUS_BAD_DATA, "the number of seeds is not a number");
        value = value * 10 + (*c - '0');
    }
    if (digits == 0 || (*set == SPLIT_TRAIN) != (value == 0))
        return error_set(error, STATUS_BAD_DATA, "a playlist that trains has 0 seeds, one of val or test at least 1");
    *key_size = (size_t)(first - line);
    *seeds = value;
    return STATUS_OK;
}

const char *split_set_name(enum split_set set)
{
    for (size_t i = 0; i < sizeof set_names / sizeof *set_names; i++)
        if (set_names[i].set == set)
            return set_names[i].name;
    return "train";
}
