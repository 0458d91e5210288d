#include <stddef.h>

#include "models/rta/network_internal.h"
#include "models/rta/rta.h"

/* The kinds, representer x aggregator, and their settings. Preset "mpd" has the published values for the Million
 * Playlist Dataset, if there are any (there are none for a pool). */

/* ---- settings, in groups that kinds share ---- */

#define RULE(key, mpd, small, low, high, whole, meaning)                                                               \
    {                                                                                                                  \
        key, mpd, small, low, high, whole, meaning, NULL, NULL                                                         \
    }
#define RENAMED(key, alias, mpd, small, low, high, whole, meaning)                                                     \
    {                                                                                                                  \
        key, mpd, small, low, high, whole, meaning, NULL, alias                                                        \
    }
#define CHOICE(key, value, meaning, choices)                                                                           \
    {                                                                                                                  \
        key, value, value, 0, sizeof choices / sizeof choices[0] - 1, true, meaning, choices, NULL                     \
    }

static const struct setting_choice position_choices[] = {{"same", NULL}, {"reference", NULL}},
                                   objective_choices[] = {{"next", NULL}, {"full_softmax", "rest"}},
                                   order_choices[] = {{"first", NULL}, {"any", NULL}},
                                   weight_choices[] = {{"equal", NULL}, {"learned", NULL}},
                                   fusion_choices[] = {
                                       {"concat", NULL}, {"norm", NULL}, {"gate", NULL}, {"whiten", NULL}};

static const struct setting_rule start_rules[] = {
    RULE("factors", 128, 128, 1, 1024, true, "length of the embeddings, and factors of the ALS that initialises them"),
    RULE("iterations", 10, 10, 1, 1000, true, "of that ALS"),
    RULE("regularization", 12, 8, 1e-6, 1e9, false, "of that ALS, lambda"),
    RULE("alpha", 0, 0, 0, 1e9, false, "of that ALS: extra confidence of a playlist's tracks"),
    RULE("length", 0, 0.35, 0, 1e6, false,
         "mean length of the initial vectors, none longer than 50; 0: as that ALS gives them"),
    RULE("scale", 1, 1, 1e-6, 1e6, false, "factor on these vectors"),
    {0},
};

static const struct setting_rule cover_rules[] = {
    RULE("cover_hidden", 300, 300, 1, 4096, true, "hidden width of each feature set's adaptor"),
    RULE("cover_width", 64, 64, 1, 1024, true, "width that each feature set adds to a track's vector"),
    RULE("extra", 0, 0, 0, 1, true, "1: one more linear layer over song and features"),
    CHOICE("fusion", 0,
           "of features with the song: as the adaptor gives them, with a layer norm, gated by popularity, or whitened",
           fusion_choices),
    RULE("cover_length", 0.35, 0.35, 1e-6, 1e6, false, "fusion norm: initial length of the features' part"),
    RULE("cover_dropout", 0, 0, 0, 0.95, false, "share of the tracks without features in each training step"),
    {0},
};

static const struct setting_rule training_rules[] = {
    RULE("batch", 128, 0, 0, 65536, true, "playlists a step; 0: a sixteenth of them, at most 128"),
    RULE("epochs", 16, 16, 0, 10000, true, "passes over the training playlists"),
    RENAMED("clip_norm", "clip", 1, 1, 0, 1e9, false, "largest norm of the gradient; 0: any"),
    RULE("validate_every", 1, 1, 1, 10000, true, "epochs between validations"),
    {0},
};

static const struct setting_rule next_track_rules[] = {
    RENAMED("learning_rate", "rate", 1, 1, 0, 1000, false, "objective next: learning rate"),
    RENAMED("weight_decay", "decay", 1.53e-5, 1e-4, 0, 1, false, "objective next: weight decay"),
    RULE("window", 11, 11, 2, 256, true, "consecutive tracks of a playlist that a step sees"),
    RULE("negatives", 1000, 1000, 1, 100000, true, "tracks drawn against each playlist"),
    RULE("hard", 40, 40, 0, 100000, true, "of these, how many of the best-scoring ones count"),
    RULE("easy", 10, 10, 0, 100000, true, "of these, how many of the first ones count"),
    RULE("halve_every", 12000, 264, 0, 1e9, true, "steps after which the learning rate is halved; 0: never"),
    RULE("halve_early", 1000, 0, 0, 1e9, true, "steps by which the first halving comes earlier"),
    RULE("momentum", 0.9, 0.9, 0, 0.9999, false, "Nesterov momentum"),
    {0},
};

static const struct setting_rule objective_rules[] = {
    {"objective", 0, 1, 0, 1, true,
     "what is learned: the next track against sampled negatives, or the rest of a playlist against all tracks",
     objective_choices, NULL},
    {0},
};

static const struct setting_rule full_softmax_rules[] = {
    RENAMED("softmax_learning_rate", "rest_rate", 3e-3, 1e-3, 0, 1000, false,
            "objective full_softmax: initial learning rate, falling to 0"),
    RENAMED("softmax_weight_decay", "rest_decay", 1e-5, 1e-5, 0, 1, false,
            "objective full_softmax: weight decay of the embeddings"),
    RENAMED("max_seeds", "given", 10, 10, 1, 1000, true,
            "objective full_softmax: tracks of a playlist given as seeds, at most"),
    CHOICE("order", 1, "objective full_softmax: which tracks are given", order_choices),
    RENAMED("neighbour_targets", "borrowed", 0, 0.5, 0, 1, false,
            "objective full_softmax: share of playlists whose targets are those of a similar playlist"),
    RULE("neighbours", 50, 50, 1, 10000, true, "objective full_softmax: similar playlists listed for each"),
    RENAMED("inverse_temperature", "sharpness", 20, 20, 0, 1000, false,
            "objective full_softmax: a playlist of cosine c is chosen with probability ~ exp(inverse_temperature c)"),
    RULE("bias", 1, 1, 0, 1, true, "objective full_softmax: 1: each track has a bias in addition to its vector"),
    RENAMED("network_weight_decay", "network_decay", 3e-3, 3e-3, 0, 1, false,
            "objective full_softmax: weight decay of all but the embeddings"),
    RULE("sparse_adam", 1, 0, 0, 1, true,
         "of a sampled softmax: 1: a step changes only the rows that it uses, with one second moment for each row"),
    {0},
};

static const struct setting_rule pool_rules[] = {
    CHOICE("weights", 0, "of the tracks in the mean", weight_choices),
    RULE("residual", 512, 512, 0, 65536, true, "hidden width of the residual path; 0: none"),
    RENAMED("mean_scale", "amplified", 10, 10, 0, 1e6, false,
            "factor on the mean in that path; 0: a layer norm instead"),
    RULE("dropout", 0.5, 0.5, 0, 0.95, false, "dropout of the mean"),
    RULE("residual_dropout", 0.3, 0.3, 0, 0.95, false, "dropout of the residual path"),
    {0},
};

static const struct setting_rule cnn_rules[] = {
    RULE("dropout", 0.2, 0.2, 0, 0.95, false, "dropout of the aggregator"),
    RULE("channels", 444, 444, 1, 4096, true, "of the convolutions"),
    {0},
};

static const struct setting_rule gru_rules[] = {
    RULE("hidden", 400, 400, 1, 4096, true, "width of the recurrent layers"),
    {0},
};

static const struct setting_rule transformer_rules[] = {
    RULE("dropout", 0, 0.3, 0, 0.95, false, "dropout of the aggregator"),
    RULE("heads", 8, 8, 1, 64, true, "attention heads"),
    RULE("feed_forward", 4096, 4096, 1, 65536, true, "hidden width of the block"),
    RENAMED("position_init_std", "position_spread", 1, 0.005, 0, 1e6, false,
            "standard deviation of the position table's initial values"),
    CHOICE("positions", 1, "rows of the position table for seeds", position_choices),
    {0},
};

static const struct setting_rule sampling_rules[] = {
    RENAMED("softmax_samples", "among", 20000, 0, 0, 1e9, true,
            "objective full_softmax: sampled softmax over so many tracks besides those of a step's playlists; 0: all"),
    {0},
};

/* On a small catalogue an NN alone loses the information of the ALS factors. Added to the track's own embedding, it
 * starts from them. */
static const struct setting_rule nn_rules[] = {
    RULE("representer_heads", 8, 8, 1, 64, true, "attention heads of the representer"),
    RULE("representer_feed_forward", 1024, 256, 1, 65536, true, "hidden width of the representer"),
    RULE("representer_dropout", 0, 0, 0, 0.95, false, "dropout of the representer"),
    RENAMED("layer_scale", "beside", 0, 0.01, 0, 1e6, false,
            "factor (not learned) on the representer's output, which is added to the track's embedding; 0: the output "
            "alone, as published"),
    RENAMED("softmax_samples", "among", 20000, 2048, 0, 1e9, true,
            "objective full_softmax: sampled softmax over so many tracks besides those of a step's playlists; 0: all"),
    {0},
};

/* ---- the shape, from settings ---- */

/* A member of struct rta_shape, and the setting that determines it. */
struct field {
    const char *key;
    enum { INTEGER, REAL, FLAG } type;
    bool training; /* needed by a training only */
    size_t offset;
};
#define FIELD(key, type, training, member)                                                                             \
    {                                                                                                                  \
        key, type, training, offsetof(struct rta_shape, member)                                                        \
    }

static const struct field common_fields[] = {
    FIELD("factors", INTEGER, true, d),
    FIELD("cover_hidden", INTEGER, true, cover_hidden),
    FIELD("cover_width", INTEGER, true, cover_width),
    FIELD("extra", FLAG, true, extra),
    FIELD("fusion", INTEGER, true, fusion),
    FIELD("cover_length", REAL, true, cover_length),
    FIELD("bias", FLAG, false, bias),
    {0},
};

static const struct field nn_fields[] = {
    FIELD("representer_heads", INTEGER, true, representer_heads),
    FIELD("representer_feed_forward", INTEGER, true, representer_feed_forward),
    FIELD("layer_scale", REAL, true, layer_scale),
    {0},
};

static const struct field avg_fields[] = {FIELD("window", INTEGER, false, window), {0}};

static const struct field cnn_fields[] = {
    FIELD("window", INTEGER, false, window),
    FIELD("channels", INTEGER, false, channels),
    {0},
};

static const struct field gru_fields[] = {
    FIELD("window", INTEGER, false, window),
    FIELD("hidden", INTEGER, false, hidden),
    {0},
};

static const struct field transformer_fields[] = {
    FIELD("window", INTEGER, false, window),
    FIELD("heads", INTEGER, false, heads),
    FIELD("feed_forward", INTEGER, false, feed_forward),
    FIELD("position_init_std", REAL, true, position_init_std),
    {0},
};

static const struct field pool_fields[] = {
    FIELD("weights", FLAG, false, attention),
    FIELD("residual", INTEGER, false, residual),
    FIELD("mean_scale", REAL, false, mean_scale),
    {0},
};

static const struct field *const representer_fields[RTA_REPRESENTERS] = {[RTA_NN] = nn_fields};
static const struct field *const aggregator_fields[RTA_AGGREGATORS] = {
    [RTA_AVG] = avg_fields,   [RTA_CNN] = cnn_fields, [RTA_GRU] = gru_fields, [RTA_TRANSFORMER] = transformer_fields,
    [RTA_POOL] = pool_fields,
};

static void set_field(const struct field *field, double value, struct rta_shape *shape)
{
    void *member = (char *)shape + field->offset;
    switch (field->type) {
    case INTEGER:
        *(int64_t *)member = (int64_t)value;
        break;
    case REAL:
        *(float *)member = (float)value;
        break;
    case FLAG:
        *(bool *)member = value > 0;
        break;
    }
}

static enum status read_fields(const struct field *fields, const struct setting_source *source, bool training,
                               struct rta_shape *shape, struct error *error)
{
    enum status status = STATUS_OK;
    for (const struct field *field = fields; field && field->key && status == STATUS_OK; field++) {
        double value;
        if (field->training && !training)
            continue;
        status = source->read(source->context, field->key, &value, error);
        if (status == STATUS_OK)
            set_field(field, value, shape);
    }
    return status;
}

static enum status read_objective(const struct rta_kind *kind, const struct setting_source *source,
                                  enum rta_objective *objective, struct error *error)
{
    double value = RTA_FULL_SOFTMAX;
    enum status status = STATUS_OK;
    if (rta_aggregators[kind->aggregator].apply) /* otherwise the kind allows no choice */
        status = source->read(source->context, "objective", &value, error);
    *objective = value > 0 ? RTA_FULL_SOFTMAX : RTA_NEXT_TRACK;
    return status;
}

enum status rta_shape_read(const struct rta_kind *kind, const struct setting_source *source, bool training,
                           struct rta_shape *shape, enum rta_objective *objective, struct error *error)
{
    *shape = (struct rta_shape){.representer = kind->representer, .aggregator = kind->aggregator};
    enum status status = read_objective(kind, source, objective, error);
    if (status == STATUS_OK)
        status = read_fields(common_fields, source, training, shape, error);
    if (status == STATUS_OK)
        status = read_fields(representer_fields[kind->representer], source, training, shape, error);
    if (status == STATUS_OK)
        status = read_fields(aggregator_fields[kind->aggregator], source, training, shape, error);
    shape->bias = shape->bias && *objective == RTA_FULL_SOFTMAX;
    return status;
}

const struct rta_kind *rta_kind_of(const struct recommender_ops *ops)
{
    return ops->variant;
}

/* ---- the kinds ---- */

/* Groups of settings, in the order in which they are stored. */
#define GROUPS(...) ((const struct setting_rule *const[]){start_rules, cover_rules, training_rules, __VA_ARGS__, NULL})
#define BOTH_OBJECTIVES next_track_rules, objective_rules, full_softmax_rules

/* Preset values of single kinds. If a key occurs twice, the later one applies. */
#define OWN(...) ((const struct setting_default[]){__VA_ARGS__, {NULL, 0, 0}})
#define PRESET(key, mpd, small)                                                                                        \
    {                                                                                                                  \
        key, mpd, small                                                                                                \
    }
#define FEW_NEGATIVES                                                                                                  \
    PRESET("negatives", 500, 500), PRESET("hard", 18, 18), PRESET("easy", 53, 53), PRESET("halve_every", 8000, 264)
#define AVG_OWN                                                                                                        \
    PRESET("length", 0, 0), PRESET("epochs", 1, 0), PRESET("learning_rate", 0.01, 0.01),                               \
        PRESET("weight_decay", 5.3e-6, 0), PRESET("halve_every", 8000, 0), PRESET("objective", 0, 0)
#define CNN_OWN                                                                                                        \
    PRESET("epochs", 10, 16), PRESET("learning_rate", 0.5, 0.5), PRESET("weight_decay", 1.9e-5, 1e-4), FEW_NEGATIVES
#define GRU_OWN PRESET("length", 0, 3), PRESET("epochs", 16, 8), PRESET("learning_rate", 0.63, 0.63)
#define POOL_OWN PRESET("softmax_learning_rate", 3e-3, 3e-3)
/* With the full softmax an NN represents thousands of tracks in every step. Each epoch takes long, so there are few. */
#define NN_OWN                                                                                                         \
    PRESET("length", 0, 0.1), PRESET("epochs", 30, 8), PRESET("learning_rate", 0.13, 0.13),                            \
        PRESET("weight_decay", 0, 1e-4), PRESET("bias", 1, 0), FEW_NEGATIVES

#define MF RTA_MF, false
#define FM RTA_FM, true
#define NN RTA_NN, true
/* Several ranks cannot train a CNN: it normalises over the whole batch. */
#define KIND(name, representer, aggregator, rules, own) KIND_ROW(name, representer, aggregator, rules, own)
#define KIND_ROW(name, representer_, side, aggregator_, rules, own)                                                    \
    {                                                                                                                  \
        .kind = name, .settings = {rules, own},                                                                        \
        .variant = &(const struct rta_kind){.representer = representer_, .aggregator = aggregator_},                   \
        .uses_side_info = side, .takes_features = true, .takes_ranks = (aggregator_) != RTA_CNN, .train = rta_train,   \
        .open = rta_open, .close = rta_close, .recommend = rta_recommend, .score = rta_score, .ranks = rta_ranks,      \
        .reasons = rta_reasons, .knows = rta_knows, .score_parts = rta_score_parts,                                    \
        .track_vectors = rta_track_vectors, .factors = rta_factors, .searched = rta_searched                           \
    }

static const struct recommender_ops kinds[] = {
    KIND("mf-avg", MF, RTA_AVG, GROUPS(BOTH_OBJECTIVES, sampling_rules), OWN(AVG_OWN)),
    KIND("fm-avg", FM, RTA_AVG, GROUPS(BOTH_OBJECTIVES, sampling_rules), OWN(AVG_OWN)),
    KIND("nn-avg", NN, RTA_AVG, GROUPS(BOTH_OBJECTIVES, nn_rules), OWN(NN_OWN)),
    KIND("mf-cnn", MF, RTA_CNN, GROUPS(BOTH_OBJECTIVES, sampling_rules, cnn_rules), OWN(CNN_OWN)),
    KIND("fm-cnn", FM, RTA_CNN, GROUPS(BOTH_OBJECTIVES, sampling_rules, cnn_rules), OWN(CNN_OWN)),
    KIND("nn-cnn", NN, RTA_CNN, GROUPS(BOTH_OBJECTIVES, cnn_rules, nn_rules), OWN(CNN_OWN, PRESET("epochs", 10, 8))),
    KIND("mf-gru", MF, RTA_GRU, GROUPS(BOTH_OBJECTIVES, sampling_rules, gru_rules), OWN(GRU_OWN)),
    KIND("fm-gru", FM, RTA_GRU, GROUPS(BOTH_OBJECTIVES, sampling_rules, gru_rules), OWN(GRU_OWN)),
    KIND("nn-gru", NN, RTA_GRU, GROUPS(BOTH_OBJECTIVES, gru_rules, nn_rules), OWN(GRU_OWN)),
    KIND("mf-transformer", MF, RTA_TRANSFORMER, GROUPS(BOTH_OBJECTIVES, sampling_rules, transformer_rules),
         OWN(PRESET("length", 0, 0.1), PRESET("epochs", 18, 16), PRESET("bias", 1, 0), PRESET("dropout", 0.13, 0.3))),
    KIND("fm-transformer", FM, RTA_TRANSFORMER, GROUPS(BOTH_OBJECTIVES, sampling_rules, transformer_rules),
         OWN(PRESET("length", 0, 0.1), PRESET("epochs", 30, 16), PRESET("weight_decay", 0, 1e-4),
             PRESET("hard", 37, 37), PRESET("easy", 3, 3))),
    KIND("nn-transformer", NN, RTA_TRANSFORMER, GROUPS(BOTH_OBJECTIVES, transformer_rules, nn_rules),
         OWN(NN_OWN, PRESET("dropout", 0.1, 0.3))),
    KIND("mf-pool", MF, RTA_POOL, GROUPS(full_softmax_rules, sampling_rules, pool_rules),
         OWN(POOL_OWN, PRESET("epochs", 16, 24))),
    KIND("fm-pool", FM, RTA_POOL, GROUPS(full_softmax_rules, sampling_rules, pool_rules),
         OWN(POOL_OWN, PRESET("epochs", 16, 24))),
    KIND("nn-pool", NN, RTA_POOL, GROUPS(full_softmax_rules, pool_rules, nn_rules),
         OWN(POOL_OWN, PRESET("epochs", 16, 8))),
};

const struct model_family rta_family = {
    .help = "mf-..., fm-..., nn-...: represent, then aggregate. A track is its own vector (mf), the mean of the\n"
            "vectors of track, album, artist, popularity and duration (fm), or what a small transformer makes of\n"
            "the five (nn), with a part for each set of --features. A playlist is the mean of its tracks (-avg),\n"
            "what a convolutional (-cnn), recurrent (-gru) or attention (-transformer) network makes of them in\n"
            "their order, or their mean refined by a small network (-pool).\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
