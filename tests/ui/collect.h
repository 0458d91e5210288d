#ifndef SLEEVE_TESTS_UI_COLLECT_H
#define SLEEVE_TESTS_UI_COLLECT_H

#include <poll.h>

#include "ui/runtime.h"
#include "ui/views/explore/explore.h"

/* Waits until nothing is pending and what has arrived was seen: keys then refer to it, not to what it replaced. */
static inline void collect_all(struct runtime *runtime)
{
    do {
        struct pollfd waiting = {.fd = workers_descriptor(runtime->workers), .events = POLLIN};
        if (effects_pending(runtime->effects) > 0)
            poll(&waiting, 1, 1000);
        runtime->ahead += 1;
        runtime_collect(runtime);
    } while (effects_pending(runtime->effects) > 0);
    runtime->ahead += EXPLORE_GLANCE;
}

#endif
