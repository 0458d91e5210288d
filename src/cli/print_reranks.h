#ifndef SLEEVE_CLI_PRINT_RERANKS_H
#define SLEEVE_CLI_PRINT_RERANKS_H

#include "app/evaluate_rerank.h"

/* A row for each re-ranking and measure. */
enum status print_reranks(const struct evaluate_rerank_result *result, struct error *error);
/* {"model", "on", "n_playlists", "distance", "reranks": [{"spec", "ms", "measures": {NAME: {"alone", "reranked",
 * "difference", "ci95", "higher", "equal", "lower"}}}]}: fractions, not per cent. */
enum status print_reranks_json(const char *model, const char *on, const struct evaluate_rerank_result *result,
                               struct error *error);

#endif
