#ifndef SLEEVE_CLI_FEATURES_FIT_H
#define SLEEVE_CLI_FEATURES_FIT_H

#include "app/feature_fit.h"
#include "cli/commands.h"

/* `sleeve features fit SET`: reads the options, fits and prints the result. */
enum status features_fit(struct cli *cli, const char *set, struct error *error);

#endif
