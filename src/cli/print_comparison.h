#ifndef SLEEVE_CLI_PRINT_COMPARISON_H
#define SLEEVE_CLI_PRINT_COMPARISON_H

#include "app/compare.h"
#include "cli/commands.h"

/* The document that `compare --json` prints, with groups when `result` has them. `b` is the second side as given on the
 * command line. */
enum status print_comparison_json(const struct compare_settings *settings, const char *b,
                                  const struct compare_result *result, struct error *error);
/* One table of metrics, then one of groups and one of the largest differences if the settings ask for them. */
enum status print_comparison(const struct compare_settings *settings, const struct compare_result *result,
                             struct error *error);

#endif
