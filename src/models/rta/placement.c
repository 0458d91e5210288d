#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "models/rta/rta.h"

/* Which tables of a network several ranks shard: the large ones, as a fetched row costs more time than one in memory.
 */

bool rta_shards_table(enum table_placement placement, double bytes)
{
    return placement == TABLES_SHARDED || (placement == TABLES_AUTO && bytes >= RTA_SHARD_BYTES);
}

/* Values, velocities, the last step, and with sparse Adam one second moment. */
static double row_bytes(const struct rta_shape *shape, const struct rta_step_settings *settings)
{
    return (double)(2 * shape->d + 1 + settings->sparse) * sizeof(float);
}

static void describe(const struct model_task *task, const struct rta_shape *shape, const struct rta_inputs *inputs,
                     const struct rta_step_settings *settings)
{
    char names[80] = "";
    double rows = 0;
    for (int slot = 0; slot < rta_slots(shape); slot++)
        if (settings->sharded[slot]) {
            const size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", rta_slot_names[slot]);
            rows += (double)inputs->n_rows[slot];
        }
    const double megabytes = rows * row_bytes(shape, settings) / 1e6;
    if (names[0] && ranks_rank(task->spec->ranks) == 0)
        log_message(LOG_INFO, "sharded tables (%s): %.1f MB on each of %d processes instead of %.1f MB", names,
                    megabytes / ranks_size(task->spec->ranks), ranks_size(task->spec->ranks), megabytes);
}

void rta_place_tables(const struct model_task *task, const struct rta_shape *shape, const struct rta_inputs *inputs,
                      struct rta_step_settings *settings)
{
    const bool possible = !settings->adam || settings->sparse;
    if (ranks_size(task->spec->ranks) == 1)
        return;
    for (int slot = 0; slot < rta_slots(shape) && possible; slot++)
        settings->sharded[slot] =
            rta_shards_table(task->spec->tables, (double)inputs->n_rows[slot] * row_bytes(shape, settings));
    if (!possible && task->spec->tables == TABLES_SHARDED && ranks_rank(task->spec->ranks) == 0)
        log_message(LOG_WARNING, "the tables are replicated: each step of this training changes all rows; sharded ones "
                                 "need objective=next, or softmax_samples above 0 with sparse_adam=1");
    describe(task, shape, inputs, settings);
}
