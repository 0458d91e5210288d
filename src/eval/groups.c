#include "eval/groups.h"

#include <stdio.h>
#include <stdlib.h>

void result_groups(struct result_group groups[RESULT_GROUPS])
{
    size_t n = 0;
    for (int seeds = 1; seeds <= SPLIT_GROUPS; seeds++)
        groups[n++] = (struct result_group){.seeds = seeds, .slice = -1};
    for (int slice = 0; slice < N_SLICES; slice++)
        for (int bin = 0; bin < N_SLICE_BINS; bin++)
            groups[n++] = (struct result_group){.slice = slice, .bin = (enum slice_bin)bin};
}

const char *result_group_slice(const struct result_group *group)
{
    return group->slice >= 0 ? slice_names[group->slice] : "seeds";
}

const char *result_group_bin(const struct result_group *group, char text[16])
{
    if (group->slice >= 0)
        return slice_bin_names[group->bin];
    snprintf(text, 16, "%d", group->seeds);
    return text;
}

size_t result_group_take(const struct result_group *group, const struct slice_table *slices,
                         const struct result_list *list, struct result_row *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct result_row *row = &list->items[i];
        bool in = group->seeds == 0 || row->seeds == group->seeds;
        if (in && group->slice >= 0) {
            size_t place = slice_table_find(slices, row->playlist_id);
            in = place < slices->count && slices->bins[place][group->slice] == group->bin;
        }
        if (in)
            kept[count++] = *row;
    }
    return count;
}
