#include <stdlib.h>
#include <unistd.h>

#include "app/doctor.h"
#include "cli/commands.h"
#include "cli/doctor_report.h"
#include "cli/weights_report.h"
#include "ui/config.h"
#include "ui/terminal/terminal.h"

static void write_processor(const struct doctor_result *result, struct json_writer *json)
{
    json_key(json, "cpu");
    json_object_begin(json);
    json_pair_integer(json, "processors", result->processors);
    json_key(json, "features");
    json_object_begin(json);
    for (size_t i = 0; i < PROCESSOR_FEATURES; i++)
        json_pair_bool(json, result->features[i].name, result->features[i].there);
    json_object_end(json);
    json_object_end(json);
}

static void write_devices(const struct doctor_result *result, struct json_writer *json)
{
    const struct doctor_device *cpu = &result->cpu, *cuda = &result->cuda;
    json_key(json, "blas");
    json_object_begin(json);
    if (cpu->works) {
        json_pair_text(json, "library", cpu->library);
        json_pair_text(json, "core", cpu->core);
        json_pair_text(json, "simd", cpu->simd);
        json_pair_integer(json, "threads", cpu->threads);
        json_pair_number(json, "gflops", cpu->gflops);
    } else {
        json_pair_text(json, "error", cpu->fault);
    }
    json_object_end(json);
    json_key(json, "cuda");
    if (!cuda->works) {
        json_null(json);
        return;
    }
    json_object_begin(json);
    json_pair_text(json, "module", cuda->library);
    json_pair_text(json, "device", cuda->name);
    json_pair_text(json, "driver", cuda->core);
    json_pair_text(json, "exchange", cuda->exchange[0] ? cuda->exchange : "host memory");
    if (!cuda->exchange[0])
        json_pair_text(json, "exchange_fault", cuda->exchange_fault);
    json_object_end(json);
}

static void write_decoder(const struct doctor_decoder *decoder, struct json_writer *json)
{
    json_key(json, "decoder");
    json_object_begin(json);
    if (decoder->works) {
        json_pair_bool(json, "seccomp", decoder->protection.seccomp);
        json_pair_bool(json, "landlock", decoder->protection.landlock);
    } else {
        json_pair_text(json, "error", decoder->fault);
    }
    json_object_end(json);
}

static void write_terminal(struct json_writer *json)
{
    json_key(json, "terminal");
    struct terminal_info info = {0};
    struct buffer why = {0};
    struct error error;
    json_object_begin(json);
    if (!isatty(STDIN_FILENO) || terminal_probe(&info, &error) != STATUS_OK) {
        json_pair_text(json, "name", getenv("TERM"));
        json_pair_bool(json, "probed", false);
    } else {
        json_pair_text(json, "name", info.name);
        json_pair_text(json, "type", info.type);
        json_pair_bool(json, "probed", info.probe_answered);
        json_pair_integer(json, "columns", info.columns);
        json_pair_integer(json, "rows", info.rows);
        json_pair_integer(json, "cell_width", info.cell_width);
        json_pair_integer(json, "cell_height", info.cell_height);
        json_pair_text(json, "cell_source", info.cell_source);
        json_pair_integer(json, "colours", info.colours);
        json_pair_bool(json, "sixel", info.sixel);
        json_pair_integer(json, "sixel_registers", info.sixel_registers);
        json_pair_bool(json, "kitty", info.kitty);
        json_pair_bool(json, "synchronised_output", info.synchronised);
        json_pair_bool(json, "tmux", info.tmux);
        json_pair_bool(json, "utf8", info.utf8);
        json_pair_bool(json, "iterm", info.iterm);
        json_pair_bool(json, "sextants", info.sextants);
        json_pair_text(json, "images", image_mode_name(info.images));
        terminal_info_explain(&info, IMAGES_AUTO, &why);
        json_pair_text(json, "images_why", why.failed ? "" : why.data);
    }
    buffer_free(&why);
    json_object_end(json);
}

static void write_files(const char *name, const struct checked_files *files, struct json_writer *json)
{
    json_key(json, name);
    json_object_begin(json);
    for (size_t i = 0; i < files->count; i++)
        json_pair_text(json, files->items[i].name, files->items[i].fault[0] ? files->items[i].fault : "ok");
    json_object_end(json);
}

static void write_beside(const struct doctor_catalogue *catalogue, struct json_writer *json)
{
    struct buffer index = {0};
    buffer_printf(&index, "%s; the next search rebuilds it", catalogue->index_fault);
    write_files("models", &catalogue->models, json);
    write_files("embedding_sets", &catalogue->feature_sets, json);
    write_files("attributes", &catalogue->attributes, json);
    write_files("fitness", &catalogue->fitness, json);
    write_files("predictors", &catalogue->predictors, json);
    write_files("new_songs", &catalogue->new_songs, json);
    json_pair_text(json, "search_index", !catalogue->index_fault[0] ? "ok" : index.failed ? "none" : index.data);
    write_files("model_indexes", &catalogue->model_indexes, json);
    write_files("leftover_files", &catalogue->others, json);
    buffer_free(&index);
}

static void write_split(const struct split_totals *split, struct json_writer *json)
{
    json_key(json, "split");
    json_object_begin(json);
    if (split->exists) {
        json_pair_integer(json, "train", split->train);
        json_pair_integer(json, "val", split->validation);
        json_pair_integer(json, "test", split->test);
        json_pair_integer(json, "cold", split->cold);
    }
    json_object_end(json);
}

static void write_catalogue(const char *path, const struct doctor_catalogue *catalogue, struct json_writer *json)
{
    const struct catalogue_counts *counts = &catalogue->counts;
    json_key(json, "catalogue");
    json_object_begin(json);
    json_pair_text(json, "path", path);
    json_pair_bool(json, "exists", catalogue->exists);
    if (catalogue->counted) {
        json_pair_integer(json, "tracks", counts->tracks);
        json_pair_integer(json, "albums", counts->albums);
        json_pair_integer(json, "artists", counts->artists);
        json_pair_integer(json, "playlists", counts->playlists);
        json_pair_integer(json, "own_playlists", counts->own_playlists);
        json_pair_integer(json, "entries", counts->entries);
        json_pair_integer(json, "covers", counts->covers);
        write_split(&catalogue->split, json);
    }
    if (catalogue->checked)
        write_beside(catalogue, json);
    if (catalogue->exists)
        json_pair_bool(json, "sound", catalogue->sound);
    if (catalogue->exists && !catalogue->sound)
        json_pair_text(json, "fault", catalogue->fault);
    json_object_end(json);
}

static void write_settings(const struct config *config, struct json_writer *json)
{
    json_key(json, "settings");
    json_object_begin(json);
    json_pair_text(json, "file", config && config->path.size > 0 ? config->path.data : "");
    json_pair_bool(json, "exists", config && config->exists);
    for (int i = 0; config && i < SETTING_COUNT; i++)
        if (config->settings.values[i][0])
            json_pair_text(json, settings_table[i].name, config->settings.values[i]);
    json_key(json, "problems");
    json_array_begin(json);
    for (size_t i = 0; config && i < config->n_problems && i < CONFIG_PROBLEMS_MAX; i++)
        json_text(json, config->problems[i]);
    json_array_end(json);
    json_object_end(json);
}

static void write_document(const char *path, const struct config *config, const struct doctor_result *result,
                           struct json_writer *json)
{
    json_object_begin(json);
    json_pair_text(json, "version", SLEEVE_VERSION);
    json_pair_text(json, "sqlite", catalogue_sqlite_version());
    write_processor(result, json);
    write_devices(result, json);
    write_decoder(&result->decoder, json);
    write_terminal(json);
    write_settings(config, json);
    if (path)
        write_catalogue(path, &result->catalogue, json);
    json_object_end(json);
}

static enum status check_weights(const struct cli *cli, const char *path, struct error *error)
{
    struct cli_device device;
    struct weights_check check;
    struct buffer out = {0};
    cli_device_start(cli, &device);
    const struct weights_check_settings settings = {
        .path = path, .image = cli_value(cli, "image", NULL), .device = &device.use};
    enum status status = app_weights_check(&settings, &check, error);
    cli_device_end(&device);
    if (cli->json) {
        weights_write(path, &check, &(struct json_writer){.out = &out});
        buffer_add_byte(&out, '\n');
    } else {
        weights_report(path, &check, &out);
    }
    enum status printed = cli_print(&out, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? printed : status;
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *weights = cli_value(cli, "weights", NULL);
    if (weights)
        return check_weights(cli, weights, error);
    if (cli_value(cli, "image", NULL))
        return error_set(error, STATUS_USAGE, "--image needs the weights that are checked with it: --weights FILE");
    char *path = NULL;
    struct doctor_result result;
    struct buffer out = {0};
    enum status found = cli_catalogue_path(cli, &path, error);
    const struct doctor_settings settings = {.path = path, .threads = cli->threads};
    enum status status = app_doctor(&settings, &result, error);
    if (found != STATUS_OK)
        status = found;
    if (cli->json) {
        write_document(path, cli->config, &result, &(struct json_writer){.out = &out});
        buffer_add_byte(&out, '\n');
    } else {
        doctor_report(path, cli->config, &result, &out);
    }
    doctor_result_free(&result);
    free(path);
    enum status printed = cli_print(&out, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? printed : status;
}

static const struct cli_option options[] = {
    {"weights", 0, "FILE", "check weights of CLIP, DINOv2, musicnn or vgg instead"},
    {"image", 0, "FILE", "with --weights: compare with the published results; FILE is COCO's 000000039769"},
};

const struct command cli_command_doctor = {
    .name = "doctor",
    .arguments = "[--weights FILE [--image FILE]]",
    .summary = "check this machine, this terminal and the catalogue",
    .details =
        "Opens every model and feature set of the catalogue, and says what is missing or damaged and what to do. With\n"
        "--json, figures have full precision. The exit status is that of the first fault of the catalogue.\n"
        "With --weights, says what model a file holds, which tensors are missing, wrong or not needed, and its "
        "SHA-256,\n"
        "which can be compared with the one where the file is from. It reads the whole file.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
