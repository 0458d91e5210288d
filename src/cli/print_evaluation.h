#ifndef SLEEVE_CLI_PRINT_EVALUATION_H
#define SLEEVE_CLI_PRINT_EVALUATION_H

#include "app/evaluate.h"
#include "cli/commands.h"

/* The document that `evaluate --json` prints; `result` with groups. */
enum status print_evaluation_json(const char *catalogue, const char *on, const struct evaluate_result *result,
                                  struct error *error);
/* The papers' table; one of known and unknown held-out tracks where there are unknown ones; with `groups` one by seeds
 * and slices. */
enum status print_evaluation(const struct evaluate_result *result, bool groups, struct error *error);

#endif
