#ifndef SLEEVE_CLI_PRINT_RECIPE_H
#define SLEEVE_CLI_PRINT_RECIPE_H

#include "app/recipes.h"
#include "cli/commands.h"

/* The form of a recipe with its counts, candidates, and years. */

/* `answer` may be NULL: without counts. */
enum status cli_print_recipe(const struct cli *cli, const struct recipe *recipe, const struct app_recipe_answer *answer,
                             struct error *error);
enum status cli_print_candidates(const struct cli *cli, const struct recipe *recipe,
                                 const struct app_recipe_answer *answer, struct error *error);
/* The suggestions of a model that pass. */
struct recommend_result;
enum status cli_print_filtered(const struct cli *cli, const struct recipe *recipe, const char *model,
                               const struct recommend_result *result, const struct app_recipe_answer *answer,
                               struct error *error);
enum status cli_print_years(const struct cli *cli, const struct app_years_answer *answer, struct error *error);
enum status cli_print_recipes(const struct cli *cli, const struct recipe_rows *rows, struct error *error);

#endif
