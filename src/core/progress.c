#include "core/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/interrupt.h"
#include "core/text.h"

void progress_stage(struct progress *progress, const char *stage, const char *unit, double total)
{
    if (!progress)
        return;
    progress->stage = stage;
    progress->unit = unit;
    progress->done = 0;
    progress->first = 0;
    progress->total = total;
    progress->note = NULL;
    progress->started = clock_seconds();
    progress->reported = 0;
}

static void report(struct progress *progress, double now)
{
    progress->reported = now;
    if (progress->report)
        progress->report(progress);
}

void progress_resume(struct progress *progress, double done)
{
    if (!progress)
        return;
    progress->done = done;
    progress->first = done;
}

void progress_step(struct progress *progress, double done)
{
    if (!progress)
        return;
    progress->done = done;
    double now = clock_seconds();
    if (now - progress->reported >= 0.1)
        report(progress, now);
}

void progress_end(struct progress *progress)
{
    if (!progress || !progress->stage)
        return;
    report(progress, clock_seconds());
    progress->stage = NULL;
    if (progress->report)
        progress->report(progress);
}

bool progress_cancelled(struct progress *progress)
{
    return interrupt_requested() || (progress && progress->cancelled && progress->cancelled(progress));
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* A duration for display: the two largest of hours, minutes and seconds. */
static void print_time(double seconds, char text[32])
{
    long long s = (long long)(seconds < 1e9 ? seconds + 0.5 : 1e9);
    if (s < 60)
        snprintf(text, 32, "%lld s", s);
    else if (s < 3600)
        snprintf(text, 32, "%lld min %02lld s", s / 60, s % 60);
    else
        snprintf(text, 32, "%lld h %02lld min", s / 3600, s / 60 % 60);
}

enum { BAR_MAX = 20, BAR_MIN = 5, BEFORE = 160, AFTER = 256 };

/* The text on both sides of the bar. */
static void print_line(const struct progress *progress, char before[BEFORE], char after[AFTER])
{
    double elapsed = progress->reported - progress->started;
    double rate = elapsed > 0 ? (progress->done - progress->first) / elapsed : 0;
    char of[32] = "", left[48] = "", time[32];
    if (progress->total > 0)
        snprintf(of, sizeof of, "/%.0f", progress->total);
    if (progress->total > 0 && rate > 0 && progress->done < progress->total) {
        print_time((progress->total - progress->done) / rate, time);
        snprintf(left, sizeof left, ", %s left", time);
    }
    snprintf(before, BEFORE, "%s ", progress->stage);
    snprintf(after, AFTER, "%.0f%s %s, %.*f/s%s%s%s", progress->done, of, progress->unit, rate < 10 ? 1 : 0, rate, left,
             progress->note ? ", " : "", progress->note ? progress->note : "");
}

/* On a short line the bar is omitted. */
static void draw_bar(struct progress *progress)
{
    if (!progress->stage) {
        fputs("\r\033[K", stderr);
        return;
    }
    char before[BEFORE], after[AFTER], bar[BAR_MAX + 2] = "";
    print_line(progress, before, after);
    int columns = terminal_columns() - 1;
    int free_columns = columns - 1 - text_width(before, strlen(before)) - text_width(after, strlen(after));
    if (progress->total > 0 && free_columns >= BAR_MIN) {
        int size = free_columns < BAR_MAX ? free_columns : BAR_MAX;
        double part = progress->done / progress->total;
        for (int i = 0; i < size; i++)
            bar[i] = i < (int)(part * size) ? '#' : '.';
        bar[size] = ' ';
        bar[size + 1] = '\0';
    }
    struct buffer line = {0}, shown = {0};
    buffer_printf(&line, "%s%s%s", before, bar, after);
    if (!line.failed)
        text_fit(line.data, line.size, columns, false, &shown); /* a stage may contain a file name */
    fprintf(stderr, "\r\033[K%s", shown.data ? shown.data : "");
    fflush(stderr);
    buffer_free(&line);
    buffer_free(&shown);
}

void progress_to_stderr(struct progress *progress, bool enabled)
{
    *progress = (struct progress){.report = enabled && isatty(STDERR_FILENO) ? draw_bar : NULL};
}
