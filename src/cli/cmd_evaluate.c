#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/evaluated.h"
#include "core/file.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME[,NAME...]", "the models"},
    {"on", 0, "val|test", "playlists to evaluate on (default test)"},
    {"slices", 0, NULL, "also by number of seeds and by kind of playlist"},
    {"plot", 0, "FILE.png|svg", "draw the metrics against the number of seeds, a line a model"},
    {"run", 0, "FILE", "write the lists as a TREC run (one model)"},
};

enum { MODELS_MAX = 32 };

/* ---- the TREC run ---- */

struct run_writer {
    FILE *stream;
    struct catalogue *catalogue;
    const char *model;
    enum status status;
    struct error *error;
};

/* Bytes of the white space beyond ASCII that the text begins with, 0 where there is none. */
static size_t wide_space(const char *text)
{
    static const char *const spaces[] = {"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",  "\u2003", "\u2004",
                                         "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",  "\u200a", "\u2028",
                                         "\u2029", "\u202f", "\u205f", "\u3000", "\xc2\x85"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strncmp(text, spaces[i], strlen(spaces[i])) == 0)
            return strlen(spaces[i]);
    return 0;
}

/* The format's fields end at white space, to some readers at any of Unicode's, so such bytes are written as in a URL:
 * no two keys become one. */
static void add_run_key(const char *key, FILE *stream)
{
    size_t space = 0; /* bytes of it that are left */
    for (const char *c = key; *c; c++) {
        if (space == 0 && (unsigned char)*c >= 0x80)
            space = wide_space(c);
        if (space > 0 || (unsigned char)*c <= ' ' || *c == '%' || *c == 0x7f)
            fprintf(stream, "%%%02X", (unsigned)(unsigned char)*c);
        else
            fputc(*c, stream);
        space -= space > 0;
    }
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

/* ---- the work ---- */

static enum status store(struct catalogue *catalogue, struct evaluated *evaluated, const char *on, struct error *error)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    struct result_summary summary;
    result_summarise(evaluated->results.items, evaluated->results.count, &summary);
    json_object_begin(&json);
    json_pair_text(&json, "on", on);
    json_pair_integer(&json, "n_playlists", (int64_t)summary.count);
    evaluated_add_metrics(&json, &summary);
    json_pair_number(&json, "coverage", evaluated->evaluation.coverage);
    json_object_end(&json);
    enum status status = text.failed
                             ? error_no_memory(error)
                             : catalogue_results_write(catalogue, &evaluated->record.items[0], evaluated->results.items,
                                                       evaluated->results.count, text.data, error);
    buffer_free(&text);
    return status;
}

static const struct model_record *find_record(const struct model_list *records, const char *name)
{
    for (size_t i = 0; i < records->count; i++)
        if (strcmp(records->items[i].name, name) == 0)
            return &records->items[i];
    return NULL;
}

/* Refuses names of no model before anything is computed, and says so when a model learned from anything but the
 * playlists that the split allows for this scores. */
static enum status check_training(struct catalogue *catalogue, enum split_set set, const struct evaluated *models,
                                  int count, struct error *error)
{
    const int allowed[] = {SPLIT_TRAIN, slice_training_sets(set)};
    char fingerprints[2][33];
    struct model_list records = {0};
    enum status status = catalogue_models_read(catalogue, &records, error);
    for (int i = 0; status == STATUS_OK && i < count; i++)
        if (!find_record(&records, models[i].name))
            status = error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", models[i].name);
    for (int i = 0; status == STATUS_OK && i < 2; i++) {
        struct interactions interactions = {0};
        status = catalogue_interactions_load(catalogue, allowed[i], &interactions, error);
        if (status == STATUS_OK)
            model_training_fingerprint(&interactions, fingerprints[i]);
        interactions_free(&interactions);
    }
    for (int i = 0; status == STATUS_OK && i < count; i++) {
        const char *settings = find_record(&records, models[i].name)->settings;
        if (!strstr(settings, fingerprints[0]) && !strstr(settings, fingerprints[1]))
            log_message(LOG_WARNING,
                        "%s was trained on other playlists than this split's training part, so it may have seen the "
                        "answers; train it again first",
                        models[i].name);
    }
    model_list_free(&records);
    return status;
}

/* What all models are evaluated with. */
struct evaluation_set {
    enum split_set set;
    struct interactions evaluated;
    struct track_stats stats;
    struct slice_table slices;
};

/* One model before the evaluation_set, as a piece of work for a device. */
struct evaluation_job {
    struct cli *cli;
    struct catalogue *catalogue;
    const struct evaluation_set *evaluation_set;
    FILE *run; /* where the model's lists go; NULL: nowhere */
    struct evaluated *evaluated;
    bool begun; /* something may have been written to `run` */
};

static enum status evaluate(void *context, struct compute *compute, struct error *error)
{
    struct evaluation_job *evaluation_job = context;
    struct evaluated *evaluated = evaluation_job->evaluated;
    struct recommender *recommender = NULL;
    struct run_writer writer = {.stream = evaluation_job->run,
                                .catalogue = evaluation_job->catalogue,
                                .model = evaluated->name,
                                .error = error};
    const struct evaluation_observer observer = {.list = write_list, .context = &writer};
    if (evaluation_job->run && evaluation_job->begun) { /* what a device wrote before it failed */
        rewind(evaluation_job->run);
        if (ftruncate(fileno(evaluation_job->run), 0) != 0)
            return error_set(error, STATUS_FAILED, "the file of the lists cannot be started: %s", strerror(errno));
    }
    evaluation_job->begun = true;
    enum status status = recommender_open(evaluation_job->catalogue, compute, evaluated->name, &recommender, error);
    if (status == STATUS_OK) {
        model_list_free(&evaluated->record);
        recommender_take_record(recommender, &evaluated->record);
    }
    if (status == STATUS_OK)
        status = evaluate_recommender(recommender, &evaluation_job->evaluation_set->evaluated,
                                      &evaluation_job->evaluation_set->stats, evaluation_job->run ? &observer : NULL,
                                      &evaluation_job->cli->progress, &evaluated->evaluation, error);
    if (status == STATUS_OK)
        status = writer.status;
    if (status == STATUS_OK)
        status = evaluation_results(&evaluated->evaluation, &evaluated->results, error);
    recommender_close(recommender);
    return status;
}

static enum status evaluation_set_open(struct catalogue *catalogue, enum split_set set,
                                       struct evaluation_set *evaluation_set, struct error *error)
{
    struct slice_inputs stats = {0};
    bool has_split = false;
    evaluation_set->set = set;
    enum status status = catalogue_has_split(catalogue, &has_split, error);
    if (status == STATUS_OK && !has_split)
        status = error_set(error, STATUS_FAILED, "there is no split yet: make one with `sleeve split`");
    if (status == STATUS_OK)
        status = catalogue_interactions_load(catalogue, (int)set, &evaluation_set->evaluated, error);
    if (status == STATUS_OK && evaluation_set->evaluated.n_playlists == 0)
        status = error_set(error, STATUS_FAILED, "the split has no %s playlists; make one that has with `sleeve split`",
                           set == SPLIT_TEST ? "test" : "validation");
    if (status == STATUS_OK)
        status = track_stats_load(catalogue, slice_training_sets(set), &evaluation_set->stats, error);
    if (status == STATUS_OK)
        status = slice_inputs_load(catalogue, &evaluation_set->stats, &stats, error);
    if (status == STATUS_OK)
        status = slice_table_make(&stats, &evaluation_set->evaluated, &evaluation_set->slices, error);
    slice_inputs_free(&stats);
    return status;
}

static void evaluation_set_close(struct evaluation_set *evaluation_set)
{
    slice_table_free(&evaluation_set->slices);
    track_stats_free(&evaluation_set->stats);
    interactions_free(&evaluation_set->evaluated);
}

static void tell_unknown(const struct evaluated *evaluated)
{
    const struct evaluation *evaluation = &evaluated->evaluation;
    if (evaluation->n_left_out > 0)
        log_message(LOG_WARNING, "%zu playlist%s of the split show no track or hide none; %s is not evaluated on them",
                    evaluation->n_left_out, evaluation->n_left_out == 1 ? "" : "s", evaluated->name);
    if (evaluation->n_unknown > 0)
        log_message(LOG_WARNING,
                    "%s knows none of the shown tracks of %zu of the %zu playlists; its lists for them do "
                    "not follow from the playlists",
                    evaluated->name, evaluation->n_unknown, evaluation->count);
}

/* Each model's results are stored before the next one is asked, so that what was done stays when a later one stops. */
static enum status evaluate_all(struct cli *cli, struct catalogue *catalogue, const char *on,
                                const struct evaluation_set *evaluation_set, struct evaluated *models, int count,
                                FILE *run, struct error *error)
{
    enum status status = check_training(catalogue, evaluation_set->set, models, count, error);
    struct device device;
    struct device_use use = {.device = &device};
    const struct device_options chosen = {cli->device, cli->threads, NULL};
    device_start(&device, &chosen);
    for (int i = 0; status == STATUS_OK && i < count; i++) {
        struct evaluation_job evaluation_job = {cli, catalogue, evaluation_set, run, &models[i], false};
        const struct device_work work = {evaluate, &evaluation_job};
        status = device_run(&use, &work, error);
        if (status == STATUS_OK)
            status = store(catalogue, &models[i], on, error);
        if (status == STATUS_OK)
            tell_unknown(&models[i]);
    }
    device_close(&use);
    device_end(&device);
    return status;
}

/* Cuts `names` at its commas. */
static enum status take_names(char *names, struct evaluated models[MODELS_MAX], int *count, struct error *error)
{
    *count = 0;
    for (char *rest = NULL, *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (*count == MODELS_MAX)
            return error_set(error, STATUS_USAGE, "at most %d models are evaluated in one call", MODELS_MAX);
        for (int i = 0; i < *count; i++)
            if (strcmp(models[i].name, name) == 0)
                return error_set(error, STATUS_USAGE, "--model names %s twice", name);
        models[(*count)++].name = name;
    }
    return *count > 0 ? STATUS_OK : error_set(error, STATUS_USAGE, "evaluate needs --model NAME[,NAME...]");
}

static enum status check_options(const struct cli *cli, int count, struct error *error)
{
    const char *on = cli_value(cli, "on", "test");
    if (strcmp(on, "val") != 0 && strcmp(on, "test") != 0)
        return error_set(error, STATUS_USAGE, "--on is val or test, not \"%s\"", on);
    if (cli_flag(cli, "run") && count != 1)
        return error_set(error, STATUS_USAGE, "--run takes the lists of one model, not of %d", count);
    const char *plot = cli_value(cli, "plot", NULL);
    return plot ? evaluated_plot_check(plot, count, error) : STATUS_OK;
}

static enum status plot(struct catalogue *catalogue, enum split_set set, const struct evaluated *models, int count,
                        struct atomic_file *file, struct error *error)
{
    struct evaluated_line lines[MODELS_MAX];
    for (int i = 0; i < count; i++)
        lines[i] = (struct evaluated_line){models[i].name, &models[i].results};
    return evaluated_plot(catalogue, set == SPLIT_TEST ? "test " : "validation ", lines, count, file, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *on = cli_value(cli, "on", "test");
    const char *run_file = cli_value(cli, "run", NULL);
    char *names = strdup(cli_value(cli, "model", ""));
    struct evaluated models[MODELS_MAX] = {0};
    int count = 0;
    if (!names)
        return error_no_memory(error);
    struct catalogue *catalogue = NULL;
    const char *plot_file = cli_value(cli, "plot", NULL);
    struct atomic_file file = {0}, picture = {0};
    struct evaluation_set evaluation_set = {0};
    enum status status = take_names(names, models, &count, error);
    if (status == STATUS_OK)
        status = check_options(cli, count, error);
    if (status == STATUS_OK)
        status = cli_open_catalogue(cli, CATALOGUE_WRITE, &catalogue, error);
    if (status == STATUS_OK)
        status = evaluation_set_open(catalogue, strcmp(on, "val") == 0 ? SPLIT_VALIDATION : SPLIT_TEST, &evaluation_set,
                                     error);
    if (status == STATUS_OK && run_file)
        status = atomic_file_open(run_file, &file, error);
    if (status == STATUS_OK && plot_file)
        status = atomic_file_open(plot_file, &picture, error);
    if (status == STATUS_OK)
        status = evaluate_all(cli, catalogue, on, &evaluation_set, models, count, file.stream, error);
    if (status == STATUS_OK && run_file)
        status = atomic_file_commit(&file, error);
    if (status == STATUS_OK && plot_file)
        status = plot(catalogue, evaluation_set.set, models, count, &picture, error);
    atomic_file_abort(&file);
    atomic_file_abort(&picture);
    if (status == STATUS_OK)
        status =
            cli->json
                ? evaluated_print_json(catalogue_path(catalogue), on, &evaluation_set.slices, models, count, error)
                : evaluated_print_tables(cli_flag(cli, "slices") ? &evaluation_set.slices : NULL, models, count, error);
    for (int i = 0; i < count; i++) {
        evaluation_free(&models[i].evaluation);
        result_list_free(&models[i].results);
        model_list_free(&models[i].record);
    }
    evaluation_set_close(&evaluation_set);
    catalogue_close(catalogue);
    free(names);
    return status;
}

const struct command cli_command_evaluate = {
    .name = "evaluate",
    .arguments = "--model NAME[,NAME...] [--on val|test] [--slices] [--plot FILE.png|svg] [--run FILE]",
    .summary = "how well models continue the playlists that the split keeps from them",
    .details =
        "Means with 95 % intervals, 500 recommendations a playlist; the results of each playlist are stored for "
        "compare.\n"
        "All models are asked on the same playlists. One that was trained on them (see `sleeve models show`) is not\n"
        "being tested; it is named.\n"
        "Slices are thirds (low, middle, high; equal values stay together) of the evaluated playlists by\n"
        "  unpopular    share of the hidden tracks outside the most frequent that hold 80 % of training entries\n"
        "  uncovered    share of the tracks without a cover\n"
        "  length       distinct tracks\n"
        "  new-artists  share of the hidden tracks whose artist is in no training playlist\n"
        "  new-tracks   share of the hidden tracks that are in no training playlist",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
