#ifndef SLEEVE_EVAL_GROUPS_H
#define SLEEVE_EVAL_GROUPS_H

#include "eval/results.h"
#include "eval/slices.h"
#include "eval/split.h"

/* Results, or differences of results, grouped by properties of the evaluated playlists. */

struct result_group {
    int seeds; /* playlists with this many seeds; 0: any number */
    int slice; /* playlists in `bin` of this slice (enum slice); -1: all */
    enum slice_bin bin;
};
enum { RESULT_GROUPS = SPLIT_GROUPS + N_SLICES * N_SLICE_BINS };
/* All groups: one for each number of seeds, then one for each bin of each slice. */
void result_groups(struct result_group groups[RESULT_GROUPS]);
/* Names: "seeds" or the slice's name; "1".."10" (written to `text`) or the bin's name. */
const char *result_group_slice(const struct result_group *group);
const char *result_group_bin(const struct result_group *group, char text[16]);

/* Copies the group's rows to `kept` and returns their number. `kept` has space for all rows and may be list->items.
 * `slices` may be NULL for a group of seeds. A playlist that is missing from the table of slices is in no bin. */
size_t result_group_take(const struct result_group *group, const struct slice_table *slices,
                         const struct result_list *list, struct result_row *kept);

/* All groups of a list; empty groups have count 0. */
struct group_summaries {
    struct group_summary {
        struct result_group group;
        double from, to; /* of a slice: the smallest and the largest value in the bin */
        struct result_summary summary;
    } items[RESULT_GROUPS];
};
enum status result_groups_summarise(const struct result_list *list, const struct slice_table *slices,
                                    struct group_summaries *summaries, struct error *error);

/* Parses "SLICE=BIN" into group->slice and group->bin; false for any other text. */
bool result_group_parse(const char *text, struct result_group *group);

#endif
