#include <math.h>
#include <string.h>

#include "app/map_file.h"
#include "app/tsne_map.h"
#include "cli/commands.h"
#include "figure/scatter.h"

static const struct cli_option options[] = {
    {"embedding", 0, "SET[,SET]", "covers of the most frequent artists in this set (default gist); two side by side"},
    {"artists", 0, "N", "how many artists, 1 to 10 (default 10)"},
    {"input", 0, "FILE.npy", "a matrix instead, one row per point"},
    {"labels", 0, "FILE", "with --input: one label per line"},
    {"perplexity", 0, "P", "default 30"},
    {"iterations", 0, "N", "default 1000"},
    {"seed", 0, "S", "default 42"},
    {"sample", 0, "N", "map N points first, the others start beside them (0: none)"},
    {"late-exaggeration", 0, "X", "after the early one; more than 1 draws groups together (default 1)"},
    {"learning-rate", 0, "R", "default n / 48; for 60,000 points and more n / 4"},
    {"method", 0, "METHOD", "exact (all pairs of points), approximate, or auto: by the number of points (default)"},
    {"thumbnails", 0, NULL, "figures show the covers at their points instead of marks"},
    {"out", 'o', "FILE.png|svg|tsv|npy", "the file to write"},
};

static void add_measures(struct json_writer *json, const char *name, const struct map_measures *measures)
{
    json_key(json, name);
    json_object_begin(json);
    json_pair_integer(json, "neighbours", measures->neighbours);
    json_pair_number(json, "purity", measures->purity);
    json_pair_number(json, "purity_chance", measures->purity_chance);
    json_pair_number(json, "silhouette", measures->silhouette);
    json_object_end(json);
}

static void add_panel(struct json_writer *json, const struct tsne_map_panel *panel)
{
    json_pair_number(json, "kl_divergence", panel->kl_divergence);
    if (!panel->measured)
        return;
    add_measures(json, "map", &panel->map);
    add_measures(json, "embedding", &panel->space);
}

/* With one map, its members are those of the document; two are in "maps". */
static void print_json(const struct tsne_map_settings *settings, const struct tsne_map_result *result,
                       struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_object_begin(&json);
    json_pair_integer(&json, "n", result->n);
    if (result->n_panels == 1)
        json_pair_integer(&json, "dim", result->panels[0].dim);
    json_key(&json, "perplexity");
    json_float(&json, result->perplexity);
    if (result->perplexity < settings->tsne.perplexity || result->perplexity > settings->tsne.perplexity) {
        json_key(&json, "perplexity_asked");
        json_float(&json, settings->tsne.perplexity);
    }
    json_pair_integer(&json, "iterations", result->iterations);
    if (result->n_panels == 1)
        add_panel(&json, &result->panels[0]);
    json_pair_number(&json, "seconds", result->seconds);
    json_pair_integer(&json, "seed", (int64_t)settings->tsne.seed);
    if (result->n_panels > 1) {
        json_key(&json, "maps");
        json_array_begin(&json);
        for (int p = 0; p < result->n_panels; p++) {
            json_object_begin(&json);
            json_pair_text(&json, "set", result->panels[p].set);
            json_pair_bool(&json, "random_weights", result->panels[p].random_weights);
            json_pair_integer(&json, "dim", result->panels[p].dim);
            add_panel(&json, &result->panels[p]);
            json_object_end(&json);
        }
        json_array_end(&json);
    }
    json_object_end(&json);
    buffer_add_byte(out, '\n');
}

static void print_panel(const struct tsne_map_panel *panel, bool named, const char *label, struct buffer *out)
{
    const struct map_run run = {.label = label, .map = &panel->map, .space = &panel->space};
    if (named)
        buffer_printf(out, "%s%s: KL divergence %.4f\n", panel->set, panel->random_weights ? " (random weights)" : "",
                      fmax(panel->kl_divergence, 0));
    if (!panel->measured)
        return;
    size_t before = out->size;
    map_purity_caption(&run, out);
    if (out->size > before)
        buffer_add_text(out, ", ");
    map_silhouette_caption(&run, out);
    if (out->size > before)
        buffer_add_byte(out, '\n');
}

static void print_text(const struct tsne_map_settings *settings, const struct tsne_map_result *result,
                       struct buffer *out)
{
    const bool one = result->n_panels == 1;
    buffer_printf(out, "%lld point%s, perplexity %.4g, ", (long long)result->n, result->n == 1 ? "" : "s",
                  (double)result->perplexity);
    if (one)
        buffer_printf(out, "KL divergence %.4f after ", fmax(result->panels[0].kl_divergence, 0));
    buffer_printf(out, "%d iterations, %.2f s%s\n", result->iterations, result->seconds,
                  one && result->panels[0].random_weights ? ", random weights" : "");
    for (int p = 0; p < result->n_panels; p++)
        print_panel(&result->panels[p], !one, settings->input ? "label" : "artist", out);
}

static enum status print(const struct cli *cli, const struct tsne_map_settings *settings,
                         const struct tsne_map_result *result, struct error *error)
{
    struct buffer out = {0};
    const long long n = result->n;
    const double perplexity = (double)result->perplexity, asked = (double)settings->tsne.perplexity;
    if (perplexity != asked)
        log_message(LOG_WARNING, "the perplexity is %.4g, not %g: a map of %lld point%s allows no more", perplexity,
                    asked, n, n == 1 ? "" : "s");
    if (result->n_boxed > 0)
        log_message(LOG_WARNING, "names drawn as boxes: %d; PNG figures have only Latin letters, an .svg has all",
                    result->n_boxed);
    (cli->json ? print_json : print_text)(settings, result, &out);
    return cli_print(&out, error);
}

static enum status read_method(const struct cli *cli, enum tsne_method *method, struct error *error)
{
    static const char *const names[] = {
        [TSNE_AUTO] = "auto", [TSNE_EXACT] = "exact", [TSNE_APPROXIMATE] = "approximate"};
    const char *name = cli_value(cli, "method", "auto");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *method = (enum tsne_method)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "--method is auto, exact or approximate, not %s", name);
}

static enum status read_tsne_settings(const struct cli *cli, struct tsne_settings *settings, struct error *error)
{
    double perplexity;
    double late, rate;
    int64_t iterations, seed, sample;
    *settings = tsne_defaults();
    enum status status = cli_number(cli, "perplexity", 1, 10000, (double)settings->perplexity, &perplexity, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "iterations", 1, 1000000, settings->iterations, &iterations, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "seed", 0, INT64_MAX, (int64_t)settings->seed, &seed, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "sample", 0, TSNE_POINTS_MAX, 0, &sample, error);
    if (status == STATUS_OK)
        status = cli_number(cli, "late-exaggeration", 0.01, 1000, 1, &late, error);
    if (status == STATUS_OK)
        status = cli_number(cli, "learning-rate", 0, 1e9, 0, &rate, error);
    if (status != STATUS_OK)
        return status;
    settings->sample = cli_flag(cli, "sample") && sample == 0 ? TSNE_NO_SAMPLE : sample;
    settings->late_exaggeration = (float)late;
    settings->learning_rate = (float)rate;
    settings->perplexity = (float)perplexity;
    settings->iterations = (int)iterations;
    settings->seed = (uint64_t)seed;
    return read_method(cli, &settings->method, error);
}

static enum status read_settings(const struct cli *cli, struct tsne_map_settings *settings, struct error *error)
{
    int64_t artists = SCATTER_LABELS_MAX;
    if (!settings->out || map_file_check(settings->out, NULL) != STATUS_OK)
        return error_set(error, STATUS_USAGE, "tsne needs --out FILE ending in .png, .svg, .tsv or .npy");
    enum status status = read_tsne_settings(cli, &settings->tsne, error);
    if (status != STATUS_OK)
        return status;
    if (settings->input ? cli_flag(cli, "embedding") || cli_flag(cli, "artists") : cli_flag(cli, "labels"))
        return error_set(error, STATUS_USAGE,
                         "a map is of covers (--embedding, --artists) or of a matrix (--input, --labels), not of both");
    settings->covers = cli_flag(cli, "thumbnails");
    if (settings->covers && (settings->input || !map_file_is_figure(settings->out)))
        return error_set(error, STATUS_USAGE, "--thumbnails is for .png and .svg figures of covers");
    status = cli_integer(cli, "artists", 1, SCATTER_LABELS_MAX, SCATTER_LABELS_MAX, &artists, error);
    settings->artists = (int)artists;
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    struct tsne_map_settings settings = {
        .out = cli_value(cli, "out", NULL),
        .progress = &cli->progress,
        .sets = cli_value(cli, "embedding", "gist"),
        .input = cli_value(cli, "input", NULL),
        .labels = cli_value(cli, "labels", NULL),
        .device = {cli->device, cli->threads, NULL},
    };
    struct tsne_map_result result;
    enum status status = read_settings(cli, &settings, error);
    settings.tsne.progress = &cli->progress;
    if (status == STATUS_OK && !settings.input)
        status = cli_open_app(cli, false, &settings.app, error);
    if (status == STATUS_OK)
        status = tsne_map_make(&settings, &result, error);
    app_close(settings.app);
    return status == STATUS_OK ? print(cli, &settings, &result, error) : status;
}

const struct command cli_command_tsne = {
    .name = "tsne",
    .arguments = "[--embedding SET[,SET] [--artists N] [--thumbnails] | --input FILE.npy [--labels FILE]] --out "
                 "FILE.png|svg|tsv|npy",
    .summary = "write a map of the covers of the most frequent artists, or of any matrix",
    .details =
        "t-SNE with perplexity 30, early exaggeration 12 for 250 iterations, and PCA start. Up to 5,000 points all\n"
        "pairs are compared; with more, points attract their 3 x perplexity + 1 nearest neighbours and repel\n"
        "each other on a mesh. From 60,000 points on, the neighbours are searched in cells, and a sample is mapped\n"
        "first: the others start beside their neighbours, without early exaggeration, and 300 iterations are enough.\n"
        "\n"
        "Two embedding sets are mapped side by side, with the albums that have a row in both. Measures say how\n"
        "well the covers of an artist are together, on the map and in the embedding: the share of the 10\n"
        "nearest covers that are the artist's, with its expectation in random order, and the mean silhouette\n"
        "over albums (-1 to 1). With --thumbnails, covers that would overlap others are left out.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
