#include <string.h>

#include "core/hash.h"
#include "models/rta/rta.h"

/* The identity of a training, which its checkpoint stores: kind, tracks, playlists, seed and settings. */

/* Playlists can change under the same ids, and side information and feature sets under the same name, so their contents
 * are hashed. Version 0.1 (`earlier`) omitted the values of feature sets. */
static void fingerprint_contents(const struct model_task *task, bool earlier, char text[33])
{
    const struct interactions *interactions = task->interactions;
    const struct side_info *side = task->spec->side;
    size_t n = (size_t)interactions->n_tracks, n_playlists = (size_t)interactions->n_playlists;
    struct hash hash;
    hash_begin(&hash);
    hash_add_words(&hash, interactions->starts, (n_playlists + 1) * sizeof *interactions->starts);
    hash_add_words(&hash, interactions->tracks,
                   (size_t)interactions->starts[n_playlists] * sizeof *interactions->tracks);
    if (task->ops->uses_side_info) {
        hash_add_words(&hash, side->albums, n * sizeof *side->albums);
        hash_add_words(&hash, side->artists, n * sizeof *side->artists);
        hash_add_words(&hash, side->duration_ms, n * sizeof *side->duration_ms);
    }
    for (size_t i = 0; i < task->spec->n_features; i++) {
        const struct side_features *set = &side->features[i];
        hash_add_words(&hash, set->rows, n * sizeof *set->rows);
        if (!earlier)
            hash_add_words(&hash, set->values, (size_t)set->n_rows * (size_t)set->width * sizeof *set->values);
    }
    hash_end(hash, text);
}

/* Settings of later versions, which change nothing at these values: they are left out, so that checkpoints of earlier
 * versions can be resumed. */
static bool is_left_out(const struct model_task *task, const struct setting_rule *rule)
{
    static const char *const later[] = {"fusion", "cover_length", "cover_dropout"};
    const struct settings *settings = task->settings;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(rule->key, later[i]) == 0) /* a kind with one of them has all */
            return settings_value(settings, i < 2 ? "fusion" : rule->key) == (i < 2 ? RTA_CONCAT : 0);
    const bool sampled =
        settings_has(settings, "softmax_samples") && settings_value(settings, "softmax_samples") > 0 &&
        (!settings_has(settings, "objective") || settings_value(settings, "objective") == RTA_FULL_SOFTMAX);
    if (strcmp(rule->key, "softmax_samples") == 0 && strncmp(task->ops->kind, "nn-", 3) != 0)
        return !sampled && strcmp(task->ops->kind, "hybrid") != 0;
    return strcmp(rule->key, "sparse_adam") == 0 && (!sampled || settings_value(settings, "sparse_adam") == 0);
}

void rta_identity(const struct model_task *task, bool earlier, struct buffer *text)
{
    char trained_on[33], contents[33], number[32], features[MODEL_FEATURES_TEXT];
    model_features_text(task->spec, features);
    model_training_fingerprint(task->interactions, trained_on);
    fingerprint_contents(task, earlier, contents);
    buffer_printf(text, "%s %s %s %s seed=%llu covers=%s%s", task->ops->kind, task->fingerprint, trained_on, contents,
                  (unsigned long long)task->seed, features, task->spec->evaluator ? " judged" : "");
    for (size_t i = 0; i < task->settings->count; i++) {
        const struct setting_rule *rule = &task->settings->rules[i];
        if (is_left_out(task, rule))
            continue;
        settings_print(rule, task->settings->values[i], earlier, number);
        buffer_printf(text, " %s=%s", earlier && rule->alias ? rule->alias : rule->key, number);
    }
}
