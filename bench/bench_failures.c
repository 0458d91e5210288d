#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/evaluate.h"
#include "app/failure_explain.h"
#include "app/failure_query.h"
#include "bench/bench.h"
#include "bench/make_mpd.h"
#include "core/clock.h"
#include "core/file.h"
#include "db/import/import.h"
#include "eval/split.h"

/* Failures of models on 10,000 evaluated playlists of a generated catalogue. */
enum { SLICES = 26, SLICE = 1000, EVALUATED = 10000, OPENINGS = 15, EXPLAINED = 40, KEYS_MAX = 512 };

static const char *const typed[] = {
    "ndcg<0.1 cause:artist",
    "summer chill",
    "seeds=1 clicks>=10 sort:-popular",
    "!cause:none genre:rock unpopular>50% sort:clicks",
    "loss<0 a",
};

struct made {
    char folder[64], path[96];
    struct catalogue *catalogue;
    struct compute compute;
    struct app *app;
};

static enum status import_slices(struct bench *bench, struct made *made, struct error *error)
{
    struct make_mpd make = {.seed = 1};
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < SLICES; i++) {
        struct buffer bytes = {0};
        struct import_report report = {0};
        char path[128];
        const char *paths[] = {path};
        snprintf(path, sizeof path, "%s/mpd.slice.%d-%d.json", made->folder, i * SLICE, (i + 1) * SLICE - 1);
        status = make_mpd_slice(&make, SLICE, &bytes, error);
        if (status == STATUS_OK)
            status = atomic_file_write(path, &bytes, error);
        if (status == STATUS_OK)
            status = import_mpd(made->catalogue, paths, 1, bench->pool, NULL, &report, error);
        buffer_free(&bytes);
        unlink(path);
        if (status == STATUS_OK)
            status = bench_check_interrupted(error);
    }
    return status;
}

static enum status train(struct made *made, const char *kind, const char *name, struct error *error)
{
    const char *const settings[] = {"factors=16", "iterations=2"};
    const struct model_spec spec = {.kind = kind,
                                    .name = name,
                                    .settings = settings,
                                    .n_settings = strcmp(kind, "als") == 0 ? 2 : 0,
                                    .seed = 1,
                                    .split_sets = SPLIT_TRAIN};
    return model_train(made->catalogue, &made->compute, &spec, NULL, error);
}

static enum status make(struct bench *bench, struct made *made, struct error *error)
{
    const char *const models[] = {"als", "popularity"};
    const struct evaluate_settings evaluated = {.models = models, .n_models = 2, .set = SPLIT_TEST};
    const struct split_options drawn = {.test = EVALUATED, .seed = 1};
    const struct device_options cpu = {DEVICE_CPU, 0, NULL};
    struct split_counts counts;
    struct evaluate_result result = {0};
    struct device device;
    enum status status = catalogue_open(made->path, CATALOGUE_CREATE, &made->catalogue, error);
    if (status == STATUS_OK)
        status = compute_open(DEVICE_CPU, 0, &made->compute, error);
    if (status == STATUS_OK)
        status = import_slices(bench, made, error);
    if (status == STATUS_OK)
        status = split_make(made->catalogue, &drawn, &counts, error);
    if (status == STATUS_OK)
        status = train(made, "als", "als", error);
    if (status == STATUS_OK)
        status = train(made, "popularity", "popularity", error);
    if (status != STATUS_OK)
        return status;
    device_start(&device, &cpu);
    struct device_use use = {.device = &device};
    status = app_evaluate(made->catalogue, &use, &evaluated, NULL, &result, error);
    device_close(&use);
    device_end(&device);
    evaluate_result_free(&result);
    return status;
}

static enum status print_times(const struct bench *bench, const char *name, double n, double *samples, size_t count,
                               struct error *error)
{
    struct bench_row row = bench_row_make(name, n, "ms", samples, count, NAN, false);
    return bench_print(bench, &row, error);
}

static enum status measure_causes(struct bench *bench, struct made *made, struct error *error)
{
    size_t computed;
    double start = clock_seconds();
    enum status status = app_causes(made->app, "als", bench->progress, &computed, error);
    double milliseconds = 1e3 * (clock_seconds() - start) / (double)(computed + (computed == 0));
    return status == STATUS_OK ? print_times(bench, "causes, one playlist", (double)computed, &milliseconds, 1, error)
                               : status;
}

static enum status measure_opening(struct bench *bench, struct made *made, const char *against, struct error *error)
{
    const struct failure_filter all = {0};
    double samples[OPENINGS];
    size_t evaluated = 0;
    enum status status = STATUS_OK;
    for (int i = 0; i < OPENINGS && status == STATUS_OK; i++) {
        struct failure_list list;
        double start = clock_seconds();
        status = app_failures(made->app, "als", against, &all, &list, error);
        samples[i] = 1e3 * (clock_seconds() - start);
        evaluated = list.evaluated;
        if (status == STATUS_OK)
            failure_list_free(&list);
    }
    return status == STATUS_OK
               ? print_times(bench, against[0] ? "failures, against another model" : "failures, opening",
                             (double)evaluated, samples, OPENINGS, error)
               : status;
}

/* As in the explorer, every key parses the conditions and selects from the whole list. */
static enum status measure_typing(struct bench *bench, const struct failure_list *list, struct error *error)
{
    double samples[KEYS_MAX];
    size_t count = 0, kept;
    struct failure *some = malloc((list->count + 1) * sizeof *some);
    enum status status = some ? STATUS_OK : error_no_memory(error);
    for (size_t t = 0; status == STATUS_OK && t < sizeof typed / sizeof *typed; t++)
        for (size_t size = 1; size <= strlen(typed[t]) && count < KEYS_MAX && status == STATUS_OK; size++) {
            char text[128] = "";
            struct failure_query query;
            memcpy(text, typed[t], size);
            double start = clock_seconds();
            (void)failure_query_parse(text, &query, NULL);
            status = failure_query_select(&query, list->items, list->count, some, &kept, error);
            samples[count++] = 1e3 * (clock_seconds() - start);
        }
    free(some);
    return status == STATUS_OK
               ? print_times(bench, "failures, one key of a filter", (double)list->count, samples, count, error)
               : status;
}

static enum status measure_explaining(struct bench *bench, struct made *made, const struct failure_list *list,
                                      struct error *error)
{
    double opening[EXPLAINED], explaining[EXPLAINED];
    enum status status = STATUS_OK;
    for (size_t i = 0; i < EXPLAINED && status == STATUS_OK; i++) {
        struct failure_case opened = {0};
        struct failure_explained explained = {0};
        int64_t id = list->items[i * list->count / EXPLAINED].playlist_id;
        double start = clock_seconds();
        status = app_failure_open(made->app, id, "als", "", &opened, error);
        opening[i] = 1e3 * (clock_seconds() - start);
        start = clock_seconds();
        if (status == STATUS_OK)
            status = app_failure_explain(made->app, &opened, NULL, &explained, error);
        explaining[i] = 1e3 * (clock_seconds() - start);
        failure_explained_free(&explained);
        failure_case_free(&opened);
    }
    if (status == STATUS_OK)
        status = print_times(bench, "failures, a playlist", (double)list->count, opening, EXPLAINED, error);
    return status == STATUS_OK
               ? print_times(bench, "failures, its ranks and causes", (double)list->count, explaining, EXPLAINED, error)
               : status;
}

static enum status measure(struct bench *bench, struct made *made, struct error *error)
{
    const struct app_options options = {.catalogue = made->path, .device = {DEVICE_CPU, 0, NULL}, .write = true};
    const struct failure_filter all = {0};
    struct failure_list list = {0};
    enum status status = app_open(&options, &made->app, error);
    if (status == STATUS_OK)
        status = measure_causes(bench, made, error);
    if (status == STATUS_OK)
        status = measure_opening(bench, made, "", error);
    if (status == STATUS_OK)
        status = measure_opening(bench, made, "popularity", error);
    if (status == STATUS_OK)
        status = app_failures(made->app, "als", "popularity", &all, &list, error);
    if (status == STATUS_OK)
        status = measure_typing(bench, &list, error);
    if (status == STATUS_OK)
        status = measure_explaining(bench, made, &list, error);
    failure_list_free(&list);
    return status;
}

enum status bench_failures(struct bench *bench, struct error *error)
{
    struct made made = {.folder = "/tmp/sleeve-bench-XXXXXX"};
    if (!mkdtemp(made.folder))
        return error_set(error, STATUS_FAILED, "no temporary folder can be made in /tmp");
    snprintf(made.path, sizeof made.path, "%s/catalogue.db", made.folder);
    enum status status = make(bench, &made, error);
    if (status == STATUS_OK)
        status = measure(bench, &made, error);
    app_close(made.app);
    catalogue_close(made.catalogue);
    compute_close(&made.compute);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", made.folder);
    if (system(command) != 0 && status == STATUS_OK)
        status = error_set(error, STATUS_FAILED, "%s could not be removed", made.folder);
    return status;
}
