#include "models/rta/network_internal.h"

const char *const rta_slot_names[RTA_SLOTS] = {"track", "album", "artist", "popularity", "duration"};

int64_t rta_width(const struct rta_shape *shape)
{
    return shape->d + (shape->cover_dim > 0 ? shape->cover_width : 0);
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

/* The first slot of each, the track's own row. */
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

static void declare_representer(struct rta_network *network)
{
    const struct rta_shape *shape = &network->shape;
    struct parameters *parameters = &network->parameters;
    if (rta_representers[shape->representer].declare)
        rta_representers[shape->representer].declare(network);
    if (shape->cover_dim > 0) {
        network->adaptor_hidden =
            linear_declare(parameters, "adaptor.", "hidden", shape->cover_dim, shape->cover_hidden);
        network->adaptor_out = linear_declare(parameters, "adaptor.", "out", shape->cover_hidden, shape->cover_width);
    }
    if (shape->extra)
        network->extra = linear_declare(parameters, "", "extra", rta_width(shape), rta_width(shape));
}

void rta_network_declare(struct rta_network *network, const struct rta_shape *shape, int64_t n_tracks)
{
    *network = (struct rta_network){.shape = *shape};
    if (n_tracks > 0 && shape->bias) { /* drawn to 0, biases would forget how popular a track is */
        network->bias = parameters_add(&network->parameters, "", "bias", n_tracks, 1, INITIAL_ZERO, 0);
        parameters_exclude_decay(&network->parameters);
    }
    if (n_tracks > 0)
        declare_representer(network);
    if (rta_aggregators[shape->aggregator].declare)
        rta_aggregators[shape->aggregator].declare(network);
}

static struct tensor *adapt_cover(struct tape *tape, const struct rta_network *network, struct tensor *cover)
{
    const struct dropout none = {0};
    struct tensor *x = nn_feed_forward(tape, cover, network->adaptor_hidden.weight, network->adaptor_hidden.bias,
                                       ACTIVATION_RELU, none, network->adaptor_out.weight);
    return nn_residual(tape, NULL, x, network->adaptor_out.bias, none);
}

struct tensor *rta_represent(struct tape *tape, const struct rta_network *network, struct tensor *song,
                             struct tensor *cover, struct dropout dropout)
{
    const struct rta_representer_ops *representer = &rta_representers[network->shape.representer];
    struct tensor *x = representer->apply ? representer->apply(tape, network, song, dropout) : song;
    if (network->shape.cover_dim > 0)
        x = nn_concat(tape, x, adapt_cover(tape, network, cover));
    if (network->shape.extra)
        x = nn_linear(tape, x, network->extra.weight, network->extra.bias);
    return x;
}
