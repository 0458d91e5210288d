#ifndef SLEEVE_CLI_JUDGED_H
#define SLEEVE_CLI_JUDGED_H

#include "cli/commands.h"
#include "core/file.h"
#include "eval/compare.h"
#include "eval/groups.h"

/* What `evaluate` and `compare` share: judged models, and how results of groups of playlists are printed. */

struct judged {
    const char *name;
    struct model_list record; /* of the training that was judged */
    struct evaluation evaluation;
    struct result_list results;
};

/* The document that `evaluate --json` prints. */
enum status judged_print_json(const char *catalogue, const char *on, const struct slice_table *slices,
                              const struct judged *models, int count, struct error *error);
/* The papers' table, and with `slices` a second one by seeds and slices. */
enum status judged_print_tables(const struct slice_table *slices, const struct judged *models, int count,
                                struct error *error);

/* One line of the plot: results by number of seeds. */
struct judged_line {
    const char *name;
    const struct result_list *results;
};
/* Whether the file's name and the number of lines can be plotted; STATUS_USAGE where not. */
enum status judged_plot_check(const char *path, int n_lines, struct error *error);
/* Precision, recall, R-precision, NDCG, clicks and popularity against the number of seeds, as PNG or SVG by the file's
 * name; commits the file. `set` is "test ", "validation " or "". */
enum status judged_plot(struct catalogue *catalogue, const char *set, const struct judged_line *lines, int n_lines,
                        struct atomic_file *file, struct error *error);

/* "mean" and "ci95" of every metric. */
void judged_add_metrics(struct json_writer *json, const struct result_summary *summary);
/* The members "slice", "bin", "from", "to" and "n" of a group; those of seeds: "seeds" and "n_playlists". */
void judged_add_group(struct json_writer *json, const struct result_group *group, const struct slice_table *slices,
                      size_t count);
/* The fields slice, bin, range, playlists, each with a tab behind it. */
void judged_add_group_fields(struct buffer *tsv, const struct result_group *group, const struct slice_table *slices,
                             size_t count);

#endif
