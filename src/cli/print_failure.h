#ifndef SLEEVE_CLI_PRINT_FAILURE_H
#define SLEEVE_CLI_PRINT_FAILURE_H

#include "app/failure_explain.h"
#include "cli/commands.h"

/* How `failures` prints one playlist in detail, and the overview of all. */

enum status print_failure(struct cli *cli, struct app *app, const char *playlist, const char *model,
                          const char *against, struct error *error);
enum status print_failure_groups(const struct cli *cli, const struct failure_list *list, struct error *error);

#endif
