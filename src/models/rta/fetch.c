#include "models/rta/trainer_internal.h"

/* Rows of sharded tables, for a step of all ranks or for rank 0 alone. */

static void fetch_rows(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n)
{
    const struct compute_schedule schedule = schedule_on_device(&trainer->schedule);
    for (int slot = 0; slot < rta_slots(&trainer->network.shape) && tape->status == STATUS_OK; slot++) {
        struct table *table = &trainer->tables[slot];
        int32_t *rows = table->shards ? tape_host_memory(tape, ((size_t)n + 1) * sizeof *rows) : NULL;
        for (int64_t i = 0; rows && i < n; i++)
            rows[i] = rta_slot_row(&trainer->inputs, slot, tracks[i]);
        table_fetch(table, tape, &schedule, rta_table_step(trainer), rows ? n : 0, rows);
    }
}

/* What rank 0 tells the ranks that serve it. */
enum request { FETCH, RELEASE };

static enum status send_request(struct rta_trainer *trainer, enum request request, struct error *error)
{
    int64_t sent = request;
    return ranks_broadcast(trainer->settings.ranks, &sent, sizeof sent, error);
}

void rta_fetch_rows(struct rta_trainer *trainer, struct tape *tape, const int32_t *tracks, int64_t n)
{
    if (!rta_is_sharded(trainer) || tape->status != STATUS_OK)
        return;
    if (trainer->exporting)
        tape->status = send_request(trainer, FETCH, &tape->error);
    fetch_rows(trainer, tape, tracks, n);
}

enum status rta_trainer_serve(struct rta_trainer *trainer, struct error *error)
{
    struct tape *tape = &trainer->tape;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && rta_is_sharded(trainer)) {
        int64_t request = RELEASE;
        status = ranks_broadcast(trainer->settings.ranks, &request, sizeof request, error);
        if (status != STATUS_OK || request == RELEASE)
            break;
        tape_reset(tape, false);
        fetch_rows(trainer, tape, NULL, 0);
        status = tape_status(tape, error);
    }
    return status;
}

enum status rta_trainer_release(struct rta_trainer *trainer, struct error *error)
{
    return rta_is_sharded(trainer) ? send_request(trainer, RELEASE, error) : STATUS_OK;
}
