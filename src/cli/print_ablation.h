#ifndef SLEEVE_CLI_PRINT_ABLATION_H
#define SLEEVE_CLI_PRINT_ABLATION_H

#include "app/ablation.h"
#include "cli/commands.h"

/* The result of an ablation: as tables, as a Markdown document, as TSV with full precision, or as JSON. */

enum status print_ablation(const struct ablation_settings *settings, const struct ablation_result *result,
                           struct error *error);
enum status print_ablation_json(const struct ablation_settings *settings, const struct ablation_result *result,
                                struct error *error);
/* A heading, what was compared, and the tables. */
void print_ablation_markdown(const struct ablation_settings *settings, const struct ablation_result *result,
                             struct buffer *out);
/* One line for each difference: question, model, a, b, metric, playlists, means, intervals, tests, difference of each
 * seed. Values are fractions. */
void print_ablation_tsv(const struct ablation_settings *settings, const struct ablation_result *result,
                        struct buffer *out);

#endif
