#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/resumable_tsne.h"
#include "cli/commands.h"
#include "core/clock.h"
#include "core/file.h"
#include "figure/labels.h"
#include "figure/scatter.h"
#include "map/npy.h"

static const struct cli_option options[] = {
    {"embedding", 0, "SET", "covers of the most frequent artists in this embedding set (default gist)"},
    {"artists", 0, "N", "how many artists, 1 to 10 (default 10)"},
    {"input", 0, "FILE.npy", "a matrix of one row a point instead"},
    {"labels", 0, "FILE", "with --input: one label a line"},
    {"perplexity", 0, "P", "default 30"},
    {"iterations", 0, "N", "default 1000"},
    {"seed", 0, "S", "default 42"},
    {"method", 0, "METHOD", "exact (all pairs of points), approximate, or auto, which goes by their number (default)"},
    {"out", 'o', "FILE.png|svg|tsv|npy", "where the map goes"},
};

/* What is mapped, and how its points are called. */
struct mapped {
    struct resumable_tsne *moving; /* of the matrix or of the map */
    int64_t n;
    int dim;
    int *labels; /* NULL: all 0 */
    const char *const *label_names;
    int n_labels;
    const char **keys; /* [n] */
    const char *title;
    struct app *app;
    struct app_map *map;
    struct device device; /* of the matrix */
    bool device_started;
    struct arena memory;
    struct point_labels of_points; /* of the matrix */
};

static void mapped_close(struct mapped *mapped)
{
    if (mapped->map)
        app_map_close(mapped->map);
    else
        resumable_tsne_close(mapped->moving);
    if (mapped->device_started)
        device_end(&mapped->device);
    app_close(mapped->app);
    point_labels_free(&mapped->of_points);
    arena_free(&mapped->memory);
}

static enum status open_covers(struct cli *cli, const struct tsne_settings *settings, struct mapped *mapped,
                               struct error *error)
{
    int64_t artists;
    const char *set = cli_value(cli, "embedding", "gist");
    enum status status = cli_integer(cli, "artists", 1, SCATTER_LABELS_MAX, SCATTER_LABELS_MAX, &artists, error);
    if (status == STATUS_OK)
        status = cli_open_app(cli, false, &mapped->app, error);
    if (status == STATUS_OK)
        status = app_map_open(mapped->app, set, (int)artists, settings, &mapped->map, error);
    if (status != STATUS_OK)
        return status;
    struct app_map *map = mapped->map;
    mapped->moving = map->moving;
    mapped->n = (int64_t)map->albums.count;
    mapped->dim = map->dim;
    mapped->labels = map->labels;
    mapped->label_names = (const char *const *)map->label_names;
    mapped->n_labels = map->n_labels;
    mapped->keys = arena_alloc(&mapped->memory, sizeof(char *) * (map->albums.count + 1));
    if (!mapped->keys)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        mapped->keys[i] = map->albums.items[i].key;
    struct buffer title = {0};
    buffer_printf(&title, "%s: %s covers of the %d most frequent artists, %s", app_summary(mapped->app)->name,
                  app_summary(mapped->app)->generated_covers ? "generated" : "album", map->n_labels, set);
    mapped->title = title.data ? arena_copy_text(&mapped->memory, title.data, title.size) : NULL;
    buffer_free(&title);
    return mapped->title ? STATUS_OK : error_no_memory(error);
}

static enum status label_points(struct cli *cli, struct mapped *mapped, struct error *error)
{
    static const char *const none[] = {""};
    const char *path = cli_value(cli, "labels", NULL);
    if (!path) { /* all points are of one label without a name */
        mapped->label_names = none;
        mapped->n_labels = 1;
        return STATUS_OK;
    }
    enum status status = point_labels_read(path, mapped->n, &mapped->of_points, error);
    mapped->labels = mapped->of_points.items;
    mapped->label_names = mapped->of_points.names;
    mapped->n_labels = mapped->of_points.n_names;
    return status;
}

static enum status open_matrix(struct cli *cli, const char *path, const struct tsne_settings *settings,
                               struct mapped *mapped, struct error *error)
{
    struct npy_matrix matrix = {0};
    enum status status = npy_read(path, &matrix, error);
    if (status == STATUS_OK && (matrix.rows < 1 || matrix.columns < 1))
        status = error_set(error, STATUS_BAD_DATA, "%s holds %lld x %lld values: there is nothing to map", path,
                           (long long)matrix.rows, (long long)matrix.columns);
    if (status == STATUS_OK) {
        const struct device_options chosen = {cli->device, cli->threads, NULL};
        device_start(&mapped->device, &chosen);
        mapped->device_started = true;
        float *x = matrix.values;
        matrix.values = NULL;
        status = resumable_tsne_open(&mapped->device, matrix.rows, matrix.columns, x, settings, &mapped->moving, error);
    }
    mapped->n = matrix.rows;
    mapped->dim = (int)matrix.columns;
    mapped->title = path;
    npy_free(&matrix);
    if (status != STATUS_OK)
        return status;
    mapped->keys = arena_alloc(&mapped->memory, sizeof(char *) * ((size_t)mapped->n + 1));
    if (!mapped->keys)
        return error_no_memory(error);
    for (int64_t i = 0; i < mapped->n; i++) {
        char number[24];
        int size = snprintf(number, sizeof number, "%lld", (long long)i);
        mapped->keys[i] = arena_copy_text(&mapped->memory, number, (size_t)size);
        if (!mapped->keys[i])
            return error_no_memory(error);
    }
    return label_points(cli, mapped, error);
}

static enum status write_bytes(const char *path, const struct buffer *bytes, struct error *error)
{
    struct atomic_file file;
    if (bytes->failed)
        return error_no_memory(error);
    enum status status = atomic_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    fwrite(bytes->data, 1, bytes->size, file.stream);
    return atomic_file_commit(&file, error);
}

static enum status write_map(const struct mapped *mapped, const float *points, const char *path, struct error *error)
{
    const struct scatter scatter = {
        .n = mapped->n,
        .points = points,
        .labels = mapped->labels,
        .label_names = mapped->label_names,
        .n_labels = mapped->n_labels,
        .selected = -1,
        .background = 0xffffff,
        .foreground = 0x202020,
    };
    struct buffer bytes = {0};
    enum status status = file_has_extension(path, ".npy")   ? npy_write(mapped->n, 2, points, &bytes, error)
                         : file_has_extension(path, ".png") ? scatter_figure_png(&scatter, mapped->title, &bytes, error)
                         : file_has_extension(path, ".svg") ? scatter_figure_svg(&scatter, mapped->title, &bytes, error)
                                                            : scatter_tsv(&scatter, mapped->keys, &bytes, error);
    if (status == STATUS_OK)
        status = write_bytes(path, &bytes, error);
    buffer_free(&bytes);
    return status;
}

static enum status run_steps(struct cli *cli, struct mapped *mapped, int iterations, struct error *error)
{
    progress_stage(&cli->progress, "t-SNE", "iterations", iterations);
    enum status status = STATUS_OK;
    for (bool done = false; status == STATUS_OK && !done;) {
        if (progress_cancelled(&cli->progress))
            status = error_set(error, STATUS_INTERRUPTED, "stopped after %d iterations; nothing was written",
                               resumable_tsne_iteration(mapped->moving));
        else
            status = resumable_tsne_run(mapped->moving, 10, &done, error);
        progress_step(&cli->progress, resumable_tsne_iteration(mapped->moving));
    }
    progress_end(&cli->progress);
    return status;
}

static enum status print(const struct cli *cli, const struct mapped *mapped, const struct tsne_settings *settings,
                         double kl, double seconds, struct error *error)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    double perplexity = (double)resumable_tsne_perplexity(mapped->moving), asked = (double)settings->perplexity;
    if (perplexity != asked)
        log_message(LOG_WARNING, "the perplexity is %.4g, not %g: a map of %lld point%s allows no more", perplexity,
                    asked, (long long)mapped->n, mapped->n == 1 ? "" : "s");
    if (cli->json) {
        json_object_begin(&json);
        json_pair_integer(&json, "n", mapped->n);
        json_pair_integer(&json, "dim", mapped->dim);
        json_key(&json, "perplexity");
        json_float(&json, (float)perplexity);
        if (perplexity != asked) {
            json_key(&json, "perplexity_asked");
            json_float(&json, (float)asked);
        }
        json_pair_integer(&json, "iterations", resumable_tsne_iteration(mapped->moving));
        json_pair_number(&json, "kl_divergence", kl);
        json_pair_number(&json, "seconds", seconds);
        json_pair_integer(&json, "seed", (int64_t)settings->seed);
        json_object_end(&json);
        buffer_add_byte(&out, '\n');
    } else {
        buffer_printf(&out, "%lld point%s, perplexity %.4g, KL divergence %.4f after %d iterations, %.2f s\n",
                      (long long)mapped->n, mapped->n == 1 ? "" : "s", perplexity, fmax(kl, 0),
                      resumable_tsne_iteration(mapped->moving), seconds);
    }
    return cli_print(&out, error);
}

static enum status run(struct cli *cli, struct error *error)
{
    const char *out = cli_value(cli, "out", NULL);
    if (!out || !(file_has_extension(out, ".png") || file_has_extension(out, ".svg") ||
                  file_has_extension(out, ".tsv") || file_has_extension(out, ".npy")))
        return error_set(error, STATUS_USAGE, "tsne needs --out FILE ending in .png, .svg, .tsv or .npy");
    struct tsne_settings settings = tsne_defaults();
    double perplexity;
    int64_t iterations;
    int64_t seed;
    enum status status = cli_number(cli, "perplexity", 1, 10000, (double)settings.perplexity, &perplexity, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "iterations", 1, 1000000, settings.iterations, &iterations, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seed", 0, INT64_MAX, (int64_t)settings.seed, &seed, error);
    if (status != STATUS_OK)
        return status;
    const char *method = cli_value(cli, "method", "auto");
    if (strcmp(method, "auto") != 0 && strcmp(method, "exact") != 0 && strcmp(method, "approximate") != 0)
        return error_set(error, STATUS_USAGE, "--method is auto, exact or approximate, not %s", method);
    settings.method = method[1] == 'u' ? TSNE_AUTO : method[0] == 'e' ? TSNE_EXACT : TSNE_APPROXIMATE;
    settings.perplexity = (float)perplexity;
    settings.iterations = (int)iterations;
    settings.seed = (uint64_t)seed;
    struct mapped mapped = {0};
    const char *input = cli_value(cli, "input", NULL);
    if (input ? cli_flag(cli, "embedding") || cli_flag(cli, "artists") : cli_flag(cli, "labels"))
        return error_set(error, STATUS_USAGE,
                         "a map is of covers (--embedding, --artists) or of a matrix (--input, --labels), not of both");
    double begin = clock_seconds();
    status = input ? open_matrix(cli, input, &settings, &mapped, error) : open_covers(cli, &settings, &mapped, error);
    if (status == STATUS_OK)
        status = run_steps(cli, &mapped, (int)iterations, error);
    double seconds = clock_seconds() - begin;
    float *points = status == STATUS_OK ? malloc(sizeof *points * 2 * ((size_t)mapped.n + 1)) : NULL;
    if (status == STATUS_OK && !points)
        status = error_no_memory(error);
    double kl = 0;
    if (status == STATUS_OK)
        status = resumable_tsne_points(mapped.moving, points, error);
    if (status == STATUS_OK)
        status = resumable_tsne_kl(mapped.moving, &kl, error);
    if (status == STATUS_OK)
        status = write_map(&mapped, points, out, error);
    if (status == STATUS_OK)
        status = print(cli, &mapped, &settings, kl, seconds, error);
    free(points);
    mapped_close(&mapped);
    return status;
}

const struct command cli_command_tsne = {
    .name = "tsne",
    .arguments = "[--embedding SET [--artists N] | --input FILE.npy [--labels FILE]] --out FILE.png|svg|tsv|npy",
    .summary = "a map of the covers of the most frequent artists, or of any matrix",
    .details =
        "t-SNE: perplexity 30, early exaggeration 12 for 250 iterations, PCA start. Up to 5,000 points all pairs are "
        "compared; more have 3 perplexity + 1 nearest neighbours each and repel each other through a mesh.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
