#ifndef SLEEVE_CLI_FEATURES_FIT_H
#define SLEEVE_CLI_FEATURES_FIT_H

#include "app/feature_fit.h"
#include "cli/commands.h"

/* `sleeve features fit SET`: reads the options, fits and prints the result. */
enum status features_fit(struct cli *cli, const char *set, struct error *error);

/* The options --method, --set, --seed and --resume; `texts` must outlive the settings. The second function reads them
 * without --method. */
enum { SETTINGS_GIVEN_MAX = 64 };
enum status features_fit_options(const struct cli *cli, const char *texts[SETTINGS_GIVEN_MAX],
                                 struct feature_fit_settings *settings, struct error *error);
enum status features_fit_settings(const struct cli *cli, const char *texts[SETTINGS_GIVEN_MAX],
                                  struct feature_fit_settings *settings, struct error *error);
/* Lines of a table with three columns, its header first. */
void features_fit_table(const struct feature_fit_settings *settings, const struct feature_fit_result *result,
                        struct buffer *out);
/* Members of an object. */
void features_fit_json(const struct feature_fit_settings *settings, const struct feature_fit_result *result,
                       struct json_writer *json);

#endif
