#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

#include "cli/commands.h"

static void add_json(struct json_writer *json, const struct model_record *model)
{
    json_object_begin(json);
    json_pair_text(json, "name", model->name);
    json_pair_text(json, "kind", model->kind);
    json_pair_integer(json, "tracks", model->n_tracks);
    json_pair_text(json, "fingerprint", model->fingerprint);
    json_pair_text(json, "created", model->created);
    json_pair_text(json, "file", model->file);
    json_pair_text(json, "settings", model->settings);
    json_pair_text(json, "results", model->results);
    json_object_end(json);
}

/* A text or number of an object in JSON as it stands there. */
static const char *text_of(yajl_val object, const char *path[], const char *otherwise)
{
    yajl_val value = object ? yajl_tree_get(object, path, yajl_t_any) : NULL;
    return YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : YAJL_IS_NUMBER(value) ? YAJL_GET_NUMBER(value) : otherwise;
}

/* "30.85 % on test", "-" for a model that was not evaluated. */
static void add_ndcg(struct buffer *out, yajl_val results)
{
    yajl_val mean = results ? yajl_tree_get(results, (const char *[]){"ndcg", "mean", NULL}, yajl_t_number) : NULL;
    struct buffer text = {0};
    if (mean)
        buffer_printf(&text, "%.2f %% on %s", 100 * YAJL_GET_DOUBLE(mean),
                      text_of(results, (const char *[]){"on", NULL}, "?"));
    cli_add_field(out, mean && !text.failed ? text.data : "-", '\t');
    buffer_free(&text);
}

static enum status list(struct cli *cli, const struct model_list *models, struct error *error)
{
    struct buffer out = {0};
    if (cli->json) {
        struct json_writer json = {.out = &out};
        json_array_begin(&json);
        for (size_t i = 0; i < models->count; i++)
            add_json(&json, &models->items[i]);
        json_array_end(&json);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    buffer_add_text(&out, "name\tkind\tcovers\tplaylists\tNDCG\tcreated\n");
    for (size_t i = 0; i < models->count; i++) {
        const struct model_record *model = &models->items[i];
        char fault[8];
        yajl_val settings = yajl_tree_parse(model->settings, fault, sizeof fault);
        yajl_val results = *model->results ? yajl_tree_parse(model->results, fault, sizeof fault) : NULL;
        cli_add_field(&out, model->name, '\t');
        cli_add_field(&out, model->kind, '\t');
        cli_add_field(&out, text_of(settings, (const char *[]){"covers", NULL}, "-"), '\t');
        cli_add_field(&out, text_of(settings, (const char *[]){"playlists", NULL}, "-"), '\t');
        add_ndcg(&out, results);
        cli_add_field(&out, model->created, '\n');
        yajl_tree_free(settings);
        yajl_tree_free(results);
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

/* A mean with its interval, or a plain number, as `evaluate` prints it: clicks are pages, all else shares. */
static void add_metric(struct buffer *out, const char *on, const char *name, yajl_val value)
{
    static const char *mean_path[] = {"mean", NULL}, *ci_path[] = {"ci95", NULL};
    yajl_val mean = YAJL_IS_OBJECT(value) ? yajl_tree_get(value, mean_path, yajl_t_number) : value;
    yajl_val ci95 = YAJL_IS_OBJECT(value) ? yajl_tree_get(value, ci_path, yajl_t_number) : NULL;
    bool share = strcmp(name, "clicks") != 0;
    struct buffer label = {0}, text = {0};
    if (!YAJL_IS_NUMBER(mean))
        return;
    buffer_printf(&label, "%s on %s", name, on);
    buffer_printf(&text, "%.2f%s", (share ? 100 : 1) * YAJL_GET_DOUBLE(mean), share ? " %" : "");
    if (ci95)
        buffer_printf(&text, " ± %.2f", (share ? 100 : 1) * YAJL_GET_DOUBLE(ci95));
    if (!label.failed && !text.failed)
        add_row(out, label.data, text.data);
    buffer_free(&label);
    buffer_free(&text);
}

static void add_results(struct buffer *out, yajl_val results)
{
    static const char *on_path[] = {"on", NULL}, *n_path[] = {"n_playlists", NULL};
    yajl_val on = yajl_tree_get(results, on_path, yajl_t_string), n = yajl_tree_get(results, n_path, yajl_t_number);
    if (!on)
        return;
    if (n)
        add_row(out, "playlists judged", YAJL_GET_NUMBER(n));
    for (size_t i = 0; i < results->u.object.len; i++)
        if (results->u.object.values[i] != n)
            add_metric(out, YAJL_GET_STRING(on), results->u.object.keys[i], results->u.object.values[i]);
}

/* What training said of itself first, then what it was told. */
static void add_settings(struct buffer *out, yajl_val settings)
{
    static const char *report_path[] = {"report", NULL};
    yajl_val report = yajl_tree_get(settings, report_path, yajl_t_string);
    if (report)
        add_row(out, "report", YAJL_GET_STRING(report));
    for (size_t i = 0; i < settings->u.object.len; i++) {
        yajl_val value = settings->u.object.values[i];
        const char *text = YAJL_IS_STRING(value)   ? YAJL_GET_STRING(value)
                           : YAJL_IS_NUMBER(value) ? YAJL_GET_NUMBER(value)
                                                   : NULL;
        if (value != report && text)
            add_row(out, settings->u.object.keys[i], text);
    }
}

/* Rows of an object in JSON; text that is none stands as it is. */
static void add_rows_of(struct buffer *out, const char *name, const char *json,
                        void (*add)(struct buffer *out, yajl_val object))
{
    char fault[8];
    yajl_val value = *json ? yajl_tree_parse(json, fault, sizeof fault) : NULL;
    if (YAJL_IS_OBJECT(value))
        add(out, value);
    else if (*json)
        add_row(out, name, json);
    yajl_tree_free(value);
}

static enum status show(struct cli *cli, const struct model_record *model, struct error *error)
{
    struct buffer out = {0};
    if (cli->json) {
        struct json_writer json = {.out = &out};
        add_json(&json, model);
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
    add_row(&out, "fingerprint", model->fingerprint);
    add_rows_of(&out, "results", model->results, add_results);
    add_rows_of(&out, "settings", model->settings, add_settings);
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *verb = cli->n_arguments > 0 ? cli->arguments[0] : NULL;
    bool remove = verb && strcmp(verb, "rm") == 0;
    if (verb && ((!remove && strcmp(verb, "show") != 0) || cli->n_arguments != 2))
        return error_set(error, STATUS_USAGE, "usage: sleeve models %s", cli_command_models.arguments);
    struct catalogue *catalogue = NULL;
    struct model_list models = {0};
    enum status status = cli_open_catalogue(cli, remove ? CATALOGUE_WRITE : CATALOGUE_READ, &catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_models_read(catalogue, &models, error);
    const struct model_record *chosen = NULL;
    for (size_t i = 0; verb && i < models.count; i++)
        if (strcmp(models.items[i].name, cli->arguments[1]) == 0)
            chosen = &models.items[i];
    if (status == STATUS_OK && verb && !chosen)
        status = error_set(error, STATUS_FAILED, "there is no model \"%s\"; see: sleeve models", cli->arguments[1]);
    if (status == STATUS_OK)
        status = !verb    ? list(cli, &models, error)
                 : remove ? model_remove(catalogue, chosen->name, error)
                          : show(cli, chosen, error);
    model_list_free(&models);
    catalogue_close(catalogue);
    return status;
}

const struct command cli_command_models = {
    .name = "models",
    .arguments = "[show NAME | rm NAME]",
    .summary = "what is trained, on what; show or remove one",
    .arguments_max = 2,
    .run = run,
};
