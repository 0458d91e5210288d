#include "cli/print_groups.h"
#include "core/text_number.h"

#include <math.h>

static void add_group(const struct group_summary *item, bool flat, struct json_writer *json)
{
    const struct result_group *group = &item->group;
    json_object_begin(json);
    if (group->slice < 0) {
        json_pair_integer(json, "seeds", group->seeds);
        json_pair_integer(json, "n_playlists", (int64_t)item->summary.count);
    } else {
        json_pair_text(json, "slice", slice_names[group->slice]);
        json_pair_text(json, "bin", slice_bin_names[group->bin]);
        json_pair_number(json, "from", item->from);
        json_pair_number(json, "to", item->to);
        json_pair_integer(json, "n", (int64_t)item->summary.count);
    }
    if (!flat) {
        json_key(json, "metrics");
        json_object_begin(json);
    }
    result_summary_json(&item->summary, json);
    if (!flat)
        json_object_end(json);
    json_object_end(json);
}

void print_groups_json(const struct group_summaries *groups, bool flat, struct json_writer *json)
{
    for (int of_slices = 0; of_slices <= 1; of_slices++) {
        json_key(json, of_slices ? "slices" : "by_seeds");
        json_array_begin(json);
        for (size_t g = 0; g < groups->count; g++) {
            const struct group_summary *item = &groups->items[g];
            if (item->summary.count > 0 && (item->group.slice >= 0) == of_slices)
                add_group(item, flat && !of_slices, json);
        }
        json_array_end(json);
    }
}

void print_group_fields(const struct group_summary *item, struct buffer *tsv)
{
    const struct result_group *group = &item->group;
    char number[16];
    buffer_printf(tsv, "%s\t%s\t", result_group_slice(group), result_group_bin(group, number));
    if (group->slice == SLICE_LENGTH)
        buffer_printf(tsv, "%.0f to %.0f", item->from, item->to);
    else if (group->slice >= 0 && item->from < item->to)
        buffer_printf(tsv, "%.0f to %.0f %%", 100 * item->from, 100 * item->to);
    else if (group->slice >= 0)
        buffer_printf(tsv, "%.0f %%", 100 * item->from);
    buffer_printf(tsv, "\t%zu\t", item->summary.count);
}

void print_group_headings(struct buffer *tsv)
{
    for (int metric = 0; metric < METRICS; metric++) {
        const struct metric_info *info = &metric_infos[metric];
        if (info->priority > 0)
            buffer_printf(tsv, "\t%s%s%s", info->label, *info->unit ? " " : "", info->unit);
    }
}

void print_group_values(const struct result_summary *summary, bool sign, struct buffer *tsv)
{
    const char *separator = "";
    for (int metric = 0; metric < METRICS; metric++) {
        struct interval interval = summary->metrics[metric];
        double scale = metric_infos[metric].scale;
        if (metric_infos[metric].priority == 0)
            continue;
        buffer_add_text(tsv, separator);
        if (!isnan(interval.mean))
            buffer_printf(tsv, sign ? "%+.2f±%.2f" : "%.2f±%.2f", text_plain_zero(scale * interval.mean, 2),
                          scale * interval.ci95);
        separator = "\t";
    }
}
