#include "eval/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

enum status result_seeds(const struct result_list *list, int32_t **out, size_t *count, struct error *error)
{
    int32_t *seeds = malloc((list->count + 1) * sizeof *seeds);
    *out = seeds;
    *count = 0;
    if (!seeds)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++)
        seeds[i] = list->items[i].seeds;
    qsort(seeds, list->count, sizeof *seeds, ascending);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || seeds[i] != seeds[*count - 1])
            seeds[(*count)++] = seeds[i];
    return STATUS_OK;
}

enum status result_groups(const struct result_list *list, struct result_group **out, size_t *count, struct error *error)
{
    int32_t *seeds;
    size_t n_seeds, n = 0;
    enum status status = result_seeds(list, &seeds, &n_seeds, error);
    if (status != STATUS_OK)
        return status;
    struct result_group *groups = malloc((n_seeds + (size_t)N_SLICES * N_SLICE_BINS) * sizeof *groups);
    if (!groups) {
        free(seeds);
        return error_no_memory(error);
    }
    for (size_t i = 0; i < n_seeds; i++)
        groups[n++] = (struct result_group){.seeds = seeds[i], .slice = -1};
    for (int slice = 0; slice < N_SLICES; slice++)
        for (int bin = 0; bin < N_SLICE_BINS; bin++)
            groups[n++] = (struct result_group){.seeds = SEEDS_ANY, .slice = slice, .bin = (enum slice_bin)bin};
    free(seeds);
    *out = groups;
    *count = n;
    return STATUS_OK;
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
        bool in = group->seeds == SEEDS_ANY || row->seeds == group->seeds;
        if (in && group->slice >= 0) {
            size_t index = slice_table_find(slices, row->playlist_id);
            in = index < slices->count && slices->bins[index][group->slice] == group->bin;
        }
        if (in)
            kept[count++] = *row;
    }
    return count;
}

static void summarise(const struct result_group *group, const struct slice_table *slices,
                      const struct result_list *list, struct result_row *kept, struct group_summary *item)
{
    size_t count = result_group_take(group, slices, list, kept);
    *item = (struct group_summary){.group = *group};
    if (group->slice >= 0) {
        item->from = slices->ranges[group->slice][group->bin].from;
        item->to = slices->ranges[group->slice][group->bin].to;
    }
    result_summarise(kept, count, &item->summary);
}

enum status result_groups_summarise(const struct result_list *list, const struct slice_table *slices,
                                    struct group_summaries *summaries, struct error *error)
{
    struct result_group *groups;
    *summaries = (struct group_summaries){0};
    enum status status = result_groups(list, &groups, &summaries->count, error);
    if (status != STATUS_OK)
        return status;
    if (!slices)
        while (summaries->count > 0 && groups[summaries->count - 1].slice >= 0)
            summaries->count--;
    struct result_row *kept = malloc((list->count + 1) * sizeof *kept);
    summaries->items = malloc((summaries->count + 1) * sizeof *summaries->items);
    if (!kept || !summaries->items)
        status = error_no_memory(error);
    for (size_t g = 0; status == STATUS_OK && g < summaries->count; g++)
        summarise(&groups[g], slices, list, kept, &summaries->items[g]);
    free(kept);
    free(groups);
    if (status != STATUS_OK)
        group_summaries_free(summaries);
    return status;
}

void group_summaries_free(struct group_summaries *summaries)
{
    free(summaries->items);
    *summaries = (struct group_summaries){0};
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
