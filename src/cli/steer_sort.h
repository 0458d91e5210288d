#ifndef SLEEVE_CLI_STEER_SORT_H
#define SLEEVE_CLI_STEER_SORT_H

#include "cli/cli.h"

/* `sleeve steer sort PLAYLIST --by ...`: prints a playlist in another order, and may save it. */
enum status cli_steer_sort(struct cli *cli, struct error *error);

#endif
