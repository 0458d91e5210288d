#include <string.h>

#include "ui/view_ops.h"

#define VIEW_ROW(NAME, name) [VIEW_##NAME] = &view_##name,
static const struct view_ops *const table[VIEW_COUNT] = {VIEW_TABS(VIEW_ROW) VIEW_POPUPS(VIEW_ROW)};

const struct view_ops *view_ops(enum view view)
{
    return table[view];
}

enum view view_find(const char *name)
{
    for (int view = 0; view < VIEW_TAB_COUNT; view++)
        if (strcmp(table[view]->name, name) == 0)
            return (enum view)view;
    return VIEW_NONE;
}
