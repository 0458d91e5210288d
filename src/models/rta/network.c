#include <math.h>
#include <stdio.h>

#include "models/rta/network_internal.h"

const char *const rta_slot_names[RTA_SLOTS] = {"track", "album", "artist", "popularity", "duration"};

int64_t rta_width(const struct rta_shape *shape)
{
    return shape->d + shape->n_sets * shape->cover_width;
}

int64_t rta_slots(const struct rta_shape *shape)
{
    return rta_representers[shape->representer].features ? RTA_SLOTS : 1;
}

/* ---- representers ---- */

static void declare_nn(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    network->representer = block_declare(&network->parameters, "representer.block.", shape->d, shape->representer_heads,
                                         shape->representer_feed_forward);
    network->representer_mix = linear_declare(&network->parameters, "representer.", "mix", RTA_SLOTS, 1);
}

/* The first slot only: the track's own row. */
static struct tensor *own_rows(struct tape *tape, const struct rta_network *network, struct tensor *song)
{
    struct tensor *rows = nn_reshape(tape, song, song->rows * RTA_SLOTS, network->shape.d);
    int32_t *ids = tape_host_memory(tape, (size_t)song->rows * sizeof *ids);
    for (int64_t i = 0; ids && i < song->rows; i++)
        ids[i] = (int32_t)(i * RTA_SLOTS + RTA_TRACK);
    struct compute_slice own = tape_upload(tape, ids, song->rows);
    return nn_gather(tape, rows, song->rows, own, rows, own);
}

static struct tensor *apply_nn(struct tape *tape, const struct rta_network *network, struct tensor *song,
                               struct dropout dropout)
{
    const struct sequences slots = {.batch = song->rows, .length = RTA_SLOTS};
    struct tensor *x = nn_reshape(tape, song, song->rows * RTA_SLOTS, network->shape.d);
    x = block_apply(tape, &network->representer, x, &slots, false, dropout);
    x = nn_reshape(tape, x, song->rows, song->columns);
    x = nn_weighted_sum(tape, x, network->representer_mix.weight, network->representer_mix.bias);
    return network->shape.layer_scale > 0 ? nn_add(tape, own_rows(tape, network, song), network->shape.layer_scale, x)
                                          : x;
}

const struct rta_representer_ops rta_representers[RTA_REPRESENTERS] = {
    [RTA_MF] = {0},
    [RTA_FM] = {.features = true},
    [RTA_NN] = {.features = true, .declare = declare_nn, .apply = apply_nn},
};

/* ---- the network ---- */

/* The first one has the name that it has in models with a single set of covers. */
static void declare_adaptor(struct rta_network *network, int64_t set)
{
    const struct rta_shape *shape = &network->shape;
    char prefix[PARAMETER_NAME] = "adaptor.";
    if (set > 0)
        snprintf(prefix, sizeof prefix, "adaptor%lld.", (long long)set);
    network->adaptors[set].hidden =
        linear_declare(&network->parameters, prefix, "hidden", shape->sets[set].dim, shape->cover_hidden);
    network->adaptors[set].out =
        linear_declare(&network->parameters, prefix, "out", shape->cover_hidden, shape->cover_width);
    if (shape->fusion == RTA_NORM)
        network->adaptors[set].norm = norm_declare(&network->parameters, prefix, "norm", shape->cover_width);
    if (shape->fusion == RTA_GATE)
        network->adaptors[set].gate =
            linear_declare(&network->parameters, prefix, "gate", RTA_GATE_INPUTS, shape->cover_width);
}

static void declare_representer(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    struct parameters *parameters = &network->parameters;
    if (rta_representers[shape->representer].declare)
        rta_representers[shape->representer].declare(network);
    for (int64_t i = 0; i < shape->n_sets; i++)
        declare_adaptor(network, i);
    if (shape->extra)
        network->extra = linear_declare(parameters, "", "extra", rta_width(shape), rta_width(shape));
}

void rta_network_declare(struct rta_network *network, const struct rta_shape *shape, int64_t n_tracks)
{
    *network = (struct rta_network){.shape = *shape};
    if (n_tracks > 0 && shape->bias) { /* weight decay would remove the popularity that biases learn */
        network->bias = parameters_add(&network->parameters, "", "bias", n_tracks, 1, INITIAL_ZERO, 0);
        parameters_exclude_decay(&network->parameters);
    }
    if (n_tracks > 0)
        declare_representer(network);
    if (rta_aggregators[shape->aggregator].declare)
        rta_aggregators[shape->aggregator].declare(network);
}

static struct tensor *gate(struct tape *tape, const struct linear *layer, struct tensor *x, struct tensor *popularity)
{
    struct tensor *zeros = tape_tensor(tape, 1, 2 * x->columns, false);
    TAPE_RUN(tape, network.fill, 2 * x->columns, 0, zeros->value);
    return nn_glu(tape, nn_concat(tape, x, nn_linear(tape, popularity, layer->weight, layer->bias)), zeros);
}

static struct tensor *fuse(struct tape *tape, const struct rta_network *network, int64_t set, struct tensor *x,
                           struct tensor *popularity)
{
    const struct rta_shape *shape = &network->shape;
    const struct norm *norm = &network->adaptors[set].norm;
    if (shape->fusion == RTA_NORM)
        return nn_scale(tape, nn_layer_norm(tape, x, norm->gain, norm->bias, NN_EPSILON),
                        shape->cover_length / sqrtf((float)shape->cover_width));
    return shape->fusion == RTA_GATE ? gate(tape, &network->adaptors[set].gate, x, popularity) : x;
}

static struct tensor *adapt(struct tape *tape, const struct rta_network *network, int64_t set,
                            const struct rta_set_rows *rows, struct tensor *popularity)
{
    const struct linear *hidden = &network->adaptors[set].hidden, *out = &network->adaptors[set].out;
    const struct dropout none = {0};
    struct tensor *x =
        nn_feed_forward(tape, rows->rows, hidden->weight, hidden->bias, ACTIVATION_RELU, none, out->weight);
    x = fuse(tape, network, set, nn_residual(tape, NULL, x, out->bias, none), popularity);
    return network->shape.sets[set].masked ? nn_gather(tape, x, x->rows, rows->kept, x, rows->kept) : x;
}

struct tensor *rta_represent(struct tape *tape, const struct rta_network *network, struct tensor *song,
                             const struct rta_set_rows *sets, struct tensor *popularity, struct dropout dropout)
{
    const struct rta_representer_ops *representer = &rta_representers[network->shape.representer];
    struct tensor *x = representer->apply ? representer->apply(tape, network, song, dropout) : song;
    for (int64_t i = 0; i < network->shape.n_sets; i++)
        x = nn_concat(tape, x, adapt(tape, network, i, &sets[i], popularity));
    if (network->shape.extra)
        x = nn_linear(tape, x, network->extra.weight, network->extra.bias);
    return x;
}
