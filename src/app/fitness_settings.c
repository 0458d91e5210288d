/* The settings of fitness train. */
#include "app/fitness_work.h"

#define RULE(key, value, low, high, whole, meaning)                                                                    \
    {                                                                                                                  \
        key, value, value, low, high, whole, meaning, NULL, NULL                                                       \
    }

static const struct setting_choice losses[] = {{"softmax", NULL}, {"binary", NULL}};

static const struct setting_rule common_rules[] = {
    RULE("min_songs", 10, 5, 1e6, true, "songs that a playlist must have"),
    RULE("max_classes", 500, 2, FITNESS_CLASSES_MAX, true, "playlists, the largest ones"),
    {"loss", 0, 0, 0, 1, true, "softmax: cross-entropy of one playlist, binary: of each playlist alone", losses, NULL},
    RULE("balanced", 0, 0, 1, true, "1: playlists are drawn equally often, whatever their size"),
    RULE("lambda", 0, 0, 1e6, false, "penalty of logistic regression, the baseline; 0: chosen on validation songs"),
    {0},
};
static const struct setting_rule head_rules[] = {
    RULE("hidden", 256, 0, 8192, true, "head: units of the hidden layer; 0: none"),
    RULE("members", 8, 1, FITNESS_MEMBERS_MAX, true, "head: networks whose logits are averaged"),
    RULE("discriminant", 1, 0, 1, true,
         "head: 1: with a linear discriminant, whose logits and the networks' are averaged (loss=softmax); 0: without"),
    RULE("hidden_dropout", 0.5, 0, 0.95, false, "head: of the hidden layer"),
    RULE("input_dropout", 0.2, 0, 0.95, false, "head: share of inputs that are 0 in a step"),
    RULE("noise", 0.3, 0, 10, false, "head: standard deviation added to inputs (of deviation 1)"),
    RULE("learning_rate", 1e-3, 1e-7, 1, false, "head: learning rate of Adam, falling to 0"),
    RULE("weight_decay", 1e-3, 0, 10, false, "head: weight decay"),
    RULE("batch", 32, 1, 65536, true, "head: songs a step"),
    RULE("epochs", 60, 1, 10000, true, "head: passes over the training songs"),
    RULE("patience", 0, 0, 10000, true, "head: epochs without a better validation; 0: all epochs"),
    {0},
};
static const struct setting_rule cnn_rules[] = {
    RULE("seconds", 120, 1, 120, false, "cnn: of a song"),
    RULE("channels", 16, 1, 256, true, "cnn: of each layer"),
    RULE("log", 0, 0, 1, true, "cnn: 1: the logarithm of the spectrogram"),
    RULE("learning_rate", 1e-5, 1e-8, 1, false, "cnn: learning rate of Adam"),
    RULE("cosine", 0, 0, 1, true, "cnn: 1: the learning rate falls to 0"),
    RULE("weight_decay", 0, 0, 10, false, "cnn: weight decay"),
    RULE("batch", 16, 1, 1024, true, "cnn: songs a step"),
    RULE("epochs", 12, 1, 1000, true, "cnn: passes over the training songs"),
    RULE("keep_best", 0, 0, 1, true, "cnn: 1: the weights of the epoch with the best validation, 0: the last"),
    RULE("crop", 0, 0, 1, true, "cnn: 1: training begins anywhere in a song that is longer than seconds"),
    RULE("time_masks", 0, 0, 100, true, "cnn: masked spans of time in training"),
    RULE("time_mask", 5, 0, 120, false, "cnn: their longest, in seconds"),
    RULE("frequency_masks", 0, 0, 100, true, "cnn: masked spans of frequency in training"),
    RULE("frequency_mask", 8, 0, 128, true, "cnn: their widest, in bands"),
    {0},
};
const struct setting_rules fitness_rules_of[] = {
    [FITNESS_CNN] = {(const struct setting_rule *const[]){common_rules, cnn_rules, NULL}, NULL},
    [FITNESS_HEAD] = {(const struct setting_rule *const[]){common_rules, head_rules, NULL}, NULL},
};

void fitness_help(struct buffer *out)
{
    static const struct setting_rule *const groups[] = {common_rules, head_rules, cnn_rules};
    buffer_add_text(out, "Settings of train:\n");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const struct setting_rule *rule = groups[i]; rule->key; rule++) {
            char text[32];
            settings_print(rule, rule->small, false, text);
            buffer_printf(out, "  %s (%s): %s\n", rule->key, text, rule->meaning);
        }
}
