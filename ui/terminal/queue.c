#include "ui/terminal/queue.h"

#include <stdlib.h>
#include <string.h>

void event_queue_free(struct event_queue *queue)
{
    for (size_t i = queue->first; i < queue->count; i++)
        free(queue->events[i].text);
    free(queue->events);
    *queue = (struct event_queue){0};
}

void event_queue_put(struct event_queue *queue, const struct event *event)
{
    if (queue->count == queue->capacity && queue->first > 0) {
        memmove(queue->events, queue->events + queue->first, (queue->count - queue->first) * sizeof *queue->events);
        queue->count -= queue->first;
        queue->first = 0;
    }
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity * 2 + 32;
        struct event *events = realloc(queue->events, capacity * sizeof *events);
        if (!events) {
            free(event->text);
            return;
        }
        queue->events = events;
        queue->capacity = capacity;
    }
    queue->events[queue->count++] = *event;
}

bool event_queue_take(struct event_queue *queue, struct event *event)
{
    if (queue->first == queue->count)
        return false;
    *event = queue->events[queue->first++];
    if (queue->first == queue->count)
        queue->first = queue->count = 0;
    return true;
}
