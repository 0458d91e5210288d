#include "gpu/cpu/cpu_sequences.h"

/* Single entries of a matrix, given per row as columns. */

enum { PARTS = 64 /* parts into which the rows are divided */ };

enum status cpu_check_entries(const char *operation, const char *argument, int64_t rows, int64_t n,
                              struct compute_slice starts, struct compute_slice columns, struct error *error)
{
    enum status status = cpu_check(operation, "starts", starts, rows < 0 ? -1 : rows + 1, sizeof(int64_t), error);
    if (status != STATUS_OK)
        return status;
    const int64_t *first = cpu_longs(starts);
    bool ascending = first[0] >= 0;
    for (int64_t row = 0; row < rows; row++)
        ascending = ascending && first[row] <= first[row + 1];
    status = cpu_check(operation, argument, columns, ascending ? first[rows] : -1, sizeof(int32_t), error);
    if (status != STATUS_OK)
        return status;
    const int32_t *column = cpu_ints(columns);
    for (int64_t i = first[0]; i < first[rows]; i++)
        if (column[i] < 0 || column[i] >= n)
            return error_set(error, STATUS_FAILED,
                             "operation %s: column %ld is out of range, there are %lld columns in %s (internal error)",
                             operation, (long)column[i], (long long)n, argument);
    return STATUS_OK;
}

struct entries_job {
    int64_t rows, n;
    const int64_t *starts;
    const int32_t *columns;
    float value;
    float *s;
};

static void set_part(void *context, size_t index, int worker)
{
    (void)worker;
    const struct entries_job *job = context;
    int64_t block = cpu_blocks(job->rows, PARTS), begin = (int64_t)index * block;
    for (int64_t row = begin; row < cpu_min(begin + block, job->rows); row++)
        for (int64_t i = job->starts[row]; i < job->starts[row + 1]; i++)
            job->s[row * job->n + job->columns[i]] = job->value;
}

enum status cpu_set_entries(struct compute_stream *stream, int64_t rows, int64_t n, struct compute_slice starts,
                            struct compute_slice columns, float value, struct compute_slice s, struct error *error)
{
    enum status status = cpu_check("set_entries", "S", s, cpu_count(rows, n, 1), sizeof(float), error);
    if (status == STATUS_OK)
        status = cpu_check_entries("set_entries", "columns", rows, n, starts, columns, error);
    if (status != STATUS_OK)
        return status;
    struct entries_job job = {.rows = rows,
                              .n = n,
                              .starts = cpu_longs(starts),
                              .columns = cpu_ints(columns),
                              .value = value,
                              .s = cpu_floats(s)};
    pool_run(stream->device->pool, PARTS, set_part, &job);
    return STATUS_OK;
}
