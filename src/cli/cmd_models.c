#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/content_check.h"
#include "app/models.h"
#include "cli/commands.h"

static void add_json(const struct model_info *info, struct json_writer *json)
{
    const struct model_record *model = info->record;
    json_object_begin(json);
    json_pair_text(json, "name", model->name);
    json_pair_text(json, "kind", model->kind);
    json_pair_integer(json, "tracks", model->n_tracks);
    json_pair_text(json, "fingerprint", model->fingerprint);
    json_pair_text(json, "created", model->created);
    json_pair_text(json, "file", model->file);
    json_pair_text(json, "file_state", info->state);
    if (info->fault[0])
        json_pair_text(json, "fault", info->fault);
    json_pair_text(json, "settings", model->settings);
    json_pair_text(json, "results", model->results);
    json_object_end(json);
}

/* "30.85 % on test", "57.36 % on test, has seen the answers", "-" for a model that was not evaluated. */
static void add_ndcg(struct buffer *out, const struct model_details *details)
{
    struct buffer text = {0};
    if (details->ndcg.name)
        buffer_printf(&text, "%.2f %% on %s%s%s", details->ndcg.mean,
                      details->evaluated_on ? details->evaluated_on : "?", details->seen == SEEN_NO ? "" : ", ",
                      seen_answers_text(details->seen));
    cli_add_field(out, details->ndcg.name && !text.failed ? text.data : "-", '\t');
    buffer_free(&text);
}

static enum status add_line(const struct model_info *info, struct buffer *out, struct error *error)
{
    const struct model_record *model = info->record;
    struct model_details details;
    enum status status = model_details_read(model, &details, error);
    if (status != STATUS_OK)
        return status;
    cli_add_field(out, model->name, '\t');
    cli_add_field(out, model->kind, '\t');
    cli_add_field(out, details.features ? details.features : "-", '\t');
    cli_add_field(out, details.n_playlists ? details.n_playlists : "-", '\t');
    add_ndcg(out, &details);
    cli_add_field(out, model->created, '\t');
    cli_add_field(out, info->state, '\n');
    model_details_free(&details);
    return STATUS_OK;
}

static enum status list(const struct cli *cli, const struct model_infos *infos, struct error *error)
{
    struct buffer out = {0};
    if (cli->json) {
        struct json_writer json = {.out = &out};
        json_array_begin(&json);
        for (size_t i = 0; i < infos->count; i++)
            add_json(&infos->items[i], &json);
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    enum status status = STATUS_OK;
    buffer_add_text(&out, "name\tkind\tfeatures\tplaylists\tNDCG\tcreated\tfile\n");
    for (size_t i = 0; status == STATUS_OK && i < infos->count; i++) {
        status = add_line(&infos->items[i], &out, error);
        if (infos->items[i].fault[0])
            log_message(LOG_WARNING, "%s", infos->items[i].fault);
    }
    if (status == STATUS_OK)
        return cli_print_table(&out, error);
    buffer_free(&out);
    return status;
}

/* Name and value: with a tab between for scripts, in two columns on a terminal. */
static void add_row(struct buffer *out, const char *name, const char *value)
{
    enum { NAMES = 26 };
    bool columns = isatty(STDOUT_FILENO);
    cli_add_field(out, name, columns ? ' ' : '\t');
    for (size_t width = strlen(name) + 1; columns && width < NAMES; width++)
        buffer_add_byte(out, ' ');
    cli_add_field(out, value, '\n');
}

static void add_metric(struct buffer *out, const char *on, const struct model_metric *metric)
{
    struct buffer label = {0}, text = {0};
    buffer_printf(&label, "%s on %s", metric->name, on);
    buffer_printf(&text, "%.2f%s%s", metric->mean, *metric->unit ? " " : "", metric->unit);
    if (!isnan(metric->ci95))
        buffer_printf(&text, " ± %.2f", metric->ci95);
    if (!label.failed && !text.failed)
        add_row(out, label.data, text.data);
    buffer_free(&label);
    buffer_free(&text);
}

/* A text that is no JSON object is printed as it is. */
static void add_results(struct buffer *out, const struct model_record *model, const struct model_details *details)
{
    if (!details->results_known && *model->results)
        add_row(out, "results", model->results);
    if (!details->evaluated_on)
        return;
    if (details->seen != SEEN_NO)
        add_row(out, "training", seen_answers_text(details->seen));
    if (details->n_evaluated)
        add_row(out, "playlists evaluated", details->n_evaluated);
    for (size_t i = 0; i < details->n_metrics; i++)
        add_metric(out, details->evaluated_on, &details->metrics[i]);
}

static void add_settings(struct buffer *out, const struct model_record *model, const struct model_details *details)
{
    if (!details->settings_known && *model->settings)
        add_row(out, "settings", model->settings);
    if (details->report)
        add_row(out, "report", details->report);
    for (size_t i = 0; i < details->n_settings; i++)
        add_row(out, details->settings[i].name, details->settings[i].value);
}

static enum status show(const struct cli *cli, const struct model_info *info, struct error *error)
{
    const struct model_record *model = info->record;
    struct buffer out = {0};
    if (cli->json) {
        struct json_writer json = {.out = &out};
        add_json(info, &json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    struct model_details details;
    enum status status = model_details_read(model, &details, error);
    if (status != STATUS_OK)
        return status;
    char n_tracks[32];
    snprintf(n_tracks, sizeof n_tracks, "%lld", (long long)model->n_tracks);
    add_row(&out, "name", model->name);
    add_row(&out, "kind", model->kind);
    add_row(&out, "tracks", n_tracks);
    add_row(&out, "created", model->created);
    add_row(&out, "file", model->file);
    add_row(&out, "file state", info->fault[0] ? info->fault : info->state);
    add_row(&out, "fingerprint", model->fingerprint);
    add_results(&out, model, &details);
    add_settings(&out, model, &details);
    model_details_free(&details);
    return cli_print(&out, error);
}

/* Names the predictors of the model: they can be used again after a training with the same settings. */
static enum status remove_model(struct catalogue *catalogue, const char *name, struct error *error)
{
    struct buffer names = {0};
    enum status status = app_content_predictors_of(catalogue, name, &names, error);
    if (status == STATUS_OK)
        status = app_model_remove(catalogue, name, error);
    if (status == STATUS_OK && names.size > 0)
        log_message(LOG_INFO,
                    "kept of %s: the predictors %s, for a training with the same settings and seed; `sleeve content rm "
                    "NAME` removes one",
                    name, names.data);
    buffer_free(&names);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *verb = cli->n_arguments > 0 ? cli->arguments[0] : NULL, *name = verb ? cli->arguments[1] : NULL;
    bool remove = verb && strcmp(verb, "rm") == 0;
    if (verb && ((!remove && strcmp(verb, "show") != 0) || cli->n_arguments != 2))
        return error_set(error, STATUS_USAGE, "usage: sleeve models %s", cli_command_models.arguments);
    struct catalogue *catalogue = NULL;
    struct model_infos infos = {0};
    enum status status = cli_open_catalogue(cli, remove ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = remove ? remove_model(catalogue, name, error) : app_model_infos(catalogue, name, &infos, error);
    if (status == STATUS_OK && !remove)
        status = name ? show(cli, &infos.items[0], error) : list(cli, &infos, error);
    model_infos_free(&infos);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_models = {
    .name = "models",
    .arguments = "[show NAME | rm NAME]",
    .summary = "list the trained models; show or remove one",
    .arguments_max = 2,
    .run = run,
};
