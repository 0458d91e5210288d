#ifndef SLEEVE_APP_COMPARE_INTERNAL_H
#define SLEEVE_APP_COMPARE_INTERNAL_H

#include "app/compare.h"
#include "eval/pairs.h"

/* The parts of app_compare: each fills its members of the result. */

enum status compare_metrics(const struct compare_settings *settings, const struct result_pairs *pairs,
                            struct compare_result *result, struct error *error);
enum status compare_metrics_unpaired(const struct result_list *a, const struct result_list *b,
                                     struct compare_result *result, struct error *error);
/* The playlists with the largest wins and losses in result->by, without their names. */
enum status compare_choose_largest(const struct result_pairs *pairs, size_t wanted, struct compare_result *result,
                                   struct error *error);

#endif
