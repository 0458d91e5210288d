#include "eval/held_out_group.h"

#include <string.h>

#define HELD_OUT_NAME(id, name, help) [HELD_OUT_##id] = name,
const char *const held_out_names[HELD_OUT_GROUPS] = {HELD_OUT_TABLE(HELD_OUT_NAME)};

enum held_out_group held_out_named(const char *name)
{
    int group = 0;
    while (group < HELD_OUT_GROUPS && strcmp(held_out_names[group], name) != 0)
        group++;
    return (enum held_out_group)group;
}
