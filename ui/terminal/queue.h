#ifndef SLEEVE_UI_TERMINAL_QUEUE_H
#define SLEEVE_UI_TERMINAL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/event.h"

/* Events in the order in which they came. Start with `{0}`. */
struct event_queue {
    struct event *events;
    size_t first, count, capacity;
};

void event_queue_free(struct event_queue *queue);
/* Takes over the event's text; an event for which there is no memory is lost. */
void event_queue_put(struct event_queue *queue, const struct event *event);
bool event_queue_take(struct event_queue *queue, struct event *event);

#endif
