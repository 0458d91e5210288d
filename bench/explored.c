#include "bench/explored.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

enum { ROWS = 36, COLUMNS = 120, RUNS = 7, PAGES = 20, COVERS = 10, BLOCKS_MIN = 10 * 6, ARGUMENTS_MAX = 16 };

static bool has_first_page(const struct pty_terminal *terminal)
{
    return terminal->answers ? terminal->sixels >= COVERS + EXPLORED_ENTRIES : terminal->blocks >= BLOCKS_MIN;
}

static bool has_first_picture(const struct pty_terminal *terminal)
{
    return terminal->sixels > 0;
}

static bool has_next_page(const struct pty_terminal *terminal)
{
    return terminal->sixels >= COVERS;
}

/* A cover at an unchanged position is not sent again: the page is complete when no output arrives for a while. */
static bool read_page(struct pty_terminal *terminal)
{
    const double still = 0.15, give_up = clock_seconds() + 5;
    while (!has_next_page(terminal) && clock_seconds() < give_up) {
        pty_terminal_read(terminal, still, has_next_page);
        if (terminal->sixels > 0 && clock_seconds() - terminal->last >= still)
            return true;
    }
    return has_next_page(terminal);
}

enum status explored_open(struct explored *explored, struct error *error)
{
    *explored = (struct explored){.rows = ROWS, .columns = COLUMNS};
    ssize_t size = readlink("/proc/self/exe", explored->program, sizeof explored->program - 1);
    snprintf(explored->folder, sizeof explored->folder, "/tmp/sleeve-bench-XXXXXX");
    if (size <= 0 || !mkdtemp(explored->folder)) {
        explored->folder[0] = '\0';
        return error_set(error, STATUS_FAILED, "no folder for the benchmark in /tmp");
    }
    explored->program[size] = '\0';
    setenv("XDG_CACHE_HOME", explored->folder, 1);
    return STATUS_OK;
}

void explored_close(struct explored *explored)
{
    if (explored->folder[0]) {
        struct buffer command = {0};
        buffer_printf(&command, "rm -rf '%s'", explored->folder);
        if (!command.failed && system(command.data) != 0)
            fprintf(stderr, "%s stays\n", explored->folder);
        buffer_free(&command);
    }
    buffer_free(&explored->catalogue);
}

enum status explored_script(const struct explored *explored, const char *commands, struct error *error)
{
    struct buffer path = {0};
    buffer_printf(&path, "%s/script", explored->folder);
    FILE *script = fopen(path.data, "w");
    if (!script) {
        buffer_free(&path);
        return error_set(error, STATUS_FAILED, "%s: no script can be written there", explored->folder);
    }
    fputs(commands, script);
    fclose(script);
    const char *const arguments[] = {explored->program, "-C", explored->catalogue.data, "explore", "--script",
                                     path.data,         NULL};
    struct pty_terminal terminal;
    enum status status = pty_terminal_start(&terminal, arguments, ROWS, COLUMNS, false, error);
    if (status == STATUS_OK) {
        pty_terminal_read(&terminal, 60, NULL);
        pty_terminal_end(&terminal);
    }
    buffer_free(&path);
    return status;
}

static enum status start_until(const struct explored *explored, bool answers,
                               bool (*until)(const struct pty_terminal *terminal), struct pty_terminal *terminal,
                               double *seconds, struct error *error)
{
    const char *const arguments[] = {explored->program, "-C", explored->catalogue.data, "explore", NULL};
    double begin = clock_seconds();
    enum status status = pty_terminal_start(terminal, arguments, explored->rows, explored->columns, answers, error);
    if (status == STATUS_OK && !pty_terminal_read(terminal, 60, until)) {
        pty_terminal_end(terminal);
        return error_set(error, STATUS_FAILED, "the explorer painted no page of covers within a minute");
    }
    *seconds = clock_seconds() - begin;
    return status;
}

enum status explored_start(const struct explored *explored, bool answers, struct pty_terminal *terminal,
                           double *seconds, struct error *error)
{
    return start_until(explored, answers, has_first_page, terminal, seconds, error);
}

void explored_quit(struct pty_terminal *terminal)
{
    pty_terminal_send(terminal, "q");
    pty_terminal_read(terminal, 2, NULL);
    pty_terminal_end(terminal);
}

/* Runs a program to its end; NAN if it could not be started. */
static double run_to_end(const char *const *arguments)
{
    struct pty_terminal terminal;
    double begin = clock_seconds();
    if (pty_terminal_start(&terminal, arguments, ROWS, COLUMNS, false, NULL) != STATUS_OK)
        return NAN;
    pty_terminal_read(&terminal, 60, NULL);
    double milliseconds = 1000 * (clock_seconds() - begin);
    pty_terminal_end(&terminal);
    return milliseconds;
}

/* The lower limit: the start of a process that only prints its version. */
static double bare_start(const struct explored *explored)
{
    double best = NAN;
    const char *const arguments[] = {explored->program, "--version", NULL};
    for (int run = 0; run < RUNS; run++)
        best = fmin(best, run_to_end(arguments));
    return best;
}

/* Empties the disk cache of pictures. */
static void forget_pictures(const struct explored *explored)
{
    struct buffer command = {0};
    buffer_printf(&command, "rm -rf '%s/sleeve/covers'", explored->folder);
    if (command.failed || system(command.data) != 0)
        fprintf(stderr, "the pictures in %s stay\n", explored->folder);
    buffer_free(&command);
}

enum status explored_measure_start(struct bench *bench, const struct explored *explored, const char *name,
                                   enum explored_start start, struct error *error)
{
    bool answers = start != EXPLORED_SILENT, cold = start == EXPLORED_COLD;
    double samples[RUNS];
    enum status status = STATUS_OK;
    for (int run = -1; status == STATUS_OK && run < RUNS; run++) { /* the first run fills the disk cache */
        struct pty_terminal terminal;
        double seconds = 0;
        status = bench_check_interrupted(error);
        if (cold)
            forget_pictures(explored);
        if (status == STATUS_OK)
            status =
                start_until(explored, answers, cold ? has_first_picture : has_first_page, &terminal, &seconds, error);
        if (status != STATUS_OK)
            break;
        pty_terminal_read(&terminal, 0.3, NULL);
        explored_quit(&terminal);
        if (run >= 0)
            samples[run] = 1000 * seconds;
    }
    if (status != STATUS_OK)
        return status;
    struct bench_row row = bench_row_make(name, cold ? 1 : COVERS, "ms", samples, RUNS, bare_start(explored), false);
    return bench_print(bench, &row, error);
}

/* Turns pages, with a pause before each: milliseconds to the text and to the last picture, kilobytes. */
static enum status turn_pages(struct pty_terminal *terminal, const char *key, double *text, double *last,
                              double *kilobytes, struct error *error)
{
    enum status status = STATUS_OK;
    for (int page = 0; status == STATUS_OK && page < PAGES; page++) {
        pty_terminal_read(terminal, 0.4, NULL); /* simulates reading; the next page is prefetched meanwhile */
        terminal->sixels = 0;
        terminal->bytes = 0;
        terminal->text = 0;
        double begin = clock_seconds();
        pty_terminal_send(terminal, key);
        if (!read_page(terminal))
            status = error_set(error, STATUS_FAILED, "page %d was not shown", page + 2);
        text[page] = 1000 * (terminal->text - begin);
        last[page] = 1000 * (terminal->last - begin);
        kilobytes[page] = (double)terminal->bytes / 1000;
    }
    return status;
}

enum status explored_measure_pages(struct bench *bench, const struct explored *explored, const char *name,
                                   const char *key, struct error *error)
{
    struct pty_terminal terminal;
    double seconds = 0, text[PAGES], last[PAGES], kilobytes[PAGES], bytes = 0;
    char label[64];
    enum status status = start_until(explored, true, has_next_page, &terminal, &seconds, error);
    if (status != STATUS_OK)
        return status;
    status = turn_pages(&terminal, key, text, last, kilobytes, error);
    explored_quit(&terminal);
    if (status != STATUS_OK)
        return status;
    for (int page = 0; page < PAGES; page++)
        bytes += 1000 * kilobytes[page] / PAGES;
    snprintf(label, sizeof label, "%s: text", name);
    struct bench_row row = bench_row_make(label, COVERS, "ms", text, PAGES, NAN, false);
    status = bench_print(bench, &row, error);
    snprintf(label, sizeof label, "%s: ten covers", name);
    row = bench_row_make(label, COVERS, "ms", last, PAGES, 1000 * pty_transfer_seconds((size_t)bytes), false);
    if (status == STATUS_OK)
        status = bench_print(bench, &row, error);
    snprintf(label, sizeof label, "%s: sent", name);
    row = bench_row_make(label, COVERS, "KB", kilobytes, PAGES, NAN, false);
    return status == STATUS_OK ? bench_print(bench, &row, error) : status;
}

static bool has_changed(const struct pty_terminal *terminal)
{
    return terminal->bytes > 0;
}

enum status explored_measure_adds(struct bench *bench, const struct explored *explored, const char *name,
                                  struct error *error)
{
    struct pty_terminal terminal;
    double seconds = 0, samples[PAGES];
    enum status status = explored_start(explored, true, &terminal, &seconds, error);
    if (status != STATUS_OK)
        return status;
    for (int i = 0; status == STATUS_OK && i < PAGES; i++) {
        pty_terminal_read(&terminal, 0.4, NULL); /* saving and suggestions take place meanwhile */
        terminal.bytes = 0;
        double begin = clock_seconds();
        pty_terminal_send(&terminal, "\r");
        if (!pty_terminal_read(&terminal, 5, has_changed))
            status = error_set(error, STATUS_FAILED, "addition %d changed nothing", i + 1);
        samples[i] = 1000 * (terminal.last - begin);
    }
    explored_quit(&terminal);
    if (status != STATUS_OK)
        return status;
    struct bench_row row = bench_row_make(name, 1, "ms", samples, PAGES, NAN, false);
    return bench_print(bench, &row, error);
}

enum status explored_measure_command(struct bench *bench, const struct explored *explored, const char *name,
                                     const char *const *arguments, struct error *error)
{
    const char *all[ARGUMENTS_MAX + 4] = {explored->program, "-C", explored->catalogue.data};
    for (int i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
        all[3 + i] = arguments[i];
    double samples[RUNS];
    for (int run = -1; run < RUNS; run++) {
        double milliseconds = run_to_end(all);
        if (run >= 0)
            samples[run] = milliseconds;
        enum status status = bench_check_interrupted(error);
        if (status != STATUS_OK)
            return status;
    }
    struct bench_row row = bench_row_make(name, 1, "ms", samples, RUNS, bare_start(explored), false);
    return bench_print(bench, &row, error);
}
