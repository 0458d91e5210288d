#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/clock.h"
#include "db/search.h"
#include "features/feature_set.h"
#include "models/model_files.h"
#include "models/recommender.h"
#include "ui/terminal/terminal.h"

enum { GEMM_SIZE = 1024, GEMM_RUNS = 5 };

static const char *const features[] = {"sse4.2", "avx", "avx2", "fma", "avx512f", "avx512vnni"};

static bool has_feature(size_t i)
{
#if defined(__x86_64__)
    switch (i) {
    case 0:
        return __builtin_cpu_supports("sse4.2") != 0;
    case 1:
        return __builtin_cpu_supports("avx") != 0;
    case 2:
        return __builtin_cpu_supports("avx2") != 0;
    case 3:
        return __builtin_cpu_supports("fma") != 0;
    case 4:
        return __builtin_cpu_supports("avx512f") != 0;
    default:
        return __builtin_cpu_supports("avx512vnni") != 0;
    }
#else
    (void)i;
    return false;
#endif
}

/* The best rate of a few products of two GEMM_SIZE squares, in GFLOP/s; 0 when measuring failed. */
static double measure_gflops(struct compute *compute)
{
    size_t bytes = sizeof(float) * GEMM_SIZE * GEMM_SIZE;
    struct compute_buffer *buffers[3] = {0};
    float *values = calloc(GEMM_SIZE, sizeof *values * GEMM_SIZE);
    bool good = values != NULL;
    for (int i = 0; good && i < 3; i++)
        good = compute->ops->buffer_create(compute->device, bytes, &buffers[i], NULL) == STATUS_OK &&
               compute->ops->buffer_write(compute->stream, buffers[i], 0, values, bytes, NULL) == STATUS_OK;
    double best = 0;
    for (int run = 0; good && run < GEMM_RUNS; run++) {
        double begin = clock_seconds();
        good = compute->ops->gemm(compute->stream, 0, 0, GEMM_SIZE, GEMM_SIZE, GEMM_SIZE, 1,
                                  (struct compute_slice){buffers[0], 0}, (struct compute_slice){buffers[1], 0}, 0,
                                  (struct compute_slice){buffers[2], 0}, NULL) == STATUS_OK &&
               compute->ops->stream_synchronise(compute->stream, NULL) == STATUS_OK;
        double rate = 2e-9 * GEMM_SIZE * GEMM_SIZE * GEMM_SIZE / (clock_seconds() - begin);
        if (good && rate > best)
            best = rate;
    }
    for (int i = 0; i < 3; i++)
        if (buffers[i])
            compute->ops->buffer_destroy(buffers[i]);
    free(values);
    return best;
}

static void write_compute(const struct cli *cli, struct json_writer *json)
{
    struct compute compute;
    struct error error;
    json_key(json, "blas");
    if (compute_open(DEVICE_CPU, cli->threads, &compute, &error) != STATUS_OK) {
        json_object_begin(json);
        json_pair_text(json, "error", error.text);
        json_object_end(json);
    } else {
        json_object_begin(json);
        json_pair_text(json, "library", compute.info.library);
        json_pair_text(json, "core", compute.info.core);
        json_pair_text(json, "simd", compute.info.simd);
        json_pair_integer(json, "threads", compute.info.threads);
        json_pair_number(json, "gflops", round(10 * measure_gflops(&compute)) / 10);
        json_object_end(json);
        compute_close(&compute);
    }
    json_key(json, "cuda");
    if (compute_open(DEVICE_CUDA, cli->threads, &compute, &error) != STATUS_OK) {
        json_null(json);
    } else {
        json_object_begin(json);
        json_pair_text(json, "module", compute.info.library);
        json_pair_text(json, "device", compute.info.name);
        json_pair_text(json, "driver", compute.info.core);
        json_object_end(json);
        compute_close(&compute);
    }
}

static void write_terminal(struct json_writer *json)
{
    json_key(json, "terminal");
    struct terminal_info info = {0};
    struct error error;
    json_object_begin(json);
    if (!isatty(STDIN_FILENO) || terminal_probe(&info, &error) != STATUS_OK) {
        json_pair_text(json, "name", getenv("TERM"));
        json_pair_bool(json, "probed", false);
    } else {
        json_pair_text(json, "name", info.name);
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
        json_pair_text(json, "images", image_mode_name(info.images));
    }
    json_object_end(json);
}

/* ---- files beside the catalogue ---- */

struct files_check {
    struct catalogue *catalogue;
    struct compute compute;
    bool has_compute;
    struct json_writer *json;
    enum status status; /* of the first damaged file */
    struct error *error;
};

/* A member of the object: what is checked, and "ok" or what is wrong with it. */
static void add_state(struct files_check *check, const char *name, enum status status, const struct error *why)
{
    json_pair_text(check->json, name, status == STATUS_OK ? "ok" : why->text);
    if (status == STATUS_OK || check->status != STATUS_OK)
        return;
    check->status = status;
    if (check->error)
        *check->error = *why;
}

/* Opens the model as for recommending, which checks all its values; without a device only the header is checked. */
static enum status check_model(struct files_check *check, const struct model_record *record, struct error *why)
{
    bool missing;
    struct recommender *recommender;
    if (!check->has_compute)
        return model_check(check->catalogue, record, &missing, why);
    enum status status = recommender_open(check->catalogue, &check->compute, record->name, &recommender, why);
    if (status == STATUS_OK)
        recommender_close(recommender);
    return status;
}

static void check_set(const char *name, void *context)
{
    struct files_check *check = context;
    struct feature_set set;
    struct error why;
    enum status status = feature_set_open(check->catalogue, name, &set, &why);
    if (status == STATUS_OK)
        feature_set_close(&set);
    add_state(check, name, status, &why);
}

static void add_leftover(void *context, const char *file)
{
    struct files_check *check = context;
    json_pair_text(check->json, file, "belongs to no model; it can be deleted");
}

static enum status check_models(struct files_check *check, struct error *error)
{
    struct model_list models = {0};
    enum status status = catalogue_models_read(check->catalogue, &models, error);
    json_key(check->json, "models");
    json_object_begin(check->json);
    for (size_t i = 0; i < models.count; i++) {
        struct error why;
        enum status state = check_model(check, &models.items[i], &why);
        add_state(check, models.items[i].name, state, &why);
    }
    json_object_end(check->json);
    model_list_free(&models);
    return status;
}

/* An old or damaged search index is not an error: the next search rebuilds it. */
static enum status write_files(const struct cli *cli, struct catalogue *catalogue, struct json_writer *json,
                               struct error *error)
{
    struct error why;
    struct files_check check = {.catalogue = catalogue, .json = json, .error = error};
    check.has_compute = compute_open(DEVICE_CPU, cli->threads, &check.compute, NULL) == STATUS_OK;
    enum status status = check_models(&check, error);
    json_key(json, "embedding_sets");
    json_object_begin(json);
    if (status == STATUS_OK)
        status = feature_sets_list(catalogue, check_set, &check, error);
    json_object_end(json);
    bool index_ok = search_index_check(catalogue, &why) == STATUS_OK;
    struct buffer text = {0};
    buffer_printf(&text, "%s; the next search rebuilds it", why.text);
    json_pair_text(json, "search_index", index_ok ? "ok" : text.failed ? "none" : text.data);
    buffer_free(&text);
    json_key(json, "leftover_files");
    json_object_begin(json);
    if (status == STATUS_OK)
        status = model_leftovers_list(catalogue, add_leftover, &check, error);
    json_object_end(json);
    if (check.has_compute)
        compute_close(&check.compute);
    return status == STATUS_OK ? check.status : status;
}

static enum status write_catalogue(struct cli *cli, struct json_writer *json, struct error *error)
{
    char *path;
    enum status status = cli_catalogue_path(cli, &path, error);
    if (status != STATUS_OK)
        return status;
    json_key(json, "catalogue");
    json_object_begin(json);
    json_pair_text(json, "path", path);
    json_pair_bool(json, "exists", access(path, F_OK) == 0);
    struct catalogue *catalogue = NULL;
    struct catalogue_counts counts = {0};
    if (access(path, F_OK) == 0) {
        status = catalogue_open(path, CATALOGUE_READ, &catalogue, error);
        if (status == STATUS_OK)
            status = catalogue_count(catalogue, &counts, error);
        if (status == STATUS_OK) {
            json_pair_integer(json, "tracks", counts.tracks);
            json_pair_integer(json, "albums", counts.albums);
            json_pair_integer(json, "artists", counts.artists);
            json_pair_integer(json, "playlists", counts.playlists);
            json_pair_integer(json, "own_playlists", counts.own_playlists);
            json_pair_integer(json, "entries", counts.entries);
            json_pair_integer(json, "covers", counts.covers);
            status = catalogue_check(catalogue, error);
        }
        if (status == STATUS_OK)
            status = write_files(cli, catalogue, json, error);
        json_pair_bool(json, "sound", status == STATUS_OK);
        if (status != STATUS_OK && error)
            json_pair_text(json, "fault", error->text);
    }
    json_object_end(json);
    catalogue_close(catalogue);
    free(path);
    return status;
}

/* The same document for people: "section" lines, then "name  value". */
static void lay_out(const struct buffer *json, struct buffer *out)
{
    int depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < json->size; i++) {
        char c = json->data[i];
        if (in_text && c == '\\' && i + 1 < json->size) {
            i++;
            buffer_add_byte(out, json->data[i] == 'u' ? '?' : json->data[i]);
        } else if (c == '"') {
            in_text = !in_text;
        } else if (in_text) {
            buffer_add_byte(out, c);
        } else if (c == '{' && i + 1 < json->size && json->data[i + 1] == '}') {
            buffer_add_text(out, "none");
            i++;
        } else if (c == '{') {
            depth++;
            if (depth > 1)
                buffer_add_byte(out, '\n');
            buffer_printf(out, "%*s", 2 * (depth - 1), "");
        } else if (c == '}') {
            depth--;
        } else if (c == ',') {
            buffer_printf(out, "\n%*s", 2 * (depth - 1), "");
        } else if (c == ':') {
            buffer_add_text(out, ": ");
        } else {
            buffer_add_byte(out, c);
        }
    }
}

static enum status run(struct cli *cli, struct error *error)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    json_object_begin(&json);
    json_pair_text(&json, "version", SLEEVE_VERSION);
    json_pair_text(&json, "sqlite", catalogue_sqlite_version());
    json_key(&json, "cpu");
    json_object_begin(&json);
    json_pair_integer(&json, "processors", sysconf(_SC_NPROCESSORS_ONLN));
    json_key(&json, "features");
    json_object_begin(&json);
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        json_pair_bool(&json, features[i], has_feature(i));
    json_object_end(&json);
    json_object_end(&json);
    write_compute(cli, &json);
    write_terminal(&json);
    enum status status = write_catalogue(cli, &json, error);
    json_object_end(&json);
    struct buffer out = {0};
    if (cli->json)
        buffer_add(&out, text.data, text.size);
    else
        lay_out(&text, &out);
    buffer_add_byte(&out, '\n');
    buffer_free(&text);
    enum status printed = cli_print(&out, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? printed : status;
}

const struct command cli_command_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "check this machine, this terminal and the catalogue",
    .run = run,
};
