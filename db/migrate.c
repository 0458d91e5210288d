#include "db/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const schema[] = {
#include "schema.inc"
    NULL,
};

static int migration_of(const char *line)
{
    int number = 0;
    return sscanf(line, "-- migration %d:", &number) == 1 ? number : 0;
}

int database_version(const char *const *script)
{
    int newest = 0;
    for (const char *const *line = script ? script : schema; *line; line++)
        if (migration_of(*line) > newest)
            newest = migration_of(*line);
    return newest;
}

static enum status apply(struct catalogue *catalogue, const char *const *script, int64_t version, struct error *error)
{
    struct buffer sql = {0};
    bool wanted = false;
    for (const char *const *line = script; *line; line++) {
        int number = migration_of(*line);
        if (number > 0)
            wanted = number > version;
        if (wanted)
            buffer_add_text(&sql, *line);
    }
    buffer_printf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d;", CATALOGUE_APPLICATION_ID,
                  database_version(script));
    enum status status = sql.failed ? error_no_memory(error) : database_run(catalogue, sql.data, error);
    buffer_free(&sql);
    return status;
}

enum status database_migrate(struct catalogue *catalogue, const char *const *script, struct error *error)
{
    if (!script)
        script = schema;
    int64_t version;
    enum status status = catalogue_begin(catalogue, error);
    if (status != STATUS_OK)
        return status;
    /* Checked inside the transaction: another program may have migrated it in the meantime. */
    status = database_integer(catalogue, "PRAGMA user_version", NULL, &version, error);
    if (status == STATUS_OK && version < database_version(script))
        status = apply(catalogue, script, version, error);
    if (status == STATUS_OK && script == schema && version == 1)
        status = database_fill_aliases(catalogue, error);
    return database_unit_end(catalogue, true, status, error);
}
