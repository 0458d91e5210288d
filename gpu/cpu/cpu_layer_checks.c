#include "gpu/cpu/cpu_layer_checks.h"

/* 2^48 elements are more than any address space holds, and few enough for their offsets not to overflow. */
static const int64_t elements_max = (int64_t)1 << 48;

enum status cpu_check_sizes(const char *operation, int count, const int64_t *sizes, struct error *error)
{
    int64_t product = 1;
    for (int i = 0; i < count; i++) {
        if (sizes[i] < 0 || (sizes[i] > 0 && product > elements_max / sizes[i]))
            return error_set(error, STATUS_FAILED, "operation %s cannot work on a size of %lld (internal error)",
                             operation, (long long)sizes[i]);
        product *= sizes[i] > 0 ? sizes[i] : 1;
    }
    return STATUS_OK;
}

enum status cpu_check_operands(const char *operation, int count, const struct cpu_operand *operands,
                               struct error *error)
{
    for (int i = 0; i < count; i++) {
        if (operands[i].optional && !operands[i].slice.buffer)
            continue;
        enum status status =
            cpu_check(operation, operands[i].name, operands[i].slice, operands[i].count, sizeof(float), error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status cpu_check_dropout(const char *operation, struct dropout dropout, struct error *error)
{
    if (dropout.rate >= 0 && dropout.rate < 1)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot use a dropout rate of %g (internal error)", operation,
                     (double)dropout.rate);
}

enum status cpu_check_activation(const char *operation, enum activation f, struct error *error)
{
    if ((unsigned)f < ACTIVATIONS)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s has no activation %d (internal error)", operation, (int)f);
}

enum status cpu_check_output_slope(const char *operation, enum activation f, struct error *error)
{
    if (f == ACTIVATION_RELU || f == ACTIVATION_ELU || f == ACTIVATION_IDENTITY)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "operation %s cannot work with activation %d (internal error)", operation,
                     (int)f);
}
