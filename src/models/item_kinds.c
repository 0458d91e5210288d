#include "models/co_occurrence.h"
#include "models/ease.h"

/* ease, rp3beta and itemknn. The values of both presets are those found on validation playlists of small catalogues
 * (docs/results/), except that a larger catalogue's model keeps fewer neighbours. */

#define NEIGHBOURS(mpd, small)                                                                                         \
    {                                                                                                                  \
        "k", mpd, small, 1, 1e9, true, "most similar tracks that are kept of each track", NULL, NULL                   \
    }

static const struct setting_rule ease_rules[] = {
    {"regularization", 10000, 10000, 1e-2, 1e9, false, "weight of the squared similarities, lambda", NULL, NULL},
    NEIGHBOURS(1000, 1000),
    {0},
};

static const struct setting_rule rp3beta_rules[] = {
    {"alpha", 0.3, 0.3, 0, 10, false, "exponent of the steps' probabilities", NULL, NULL},
    {"beta", 0, 0, 0, 10, false, "exponent of a track's popularity, which divides its score", NULL, NULL},
    NEIGHBOURS(200, 1000),
    {0},
};

static const struct setting_rule itemknn_rules[] = {
    {"shrinkage", 100, 100, 0, 1e9, false, "makes the similarity of tracks in few playlists smaller", NULL, NULL},
    NEIGHBOURS(200, 1000),
    {0},
};

static enum status train_rp3beta(struct model_task *task, struct model_weights *weights, struct error *error)
{
    double alpha = settings_value(task->settings, "alpha"), beta = settings_value(task->settings, "beta");
    const struct co_occurrence formula = {
        .playlist_exponent = alpha, .from_exponent = alpha, .to_exponent = beta, .shrinkage = 0};
    return co_occurrence_train(task, &formula, weights, error);
}

static enum status train_itemknn(struct model_task *task, struct model_weights *weights, struct error *error)
{
    const struct co_occurrence formula = {.playlist_exponent = 0,
                                          .from_exponent = 0.5,
                                          .to_exponent = 0.5,
                                          .shrinkage = settings_value(task->settings, "shrinkage")};
    return co_occurrence_train(task, &formula, weights, error);
}

#define KIND(text, setting_rules, function)                                                                            \
    {                                                                                                                  \
        .kind = text, .settings = {.groups = (const struct setting_rule *const[]){setting_rules, NULL}},               \
        .train = function, .open = item_similarity_open, .close = item_similarity_close,                               \
        .recommend = item_similarity_recommend, .score = item_similarity_score, .ranks = item_similarity_ranks         \
    }

static const struct recommender_ops kinds[] = {
    KIND("ease", ease_rules, ease_train),
    KIND("rp3beta", rp3beta_rules, train_rp3beta),
    KIND("itemknn", itemknn_rules, train_itemknn),
};

const struct model_family item_family = {
    .help = "ease, rp3beta, itemknn: the tracks that are most similar to the given ones by the training playlists. "
            "ease is\n"
            "a linear model with a weight for every pair of tracks, for up to 30,000 tracks in training playlists;\n"
            "rp3beta walks at random from track to playlist to track; itemknn is the cosine.\n",
    .kinds = kinds,
    .count = sizeof kinds / sizeof *kinds,
};
