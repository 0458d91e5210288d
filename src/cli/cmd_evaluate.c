#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "core/file.h"
#include "db/results.h"
#include "eval/evaluate.h"
#include "eval/split.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME[,NAME...]", "the models"},
    {"on", 0, "val|test", "playlists to judge on (default test)"},
    {"run", 0, "FILE", "write the lists as a TREC run (one model)"},
};

enum { MODELS_MAX = 32 };

/* One model's results, kept until all are there. */
struct judged {
    const char *name;
    struct evaluation evaluation;
    struct metrics_summary summary;
};

static double *metric_at(struct metrics *metrics, int metric)
{
    double *const fields[RESULT_METRICS] = {
        [RESULT_PRECISION] = &metrics->precision,
        [RESULT_RECALL] = &metrics->recall,
        [RESULT_R_PRECISION] = &metrics->r_precision,
        [RESULT_R_PRECISION_RTA] = &metrics->r_precision_rta,
        [RESULT_NDCG] = &metrics->ndcg,
        [RESULT_CLICKS] = &metrics->clicks,
        [RESULT_POPULARITY] = &metrics->popularity,
    };
    return fields[metric];
}

static struct interval interval_at(const struct metrics_summary *summary, int metric)
{
    const struct interval fields[RESULT_METRICS] = {
        [RESULT_PRECISION] = summary->precision,
        [RESULT_RECALL] = summary->recall,
        [RESULT_R_PRECISION] = summary->r_precision,
        [RESULT_R_PRECISION_RTA] = summary->r_precision_rta,
        [RESULT_NDCG] = summary->ndcg,
        [RESULT_CLICKS] = summary->clicks,
        [RESULT_POPULARITY] = summary->popularity,
    };
    return fields[metric];
}

/* ---- the TREC run ---- */

struct run_writer {
    FILE *stream;
    struct catalogue *catalogue;
    const char *model;
    enum status status;
    struct error *error;
};

static void add_run_key(const char *key, FILE *stream)
{
    for (const char *c = key; *c; c++) /* the format's fields end at white space */
        fputc((unsigned char)*c <= ' ' ? '_' : *c, stream);
}

static void write_list(void *context, int64_t playlist_id, const struct recommendation *list, size_t count)
{
    struct run_writer *writer = context;
    struct playlist_list playlists = {0};
    struct track_list tracks = {0};
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    if (writer->status == STATUS_OK && !ids)
        writer->status = error_no_memory(writer->error);
    for (size_t i = 0; ids && i < count; i++)
        ids[i] = list[i].track;
    if (writer->status == STATUS_OK)
        writer->status = catalogue_playlist_read(writer->catalogue, playlist_id, &playlists, writer->error);
    if (writer->status == STATUS_OK)
        writer->status = catalogue_tracks_read(writer->catalogue, ids, count, &tracks, writer->error);
    for (size_t i = 0; writer->status == STATUS_OK && i < count; i++) {
        add_run_key(playlists.items[0].key, writer->stream);
        fputs(" Q0 ", writer->stream);
        add_run_key(tracks.items[i].key, writer->stream);
        fprintf(writer->stream, " %zu %.9g %s\n", i + 1, (double)list[i].score, writer->model);
    }
    free(ids);
    playlist_list_free(&playlists);
    track_list_free(&tracks);
}

/* ---- what is printed ---- */

static void add_interval(struct json_writer *json, const char *name, struct interval interval)
{
    json_key(json, name);
    json_object_begin(json);
    json_pair_number(json, "mean", interval.mean);
    json_pair_number(json, "ci95", interval.ci95);
    json_object_end(json);
}

static void add_metrics(struct json_writer *json, const struct metrics_summary *summary)
{
    for (int metric = 0; metric < RESULT_METRICS; metric++)
        add_interval(json, result_metric_names[metric], interval_at(summary, metric));
}

static enum status add_model(struct json_writer *json, const struct judged *judged, struct error *error)
{
    const struct evaluation *evaluation = &judged->evaluation;
    json_object_begin(json);
    json_pair_text(json, "name", judged->name);
    json_key(json, "metrics");
    json_object_begin(json);
    add_metrics(json, &judged->summary);
    json_pair_number(json, "coverage", evaluation->coverage);
    json_object_end(json);
    json_key(json, "by_seeds");
    json_array_begin(json);
    for (int seeds = 1; seeds <= SPLIT_GROUPS; seeds++) {
        struct metrics_summary summary;
        enum status status = evaluation_summarise(evaluation, seeds, &summary, error);
        if (status != STATUS_OK)
            return status;
        if (summary.count == 0)
            continue;
        json_object_begin(json);
        json_pair_integer(json, "seeds", seeds);
        json_pair_integer(json, "n_playlists", (int64_t)summary.count);
        add_metrics(json, &summary);
        json_object_end(json);
    }
    json_array_end(json);
    double mean = 0;
    for (size_t i = 0; i < evaluation->n_timed; i++)
        mean += evaluation->milliseconds[i] / (double)evaluation->n_timed;
    json_key(json, "ms_per_playlist");
    json_object_begin(json);
    json_pair_number(json, "mean", mean);
    json_pair_number(json, "p50", evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50));
    json_pair_number(json, "p95", evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 95));
    json_pair_number(json, "p99", evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 99));
    json_object_end(json);
    json_object_end(json);
    return STATUS_OK;
}

static enum status print_json(const char *path, const char *on, const struct judged *models, int count,
                              struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    json_object_begin(&json);
    json_pair_text(&json, "catalogue", path);
    json_pair_text(&json, "on", on);
    json_pair_integer(&json, "n_playlists", (int64_t)models[0].evaluation.count);
    json_key(&json, "models");
    json_array_begin(&json);
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < count; i++)
        status = add_model(&json, &models[i], error);
    json_array_end(&json);
    json_object_end(&json);
    buffer_add_byte(&out, '\n');
    if (status == STATUS_OK)
        return cli_print(&out, error);
    buffer_free(&out);
    return status;
}

static enum status print_table(const struct judged *models, int count, struct error *error)
{
    struct buffer out = {0};
    buffer_add_text(&out,
                    "model\tprecision %\trecall %\tR-precision %\tR-precision (RTA) %\tNDCG %\tclicks\tpopularity %\t"
                    "coverage %\tms\n");
    for (int i = 0; i < count; i++) {
        cli_add_field(&out, models[i].name, '\t');
        for (int metric = 0; metric < RESULT_METRICS; metric++) {
            struct interval interval = interval_at(&models[i].summary, metric);
            double scale = metric == RESULT_CLICKS ? 1 : 100;
            buffer_printf(&out, "%.2f ± %.2f\t", scale * interval.mean, scale * interval.ci95);
        }
        const struct evaluation *evaluation = &models[i].evaluation;
        buffer_printf(&out, "%.2f\t%.2f\n", 100 * evaluation->coverage,
                      evaluation_percentile(evaluation->milliseconds, evaluation->n_timed, 50));
    }
    return cli_print_table(&out, error);
}

/* ---- the work ---- */

static enum status store(struct catalogue *catalogue, struct judged *judged, const char *on, struct error *error)
{
    struct evaluation *evaluation = &judged->evaluation;
    struct result_row *rows = malloc((evaluation->count + 1) * sizeof *rows);
    if (!rows)
        return error_no_memory(error);
    for (size_t i = 0; i < evaluation->count; i++) {
        rows[i] = (struct result_row){.playlist_id = evaluation->playlist_ids[i], .seeds = evaluation->seeds[i]};
        for (int metric = 0; metric < RESULT_METRICS; metric++)
            rows[i].values[metric] = *metric_at(&evaluation->each[i], metric);
    }
    struct buffer summary = {0};
    struct json_writer json = {.out = &summary};
    json_object_begin(&json);
    json_pair_text(&json, "on", on);
    json_pair_integer(&json, "n_playlists", (int64_t)evaluation->count);
    add_metrics(&json, &judged->summary);
    json_pair_number(&json, "coverage", evaluation->coverage);
    json_object_end(&json);
    enum status status =
        summary.failed ? error_no_memory(error)
                       : catalogue_results_write(catalogue, judged->name, rows, evaluation->count, summary.data, error);
    buffer_free(&summary);
    free(rows);
    return status;
}

/* Says so when a model learned from anything but the playlists that the split allows for this judgement. */
static enum status check_training(struct catalogue *catalogue, const char *on, const struct judged *models, int count,
                                  struct error *error)
{
    const int allowed[] = {SPLIT_TRAIN, strcmp(on, "val") == 0 ? SPLIT_TRAIN : SPLIT_TRAIN | SPLIT_VALIDATION};
    char fingerprints[2][33];
    struct model_list records = {0};
    enum status status = catalogue_models_read(catalogue, &records, error);
    for (int i = 0; status == STATUS_OK && i < 2; i++) {
        struct interactions interactions = {0};
        status = catalogue_interactions_load(catalogue, allowed[i], &interactions, error);
        if (status == STATUS_OK)
            model_training_fingerprint(&interactions, fingerprints[i]);
        interactions_free(&interactions);
    }
    for (size_t r = 0; status == STATUS_OK && r < records.count; r++)
        for (int i = 0; i < count; i++)
            if (strcmp(records.items[r].name, models[i].name) == 0 &&
                !strstr(records.items[r].settings, fingerprints[0]) &&
                !strstr(records.items[r].settings, fingerprints[1]))
                log_message(
                    LOG_WARNING,
                    "%s was trained on other playlists than this split's training part, so it may have seen the "
                    "answers; train it again first",
                    models[i].name);
    model_list_free(&records);
    return status;
}

static enum status judge(struct cli *cli, struct catalogue *catalogue, struct compute *compute,
                         const struct interactions *interactions, const struct metrics_facts *facts, FILE *run,
                         struct judged *judged, struct error *error)
{
    struct recommender *recommender = NULL;
    struct run_writer writer = {.stream = run, .catalogue = catalogue, .model = judged->name, .error = error};
    const struct evaluation_observer observer = {.list = write_list, .context = &writer};
    enum status status = recommender_open(catalogue, compute, judged->name, &recommender, error);
    if (status == STATUS_OK)
        status = evaluate_recommender(recommender, interactions, facts, run ? &observer : NULL, &cli->progress,
                                      &judged->evaluation, error);
    if (status == STATUS_OK)
        status = writer.status;
    if (status == STATUS_OK)
        status = evaluation_summarise(&judged->evaluation, 0, &judged->summary, error);
    recommender_close(recommender);
    return status;
}

static enum status judge_all(struct cli *cli, struct catalogue *catalogue, const char *on, struct judged *models,
                             int count, FILE *run, struct error *error)
{
    struct interactions interactions = {0};
    struct metrics_facts facts = {0};
    struct compute compute;
    bool validation = strcmp(on, "val") == 0;
    enum status status = cli_open_compute(cli, &compute, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_interactions_load(catalogue, validation ? SPLIT_VALIDATION : SPLIT_TEST, &interactions, error);
    if (status == STATUS_OK)
        status =
            evaluation_facts_load(catalogue, validation ? SPLIT_TRAIN : SPLIT_TRAIN | SPLIT_VALIDATION, &facts, error);
    if (status == STATUS_OK)
        status = check_training(catalogue, on, models, count, error);
    for (int i = 0; status == STATUS_OK && i < count; i++)
        status = judge(cli, catalogue, &compute, &interactions, &facts, run, &models[i], error);
    for (int i = 0; status == STATUS_OK && i < count; i++)
        status = store(catalogue, &models[i], on, error);
    evaluation_facts_free(&facts);
    interactions_free(&interactions);
    compute_close(&compute);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *on = cli_value(cli, "on", "test");
    const char *run_file = cli_value(cli, "run", NULL);
    char *names = strdup(cli_value(cli, "model", ""));
    struct judged models[MODELS_MAX] = {0};
    int count = 0;
    if (!names)
        return error_no_memory(error);
    for (char *rest = NULL, *name = strtok_r(names, ",", &rest); name && count < MODELS_MAX;
         name = strtok_r(NULL, ",", &rest))
        models[count++].name = name;
    enum status status = STATUS_OK;
    if (count == 0 || (run_file && count != 1) || (strcmp(on, "val") != 0 && strcmp(on, "test") != 0))
        status = error_set(error, STATUS_USAGE, "usage: sleeve evaluate %s", cli_command_evaluate.arguments);
    struct catalogue *catalogue = NULL;
    struct atomic_file file = {0};
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK && run_file)
        status = atomic_file_open(run_file, &file, error);
    if (status == STATUS_OK)
        status = judge_all(cli, catalogue, on, models, count, file.stream, error);
    if (status == STATUS_OK && run_file)
        status = atomic_file_commit(&file, error);
    atomic_file_abort(&file);
    if (status == STATUS_OK)
        status = cli->json ? print_json(catalogue_path(catalogue), on, models, count, error)
                           : print_table(models, count, error);
    for (int i = 0; i < count; i++)
        evaluation_free(&models[i].evaluation);
    catalogue_close(catalogue);
    free(names);
    return status;
}

const struct command cli_command_evaluate = {
    .name = "evaluate",
    .arguments = "--model NAME[,NAME...] [--on val|test] [--run FILE]",
    .summary = "how well models continue the playlists that the split keeps from them",
    .details =
        "Means with 95 % intervals, 500 recommendations a playlist; results are stored for compare. A model that was\n"
        "trained on these playlists (see `sleeve models show`) is not being tested.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
