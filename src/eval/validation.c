#include "eval/validation.h"

static enum status judge(void *context, struct recommender *recommender, struct model_judgement *judgement,
                         struct error *error)
{
    const struct validation *validation = context;
    struct evaluation evaluation;
    struct metrics_summary summary;
    enum status status =
        evaluate_recommender(recommender, &validation->judged, &validation->facts, NULL, NULL, &evaluation, error);
    if (status != STATUS_OK)
        return status;
    status = evaluation_summarise(&evaluation, 0, &summary, error);
    if (status == STATUS_OK)
        *judgement = (struct model_judgement){.ndcg = summary.ndcg.mean,
                                              .recall = summary.recall.mean,
                                              .r_precision = summary.r_precision.mean,
                                              .clicks = summary.clicks.mean};
    evaluation_free(&evaluation);
    return status;
}

enum status validation_open(struct catalogue *catalogue, struct validation *validation, bool *found,
                            struct error *error)
{
    *validation = (struct validation){.judge = {judge, validation}};
    enum status status = catalogue_interactions_load(catalogue, SPLIT_VALIDATION, &validation->judged, error);
    *found = status == STATUS_OK && validation->judged.n_playlists > 0;
    if (*found)
        status = evaluation_facts_load(catalogue, SPLIT_TRAIN, &validation->facts, error);
    if (status != STATUS_OK || !*found)
        validation_close(validation);
    return status;
}

void validation_close(struct validation *validation)
{
    interactions_free(&validation->judged);
    evaluation_facts_free(&validation->facts);
}
