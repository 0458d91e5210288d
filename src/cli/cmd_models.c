#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/models.h"
#include "cli/commands.h"
#include "core/json_reader.h"
#include "eval/metrics.h"

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

/* A text or number as it is written in the JSON. */
static const char *text_of(const struct json_value *value, const char *otherwise)
{
    return value && (value->type == JSON_TEXT || value->type == JSON_NUMBER) ? value->text : otherwise;
}

static bool is_number(const struct json_value *value)
{
    return value && value->type == JSON_NUMBER;
}

/* "30.85 % on test", "-" for a model that was not evaluated. */
static void add_ndcg(struct buffer *out, const struct json_value *results)
{
    const struct json_value *mean = json_member(json_member(results, "ndcg"), "mean");
    struct buffer text = {0};
    if (is_number(mean))
        buffer_printf(&text, "%.2f %% on %s", 100 * mean->number, json_get_text(json_member(results, "on"), "?"));
    cli_add_field(out, is_number(mean) && !text.failed ? text.data : "-", '\t');
    buffer_free(&text);
}

/* Text that is not JSON is treated as empty. */
static void read_json(const char *text, struct json_document *document)
{
    json_read(text, strlen(text), document, NULL);
}

static void add_line(const struct model_info *info, struct buffer *out)
{
    const struct model_record *model = info->record;
    struct json_document settings, results;
    read_json(model->settings, &settings);
    read_json(model->results, &results);
    cli_add_field(out, model->name, '\t');
    cli_add_field(out, model->kind, '\t');
    const char *features = text_of(json_member(&settings.root, "features"), "-");
    cli_add_field(out, text_of(json_member(&settings.root, "covers"), features), '\t');
    cli_add_field(out, text_of(json_member(&settings.root, "playlists"), "-"), '\t');
    add_ndcg(out, &results.root);
    cli_add_field(out, model->created, '\t');
    cli_add_field(out, info->state, '\n');
    json_document_free(&settings);
    json_document_free(&results);
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
    buffer_add_text(&out, "name\tkind\tfeatures\tplaylists\tNDCG\tcreated\tfile\n");
    for (size_t i = 0; i < infos->count; i++) {
        add_line(&infos->items[i], &out);
        if (infos->items[i].fault[0])
            log_message(LOG_WARNING, "%s", infos->items[i].fault);
    }
    return cli_print_table(&out, error);
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

/* A mean with its interval, or a plain number, as `evaluate` prints it. A value that is not a metric (coverage) is a
 * share. */
static void add_metric(struct buffer *out, const char *on, const struct json_value *metric)
{
    const char *name = metric->key;
    bool interval = metric->type == JSON_OBJECT;
    const struct json_value *mean = interval ? json_member(metric, "mean") : metric;
    const struct json_value *ci95 = json_member(metric, "ci95");
    enum metric listed = metric_named(name);
    double scale = listed < METRICS ? metric_infos[listed].scale : 100;
    const char *unit = listed < METRICS ? metric_infos[listed].unit : "%";
    struct buffer label = {0}, text = {0};
    if (!is_number(mean))
        return;
    buffer_printf(&label, "%s on %s", name, on);
    buffer_printf(&text, "%.2f%s%s", scale * mean->number, *unit ? " " : "", unit);
    if (is_number(ci95))
        buffer_printf(&text, " ± %.2f", scale * ci95->number);
    if (!label.failed && !text.failed)
        add_row(out, label.data, text.data);
    buffer_free(&label);
    buffer_free(&text);
}

static void add_results(struct buffer *out, const struct json_value *results)
{
    const char *on = json_get_text(json_member(results, "on"), NULL);
    const struct json_value *n = json_member(results, "n_playlists");
    if (!on)
        return;
    if (is_number(n))
        add_row(out, "playlists evaluated", n->text);
    for (size_t i = 0; i < results->count; i++)
        if (&results->items[i] != n)
            add_metric(out, on, &results->items[i]);
}

/* The report of the training first, then its settings. */
static void add_settings(struct buffer *out, const struct json_value *settings)
{
    const struct json_value *report = json_member(settings, "report");
    if (json_get_text(report, NULL))
        add_row(out, "report", report->text);
    for (size_t i = 0; i < settings->count; i++) {
        const struct json_value *value = &settings->items[i];
        const char *text = text_of(value, NULL);
        if (value != report && text)
            add_row(out, value->key, text);
    }
}

/* Rows of a JSON object; other text is printed as it is. */
static void add_rows_of(struct buffer *out, const char *name, const char *json,
                        void (*add)(struct buffer *out, const struct json_value *object))
{
    struct json_document document;
    read_json(json, &document);
    if (document.root.type == JSON_OBJECT)
        add(out, &document.root);
    else if (*json)
        add_row(out, name, json);
    json_document_free(&document);
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
    char n_tracks[32];
    snprintf(n_tracks, sizeof n_tracks, "%lld", (long long)model->n_tracks);
    add_row(&out, "name", model->name);
    add_row(&out, "kind", model->kind);
    add_row(&out, "tracks", n_tracks);
    add_row(&out, "created", model->created);
    add_row(&out, "file", model->file);
    add_row(&out, "file state", info->fault[0] ? info->fault : info->state);
    add_row(&out, "fingerprint", model->fingerprint);
    add_rows_of(&out, "results", model->results, add_results);
    add_rows_of(&out, "settings", model->settings, add_settings);
    return cli_print(&out, error);
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
        status = remove ? app_model_remove(catalogue, name, error) : app_model_infos(catalogue, name, &infos, error);
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
