#ifndef SLEEVE_GPU_CPU_LAYER_CHECKS_H
#define SLEEVE_GPU_CPU_LAYER_CHECKS_H

#include "gpu/cpu/cpu_internal.h"

/* Argument checks of the operations of gpu/ops/network.h. */

struct cpu_operand {
    const char *name; /* as in compute_network.h */
    struct compute_slice slice;
    int64_t count; /* of 4-byte elements */
    bool optional; /* may have no buffer */
};

/* STATUS_OK when no size is negative and their product, and so any product of nonzero ones, is a number of elements
 * that fits memory. */
enum status cpu_check_sizes(const char *operation, int count, const int64_t *sizes, struct error *error);

/* cpu_check for each operand. */
enum status cpu_check_operands(const char *operation, int count, const struct cpu_operand *operands,
                               struct error *error);

enum status cpu_check_activation(const char *operation, enum activation f, struct error *error);

/* STATUS_OK when the slope of f follows from its result. */
enum status cpu_check_output_slope(const char *operation, enum activation f, struct error *error);

/* STATUS_OK when the rate is in [0, 1). */
enum status cpu_check_dropout(const char *operation, struct dropout dropout, struct error *error);

#define CPU_SIZES(operation, ...)                                                                                      \
    cpu_check_sizes(operation, (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),                        \
                    (const int64_t[]){__VA_ARGS__}, error)
#define CPU_OPERANDS(operation, ...)                                                                                   \
    cpu_check_operands(operation,                                                                                      \
                       (int)(sizeof((const struct cpu_operand[]){__VA_ARGS__}) / sizeof(struct cpu_operand)),          \
                       (const struct cpu_operand[]){__VA_ARGS__}, error)

#endif
