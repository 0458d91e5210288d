#ifndef SLEEVE_CLI_PRINT_ATTRIBUTES_H
#define SLEEVE_CLI_PRINT_ATTRIBUTES_H

#include "cli/cli.h"

/* Prints the report of a model of attributes (app/attributes.h): as it is with --json, otherwise as a table. */
enum status print_attributes(struct cli *cli, const char *report, struct error *error);

#endif
