#include "app/evaluate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/results_plot.h"
#include "app/seen_answers.h"
#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "db/titles.h"
#include "eval/split.h"
#include "eval/trec_run.h"

/* What every model is evaluated with. */
struct evaluation_set {
    enum split_set set;
    struct interactions evaluated;
    struct playlist_titles titles; /* of them, if the models are given them */
    struct track_stats stats;
    struct slice_table slices;
    struct held_out_table held_out;
    struct training_check training;
};

static enum status set_open(struct catalogue *catalogue, enum split_set which, struct evaluation_set *set,
                            struct error *error)
{
    struct slice_inputs inputs = {0};
    bool has_split = false;
    set->set = which;
    enum status status = catalogue_has_split(catalogue, &has_split, error);
    if (status == STATUS_OK && !has_split)
        status = error_set(error, STATUS_FAILED, "there is no split yet: make one with `sleeve split`");
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, (int)which, &set->evaluated, error);
    if (status == STATUS_OK && set->evaluated.n_playlists == 0)
        status = error_set(error, STATUS_FAILED, "the split has no %s playlists; make one that has with `sleeve split`",
                           which == SPLIT_TEST ? "test" : "validation");
    if (status == STATUS_OK)
        status = track_stats_load(catalogue, slice_training_sets(which), &set->stats, error);
    if (status == STATUS_OK)
        status = slice_inputs_load(catalogue, &set->stats, &inputs, error);
    if (status == STATUS_OK)
        status = slice_table_make(&inputs, &set->evaluated, &set->slices, error);
    if (status == STATUS_OK)
        status = held_out_table_make(&set->evaluated, &set->stats, &set->held_out, error);
    if (status == STATUS_OK)
        status = training_check_make(catalogue, which, &set->training, error);
    slice_inputs_free(&inputs);
    return status;
}

static void set_close(struct evaluation_set *set)
{
    held_out_table_free(&set->held_out);
    slice_table_free(&set->slices);
    track_stats_free(&set->stats);
    playlist_titles_free(&set->titles);
    interactions_free(&set->evaluated);
}

/* ---- before anything is computed ---- */

static const struct model_record *find_record(const struct model_list *records, const char *name)
{
    for (size_t i = 0; i < records->count; i++)
        if (strcmp(records->items[i].name, name) == 0)
            return &records->items[i];
    return NULL;
}

/* Warns about models that were trained on other playlists than the split allows for this set, or with features that
 * were fitted to such a model. */
static void warn_training(struct catalogue *catalogue, const struct evaluate_settings *settings,
                          const struct model_list *records, const struct training_check *check)
{
    for (int i = 0; i < settings->n_models; i++) {
        char set[FEATURE_NAME_MAX + 1];
        const struct model_record *record = find_record(records, settings->models[i]);
        enum seen_answers seen = training_check_model(check, record);
        enum seen_answers seen_by_features = training_check_features(catalogue, check, record, set);
        if (seen_by_features != SEEN_NO)
            log_message(LOG_WARNING,
                        "the feature set %s of %s was fitted to a model that was trained on other playlists than this "
                        "split's training part, so %s %s; fit the set again to a model of this split",
                        set, settings->models[i], settings->models[i], seen_answers_text(seen_by_features));
        if (seen != SEEN_NO)
            log_message(LOG_WARNING,
                        "%s was trained on other playlists or with other cold tracks than this split's training part, "
                        "so it %s; train it again first",
                        settings->models[i], seen_answers_text(seen));
    }
}

static enum status check_models(struct catalogue *catalogue, const struct evaluate_settings *settings,
                                const struct training_check *check, struct error *error)
{
    struct model_list records = {0};
    enum status status = catalogue_models_read(catalogue, &records, error);
    for (int i = 0; status == STATUS_OK && i < settings->n_models; i++)
        if (!find_record(&records, settings->models[i]))
            status =
                error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", settings->models[i]);
    if (status == STATUS_OK)
        warn_training(catalogue, settings, &records, check);
    model_list_free(&records);
    return status;
}

/* ---- one model ---- */

/* A piece of work for a device. */
struct job {
    struct catalogue *catalogue;
    const struct evaluation_set *set;
    struct progress *progress;
    struct ranks *ranks;
    FILE *run; /* NULL: no run is written */
    struct evaluated_model *model;
    struct model_list record; /* the record of the training that is evaluated */
    bool begun;               /* something may have been written to `run` */
};

/* What becomes of the lists of one model. */
struct lists {
    struct held_out_adder *held_out;
    struct trec_run run; /* stream NULL: none is written */
};

static enum status take_list(void *context, int64_t playlist_id, const struct recommendation *list, size_t count,
                             struct error *error)
{
    struct lists *lists = context;
    held_out_add(lists->held_out, playlist_id, list, count);
    return lists->run.stream ? trec_run_write(&lists->run, playlist_id, list, count, error) : STATUS_OK;
}

/* Removes what was written before the device failed. */
static enum status start_run(struct job *job, struct error *error)
{
    held_out_results_free(&job->model->held_out_results);
    if (job->run && job->begun) {
        rewind(job->run);
        if (ftruncate(fileno(job->run), 0) != 0)
            return error_set(error, STATUS_FAILED, "the TREC run cannot be written again: %s", strerror(errno));
    }
    job->begun = true;
    return STATUS_OK;
}

static enum status evaluate_on(void *context, struct compute *compute, struct error *error)
{
    struct job *job = context;
    struct evaluated_model *model = job->model;
    const struct evaluation_set *set = job->set;
    struct recommender *recommender = NULL;
    struct lists lists = {.run = {job->run, job->catalogue, model->name}};
    const struct evaluation_observer observer = {take_list, &lists};
    enum status status = start_run(job, error);
    if (status == STATUS_OK)
        status = recommender_open(job->catalogue, compute, model->name, &recommender, error);
    if (status != STATUS_OK)
        return status;
    model_list_free(&job->record);
    recommender_take_record(recommender, &job->record);
    status = held_out_adder_create(&set->held_out, &model->held_out_results, &lists.held_out, error);
    if (status == STATUS_OK)
        status = evaluate_shared(job->ranks, recommender, &set->evaluated, set->titles.titles, &set->stats, &observer,
                                 job->progress, &model->evaluation, error);
    held_out_adder_destroy(lists.held_out);
    recommender_close(recommender);
    return status;
}

static enum status evaluate(void *context, struct compute *compute, struct error *error)
{
    const struct job *job = context;
    return device_status_shared(job->ranks, evaluate_on(context, compute, error), error);
}

/* Of the model and of its features. */
static enum seen_answers seen_by(const struct job *job)
{
    char set[FEATURE_NAME_MAX + 1];
    const struct model_record *record = &job->record.items[0];
    enum seen_answers model = training_check_model(&job->set->training, record);
    enum seen_answers features = training_check_features(job->catalogue, &job->set->training, record, set);
    return model > features ? model : features;
}

static enum status store(const struct job *job, struct error *error)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    const struct evaluated_model *model = job->model;
    json_object_begin(&json);
    json_pair_text(&json, "on", split_set_name(job->set->set));
    json_pair_text(&json, "seen_answers", seen_answers_name(model->seen));
    if (job->set->titles.titles)
        json_pair_bool(&json, "titles", true);
    json_pair_integer(&json, "n_playlists", (int64_t)model->summary.count);
    result_summary_json(&model->summary, &json);
    json_pair_number(&json, "coverage", model->evaluation.coverage);
    json_object_end(&json);
    enum status status = text.failed ? error_no_memory(error)
                                     : results_write(job->catalogue, &job->record.items[0], &model->evaluation.results,
                                                     model->held_out_results.groups, text.data, error);
    buffer_free(&text);
    return status;
}

/* Says how many lists do not come from the model. */
static void warn_answers(const struct evaluated_model *model)
{
    const struct evaluation *evaluation = &model->evaluation;
    struct buffer text = {0};
    for (int i = ANSWER_MODEL + 1; i < ANSWERS; i++)
        if (evaluation->answered[i] > 0)
            buffer_printf(&text, "%s%zu by %s", text.size > 0 ? ", " : "", evaluation->answered[i],
                          answer_name((enum answer)i));
    if (text.size > 0 && !text.failed)
        log_message(
            LOG_WARNING,
            "%s knows none of the shown tracks of %zu of the %zu playlists with seeds; lists that are not its own: %s",
            model->name, evaluation->n_unknown, evaluation->n_seeded, text.data);
    buffer_free(&text);
}

static void warn(const struct evaluated_model *model)
{
    const struct evaluation *evaluation = &model->evaluation;
    if (evaluation->n_left_out > 0)
        log_message(LOG_WARNING, "%zu playlist%s of the split hide no track; %s is not evaluated on them",
                    evaluation->n_left_out, evaluation->n_left_out == 1 ? "" : "s", model->name);
    warn_answers(model);
}

static enum status evaluate_model(struct job *job, struct device_use *device, bool groups, struct error *error)
{
    const struct device_work work = {evaluate, job};
    struct evaluated_model *model = job->model;
    const struct result_list *results = &model->evaluation.results;
    enum status status = device_run(device, &work, error);
    if (ranks_rank(job->ranks) > 0) {
        model_list_free(&job->record);
        return status;
    }
    if (status == STATUS_OK)
        result_summarise(results->items, results->count, &model->summary);
    for (int group = 0; status == STATUS_OK && group < HELD_OUT_GROUPS; group++) {
        const struct result_list *of_group = &model->held_out_results.groups[group];
        result_summarise(of_group->items, of_group->count, &model->held_out[group]);
    }
    model->seen = status == STATUS_OK ? seen_by(job) : SEEN_NO;
    if (status == STATUS_OK)
        status = store(job, error);
    if (status == STATUS_OK)
        warn(model);
    if (status == STATUS_OK && groups)
        status = result_groups_summarise(results, &job->set->slices, &model->groups, error);
    model_list_free(&job->record);
    return status;
}

/* ---- all of them ---- */

/* Output files are opened first, so that one that cannot be written fails before the work. */
struct files {
    struct atomic_file run, plot;
};

static enum status files_open(const struct evaluate_settings *settings, struct files *files, struct error *error)
{
    enum status status = settings->run_file ? atomic_file_open(settings->run_file, &files->run, error) : STATUS_OK;
    return status == STATUS_OK && settings->plot ? atomic_file_open(settings->plot, &files->plot, error) : status;
}

static enum status draw(struct catalogue *catalogue, enum split_set set, const struct evaluate_result *result,
                        struct atomic_file *file, struct error *error)
{
    struct results_line lines[EVALUATE_MODELS_MAX];
    for (int i = 0; i < result->n_models; i++)
        lines[i] = (struct results_line){result->models[i].name, &result->models[i].evaluation.results};
    return results_plot(catalogue, set == SPLIT_TEST ? "test " : "validation ", lines, result->n_models, file, error);
}

static enum status files_commit(struct catalogue *catalogue, const struct evaluate_settings *settings,
                                const struct evaluate_result *result, struct files *files, struct error *error)
{
    enum status status = settings->run_file ? atomic_file_commit(&files->run, error) : STATUS_OK;
    return status == STATUS_OK && settings->plot ? draw(catalogue, settings->set, result, &files->plot, error) : status;
}

static enum status evaluate_all(struct catalogue *catalogue, struct device_use *device,
                                const struct evaluate_settings *settings, const struct evaluation_set *set, FILE *run,
                                struct progress *progress, struct evaluate_result *result, struct error *error)
{
    enum status status = check_models(catalogue, settings, &set->training, error);
    result->models = calloc((size_t)settings->n_models, sizeof *result->models);
    if (status == STATUS_OK && !result->models)
        status = error_no_memory(error);
    for (int i = 0; status == STATUS_OK && i < settings->n_models; i++) {
        struct evaluated_model *model = &result->models[result->n_models++];
        struct job job = {.catalogue = catalogue,
                          .set = set,
                          .progress = progress,
                          .ranks = settings->ranks,
                          .run = run,
                          .model = model};
        model->name = settings->models[i];
        status = evaluate_model(&job, device, settings->groups, error);
    }
    if (status == STATUS_OK)
        result->n_playlists = result->models[0].summary.count;
    result->held_out = set->held_out.totals;
    return status;
}

enum status app_evaluate(struct catalogue *catalogue, struct device_use *device,
                         const struct evaluate_settings *settings, struct progress *progress,
                         struct evaluate_result *result, struct error *error)
{
    struct evaluation_set set = {0};
    struct files files = {0};
    const bool first = ranks_rank(settings->ranks) == 0;
    *result = (struct evaluate_result){0};
    enum status status = set_open(catalogue, settings->set, &set, error);
    if (status == STATUS_OK && settings->titles)
        status = catalogue_title_texts_load(catalogue, &set.evaluated, &set.titles, error);
    if (status == STATUS_OK && first)
        status = files_open(settings, &files, error);
    if (status == STATUS_OK)
        status = evaluate_all(catalogue, device, settings, &set, files.run.stream, progress, result, error);
    if (status == STATUS_OK && first)
        status = files_commit(catalogue, settings, result, &files, error);
    atomic_file_abort(&files.run);
    atomic_file_abort(&files.plot);
    set_close(&set);
    if (status != STATUS_OK)
        evaluate_result_free(result);
    return status;
}

void evaluate_result_free(struct evaluate_result *result)
{
    for (int i = 0; i < result->n_models; i++) {
        evaluation_free(&result->models[i].evaluation);
        held_out_results_free(&result->models[i].held_out_results);
        group_summaries_free(&result->models[i].groups);
    }
    free(result->models);
    *result = (struct evaluate_result){0};
}
