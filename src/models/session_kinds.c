#include <math.h>

#include "models/session_knn.h"

/* SKNN, VSKNN, STAN and VSTAN as settings of one formula (session_knn.h). Preset "small" differs from the published
 * values for VSTAN alone: docs/results/ says what others gave. */

enum { SKNN_RULES = 2, STAN_RULES = 4, VSTAN_RULES = 6 };

#define NEIGHBOURS(k)                                                                                                  \
    {"k", k, k, 1, 1e9, true, "nearest playlists that recommend", NULL},                                               \
    {                                                                                                                  \
        "sample", 2500, 2500, 0, 1e9, true, "most playlists to look for them among; 0 takes all", NULL                 \
    }

static const struct setting_rule sknn_rules[SKNN_RULES] = {NEIGHBOURS(1500)};

static const struct setting_rule stan_rules[STAN_RULES] = {
    NEIGHBOURS(1500),
    {"sp_w", 16, 16, 1e-9, 1e9, false, "places back from the newest given track at which its weight falls to 1/e",
     NULL},
    {"in_w", 128, 128, 1e-9, 1e9, false, "places from a given track at which a neighbour's track falls to 1/e", NULL},
};

static const struct setting_rule vstan_rules[VSTAN_RULES] = {
    NEIGHBOURS(2000),
    {"sp_w", 1e-5, 64, 1e-9, 1e9, false, "places back from the newest given track at which its weight falls to 1/e",
     NULL},
    {"in_w", 8, 512, 1e-9, 1e9, false, "places from a given track at which a neighbour's track falls to 1/e", NULL},
    {"ip_w", 1.02, 64, 1e-9, 1e9, false, "places back to the newest track in common at which a neighbour falls to 1/e",
     NULL},
    {"idf_w", 5, 0, 0, 1e9, false, "weight of a track's rarity", NULL},
};

/* Reads the settings that the kind has into the formula. */
static enum status open_with(struct recommender *recommender, struct session_formula formula, struct error *error)
{
    double k = 0, sample = 0;
    const struct {
        const char *key;
        double *value;
    } settings[VSTAN_RULES] = {{"k", &k},
                               {"sample", &sample},
                               {"sp_w", &formula.seed_decay},
                               {"in_w", &formula.place_decay},
                               {"ip_w", &formula.match_decay},
                               {"idf_w", &formula.idf}};
    for (size_t i = 0; i < recommender->ops->n_rules; i++) {
        enum status status = recommender_setting(recommender, settings[i].key, settings[i].value, error);
        if (status != STATUS_OK)
            return status;
    }
    formula.k = (int64_t)k;
    formula.sample = (int64_t)sample;
    return session_knn_open(recommender, &formula, error);
}

static enum status open_sknn(struct recommender *recommender, struct error *error)
{
    const struct session_formula formula = {.cosine = true, .seed_decay = INFINITY, .place_decay = INFINITY};
    return open_with(recommender, formula, error);
}

static enum status open_vsknn(struct recommender *recommender, struct error *error)
{
    const struct session_formula formula = {.seed_decay = INFINITY, .place_decay = INFINITY, .match = MATCH_DIV};
    return open_with(recommender, formula, error);
}

static enum status open_stan(struct recommender *recommender, struct error *error)
{
    return open_with(recommender, (struct session_formula){.cosine = true}, error);
}

static enum status open_vstan(struct recommender *recommender, struct error *error)
{
    return open_with(recommender, (struct session_formula){.cosine = true, .match = MATCH_EXP}, error);
}

const struct recommender_ops sknn_ops = {.kind = "sknn",
                                         .rules = sknn_rules,
                                         .n_rules = SKNN_RULES,
                                         .train = session_knn_train,
                                         .open = open_sknn,
                                         .close = session_knn_close,
                                         .recommend = session_knn_recommend};

const struct recommender_ops vsknn_ops = {.kind = "vsknn",
                                          .rules = sknn_rules,
                                          .n_rules = SKNN_RULES,
                                          .train = session_knn_train,
                                          .open = open_vsknn,
                                          .close = session_knn_close,
                                          .recommend = session_knn_recommend};

const struct recommender_ops stan_ops = {.kind = "stan",
                                         .rules = stan_rules,
                                         .n_rules = STAN_RULES,
                                         .train = session_knn_train,
                                         .open = open_stan,
                                         .close = session_knn_close,
                                         .recommend = session_knn_recommend};

const struct recommender_ops vstan_ops = {.kind = "vstan",
                                          .rules = vstan_rules,
                                          .n_rules = VSTAN_RULES,
                                          .train = session_knn_train,
                                          .open = open_vstan,
                                          .close = session_knn_close,
                                          .recommend = session_knn_recommend};
