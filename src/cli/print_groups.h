#ifndef SLEEVE_CLI_PRINT_GROUPS_H
#define SLEEVE_CLI_PRINT_GROUPS_H

#include "cli/commands.h"
#include "eval/groups.h"

/* How `evaluate` and `compare` print metrics of groups of playlists. */

/* The members "by_seeds" and "slices": arrays of the groups that contain playlists. With `flat` the metrics for a
 * number of seeds are members of the group itself, otherwise they are in a member "metrics". */
void print_groups_json(const struct group_summaries *groups, bool flat, struct json_writer *json);

/* The fields slice, bin, range, playlists, each followed by a tab. */
void print_group_fields(const struct group_summary *group, struct buffer *tsv);
/* A tab and a heading for each metric that is shown for a group: "recall %". */
void print_group_headings(struct buffer *tsv);
/* The values below these headings, with tabs between: "12.30±0.45", with `sign` "+12.30±0.45"; empty where unknown. */
void print_group_values(const struct result_summary *summary, bool sign, struct buffer *tsv);

#endif
