#include <string.h>

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
    buffer_add_text(&out, "name\tkind\ttracks\tcreated\tsettings\n");
    for (size_t i = 0; i < models->count; i++) {
        const struct model_record *model = &models->items[i];
        cli_add_field(&out, model->name, '\t');
        cli_add_field(&out, model->kind, '\t');
        buffer_printf(&out, "%lld\t", (long long)model->n_tracks);
        cli_add_field(&out, model->created, '\t');
        cli_add_field(&out, model->settings, '\n');
    }
    return cli_print_table(&out, error);
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
    const char *const rows[][2] = {{"name", model->name},       {"kind", model->kind},
                                   {"created", model->created}, {"fingerprint", model->fingerprint},
                                   {"file", model->file},       {"settings", model->settings},
                                   {"results", model->results}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cli_add_field(&out, rows[i][0], '\t');
        cli_add_field(&out, rows[i][1], '\n');
    }
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
