#include <string.h>

#include "bench/bench.h"
#include "cli/commands.h"

static const struct {
    const char *name;
    enum status (*run)(struct bench *bench, struct error *error);
} benchmarks[] = {
    {"import", bench_import}, {"search", bench_search}, {"start", bench_start},
    {"page", bench_page},     {"large", bench_large},   {"topk", bench_topk},
    {"train", bench_train},   {"memory", bench_memory}, {"tsne", bench_tsne},
};

static const struct cli_option options[] = {
    {"keep", 0, "DIR", "leave what `large` generates in DIR, or use what is there (4 GB)"},
};

static enum status run(struct cli *cli, struct error *error)
{
    size_t at = 0;
    size_t count = sizeof benchmarks / sizeof benchmarks[0];
    while (at < count && strcmp(benchmarks[at].name, cli->arguments[0]) != 0)
        at++;
    if (at == count)
        return error_set(error, STATUS_USAGE, "there is no benchmark \"%s\"; usage: sleeve bench %s", cli->arguments[0],
                         cli_command_bench.arguments);
    struct bench bench = {
        .out = stdout, .json = cli->json, .keep = cli_value(cli, "keep", NULL), .progress = &cli->progress};
    enum status status = pool_create(cli->threads, &bench.pool, error);
    if (status == STATUS_OK)
        status = benchmarks[at].run(&bench, error);
    pool_destroy(bench.pool);
    return status;
}

const struct command cli_command_bench = {
    .name = "bench",
    .arguments = "import|search|start|page|large|topk|train|memory|tsne [--keep DIR]",
    .summary = "measure, with the physical limit beside the figure",
    .details = "Everything is generated, deterministic and thrown away. --json prints a line a row. large: start, "
               "memory, pages\n"
               "and search on a catalogue of the Million Playlist Dataset's size, which takes some minutes to make.",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
