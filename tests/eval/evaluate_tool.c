#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluate.h"
#include "models/kind.h"

/* Not a test: trains one model on a catalogue's split and prints its metrics, for choosing settings.
 * evaluate CATALOGUE train|train+val val|test SEED KIND [key=value]... ; docs/results.md has results. */

static enum status report(const struct evaluation *evaluation, struct error *error)
{
    struct result_summary s;
    enum status status = evaluation_summarise(evaluation, 0, &s, error);
    if (status != STATUS_OK)
        return status;
    printf("playlists %zu\n", s.count);
    for (int metric = 0; metric < METRICS; metric++) {
        const struct metric_info *info = &metric_infos[metric];
        printf("%s %.2f +- %.2f\n", info->name, info->scale * s.metrics[metric].mean,
               info->scale * s.metrics[metric].ci95);
    }
    printf("coverage %.1f\nms p50 %.2f p95 %.2f\n", 100 * evaluation->coverage,
           evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50),
           evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 95));
    return STATUS_OK;
}

static enum status evaluate(struct catalogue *catalogue, struct compute *compute, int train, int on,
                            const struct model_spec *spec, const char *path, struct error *error)
{
    struct interactions training = {0}, evaluated = {0};
    struct track_stats stats = {0};
    struct evaluation evaluation = {0};
    struct recommender *model = NULL;
    char *settings = NULL;
    enum status status = catalogue_interactions_load(catalogue, train, &training, error);
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, on, &evaluated, error);
    if (status == STATUS_OK)
        status = track_stats_load(catalogue, train, &stats, error);
    if (status == STATUS_OK)
        status = model_train_file(&training, compute, spec, "", path, &settings, NULL, error);
    if (status == STATUS_OK)
        status = recommender_open_file(compute, path, &model, error);
    if (status == STATUS_OK)
        status = evaluate_recommender(model, &evaluated, &stats, NULL, NULL, &evaluation, error);
    if (status == STATUS_OK)
        status = report(&evaluation, error);
    recommender_close(model);
    remove(path);
    evaluation_free(&evaluation);
    track_stats_free(&stats);
    interactions_free(&training);
    interactions_free(&evaluated);
    free(settings);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: evaluate_tool CATALOGUE train|train+val val|test SEED KIND [key=value]...\n");
        return STATUS_USAGE;
    }
    int train = strcmp(argv[2], "train+val") == 0 ? SPLIT_TRAIN | SPLIT_VALIDATION : SPLIT_TRAIN;
    int on = strcmp(argv[3], "test") == 0 ? SPLIT_TEST : SPLIT_VALIDATION;
    const struct model_spec spec = {.kind = argv[5],
                                    .name = argv[5],
                                    .settings = (const char *const *)argv + 6,
                                    .n_settings = (size_t)argc - 6,
                                    .seed = strtoull(argv[4], NULL, 10)};
    struct catalogue *catalogue = NULL;
    struct compute compute;
    struct error error = {0};
    struct buffer path = {0};
    enum status status = catalogue_open(argv[1], CATALOGUE_READ, &catalogue, &error);
    if (status == STATUS_OK)
        status = compute_open(DEVICE_AUTO, 0, &compute, &error);
    if (status == STATUS_OK) {
        buffer_printf(&path, "%s.evaluated", argv[1]); /* beside the catalogue, removed at the end */
        status = evaluate(catalogue, &compute, train, on, &spec, path.data, &error);
        compute_close(&compute);
    }
    catalogue_close(catalogue);
    buffer_free(&path);
    if (status != STATUS_OK)
        fprintf(stderr, "evaluate: %s\n", error.text);
    return (int)status;
}
