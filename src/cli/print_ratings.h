#ifndef SLEEVE_CLI_PRINT_RATINGS_H
#define SLEEVE_CLI_PRINT_RATINGS_H

#include "app/rating_table.h"
#include "app/ratings.h"
#include "cli/commands.h"

/* What `rate` prints. */

enum status print_rating_table(const struct cli *cli, const struct rating_table *table, struct error *error);
/* With titles and artists; needs the catalogue for them. */
enum status print_ratings(const struct cli *cli, struct catalogue *catalogue, const struct rating_list *ratings,
                          struct error *error);
enum status print_rating_reasons(const struct cli *cli, const struct rating_reason_list *reasons, struct error *error);

#endif
