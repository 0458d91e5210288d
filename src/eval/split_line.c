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

/* A number of at most six digits; returns its end, NULL if there is none. */
static const char *read_number(const char *text, int *value)
{
    int digits = 0;
    *value = 0;
    for (; *text >= '0' && *text <= '9'; text++, digits++) {
        if (digits == 6)
            return NULL;
        *value = *value * 10 + (*text - '0');
    }
    return digits > 0 ? text : NULL;
}

enum status split_parse(const char *set_name, const char *seeds_text, enum split_set *set, int *seeds,
                        struct error *error)
{
    *set = split_set_named(set_name);
    if (!*set)
        return error_set(error, STATUS_BAD_DATA, "the set is \"%.40s\" and must be train, val, test or cold", set_name);
    const char *end = read_number(seeds_text, seeds);
    if (!end || *end)
        return error_set(error, STATUS_BAD_DATA, "the number of seeds is \"%.40s\" and must be a whole number",
                         seeds_text);
    if (*set == SPLIT_TRAIN && *seeds != 0)
        return error_set(error, STATUS_BAD_DATA, "a playlist that trains has 0 seeds, not %d", *seeds);
    return STATUS_OK;
}

static enum status add_seeds(int first, int last, int32_t seeds[SPLIT_SEEDS_MAX], int *n_seeds, struct error *error)
{
    for (int number = first; number <= last; number++) {
        for (int i = 0; i < *n_seeds; i++)
            if (seeds[i] == number)
                return error_set(error, STATUS_USAGE, "the number of seeds %d is named twice", number);
        if (*n_seeds == SPLIT_SEEDS_MAX)
            return error_set(error, STATUS_USAGE, "a split has at most %d numbers of seeds", SPLIT_SEEDS_MAX);
        seeds[(*n_seeds)++] = number;
    }
    return STATUS_OK;
}

enum status split_seeds_parse(const char *text, int32_t seeds[SPLIT_SEEDS_MAX], int *n_seeds, struct error *error)
{
    enum status status = STATUS_OK;
    *n_seeds = 0;
    for (const char *at = text; status == STATUS_OK && at;) {
        int first = 0, last = 0;
        const char *end = read_number(at, &first);
        last = first;
        if (end && *end == '-')
            end = read_number(end + 1, &last);
        if (!end || (*end && *end != ',') || last < first)
            return error_set(error, STATUS_USAGE, "numbers of seeds are like 0,1,5 or 1-10, not \"%.40s\"", text);
        status = add_seeds(first, last, seeds, n_seeds, error);
        at = *end ? end + 1 : NULL;
    }
    return status;
}

const char *split_set_name(enum split_set set)
{
    for (size_t i = 0; i < sizeof set_names / sizeof *set_names; i++)
        if (set_names[i].set == set)
            return set_names[i].name;
    return "train";
}
