#ifndef SLEEVE_CLI_EVALUATED_H
#define SLEEVE_CLI_EVALUATED_H

#include "cli/commands.h"
#include "core/file.h"
#include "eval/compare.h"
#include "eval/evaluate.h"
#include "eval/groups.h"

/* What `evaluate` and `compare` share: evaluated models, and how results of groups of playlists are printed. */

struct evaluated {
    const char *name;
    struct model_list record; /* of the training that was evaluated */
    struct evaluation evaluation;
};

/* The document that `evaluate --json` prints. */
enum status evaluated_print_json(const char *catalogue, const char *on, const struct slice_table *slices,
                                 const struct evaluated *models, int count, struct error *error);
/* The papers' table, and with `slices` a second one by seeds and slices. */
enum status evaluated_print_tables(const struct slice_table *slices, const struct evaluated *models, int count,
                                   struct error *error);

/* One line of the plot: results by number of seeds. */
struct evaluated_line {
    const char *name;
    const struct result_list *results;
};
/* Whether the file's name and the number of lines can be plotted; STATUS_USAGE where not. */
enum status evaluated_plot_check(const char *path, int n_lines, struct error *error);
/* Precision, recall, R-precision, NDCG, clicks and popularity against the number of seeds, as PNG or SVG by the file's
 * name; commits the file. `set` is "test ", "validation " or "". */
enum status evaluated_plot(struct catalogue *catalogue, const char *set, const struct evaluated_line *lines,
                           int n_lines, struct atomic_file *file, struct error *error);

/* "mean" and "ci95" of every metric. */
void evaluated_add_metrics(struct json_writer *json, const struct result_summary *summary);
/* The members "slice", "bin", "from", "to" and "n" of a group; those of seeds: "seeds" and "n_playlists". */
void evaluated_add_group(struct json_writer *json, const struct result_group *group, const struct slice_table *slices,
                         size_t count);
/* The fields slice, bin, range, playlists, each with a tab behind it. */
void evaluated_add_group_fields(struct buffer *tsv, const struct result_group *group, const struct slice_table *slices,
                                size_t count);

#endif
