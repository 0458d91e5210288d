#ifndef SLEEVE_CLI_JUDGED_H
#define SLEEVE_CLI_JUDGED_H

#include "cli/commands.h"
#include "eval/compare.h"
#include "eval/groups.h"

/* What `evaluate` and `compare` share: judged models, and how results of groups of playlists are printed. */

struct judged {
    const char *name;
    struct evaluation evaluation;
    struct result_list results;
};

/* The document that `evaluate --json` prints. */
enum status judged_print_json(const char *catalogue, const char *on, const struct slice_table *slices,
                              const struct judged *models, int count, struct error *error);
/* The papers' table, and with `slices` a second one by seeds and slices. */
enum status judged_print_tables(const struct slice_table *slices, const struct judged *models, int count,
                                struct error *error);

/* "mean" and "ci95" of every metric. */
void judged_add_metrics(struct json_writer *json, const struct result_summary *summary);
/* The members "slice", "bin", "from", "to" and "n" of a group; those of seeds: "seeds" and "n_playlists". */
void judged_add_group(struct json_writer *json, const struct result_group *group, const struct slice_table *slices,
                      size_t count);
/* The fields slice, bin, range, playlists, each with a tab behind it. */
void judged_add_group_fields(struct buffer *tsv, const struct result_group *group, const struct slice_table *slices,
                             size_t count);

#endif
