#ifndef SLEEVE_CLI_RATE_AUC_H
#define SLEEVE_CLI_RATE_AUC_H

#include "cli/cli.h"

/* `rate auc`: how well scores tell good from bad suggestions. */
enum status rate_auc(struct cli *cli, struct error *error);

#endif
