#ifndef SLEEVE_EVAL_GROUPS_H
#define SLEEVE_EVAL_GROUPS_H

#include "eval/results.h"
#include "eval/slices.h"

/* Results, or differences of results, grouped by properties of the evaluated playlists. */

enum { SEEDS_ANY = -1 };
struct result_group {
    int seeds; /* playlists with this many seeds; SEEDS_ANY: any number */
    int slice; /* playlists in `bin` of this slice (enum slice); -1: all */
    enum slice_bin bin;
};
/* All groups of these results: one for each number of seeds that occurs, ascending, then one for each bin of each
 * slice. *groups [*count] is malloc'ed. */
enum status result_groups(const struct result_list *list, struct result_group **groups, size_t *count,
                          struct error *error);
/* The numbers of seeds that occur, ascending; *seeds [*count] is malloc'ed. */
enum status result_seeds(const struct result_list *list, int32_t **seeds, size_t *count, struct error *error);
/* Names: "seeds" or the slice's name; "0", "1"... (written to `text`) or the bin's name. */
const char *result_group_slice(const struct result_group *group);
const char *result_group_bin(const struct result_group *group, char text[16]);

/* Copies the group's rows to `kept` and returns their number. `kept` has space for all rows and may be list->items.
 * `slices` may be NULL for a group of seeds. A playlist that is missing from the table of slices is in no bin. */
size_t result_group_take(const struct result_group *group, const struct slice_table *slices,
                         const struct result_list *list, struct result_row *kept);

/* All groups of a list; those of slices may have count 0, and without `slices` (NULL) there are only those by seeds.
 * Start with `{0}`. */
struct group_summaries {
    struct group_summary {
        struct result_group group;
        double from, to; /* of a slice: the smallest and the largest value in the bin */
        struct result_summary summary;
    } * items;
    size_t count;
};
enum status result_groups_summarise(const struct result_list *list, const struct slice_table *slices,
                                    struct group_summaries *summaries, struct error *error);
void group_summaries_free(struct group_summaries *summaries);

/* Parses "SLICE=BIN" into group->slice and group->bin; false for any other text. */
bool result_group_parse(const char *text, struct result_group *group);

#endif
