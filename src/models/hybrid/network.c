#include "models/hybrid/network.h"

#include <math.h>
#include <string.h>

const float hybrid_initial_factors[HYBRID_SECTIONS] = {1.8f, 0.7f, 3.2f};
const char *const hybrid_table_names[HYBRID_TABLES] = {"track", "artist", "album"};

static const char *const section_names[HYBRID_SECTIONS] = {"artist", "album", "kernel"};

int64_t hybrid_section_width(const struct hybrid_shape *shape, enum hybrid_section section)
{
    const int64_t widths[HYBRID_SECTIONS] = {shape->artist, shape->album, shape->kernel};
    return widths[section];
}

int64_t hybrid_fixed_width(const struct hybrid_shape *shape)
{
    return shape->artist + shape->album + shape->kernel;
}

int64_t hybrid_row(const struct hybrid_shape *shape)
{
    return shape->d + hybrid_fixed_width(shape) + 1;
}

/* A learned factor, which weight decay would draw to 0. */
static struct tensor *declare_factor(struct parameters *parameters, const char *name)
{
    struct tensor *factor = parameters_add(parameters, "query.factor.", name, 1, 1, INITIAL_ONE, 0);
    parameters_exclude_decay(parameters);
    return factor;
}

void hybrid_network_declare(struct hybrid_network *network, const struct hybrid_shape *shape, const int64_t *n_rows)
{
    *network = (struct hybrid_network){.shape = *shape};
    struct parameters *parameters = &network->parameters;
    network->query_in = linear_declare(parameters, "query.", "in", shape->d + shape->inputs + 1, shape->residual);
    network->query_out = linear_declare_zero(parameters, "query.", "out", shape->residual, shape->d);
    network->mean_factor = declare_factor(parameters, "mean");
    for (int i = 0; i < HYBRID_SECTIONS; i++)
        network->section_factors[i] = declare_factor(parameters, section_names[i]);
    if (!n_rows)
        return;
    int64_t width = shape->inputs + HYBRID_COUNTS;
    network->features_in = linear_declare(parameters, "features.", "in", width, shape->hidden);
    network->features_out = linear_declare(parameters, "features.", "out", shape->hidden, shape->d);
    network->features_bias = linear_declare(parameters, "features.", "bias", shape->hidden, 1);
    for (int i = 0; i < HYBRID_TABLES; i++)
        network->table[i] =
            parameters_add(&network->tables, "", hybrid_table_names[i], n_rows[i], shape->d, INITIAL_ZERO, 0);
    network->table[HYBRID_TABLES] =
        parameters_add(&network->tables, "", "bias", n_rows[HYBRID_TRACK_TABLE], 1, INITIAL_ZERO, 0);
    parameters_exclude_decay(&network->tables); /* it would remove the popularity that biases learn */
}

struct hybrid_vectors hybrid_represent(struct tape *tape, const struct hybrid_network *network, struct tensor *x,
                                       const struct hybrid_rows rows[HYBRID_TABLES + 1])
{
    const struct linear *in = &network->features_in, *out = &network->features_out, *bias = &network->features_bias;
    const struct dropout none = {0};
    struct tensor *hidden = nn_activate(tape, ACTIVATION_GELU, nn_linear(tape, x, in->weight, NULL), in->bias, none);
    struct hybrid_vectors vectors = {nn_linear(tape, hidden, out->weight, out->bias),
                                     nn_linear(tape, hidden, bias->weight, bias->bias)};
    for (int i = 0; i <= HYBRID_TABLES; i++)
        nn_add_rows(tape, i < HYBRID_TABLES ? vectors.learned : vectors.bias, network->table[i], rows[i].rows,
                    rows[i].to, rows[i].gradient_rows);
    return vectors;
}

void hybrid_sums_set(const struct hybrid_shape *shape, const struct hybrid_sums *sums, int64_t at,
                     const struct hybrid_seeds *seeds)
{
    int64_t n = seeds->n, n_inputs = shape->inputs, width = hybrid_fixed_width(shape);
    float *means = sums->inputs + at * (n_inputs + 1), *sections = sums->fixed + at * width;
    memset(means, 0, (size_t)(n_inputs + 1) * sizeof *means);
    memset(sections, 0, (size_t)width * sizeof *sections);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n_inputs; j++)
            means[j] += seeds->inputs[seeds->rows[i] * n_inputs + j] / (float)n;
        for (int64_t j = 0; j < width; j++)
            sections[j] += seeds->fixed[seeds->fixed_rows[i] * seeds->stride + j] / (float)n;
    }
    means[n_inputs] = logf((float)n);
    for (int64_t section = 0, j = 0; section < HYBRID_SECTIONS; section++) {
        float factor = hybrid_initial_factors[section] * (section == HYBRID_KERNEL ? 1 : sqrtf((float)n));
        for (int64_t end = j + hybrid_section_width(shape, (enum hybrid_section)section); j < end; j++)
            sections[j] *= factor;
    }
}

/* factor · X with a learned factor [1 x 1]. */
static struct tensor *multiply(struct tape *tape, struct tensor *x, struct tensor *factor)
{
    struct tensor *column = nn_reshape(tape, x, x->rows * x->columns, 1);
    return nn_reshape(tape, nn_linear(tape, column, factor, NULL), x->rows, x->columns);
}

static struct tensor *upload(struct tape *tape, const float *values, int64_t rows, int64_t columns)
{
    struct tensor *tensor = tape_tensor(tape, rows, columns, false);
    tensor->value = tape_upload(tape, values, rows * columns);
    return tensor;
}

/* The three sections one after the other, each multiplied by its factor. */
static struct tensor *fixed_sections(struct tape *tape, const struct hybrid_network *network, struct tensor *fixed)
{
    struct tensor *all = NULL;
    int64_t first = 0, stride = fixed->columns;
    for (int i = 0; i < HYBRID_SECTIONS; i++) {
        int64_t width = hybrid_section_width(&network->shape, (enum hybrid_section)i);
        if (width == 0)
            continue;
        struct tensor *section = tape_tensor(tape, fixed->rows, width, false);
        struct compute_slice from = {fixed->value.buffer, fixed->value.offset + (size_t)first};
        TAPE_RUN(tape, network.copy_columns, fixed->rows, width, 1, from, stride, 0, section->value, width);
        section = multiply(tape, section, network->section_factors[i]);
        all = all ? nn_concat(tape, all, section) : section;
        first += width;
    }
    return all;
}

struct hybrid_query hybrid_aggregate(struct tape *tape, const struct hybrid_network *network, struct tensor *mean,
                                     const struct hybrid_sums *sums, struct dropout dropout, float mean_dropout)
{
    const struct hybrid_shape *shape = &network->shape;
    const struct linear *in = &network->query_in, *out = &network->query_out;
    const struct dropout none = {0};
    int64_t n = mean->rows, fixed = hybrid_fixed_width(shape);
    struct tensor *inputs = upload(tape, sums->inputs, n, shape->inputs + 1);
    struct tensor *y = nn_concat(tape, nn_scale(tape, mean, shape->mean_scale), inputs);
    if (dropout.rate > 0)
        y = nn_residual(tape, NULL, y, NULL, dropout_nth(dropout, 0));
    y = nn_feed_forward(tape, y, in->weight, in->bias, ACTIVATION_GELU, dropout_nth(dropout, 1), out->weight);
    const struct dropout direct = dropout_nth((struct dropout){mean_dropout, dropout.seed}, 2);
    if (mean_dropout > 0)
        mean = nn_residual(tape, NULL, mean, NULL, direct);
    return (struct hybrid_query){
        .learned = nn_residual(tape, multiply(tape, mean, network->mean_factor), y, out->bias, none),
        .bias = nn_ones(tape, n),
        .fixed = fixed > 0 ? fixed_sections(tape, network, upload(tape, sums->fixed, n, fixed)) : NULL,
    };
}
