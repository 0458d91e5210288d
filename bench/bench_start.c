#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/demo.h"
#include "bench/bench.h"
#include "bench/pty_terminal.h"
#include "core/clock.h"

/* Start and page flip as a person sees them: the program itself on a pseudo-terminal, from the key (or exec) to the
 * last byte of the page's tenth picture. Everything counts: process start, catalogue, model, drawing, encoding,
 * writing. */

enum { ROWS = 36, COLUMNS = 120, RUNS = 7, PAGES = 20, COVERS = 10, ENTRIES = 2, HALF_BLOCKS_MIN = 10 * 6 * 2 };

static bool has_first_page(const struct pty_terminal *terminal)
{
    return terminal->answers ? terminal->sixels >= COVERS + ENTRIES : terminal->half_blocks >= HALF_BLOCKS_MIN;
}

static bool has_next_page(const struct pty_terminal *terminal)
{
    return terminal->sixels >= COVERS;
}

struct setting {
    char program[4096];
    char folder[64];
    struct buffer catalogue;
};

static enum status run_script(const struct setting *setting, const char *commands, struct error *error)
{
    struct buffer path = {0};
    buffer_printf(&path, "%s/script", setting->folder);
    FILE *script = fopen(path.data, "w");
    if (!script) {
        buffer_free(&path);
        return error_set(error, STATUS_FAILED, "%s: no script can be written there", setting->folder);
    }
    fputs(commands, script);
    fclose(script);
    const char *const arguments[] = {setting->program, "-C", setting->catalogue.data, "explore", "--script",
                                     path.data,        NULL};
    struct pty_terminal terminal;
    enum status status = pty_terminal_start(&terminal, arguments, ROWS, COLUMNS, false, error);
    if (status == STATUS_OK) {
        pty_terminal_read(&terminal, 60, NULL);
        pty_terminal_end(&terminal);
    }
    buffer_free(&path);
    return status;
}

static enum status prepare(struct setting *setting, struct error *error)
{
    ssize_t size = readlink("/proc/self/exe", setting->program, sizeof setting->program - 1);
    snprintf(setting->folder, sizeof setting->folder, "/tmp/sleeve-bench-XXXXXX");
    if (size <= 0 || !mkdtemp(setting->folder))
        return error_set(error, STATUS_FAILED, "no folder for the benchmark in /tmp");
    setting->program[size] = '\0';
    buffer_printf(&setting->catalogue, "%s/catalogue.db", setting->folder);
    setenv("XDG_CACHE_HOME", setting->folder, 1);
    enum status status = demo_make(setting->catalogue.data, DEVICE_CPU, 0, NULL, error);
    if (status == STATUS_OK)
        status = run_script(setting, "model als\nsearch sunflower\nadd 1\nsearch memories\nadd 1\nwait\n", error);
    return status;
}

static void clean(struct setting *setting)
{
    if (setting->folder[0]) {
        struct buffer command = {0};
        buffer_printf(&command, "rm -rf '%s'", setting->folder);
        if (!command.failed && system(command.data) != 0)
            fprintf(stderr, "%s stays\n", setting->folder);
        buffer_free(&command);
    }
    buffer_free(&setting->catalogue);
}

static enum status start(const struct setting *setting, bool answers, struct pty_terminal *terminal, double *seconds,
                         struct error *error)
{
    const char *const arguments[] = {setting->program, "-C", setting->catalogue.data, "explore", NULL};
    double begin = clock_seconds();
    enum status status = pty_terminal_start(terminal, arguments, ROWS, COLUMNS, answers, error);
    if (status == STATUS_OK && !pty_terminal_read(terminal, 10, has_first_page)) {
        pty_terminal_end(terminal);
        return error_set(error, STATUS_FAILED, "the explorer painted no page of covers within 10 s");
    }
    *seconds = clock_seconds() - begin;
    return status;
}

static enum status print(const struct bench *bench, const char *name, double *samples, size_t count, double limit,
                         struct error *error)
{
    struct bench_row row = bench_row_make(name, COVERS, "ms", samples, count, limit, false);
    return bench_print(bench, &row, error);
}

/* No start is quicker than that of a process that only prints its version. */
static double bare_start(const struct setting *setting)
{
    double best = NAN;
    for (int run = 0; run < RUNS; run++) {
        const char *const arguments[] = {setting->program, "--version", NULL};
        struct pty_terminal terminal;
        double begin = clock_seconds();
        if (pty_terminal_start(&terminal, arguments, ROWS, COLUMNS, false, NULL) != STATUS_OK)
            return NAN;
        pty_terminal_read(&terminal, 2, NULL);
        double milliseconds = 1000 * (clock_seconds() - begin);
        pty_terminal_end(&terminal);
        best = fmin(best, milliseconds);
    }
    return best;
}

static enum status measure_start(struct bench *bench, const struct setting *setting, bool answers, struct error *error)
{
    double samples[RUNS];
    enum status status = STATUS_OK;
    for (int run = -1; status == STATUS_OK && run < RUNS; run++) { /* the first fills the disk cache */
        struct pty_terminal terminal;
        double seconds = 0;
        status = start(setting, answers, &terminal, &seconds, error);
        if (status != STATUS_OK)
            break;
        pty_terminal_read(&terminal, 0.3, NULL);
        pty_terminal_send(&terminal, "q");
        pty_terminal_read(&terminal, 2, NULL);
        pty_terminal_end(&terminal);
        if (run >= 0)
            samples[run] = 1000 * seconds;
    }
    if (status == STATUS_OK)
        status = print(bench, answers ? "start, sixel" : "start, silent terminal", samples, RUNS, bare_start(setting),
                       error);
    return status;
}

static enum status measure_pages(struct bench *bench, const struct setting *setting, struct error *error)
{
    struct pty_terminal terminal;
    double seconds = 0;
    enum status status = start(setting, true, &terminal, &seconds, error);
    if (status != STATUS_OK)
        return status;
    double samples[PAGES];
    size_t bytes = 0;
    for (int page = 0; status == STATUS_OK && page < PAGES; page++) {
        pty_terminal_read(&terminal, 0.4, NULL); /* a person looks; the next page is fetched meanwhile */
        terminal.sixels = 0;
        terminal.bytes = 0;
        double begin = clock_seconds();
        pty_terminal_send(&terminal, "n");
        if (!pty_terminal_read(&terminal, 5, has_next_page))
            status = error_set(error, STATUS_FAILED, "page %d never came", page + 2);
        samples[page] = 1000 * (clock_seconds() - begin);
        bytes += terminal.bytes;
    }
    pty_terminal_send(&terminal, "q");
    pty_terminal_read(&terminal, 1, NULL);
    pty_terminal_end(&terminal);
    if (status == STATUS_OK)
        status = print(bench, "page, key to last picture", samples, PAGES, 1000 * pty_transfer_seconds(bytes / PAGES),
                       error);
    return status;
}

static enum status measure(struct bench *bench, bool pages, struct error *error)
{
    struct setting setting = {0};
    enum status status = prepare(&setting, error);
    if (status == STATUS_OK && pages)
        status = measure_pages(bench, &setting, error);
    if (status == STATUS_OK && !pages)
        status = measure_start(bench, &setting, true, error);
    if (status == STATUS_OK && !pages)
        status = measure_start(bench, &setting, false, error);
    clean(&setting);
    return status;
}

enum status bench_start(struct bench *bench, struct error *error)
{
    return measure(bench, false, error);
}

enum status bench_page(struct bench *bench, struct error *error)
{
    return measure(bench, true, error);
}
