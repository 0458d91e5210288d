#ifndef SLEEVE_CLI_PRINT_FITNESS_H
#define SLEEVE_CLI_PRINT_FITNESS_H

#include "cli/cli.h"

/* Prints the report of a model of fitness (app/fitness.h): as it is with --json, otherwise as tables. `all`: every
 * playlist instead of the best and the worst ones. */
enum status print_fitness(const struct cli *cli, const char *report, bool all, struct error *error);

#endif
