#include "models/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"

static enum status unknown_key(const struct settings *settings, const char *key, size_t length, struct error *error)
{
    struct buffer known = {0};
    for (size_t i = 0; i < settings->count; i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", settings->rules[i].key);
    enum status status = error_set(error, STATUS_USAGE, "there is no setting \"%.*s\"; this model has: %s",
                                   (int)(length < 80 ? length : 80), key, known.size ? known.data : "none");
    buffer_free(&known);
    return status;
}

/* One of the names of a rule with choices. */
static enum status set_choice(const struct setting_rule *rule, const char *text, double *value, struct error *error)
{
    struct buffer known = {0};
    size_t count = (size_t)(rule->high - rule->low) + 1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rule->choices[i], text) == 0) {
            *value = rule->low + (double)i;
            buffer_free(&known);
            return STATUS_OK;
        }
        buffer_printf(&known, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", rule->choices[i]);
    }
    enum status status = error_set(error, STATUS_USAGE, "the setting \"%s\" (%s) must be %s, not \"%.80s\"", rule->key,
                                   rule->meaning, known.failed ? "another" : known.data, text);
    buffer_free(&known);
    return status;
}

static enum status set_one(struct settings *settings, const char *text, struct error *error)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return error_set(error, STATUS_USAGE, "the setting \"%.80s\" has no value; write it as key=value", text);
    size_t length = (size_t)(equals - text);
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting_rule *rule = &settings->rules[i];
        if (strlen(rule->key) != length || memcmp(rule->key, text, length) != 0)
            continue;
        if (rule->choices)
            return set_choice(rule, equals + 1, &settings->values[i], error);
        char *end;
        double value = strtod(equals + 1, &end);
        bool fits = end != equals + 1 && *end == '\0' && value >= rule->low && value <= rule->high;
        if (!fits || (rule->whole && value != floor(value)))
            return error_set(error, STATUS_USAGE,
                             "the setting \"%s\" (%s) must be a %snumber from %g to %g, not \"%.80s\"", rule->key,
                             rule->meaning, rule->whole ? "whole " : "", rule->low, rule->high, equals + 1);
        settings->values[i] = value;
        return STATUS_OK;
    }
    return unknown_key(settings, text, length, error);
}

enum status settings_read(struct settings *settings, const struct setting_rule *rules, size_t n_rules,
                          const char *preset, int64_t n_tracks, const char *const *texts, size_t n_texts,
                          struct error *error)
{
    if (!preset)
        preset = n_tracks < SETTINGS_SMALL_TRACKS ? "small" : "mpd";
    bool small = strcmp(preset, "small") == 0;
    if (!small && strcmp(preset, "mpd") != 0)
        return error_set(error, STATUS_USAGE, "there is no preset \"%.80s\"; there are \"mpd\" and \"small\"", preset);
    *settings = (struct settings){.rules = rules, .count = n_rules, .preset = small ? "small" : "mpd"};
    for (size_t i = 0; i < n_rules; i++)
        settings->values[i] = small ? rules[i].small : rules[i].mpd;
    for (size_t i = 0; i < n_texts; i++) {
        enum status status = set_one(settings, texts[i], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

double settings_value(const struct settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->rules[i].key, key) == 0)
            return settings->values[i];
    return 0;
}

void settings_print(const struct setting_rule *rule, double value, char text[32])
{
    if (rule->choices) {
        snprintf(text, 32, "%.31s", rule->choices[(size_t)(value - rule->low)]);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}
