#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/commands.h"

static const struct {
    const char *name;
    enum status (*run)(struct bench *bench, struct error *error);
} benchmarks[] = {
    {"import", bench_import},   {"slices", bench_slices}, {"search", bench_search},
    {"start", bench_start},     {"page", bench_page},     {"large", bench_large},
    {"topk", bench_topk},       {"als", bench_als},       {"first-page", bench_first_page},
    {"train", bench_train},     {"memory", bench_memory}, {"tsne", bench_tsne},
    {"items", bench_items},     {"picker", bench_picker}, {"decode", bench_decode},
    {"words", bench_words},     {"vit", bench_vit},       {"prepare", bench_prepare},
    {"explain", bench_explain}, {"rerank", bench_rerank}, {"failures", bench_failures},
    {"recipe", bench_recipe},   {"audio", bench_audio},   {"audionet", bench_audionet},
    {"layers", bench_layers},   {"kmeans", bench_kmeans},
};

static const struct cli_option options[] = {
    {"keep", 0, "DIR", "keep the data of large (4 GB), prepare, audio or kmeans in DIR, or use what is there"},
    {"first", 0, "P", "slices: the first playlist (default 0)"},
    {"playlists", 0, "N", "als, slices: default 100,000 (the Million Playlist Dataset: 1,000,000)"},
    {"tracks", 0, "N", "als: default 226,000 (2,262,292)"},
    {"entries", 0, "N", "als: default 6,600,000 (66,346,428)"},
    {"factors", 0, "D", "als: default 128"},
};

static enum status als_size(struct cli *cli, struct bench_als_size *size, struct error *error)
{
    enum status status = cli_integer(cli, "playlists", 1, INT32_MAX, 100000, &size->playlists, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "tracks", 2, INT32_MAX, 226000, &size->tracks, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "entries", 1, 1000000000, 6600000, &size->entries, error);
    if (status == STATUS_OK)
        status = cli_integer(cli, "factors", 1, 1024, 128, &size->factors, error);
    return status;
}

static enum status run(struct cli *cli, struct error *error)
{
    size_t at = 0;
    size_t count = sizeof benchmarks / sizeof benchmarks[0];
    while (at < count && strcmp(benchmarks[at].name, cli->arguments[0]) != 0)
        at++;
    if (at == count)
        return error_set(error, STATUS_USAGE, "there is no benchmark \"%s\"; usage: sleeve bench %s", cli->arguments[0],
                         cli_command_bench.arguments);
    char *catalogue;
    enum status status = cli_catalogue_path(cli, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    struct bench bench = {.out = stdout,
                          .catalogue = catalogue,
                          .json = cli->json,
                          .device = cli->device,
                          .keep = cli_value(cli, "keep", NULL),
                          .progress = &cli->progress};
    status = als_size(cli, &bench.als, error);
    bench.slices.playlists = bench.als.playlists;
    if (status == STATUS_OK)
        status = cli_integer(cli, "first", 0, INT32_MAX, 0, &bench.slices.first, error);
    if (status == STATUS_OK)
        status = pool_create(cli->threads, &bench.pool, error);
    if (status == STATUS_OK)
        status = benchmarks[at].run(&bench, error);
    pool_destroy(bench.pool);
    free(catalogue);
    return status;
}

const struct command cli_command_bench = {
    .name = "bench",
    .arguments = "import|slices|search|picker|failures|start|page|first-page|large|topk|als|items|explain|rerank|"
                 "recipe|train|memory|"
                 "tsne|decode|prepare|"
                 "words|vit|audio|audionet|layers|kmeans",
    .summary = "run benchmarks; each result is shown with its physical limit",
    .details =
        "All data is generated, the same in every run, and deleted afterwards. --json prints one line per row. "
        "slices:\n"
        "only writes playlists to --keep, in slices with the shape of the Million Playlist Dataset. first-page:\n"
        "start of the explorer in the catalogue of -C, whose last session shows suggestions for two tracks. large:\n"
        "start, memory, pages and search on a catalogue of the Million Playlist Dataset's size, which takes some\n"
        "minutes to make.",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .run = run,
};
