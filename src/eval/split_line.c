#include <string.h>

#include "eval/split.h"

static const struct set_name {
    enum split_set set;
    const char *name;
} set_names[] = {{SPLIT_TRAIN, "train"}, {SPLIT_VALIDATION, "val"}, {SPLIT_TEST, "test"}};

enum split_set split_set_named(const char *name)
{
    for (size_t i = 0; i < sizeof set_names / sizeof *set_names; i++)
        if (strcmp(set_names[i].name, name) == 0)
            return set_names[i].set;
    return 0;
}

enum status split_parse(const char *set_name, const char *seeds_text, enum split_set *set, int *seeds,
                        struct error *error)
{
    *set = split_set_named(set_name);
    if (!*set)
        return error_set(error, STATUS_BAD_DATA, "the set is \"%.40s\" and must be train, val or test", set_name);
    int value = 0, digits = 0;
    for (const char *c = seeds_text; *c; c++, digits++) {
        if (*c < '0' || *c > '9' || digits == 6)
            return error_set(error, STATUS_BAD_DATA, "the number of seeds is \"%.40s\" and must be a whole number",
                             seeds_text);
        value = value * 10 + (*c - '0');
    }
    if (digits == 0 || (*set == SPLIT_TRAIN) != (value == 0))
        return error_set(error, STATUS_BAD_DATA, "a playlist that trains has 0 seeds, one of val or test at least 1");
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
