#include "eval/validation.h"

#include <stdlib.h>

#include "db/titles.h"
#include "eval/evaluate.h"

struct validation {
    struct interactions evaluated;
    struct playlist_titles titles;
    struct track_stats stats;
    struct model_evaluator evaluator;
};

static enum status evaluate(void *context, struct recommender *recommender, struct model_scores *scores,
                            struct error *error)
{
    const struct validation *validation = context;
    struct evaluation evaluation;
    struct result_summary summary;
    enum status status = evaluate_recommender(recommender, &validation->evaluated, NULL, &validation->stats, NULL, NULL,
                                              &evaluation, error);
    if (status != STATUS_OK)
        return status;
    status = evaluation_summarise(&evaluation, -1, &summary, error);
    if (status == STATUS_OK)
        *scores = (struct model_scores){.ndcg = summary.metrics[METRIC_NDCG].mean,
                                        .recall = summary.metrics[METRIC_RECALL].mean,
                                        .r_precision = summary.metrics[METRIC_R_PRECISION].mean,
                                        .clicks = summary.metrics[METRIC_CLICKS].mean};
    evaluation_free(&evaluation);
    return status;
}

enum status validation_open(struct catalogue *catalogue, struct validation **out, struct error *error)
{
    *out = NULL;
    struct validation *validation = calloc(1, sizeof *validation);
    if (!validation)
        return error_no_memory(error);
    validation->evaluator = (struct model_evaluator){evaluate, validation, &validation->evaluated, NULL};
    enum status status = catalogue_interactions_load(catalogue, SPLIT_VALIDATION, &validation->evaluated, error);
    bool found = status == STATUS_OK && validation->evaluated.n_playlists > 0;
    if (found)
        status = track_stats_load(catalogue, SPLIT_TRAIN, &validation->stats, error);
    if (status == STATUS_OK && found)
        status = catalogue_title_texts_load(catalogue, &validation->evaluated, &validation->titles, error);
    if (status == STATUS_OK && found)
        validation->evaluator.titles = validation->titles.titles;
    if (status == STATUS_OK && found)
        *out = validation;
    else
        validation_close(validation);
    return status;
}

const struct model_evaluator *validation_evaluator(const struct validation *validation)
{
    return validation ? &validation->evaluator : NULL;
}

void validation_close(struct validation *validation)
{
    if (!validation)
        return;
    interactions_free(&validation->evaluated);
    playlist_titles_free(&validation->titles);
    track_stats_free(&validation->stats);
    free(validation);
}
