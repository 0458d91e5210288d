#include <string.h>

#include "models/rta/rta.h"

/* The twelve kinds: representer x aggregator, and what they can be told. Preset `mpd` has the published values for the
 * Million Playlist Dataset. */

static const char *const position_choices[] = {"same", "reference"};

#define START_RULES(scale_small)                                                                                       \
    {"factors", 128, 128, 1, 1024, true, "length of the embeddings, and factors of the ALS that starts them", NULL},   \
        {"iterations", 10, 10, 1, 1000, true, "of that ALS", NULL},                                                    \
        {"regularization", 12, 12, 1e-6, 1e9, false, "of that ALS, lambda", NULL},                                     \
        {"alpha", 0, 0, 0, 1e9, false, "of that ALS: extra confidence of what a playlist holds", NULL},                \
    {                                                                                                                  \
        "scale", 1, scale_small, 1e-6, 1e6, false, "factor on the vectors that start the embeddings", NULL             \
    }

#define COVER_RULES                                                                                                    \
    {"cover_hidden", 300, 300, 1, 4096, true, "hidden width of the cover adaptor", NULL},                              \
        {"cover_width", 64, 64, 1, 1024, true, "numbers that the cover adds to a track's vector", NULL},               \
    {                                                                                                                  \
        "extra", 0, 0, 0, 1, true, "1: one more linear map over song and cover", NULL                                  \
    }

#define TRAINING_RULES(neg_m, hard_m, easy_m, neg_s, hard_s, easy_s, epochs_m, epochs_s, rate_m, rate_s, every_m,      \
                       every_s, decay_m, decay_s)                                                                      \
    {"window", 11, 11, 2, 256, true, "consecutive tracks of a playlist that a step sees", NULL},                       \
        {"batch", 128, 128, 1, 65536, true, "playlists a step", NULL},                                                 \
        {"negatives", neg_m, neg_s, 1, 100000, true, "tracks drawn against each playlist", NULL},                      \
        {"hard", hard_m, hard_s, 0, 100000, true, "of these, how many of the best-scoring ones count", NULL},          \
        {"easy", easy_m, easy_s, 0, 100000, true, "of these, how many of the first ones count", NULL},                 \
        {"epochs", epochs_m, epochs_s, 0, 10000, true, "times that every playlist is seen", NULL},                     \
        {"rate", rate_m, rate_s, 0, 1000, false, "learning rate", NULL},                                               \
        {"halve_every", every_m, every_s, 0, 1e9, true, "steps after which the rate is halved; 0: never", NULL},       \
        {"halve_early", every_m > 0 ? 1000 : 0, 0, 0, 1e9, true, "steps that the first halving comes earlier", NULL},  \
        {"momentum", 0.9, 0.9, 0, 0.9999, false, "Nesterov momentum", NULL},                                           \
        {"decay", decay_m, decay_s, 0, 1, false, "weight decay", NULL},                                                \
        {"clip", 1, 1, 0, 1e9, false, "largest norm of the gradient; 0: any", NULL},                                   \
    {                                                                                                                  \
        "validate_every", 1, 1, 1, 10000, true, "epochs between looks at the validation playlists", NULL               \
    }

#define AVG_RULES                                                                                                      \
    {                                                                                                                  \
        "dropout", 0, 0, 0, 0.95, false, "share of the inputs that a step does not see", NULL                          \
    }

#define CNN_RULES(dropout_m, dropout_s)                                                                                \
    {"dropout", dropout_m, dropout_s, 0, 0.95, false, "dropout of the aggregator", NULL},                              \
    {                                                                                                                  \
        "channels", 444, 444, 1, 4096, true, "of the convolutions", NULL                                               \
    }

#define GRU_RULES                                                                                                      \
    {                                                                                                                  \
        "hidden", 400, 400, 1, 4096, true, "width of the recurrent layers", NULL                                       \
    }

#define TRANSFORMER_RULES(dropout_m, dropout_s)                                                                        \
    {"dropout", dropout_m, dropout_s, 0, 0.95, false, "dropout of the aggregator", NULL},                              \
        {"heads", 8, 8, 1, 64, true, "attention heads", NULL},                                                         \
        {"feed_forward", 4096, 4096, 1, 65536, true, "hidden width of the block", NULL},                               \
    {                                                                                                                  \
        "positions", 1, 1, 0, 1, true, "rows of the position table for seeds", position_choices                        \
    }

#define NN_RULES                                                                                                       \
    {"representer_heads", 8, 8, 1, 64, true, "attention heads of the representer", NULL},                              \
        {"representer_feed_forward", 1024, 1024, 1, 65536, true, "hidden width of the representer", NULL},             \
    {                                                                                                                  \
        "representer_dropout", 0, 0, 0, 0.95, false, "dropout of the representer", NULL                                \
    }

#define MF_AVG_TRAINING TRAINING_RULES(1000, 40, 10, 1000, 40, 10, 1, 0, 0.01, 0.01, 8000, 0, 5.3e-6, 0)
#define CNN_TRAINING TRAINING_RULES(500, 18, 53, 500, 18, 53, 10, 16, 0.5, 0.5, 8000, 264, 1.9e-5, 1e-4)
#define GRU_TRAINING TRAINING_RULES(1000, 40, 10, 1000, 40, 10, 16, 16, 0.63, 0.63, 12000, 264, 1.53e-5, 1e-4)
#define MF_TRANSFORMER_TRAINING TRAINING_RULES(1000, 40, 10, 1000, 40, 10, 18, 16, 1, 1, 12000, 264, 1.53e-5, 1e-4)
#define FM_TRANSFORMER_TRAINING TRAINING_RULES(1000, 37, 3, 1000, 37, 3, 30, 16, 1, 1, 12000, 264, 0, 1e-4)
#define NN_TRANSFORMER_TRAINING TRAINING_RULES(500, 18, 53, 500, 18, 53, 30, 16, 0.13, 0.13, 8000, 264, 0, 1e-4)

/* One kind: its rules, and the operations that all twelve share. */
#define KIND(name, text, side, ...)                                                                                    \
    static const struct setting_rule name##_rules[] = {__VA_ARGS__};                                                   \
    const struct recommender_ops name##_ops = {.kind = text,                                                           \
                                               .rules = name##_rules,                                                  \
                                               .n_rules = sizeof name##_rules / sizeof name##_rules[0],                \
                                               .wants_side = side,                                                     \
                                               .takes_covers = true,                                                   \
                                               .train = rta_train,                                                     \
                                               .open = rta_open,                                                       \
                                               .close = rta_close,                                                     \
                                               .recommend = rta_recommend,                                             \
                                               .cover_parts = rta_cover_parts}

KIND(mf_avg, "mf-avg", false, START_RULES(1), COVER_RULES, MF_AVG_TRAINING, AVG_RULES);
KIND(fm_avg, "fm-avg", true, START_RULES(1), COVER_RULES, MF_AVG_TRAINING, AVG_RULES);
KIND(nn_avg, "nn-avg", true, START_RULES(20), COVER_RULES, NN_TRANSFORMER_TRAINING, AVG_RULES, NN_RULES);
KIND(mf_cnn, "mf-cnn", false, START_RULES(20), COVER_RULES, CNN_TRAINING, CNN_RULES(0.2, 0.2));
KIND(fm_cnn, "fm-cnn", true, START_RULES(20), COVER_RULES, CNN_TRAINING, CNN_RULES(0.2, 0.2));
KIND(nn_cnn, "nn-cnn", true, START_RULES(20), COVER_RULES, CNN_TRAINING, CNN_RULES(0.2, 0.2), NN_RULES);
KIND(mf_gru, "mf-gru", false, START_RULES(20), COVER_RULES, GRU_TRAINING, GRU_RULES);
KIND(fm_gru, "fm-gru", true, START_RULES(20), COVER_RULES, GRU_TRAINING, GRU_RULES);
KIND(nn_gru, "nn-gru", true, START_RULES(20), COVER_RULES, GRU_TRAINING, GRU_RULES, NN_RULES);
KIND(mf_transformer, "mf-transformer", false, START_RULES(20), COVER_RULES, MF_TRANSFORMER_TRAINING,
     TRANSFORMER_RULES(0.13, 0.3));
KIND(fm_transformer, "fm-transformer", true, START_RULES(50), COVER_RULES, FM_TRANSFORMER_TRAINING,
     TRANSFORMER_RULES(0, 0.3));
KIND(nn_transformer, "nn-transformer", true, START_RULES(20), COVER_RULES, NN_TRANSFORMER_TRAINING,
     TRANSFORMER_RULES(0.1, 0.3), NN_RULES);

struct rta_kind rta_kind_of(const char *kind)
{
    static const char *const aggregators[] = {"avg", "cnn", "gru", "transformer"};
    struct rta_kind found = {kind[0] == 'm' ? RTA_MF : kind[0] == 'f' ? RTA_FM : RTA_NN, RTA_AVG};
    for (int i = 0; i < 4; i++)
        if (strcmp(kind + 3, aggregators[i]) == 0)
            found.aggregator = (enum rta_aggregator)i;
    return found;
}
