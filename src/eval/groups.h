#ifndef SLEEVE_EVAL_GROUPS_H
#define SLEEVE_EVAL_GROUPS_H

#include "eval/results.h"
#include "eval/slices.h"
#include "eval/split.h"

/* Results, or differences of results, for a part of the evaluated playlists. */

struct result_group {
    int seeds; /* playlists with this many seeds; 0: with any number */
    int slice; /* playlists in `bin` of this enum slice; -1: in any */
    enum slice_bin bin;
};
enum { RESULT_GROUPS = SPLIT_GROUPS + N_SLICES * N_SLICE_BINS };
/* The groups: one for each number of seeds, then one for each bin of each slice. */
void result_groups(struct result_group groups[RESULT_GROUPS]);
/* Names: "seeds" or the slice's; "1".."10", written into `text`, or the bin's. */
const char *result_group_slice(const struct result_group *group);
const char *result_group_bin(const struct result_group *group, char text[16]);

/* Copies the rows of the group to `kept`, which may be list->items itself and otherwise has space for all of them, and
 * returns how many there are. `slices` may be NULL for a group of seeds. A playlist that is not in the table of slices
 * is in no bin. */
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
