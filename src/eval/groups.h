#ifndef SLEEVE_EVAL_GROUPS_H
#define SLEEVE_EVAL_GROUPS_H

#include "eval/results.h"
#include "eval/slices.h"
#include "eval/split.h"

/* Results, or differences of results, of a part of the evaluated playlists. */

struct result_group {
    int seeds; /* those that show this many; 0: any */
    int slice; /* those in `bin` of this slice; -1: any */
    enum slice_bin bin;
};
enum { RESULT_GROUPS = SPLIT_GROUPS + N_SLICES * N_SLICE_BINS };
/* Each number of seeds, then each bin of each slice. */
void result_groups(struct result_group groups[RESULT_GROUPS]);
/* "seeds", "unpopular", ... and "1".."10", "low", "middle", "high" (`text` holds the former). */
const char *result_group_slice(const struct result_group *group);
const char *result_group_bin(const struct result_group *group, char text[16]);

/* Copies the rows that are in the group to `kept` (room for all, or list->items itself) and returns how many; `slices`
 * may be NULL when the group is of no slice. A playlist that the table does not know is in no bin. */
size_t result_group_take(const struct result_group *group, const struct slice_table *slices,
                         const struct result_list *list, struct result_row *kept);

/* All groups of a list; those that hold no playlist have count 0. */
struct group_summaries {
    struct group_summary {
        struct result_group group;
        double from, to; /* of a slice: the least and the largest value in the bin */
        struct result_summary summary;
    } items[RESULT_GROUPS];
};
enum status result_groups_summarise(const struct result_list *list, const struct slice_table *slices,
                                    struct group_summaries *summaries, struct error *error);

/* "NAME=BIN", a slice and its bin, into group->slice and group->bin; false for another text. */
bool result_group_parse(const char *text, struct result_group *group);

#endif
