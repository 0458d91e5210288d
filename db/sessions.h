#ifndef SLEEVE_DB_SESSIONS_H
#define SLEEVE_DB_SESSIONS_H

#include "core/arena.h"
#include "db/connection.h"

/* The state of explorers when they were closed: a JSON text for each that was open at the same time. */
struct session_row {
    int64_t id; /* from 1 on */
    const char *json;
};

struct session_list {
    struct session_row *items;
    size_t count;
    struct arena memory;
};
void session_list_free(struct session_list *list);
enum status catalogue_sessions_read(struct catalogue *catalogue, struct session_list *list, struct error *error);
enum status catalogue_session_write(struct catalogue *catalogue, int64_t id, const char *json, struct error *error);
enum status catalogue_session_delete(struct catalogue *catalogue, int64_t id, struct error *error);

#endif
