#ifndef SLEEVE_UI_TERMINAL_QUEUE_H
#define SLEEVE_UI_TERMINAL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/event.h"

/* A queue of events. Initialise with `{0}`. */
struct event_queue {
    struct event *events;
    size_t first, count, capacity;
};

void event_queue_free(struct event_queue *queue);
/* Takes ownership of the event's text; drops the event if memory runs out. */
void event_queue_put(struct event_queue *queue, const struct event *event);
bool event_queue_take(struct event_queue *queue, struct event *event);

#endif
