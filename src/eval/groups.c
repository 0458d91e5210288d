#include "eval/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
            size_t index = slice_table_find(slices, row->playlist_id);
            in = index < slices->count && slices->bins[index][group->slice] == group->bin;
        }
        if (in)
            kept[count++] = *row;
    }
    return count;
}

enum status result_groups_summarise(const struct result_list *list, const struct slice_table *slices,
                                    struct group_summaries *summaries, struct error *error)
{
    struct result_group groups[RESULT_GROUPS];
    struct result_row *kept = malloc((list->count + 1) * sizeof *kept);
    if (!kept)
        return error_no_memory(error);
    result_groups(groups);
    for (int g = 0; g < RESULT_GROUPS; g++) {
        struct group_summary *item = &summaries->items[g];
        size_t count = result_group_take(&groups[g], slices, list, kept);
        *item = (struct group_summary){.group = groups[g]};
        if (groups[g].slice >= 0) {
            item->from = slices->ranges[groups[g].slice][groups[g].bin].from;
            item->to = slices->ranges[groups[g].slice][groups[g].bin].to;
        }
        result_summarise(kept, count, &item->summary);
    }
    free(kept);
    return STATUS_OK;
}

bool result_group_parse(const char *text, struct result_group *group)
{
    size_t size = strcspn(text, "=");
    int slice = 0, bin = 0;
    while (slice < N_SLICES && (strlen(slice_names[slice]) != size || memcmp(text, slice_names[slice], size) != 0))
        slice++;
    while (bin < N_SLICE_BINS && (!text[size] || strcmp(text + size + 1, slice_bin_names[bin]) != 0))
        bin++;
    if (slice == N_SLICES || bin == N_SLICE_BINS)
        return false;
    group->slice = slice;
    group->bin = (enum slice_bin)bin;
    return true;
}
