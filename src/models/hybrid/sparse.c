#include <stdlib.h>

#include "models/hybrid/training.h"

/* Adam on the rows that a step uses (the operation adam_rows): their gradients are tensors of their own, so that
 * neither gradients nor second moments of whole tables exist. */

enum { ALL = HYBRID_TABLES + 1 }; /* the tables, and the biases */

struct hybrid_sparse {
    struct compute_buffer *first;     /* moments of all values, as the tables' */
    struct compute_buffer *second;    /* of all rows, one table after the other */
    int64_t n_rows;                   /* of all tables */
    int32_t *index_of[HYBRID_TABLES]; /* [rows] scratch; all -1 between steps */
    struct used {
        int64_t n;
        struct compute_slice rows; /* int32 [n] */
        struct tensor *gradients;  /* [n x d] without values */
    } used[ALL];
};

static enum status create_zeros(const struct compute *compute, int64_t count, struct compute_buffer **buffer,
                                struct error *error)
{
    enum status status = compute->ops->buffer_create(compute->device, (size_t)count * sizeof(float), buffer, error);
    return status == STATUS_OK
               ? compute->ops->network.fill(compute->stream, count, 0, (struct compute_slice){*buffer, 0}, error)
               : status;
}

enum status hybrid_sparse_open(struct hybrid_training *training, struct error *error)
{
    const struct parameters *tables = &training->network.tables;
    struct hybrid_sparse *sparse = training->sparse = calloc(1, sizeof *sparse);
    if (!sparse)
        return error_no_memory(error);
    for (int i = 0; i < ALL; i++) {
        const int64_t n = tables->items[i].tensor.rows;
        sparse->n_rows += n;
        if (i < HYBRID_TABLES && !(sparse->index_of[i] = malloc((size_t)n * sizeof(int32_t))))
            return error_no_memory(error);
        for (int64_t row = 0; i < HYBRID_TABLES && row < n; row++)
            sparse->index_of[i][row] = -1;
    }
    enum status status = create_zeros(training->task->compute, (int64_t)tables->n_values, &sparse->first, error);
    return status == STATUS_OK ? create_zeros(training->task->compute, sparse->n_rows, &sparse->second, error) : status;
}

void hybrid_sparse_close(struct hybrid_training *training)
{
    struct hybrid_sparse *sparse = training->sparse;
    if (!sparse)
        return;
    training->task->compute->ops->buffer_destroy(sparse->first);
    training->task->compute->ops->buffer_destroy(sparse->second);
    for (int i = 0; i < HYBRID_TABLES; i++)
        free(sparse->index_of[i]);
    free(sparse);
}

void hybrid_sparse_state(const struct hybrid_training *training, struct checkpoint_list *list)
{
    const struct hybrid_sparse *sparse = training->sparse;
    checkpoint_add_moments(list, "tables", ".velocity", sparse->first, (int64_t)training->network.tables.n_values);
    checkpoint_add_moments(list, "tables", ".second", sparse->second, sparse->n_rows);
}

static struct compute_slice values_of(const struct hybrid_training *training, int table)
{
    const struct parameters *tables = &training->network.tables;
    return (struct compute_slice){tables->values, tables->items[table].offset};
}

static void take(struct hybrid_training *training, struct tape *tape, int table, int64_t n, struct compute_slice used,
                 struct compute_slice gradient_rows, struct hybrid_rows *rows)
{
    const int64_t d = training->network.tables.items[table].tensor.columns;
    struct tensor *gradients = tape_host_memory(tape, sizeof *gradients);
    if (!gradients)
        gradients = &tape->nothing;
    else
        *gradients = (struct tensor){.rows = n, .columns = d, .requires_grad = tape->recording};
    training->sparse->used[table] = (struct used){n, used, gradients};
    rows->to = gradients;
    rows->gradient_rows = gradient_rows;
}

void hybrid_sparse_take(struct hybrid_training *training, struct tape *tape, enum hybrid_table table, int64_t n,
                        int32_t *rows, struct hybrid_rows table_rows[ALL])
{
    int32_t *index_of = training->sparse->index_of[(int)table];
    int32_t *used = tape_host_memory(tape, (size_t)n * sizeof *used);
    int64_t count = 0;
    for (int64_t i = 0; used && i < n; i++) {
        const int32_t row = rows[i];
        if (row >= 0 && index_of[row] < 0) {
            index_of[row] = (int32_t)count;
            used[count++] = row;
        }
        rows[i] = row < 0 ? -1 : index_of[row];
    }
    for (int64_t i = 0; i < count; i++)
        index_of[used[i]] = -1;
    if (count == 0 && used) /* no row, so that the tensor is not empty */
        used[count++] = -1;
    const struct compute_slice ids = tape_upload(tape, used, count), gradient_rows = tape_upload(tape, rows, n);
    take(training, tape, (int)table, count, ids, gradient_rows, &table_rows[table]);
    if (table == HYBRID_TRACK_TABLE)
        take(training, tape, HYBRID_TABLES, count, ids, gradient_rows, &table_rows[HYBRID_TABLES]);
}

void hybrid_sparse_add_squares(const struct hybrid_training *training, struct tape *tape, struct compute_slice squares)
{
    for (int i = 0; i < ALL; i++) {
        const struct used *used = &training->sparse->used[i];
        TAPE_RUN(tape, network.sum_squares, used->n * used->gradients->columns, used->gradients->gradient, squares);
    }
}

void hybrid_sparse_move(struct hybrid_training *training, struct tape *tape, float rate, struct compute_slice squares)
{
    const struct optimiser_settings *adam = &training->optimiser.settings;
    const float decay = (float)hybrid_setting(training, "table_weight_decay");
    size_t first_row = 0;
    for (int i = 0; i < ALL; i++) {
        const struct used *used = &training->sparse->used[i];
        const struct parameter *table = &training->network.tables.items[i];
        const int64_t n_rows = table->tensor.rows, d = table->tensor.columns;
        TAPE_RUN(tape, network.adam_rows, n_rows, d, used->n, used->rows, training->taken + 1, rate, adam->beta1,
                 adam->beta2, adam->epsilon, table->no_decay ? 0 : decay, adam->clip_norm, squares,
                 used->gradients->gradient, values_of(training, i),
                 (struct compute_slice){training->sparse->first, table->offset},
                 (struct compute_slice){training->sparse->second, first_row});
        first_row += (size_t)n_rows;
    }
}
