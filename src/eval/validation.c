#include "eval/validation.h"

static enum status evaluate(void *context, struct recommender *recommender, struct model_scores *scores,
                            struct error *error)
{
    const struct validation *validation = context;
    struct evaluation evaluation;
    struct result_summary summary;
    enum status status =
        evaluate_recommender(recommender, &validation->evaluated, &validation->stats, NULL, NULL, &evaluation, error);
    if (status != STATUS_OK)
        return status;
    status = evaluation_summarise(&evaluation, 0, &summary, error);
    if (status == STATUS_OK)
        *scores = (struct model_scores){.ndcg = summary.metrics[METRIC_NDCG].mean,
                                        .recall = summary.metrics[METRIC_RECALL].mean,
                                        .r_precision = summary.metrics[METRIC_R_PRECISION].mean,
                                        .clicks = summary.metrics[METRIC_CLICKS].mean};
    evaluation_free(&evaluation);
    return status;
}

enum status validation_open(struct catalogue *catalogue, struct validation *validation, bool *found,
                            struct error *error)
{
    *validation = (struct validation){.evaluator = {evaluate, validation}};
    enum status status = catalogue_interactions_load(catalogue, SPLIT_VALIDATION, &validation->evaluated, error);
    *found = status == STATUS_OK && validation->evaluated.n_playlists > 0;
    if (*found)
        status = track_stats_load(catalogue, SPLIT_TRAIN, &validation->stats, error);
    if (status != STATUS_OK || !*found)
        validation_close(validation);
    return status;
}

void validation_close(struct validation *validation)
{
    interactions_free(&validation->evaluated);
    track_stats_free(&validation->stats);
}
