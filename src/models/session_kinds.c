#include <math.h>

#include "models/session_knn.h"

/* SKNN, VSKNN, STAN and VSTAN as settings of one formula (session_knn.h). Preset "small" differs from the published
 * values for VSTAN only (docs/results/). */

#define NEIGHBOURS(k)                                                                                                  \
    {"k", k, k, 1, 1e9, true, "nearest playlists that recommend", NULL, NULL},                                         \
    {                                                                                                                  \
        "sample", 2500, 2500, 0, 1e9, true, "candidate playlists, at most; 0 takes all", NULL, NULL                    \
    }
#define SEED_WEIGHT "positions back from the newest given track at which its weight falls to 1/e"
#define POSITION_WEIGHT "positions from a given track at which a neighbour's track falls to 1/e"
#define MATCH_WEIGHT "positions back to the newest track in common at which a neighbour falls to 1/e"

static const struct setting_rule sknn_rules[] = {NEIGHBOURS(1500), {0}};

static const struct setting_rule stan_rules[] = {
    NEIGHBOURS(1500),
    {"sp_w", 16, 16, 1e-9, 1e9, false, SEED_WEIGHT, NULL, NULL},
    {"in_w", 128, 128, 1e-9, 1e9, false, POSITION_WEIGHT, NULL, NULL},
    {0},
};

static const struct setting_rule vstan_rules[] = {
    NEIGHBOURS(2000),
    {"sp_w", 1e-5, 64, 1e-9, 1e9, false, SEED_WEIGHT, NULL, NULL},
    {"in_w", 8, 512, 1e-9, 1e9, false, POSITION_WEIGHT, NULL, NULL},
    {"ip_w", 1.02, 64, 1e-9, 1e9, false, MATCH_WEIGHT, NULL, NULL},
    {"idf_w", 5, 0, 0, 1e9, false, "weight of a track's rarity", NULL, NULL},
    {0},
};

/* Formulas whose other terms are settings of the kind. */
static const struct session_formula sknn = {.cosine = true, .seed_decay = INFINITY, .position_decay = INFINITY},
                                    vsknn = {.seed_decay = INFINITY, .position_decay = INFINITY, .match = MATCH_DIV},
                                    stan = {.cosine = true}, vstan = {.cosine = true, .match = MATCH_EXP};

static enum status open_kind(struct recommender *recommender, struct error *error)
{
    struct session_formula formula = *(const struct session_formula *)recommender->ops->variant;
    double k = 0, sample = 0;
    const struct {
        const char *key;
        double *value;
    } targets[] = {{"k", &k},
                   {"sample", &sample},
                   {"sp_w", &formula.seed_decay},
                   {"in_w", &formula.position_decay},
                   {"ip_w", &formula.match_decay},
                   {"idf_w", &formula.idf}};
    struct setting_rule list[SETTINGS_MAX];
    size_t count = settings_list(&recommender->ops->settings, list); /* the first rules of these, in this order */
    for (size_t i = 0; i < count; i++) {
        enum status status = recommender_setting(recommender, targets[i].key, targets[i].value, error);
        if (status != STATUS_OK)
            return status;
    }
    formula.k = (int64_t)k;
    formula.sample = (int64_t)sample;
    return session_knn_open(recommender, &formula, error);
}

#define KIND(name, text, setting_rules)                                                                                \
    {                                                                                                                  \
        .kind = text, .settings = {.groups = (const struct setting_rule *const[]){setting_rules, NULL}},               \
        .variant = &(name), .train = session_knn_train, .open = open_kind, .close = session_knn_close,                 \
        .recommend = session_knn_recommend, .score = session_knn_score, .ranks = session_knn_ranks,                    \
        .reasons = session_knn_reasons                                                                                 \
    }

static const struct recommender_ops kinds[] = {
    KIND(sknn, "sknn", sknn_rules),
    KIND(vsknn, "vsknn", sknn_rules),
    KIND(stan, "stan", stan_rules),
    KIND(vstan, "vstan", vstan_rules),
};

const struct model_family session_family = {
    .help = "sknn, vsknn, stan, vstan: the tracks of the k most similar training playlists (session-based nearest\n"
            "neighbours).\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
