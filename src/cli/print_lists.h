#ifndef SLEEVE_CLI_PRINT_LISTS_H
#define SLEEVE_CLI_PRINT_LISTS_H

#include "app/compare_lists.h"
#include "cli/commands.h"

/* Two models' suggestions side by side, with the rank of each track in the other list. `rows`: how many of each. */
enum status print_lists(const struct compared_lists *lists, size_t rows, struct error *error);
enum status print_lists_json(const struct compared_lists *lists, size_t rows, struct error *error);

#endif
