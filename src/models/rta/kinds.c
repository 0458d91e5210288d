#include <string.h>

#include "models/rta/rta.h"

/* The kinds, representer x aggregator, and what they can be told. Preset `mpd` has the published values for the Million
 * Playlist Dataset, where there are some: none were for a pool. */

static const char *const position_choices[] = {"same", "reference"};
static const char *const objective_choices[] = {"next", "rest"};
static const char *const order_choices[] = {"first", "any"};
static const char *const weight_choices[] = {"equal", "learned"};

/* Where a macro has two values, they are those of presets mpd and small. */
#define RULE(key, mpd, small, low, high, whole, meaning)                                                               \
    {                                                                                                                  \
        key, mpd, small, low, high, whole, meaning, NULL                                                               \
    }

#define START_RULES(lambda_s, length_s)                                                                                \
    RULE("factors", 128, 128, 1, 1024, true, "length of the embeddings, and factors of the ALS that starts them"),     \
        RULE("iterations", 10, 10, 1, 1000, true, "of that ALS"),                                                      \
        RULE("regularization", 12, lambda_s, 1e-6, 1e9, false, "of that ALS, lambda"),                                 \
        RULE("alpha", 0, 0, 0, 1e9, false, "of that ALS: extra confidence of what a playlist holds"),                  \
        RULE("length", 0, length_s, 0, 1e6, false,                                                                     \
             "mean length of the vectors that start; 0: as that ALS gives them"),                                      \
        RULE("scale", 1, 1, 1e-6, 1e6, false, "factor on these vectors")

#define COVER_RULES                                                                                                    \
    RULE("cover_hidden", 300, 300, 1, 4096, true, "hidden width of the cover adaptor"),                                \
        RULE("cover_width", 64, 64, 1, 1024, true, "numbers that the cover adds to a track's vector"),                 \
        RULE("extra", 0, 0, 0, 1, true, "1: one more linear map over song and cover")

#define COURSE_RULES(epochs_m, epochs_s)                                                                               \
    RULE("batch", 128, 0, 0, 65536, true, "playlists a step; 0: a sixteenth of them, at most 128"),                    \
        RULE("epochs", epochs_m, epochs_s, 0, 10000, true, "times that every playlist is seen"),                       \
        RULE("clip", 1, 1, 0, 1e9, false, "largest norm of the gradient; 0: any"),                                     \
        RULE("validate_every", 1, 1, 1, 10000, true, "epochs between looks at the validation playlists")

#define NEXT_RULES(rate_m, rate_s, decay_m, decay_s, negatives, hard, easy, every_m, every_s)                          \
    RULE("rate", rate_m, rate_s, 0, 1000, false, "objective next: learning rate"),                                     \
        RULE("decay", decay_m, decay_s, 0, 1, false, "objective next: weight decay"),                                  \
        RULE("window", 11, 11, 2, 256, true, "consecutive tracks of a playlist that a step sees"),                     \
        RULE("negatives", negatives, negatives, 1, 100000, true, "tracks drawn against each playlist"),                \
        RULE("hard", hard, hard, 0, 100000, true, "of these, how many of the best-scoring ones count"),                \
        RULE("easy", easy, easy, 0, 100000, true, "of these, how many of the first ones count"),                       \
        RULE("halve_every", every_m, every_s, 0, 1e9, true, "steps after which the rate is halved; 0: never"),         \
        RULE("halve_early", 1000, 0, 0, 1e9, true, "steps that the first halving comes earlier"),                      \
        RULE("momentum", 0.9, 0.9, 0, 0.9999, false, "Nesterov momentum")

#define OBJECTIVE_RULE(objective_s)                                                                                    \
    {                                                                                                                  \
        "objective", 0, objective_s, 0, 1, true,                                                                       \
            "what is learned: the next track against negatives, or the rest of a playlist", objective_choices          \
    }

#define REST_RULES(rate_s, bias_s)                                                                                     \
    RULE("rest_rate", 3e-3, rate_s, 0, 1000, false, "objective rest: learning rate at the start, falling to 0"),       \
        RULE("rest_decay", 1e-5, 1e-5, 0, 1, false, "objective rest: weight decay of the embeddings"),                 \
        RULE("given", 10, 10, 1, 1000, true, "objective rest: most tracks that are given of a playlist"),              \
        {"order", 1, 1, 0, 1, true, "objective rest: which tracks are given", order_choices},                          \
        RULE("borrowed", 0, 0.5, 0, 1, false, "objective rest: share of playlists that are to give a similar one's"),  \
        RULE("neighbours", 50, 50, 1, 10000, true, "objective rest: similar playlists that are known of each"),        \
        RULE("sharpness", 20, 20, 0, 1000, false, "objective rest: how much the more similar ones are preferred"),     \
        RULE("bias", 1, bias_s, 0, 1, true, "objective rest: 1: each track learns a number beside its vector"),        \
        RULE("network_decay", 3e-3, 3e-3, 0, 1, false, "objective rest: weight decay of all but the embeddings")

#define POOL_RULES                                                                                                     \
    {"weights", 0, 0, 0, 1, true, "of the tracks in the mean", weight_choices},                                        \
        RULE("residual", 512, 512, 0, 65536, true, "hidden width of the path beside the mean; 0: none"),               \
        RULE("amplified", 10, 10, 0, 1e6, false, "factor on the mean in that path; 0: a layer norm instead"),          \
        RULE("dropout", 0.5, 0.5, 0, 0.95, false, "dropout of the mean"),                                              \
        RULE("residual_dropout", 0.3, 0.3, 0, 0.95, false, "dropout of the path beside it")

#define CNN_RULES(dropout_m, dropout_s)                                                                                \
    RULE("dropout", dropout_m, dropout_s, 0, 0.95, false, "dropout of the aggregator"),                                \
        RULE("channels", 444, 444, 1, 4096, true, "of the convolutions")

#define GRU_RULES RULE("hidden", 400, 400, 1, 4096, true, "width of the recurrent layers")

#define TRANSFORMER_RULES(dropout_m, dropout_s)                                                                        \
    RULE("dropout", dropout_m, dropout_s, 0, 0.95, false, "dropout of the aggregator"),                                \
        RULE("heads", 8, 8, 1, 64, true, "attention heads"),                                                           \
        RULE("feed_forward", 4096, 4096, 1, 65536, true, "hidden width of the block"),                                 \
        RULE("position_spread", 1, 0.005, 0, 1e6, false, "standard deviation of the position table's start"),          \
    {                                                                                                                  \
        "positions", 1, 1, 0, 1, true, "rows of the position table for seeds", position_choices                        \
    }

/* An NN alone forgets on a small catalogue what the ALS knew; beside the track's own embedding it starts from there. */
#define NN_RULES                                                                                                       \
    RULE("representer_heads", 8, 8, 1, 64, true, "attention heads of the representer"),                                \
        RULE("representer_feed_forward", 1024, 256, 1, 65536, true, "hidden width of the representer"),                \
        RULE("representer_dropout", 0, 0, 0, 0.95, false, "dropout of the representer"),                               \
        RULE("beside", 0, 0.01, 0, 1e6, false,                                                                         \
             "so much of its result is added to the track's embedding; 0: its result alone, as published"),            \
        RULE("among", 0, 2048, 0, 1e9, true, "objective rest: tracks of no playlist of a step in its softmax; 0: all")

#define COMMON_RULES(lambda_s, length_s) START_RULES(lambda_s, length_s), COVER_RULES
enum { NEXT, REST };
#define OBJECTIVE_RULES(objective_s, bias_s) OBJECTIVE_RULE(objective_s), REST_RULES(1e-3, bias_s)

#define MF_AVG_RULES                                                                                                   \
    COURSE_RULES(1, 0), NEXT_RULES(0.01, 0.01, 5.3e-6, 0, 1000, 40, 10, 8000, 0), OBJECTIVE_RULES(NEXT, 1)
#define CNN_TRAINING(epochs_s)                                                                                         \
    COURSE_RULES(10, epochs_s), NEXT_RULES(0.5, 0.5, 1.9e-5, 1e-4, 500, 18, 53, 8000, 264), OBJECTIVE_RULES(REST, 1)
#define GRU_TRAINING(epochs_s)                                                                                         \
    COURSE_RULES(16, epochs_s), NEXT_RULES(0.63, 0.63, 1.53e-5, 1e-4, 1000, 40, 10, 12000, 264),                       \
        OBJECTIVE_RULES(REST, 1)
#define MF_TRANSFORMER_TRAINING                                                                                        \
    COURSE_RULES(18, 16), NEXT_RULES(1, 1, 1.53e-5, 1e-4, 1000, 40, 10, 12000, 264), OBJECTIVE_RULES(REST, 0)
#define FM_TRANSFORMER_TRAINING                                                                                        \
    COURSE_RULES(30, 16), NEXT_RULES(1, 1, 0, 1e-4, 1000, 37, 3, 12000, 264), OBJECTIVE_RULES(REST, 1)
/* An NN represents thousands of tracks at every step of objective rest: few epochs, as each takes long. */
#define NN_TRAINING                                                                                                    \
    COURSE_RULES(30, 8), NEXT_RULES(0.13, 0.13, 0, 1e-4, 500, 18, 53, 8000, 264), OBJECTIVE_RULES(REST, 0)
#define POOL_TRAINING(epochs_s) COURSE_RULES(16, epochs_s), REST_RULES(3e-3, 1)

/* One kind: its rules, and the operations that all share. */
#define KIND(name, text, side, ...)                                                                                    \
    static const struct setting_rule name##_rules[] = {__VA_ARGS__};                                                   \
    const struct recommender_ops name##_ops = {.kind = text,                                                           \
                                               .rules = name##_rules,                                                  \
                                               .n_rules = sizeof name##_rules / sizeof name##_rules[0],                \
                                               .uses_side_info = side,                                                 \
                                               .takes_features = true,                                                 \
                                               .train = rta_train,                                                     \
                                               .open = rta_open,                                                       \
                                               .close = rta_close,                                                     \
                                               .recommend = rta_recommend,                                             \
                                               .knows = rta_knows,                                                     \
                                               .feature_parts = rta_feature_parts}

KIND(mf_avg, "mf-avg", false, COMMON_RULES(8, 0), MF_AVG_RULES);
KIND(fm_avg, "fm-avg", true, COMMON_RULES(8, 0), MF_AVG_RULES);
KIND(nn_avg, "nn-avg", true, COMMON_RULES(8, 0.1), NN_TRAINING, NN_RULES);
KIND(mf_cnn, "mf-cnn", false, COMMON_RULES(8, 0.35), CNN_TRAINING(16), CNN_RULES(0.2, 0.2));
KIND(fm_cnn, "fm-cnn", true, COMMON_RULES(8, 0.35), CNN_TRAINING(16), CNN_RULES(0.2, 0.2));
KIND(nn_cnn, "nn-cnn", true, COMMON_RULES(8, 0.35), CNN_TRAINING(8), CNN_RULES(0.2, 0.2), NN_RULES);
KIND(mf_gru, "mf-gru", false, COMMON_RULES(8, 3), GRU_TRAINING(8), GRU_RULES);
KIND(fm_gru, "fm-gru", true, COMMON_RULES(8, 3), GRU_TRAINING(8), GRU_RULES);
KIND(nn_gru, "nn-gru", true, COMMON_RULES(8, 3), GRU_TRAINING(8), GRU_RULES, NN_RULES);
KIND(mf_transformer, "mf-transformer", false, COMMON_RULES(8, 0.1), MF_TRANSFORMER_TRAINING,
     TRANSFORMER_RULES(0.13, 0.3));
KIND(fm_transformer, "fm-transformer", true, COMMON_RULES(8, 0.1), FM_TRANSFORMER_TRAINING, TRANSFORMER_RULES(0, 0.3));
KIND(nn_transformer, "nn-transformer", true, COMMON_RULES(8, 0.1), NN_TRAINING, TRANSFORMER_RULES(0.1, 0.3), NN_RULES);
KIND(mf_pool, "mf-pool", false, COMMON_RULES(8, 0.35), POOL_TRAINING(24), POOL_RULES);
KIND(fm_pool, "fm-pool", true, COMMON_RULES(8, 0.35), POOL_TRAINING(24), POOL_RULES);
KIND(nn_pool, "nn-pool", true, COMMON_RULES(8, 0.35), POOL_TRAINING(8), POOL_RULES, NN_RULES);

struct rta_kind rta_kind_of(const char *kind)
{
    static const char *const aggregators[] = {"avg", "cnn", "gru", "transformer", "pool"};
    struct rta_kind found = {kind[0] == 'm' ? RTA_MF : kind[0] == 'f' ? RTA_FM : RTA_NN, RTA_AVG};
    for (int i = 0; i < 5; i++)
        if (strcmp(kind + 3, aggregators[i]) == 0)
            found.aggregator = (enum rta_aggregator)i;
    return found;
}
