#ifndef SLEEVE_APP_CANCEL_PROGRESS_H
#define SLEEVE_APP_CANCEL_PROGRESS_H

#include <stdatomic.h>

#include "core/progress.h"

/* A reporter of progress that shows nothing, and stops the work when a flag of the explorer is set. */
struct cancel_progress {
    struct progress progress; /* first: what the work sees */
    const atomic_bool *cancel;
};

/* `cancel` may be NULL. */
void cancel_progress_init(struct cancel_progress *progress, const atomic_bool *cancel);

#endif
