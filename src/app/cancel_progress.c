#include "app/cancel_progress.h"

#include <stddef.h>

static bool is_cancelled(struct progress *progress)
{
    const struct cancel_progress *mine = (const struct cancel_progress *)(const void *)progress;
    return mine->cancel && atomic_load(mine->cancel);
}

static void report_nothing(struct progress *progress)
{
    (void)progress;
}

void cancel_progress_init(struct cancel_progress *progress, const atomic_bool *cancel)
{
    *progress =
        (struct cancel_progress){.progress = {.report = report_nothing, .cancelled = is_cancelled}, .cancel = cancel};
}
