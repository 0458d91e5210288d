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

void progress_go_on(struct progress *progress, double done)
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
    return interrupt_asked() || (progress && progress->cancelled && progress->cancelled(progress));
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

static void draw_bar(struct progress *progress)
{
    if (!progress->stage) {
        fputs("\r\033[K", stderr);
        return;
    }
    double elapsed = progress->reported - progress->started;
    double rate = elapsed > 0 ? (progress->done - progress->first) / elapsed : 0;
    char bar[32] = "";
    char left[48] = "";
    if (progress->total > 0) {
        double part = progress->done / progress->total;
        int filled = part >= 1 ? 20 : (int)(part * 20);
        for (int i = 0; i < 20; i++)
            bar[i] = i < filled ? '#' : '.';
        bar[20] = '\0';
        if (rate > 0 && progress->done < progress->total)
            snprintf(left, sizeof left, ", %.0f s left", (progress->total - progress->done) / rate);
    }
    char line[256];
    snprintf(line, sizeof line, "%s %s %.0f %s, %.0f/s%s%s%s", progress->stage, bar, progress->done, progress->unit,
             rate, left, progress->note ? "  " : "", progress->note ? progress->note : "");
    struct buffer shown = {0};
    text_fit(line, strlen(line), terminal_columns() - 1, false, &shown); /* a stage may carry a file's name */
    fprintf(stderr, "\r\033[K%s", shown.data ? shown.data : "");
    fflush(stderr);
    buffer_free(&shown);
}

void progress_to_stderr(struct progress *progress, bool enabled)
{
    *progress = (struct progress){.report = enabled && isatty(STDERR_FILENO) ? draw_bar : NULL};
}
