#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/failure_fields.h"
#include "app/failure_file.h"
#include "app/failure_query.h"
#include "app/seen_answers.h"
#include "cli/print_failure.h"
#include "core/text_number.h"

static const struct cli_option options[] = {
    {"model", 'm', "NAME", "an evaluated model"},
    {"against", 0, "NAME", "another evaluated model: adds its NDCG and the loss"},
    {"where", 0, "CONDITIONS", "only playlists for which these hold"},
    {"order", 0, "FIELD", "the worst of this field first (+FIELD: the lowest, -FIELD: the highest); default ndcg"},
    {"number", 'n', "N", "how many playlists to print (default 20; 0: all)"},
    {"causes", 0, NULL, "an overview: share of each cause, NDCG by kind of playlist"},
    {"playlist", 0, "PLAYLIST", "one playlist in detail: causes, and the rank of every held-out track"},
    {"out", 0, "FILE.csv|jsonl", "write all playlists that are found"},
};

/* ---- the list ---- */

static void add_number(struct buffer *tsv, double value, const char *format, int decimals)
{
    buffer_add_byte(tsv, '\t');
    if (!isnan(value))
        buffer_printf(tsv, format, decimals, text_plain_zero(value, decimals));
}

static enum status print_table(const struct failure_list *list, const struct failure *items, size_t count,
                               struct error *error)
{
    struct buffer tsv = {0};
    bool two = list->against[0] != '\0';
    buffer_printf(&tsv, "NDCG, %%%s\tclicks\tseeds\theld out\tceiling, %%\tcause\tgenre\tplaylist\tname\n",
                  two ? "\tother, %\tloss, %" : "");
    for (size_t i = 0; i < count; i++) {
        const struct failure *failure = &items[i];
        enum cause cause = failure_main_cause(failure);
        if (!isnan(failure->values[METRIC_NDCG]))
            buffer_printf(&tsv, "%.1f", 100 * failure->values[METRIC_NDCG]);
        if (two) {
            add_number(&tsv, 100 * failure_field_value(FIELD_OTHER, failure), "%.*f", 1);
            add_number(&tsv, 100 * failure_field_value(FIELD_LOSS, failure), "%+.*f", 1);
        }
        add_number(&tsv, failure->values[METRIC_CLICKS], "%.*f", 0);
        buffer_printf(&tsv, "\t%d", (int)failure->seeds);
        add_number(&tsv, failure_field_value(FIELD_HELD_OUT, failure), "%.*f", 0);
        add_number(&tsv, 100 * failure_field_value(FIELD_CEILING, failure), "%.*f", 0);
        buffer_printf(&tsv, "\t%s\t", cause < CAUSES ? cause_infos[cause].title : failure->has_causes ? "none" : "");
        cli_add_field(&tsv, failure->genre, '\t');
        cli_add_key(&tsv, failure->key, '\t');
        cli_add_field(&tsv, failure->name, '\n');
    }
    return cli_print_table(&tsv, error);
}

static enum status print_json(const struct failure_list *list, const struct failure *items, size_t count,
                              struct error *error)
{
    struct buffer out = {0};
    failure_file_text(list, items, count, FAILURES_JSONL, &out);
    return cli_print(&out, error);
}

/* ---- what is printed ---- */

static enum status read_query(const struct cli *cli, struct failure_query *query, struct error *error)
{
    const char *order = cli_value(cli, "order", NULL);
    struct failure_query sorted;
    char text[80];
    enum status status = failure_query_parse(cli_value(cli, "where", ""), query, error);
    if (status != STATUS_OK)
        return error_prefix(error, "--where");
    snprintf(text, sizeof text, "sort:%.64s", order ? order : "ndcg");
    if (!order && query->sort >= 0)
        return STATUS_OK;
    if (failure_query_parse(text, &sorted, error) != STATUS_OK)
        return error_prefix(error, "--order");
    query->sort = sorted.sort;
    query->downward = sorted.downward;
    return STATUS_OK;
}

/* Causes that are missing are computed where they are needed; the list is read again then. */
static enum status read_list(struct cli *cli, struct app *app, bool causes, struct failure_list *list,
                             struct error *error)
{
    const struct failure_filter all = {0};
    const char *model = cli_value(cli, "model", ""), *against = cli_value(cli, "against", "");
    size_t computed;
    enum status status = app_failures(app, model, against, &all, list, error);
    if (status == STATUS_OK && list->evaluated == 0)
        status = error_set(error, STATUS_FAILED, "%s was not evaluated; run: sleeve evaluate --model %s", model, model);
    if (status != STATUS_OK || !causes || list->explained == list->evaluated)
        return status;
    failure_list_free(list);
    status = app_causes(app, model, &cli->progress, &computed, error);
    return status == STATUS_OK ? app_failures(app, model, against, &all, list, error) : status;
}

static enum status print_list(struct cli *cli, const struct failure_list *list, const struct failure_query *query,
                              struct error *error)
{
    int64_t number;
    size_t found = 0;
    const char *file = cli_value(cli, "out", NULL);
    enum status status = cli_integer(cli, "number", 0, INT64_MAX, file || cli->json ? 0 : 20, &number, error);
    struct failure *some = malloc((list->count + 1) * sizeof *some);
    if (!some)
        return error_no_memory(error);
    if (status == STATUS_OK)
        status = failure_query_select(query, list->items, list->count, some, &found, error);
    size_t shown = number > 0 && (uint64_t)number < found ? (size_t)number : found;
    if (status == STATUS_OK && file)
        status = failure_file_write(list, some, shown, file, true, error);
    else if (status == STATUS_OK && cli->json)
        status = print_json(list, some, shown, error);
    else if (status == STATUS_OK)
        status = print_table(list, some, shown, error);
    if (status == STATUS_OK && shown < found)
        log_message(LOG_INFO, "%zu of %zu playlists; -n 0 prints all", shown, found);
    if (status == STATUS_OK && list->explained == 0)
        log_message(LOG_INFO, "causes were not computed yet; --causes computes and stores them");
    if (status == STATUS_OK && found == 0)
        log_message(LOG_INFO, "none of the %zu playlists fits", list->count);
    free(some);
    return status;
}

/* A model that has seen the answers is never shown without saying so. */
static enum status warn_of_seen(struct app *app, const char *name, struct error *error)
{
    struct model_list models = {0};
    enum status status = app_models(app, &models, error);
    for (size_t i = 0; status == STATUS_OK && i < models.count; i++) {
        enum seen_answers seen = seen_answers_read(&models.items[i]);
        if (strcmp(models.items[i].name, name) == 0 && seen != SEEN_NO)
            log_message(LOG_WARNING, "%s %s: its figures are of playlists that it was trained on", name,
                        seen_answers_text(seen));
    }
    model_list_free(&models);
    return status;
}

static enum status run_on(struct cli *cli, struct app *app, struct error *error)
{
    struct failure_query query;
    struct failure_list list = {0};
    const char *model = cli_value(cli, "model", ""), *against = cli_value(cli, "against", "");
    const char *playlist = cli_value(cli, "playlist", NULL);
    bool overview = cli_flag(cli, "causes");
    enum status status = read_query(cli, &query, error);
    if (status == STATUS_OK)
        status = app_model_check(app, model, error);
    if (status == STATUS_OK)
        status = warn_of_seen(app, model, error);
    if (status == STATUS_OK && against[0])
        status = warn_of_seen(app, against, error);
    if (status == STATUS_OK && playlist)
        return print_failure(cli, app, playlist, model, against, error);
    bool causes = overview || cli->json || cli_flag(cli, "out") || failure_query_needs_causes(&query);
    if (status == STATUS_OK)
        status = read_list(cli, app, causes, &list, error);
    if (status == STATUS_OK && overview)
        status = print_failure_groups(cli, &list, error);
    else if (status == STATUS_OK)
        status = print_list(cli, &list, &query, error);
    failure_list_free(&list);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    struct app *app = NULL;
    const char *file = cli_value(cli, "out", NULL), *playlist = cli_value(cli, "playlist", NULL);
    if (!cli_value(cli, "model", NULL))
        return error_set(error, STATUS_USAGE, "failures needs --model NAME");
    if (file && failure_format_of(file) == FAILURE_FORMATS)
        return error_set(error, STATUS_USAGE, "--out %s: the name of the file ends in .csv or .jsonl", file);
    if (cli_flag(cli, "causes") + (playlist != NULL) + (file != NULL) > 1)
        return error_set(error, STATUS_USAGE, "--causes, --playlist and --out are each for a call of its own");
    enum status status = cli_open_app(cli, true, &app, error);
    if (status == STATUS_OK) {
        status = run_on(cli, app, error);
        app_close(app);
    }
    return status;
}

const struct command cli_command_failures = {
    .name = "failures",
    .arguments = "--model NAME [--against NAME] [--where CONDITIONS] [--order FIELD] [-n N] [--causes | --playlist "
                 "PLAYLIST | --out FILE.csv|jsonl]",
    .summary = "where an evaluated model fails, and why: playlists, causes, one playlist in detail",
    .details =
        "Lists the playlists that the model was evaluated on, the worst first. All values are fractions from 0 to 1.\n"
        "With --json one line for each playlist. CONDITIONS are words, all of which must hold:\n" FAILURE_QUERY_HELP
        "Fields are all metrics (sleeve help evaluate), the causes as shares, and\n" FAILURE_FIELD_HELP
        "Causes, of R held-out tracks and |S| seeds; the first page is the first ten suggestions. A cause applies to "
        "a\n"
        "playlist where its share is large; the main cause is the largest of the first four that apply, else of the\n"
        "others:\n" CAUSE_HELP
        "Causes are computed when they are first needed and stored with the results. An interrupted computation\n"
        "continues where it stopped.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
