#include "models/settings.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ---- */

static bool is_named(const char *name, const char *text, size_t length)
{
    return name && strlen(name) == length && memcmp(name, text, length) == 0;
}

const struct setting_rule *settings_find(const struct setting_rule *list, size_t count, const char *key, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (is_named(list[i].key, key, length) || is_named(list[i].alias, key, length))
            return &list[i];
    return NULL;
}

static bool in_bounds(const struct setting_rule *rule, double value)
{
    return value >= rule->low && value <= rule->high && (!rule->whole || value == floor(value));
}

static void apply_default(const struct setting_default *own, struct setting_rule *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].key, own->key) == 0) {
            list[i].mpd = own->mpd;
            list[i].small = own->small;
            return;
        }
    assert(!"a default of a setting that the kind has");
}

size_t settings_list(const struct setting_rules *rules, struct setting_rule list[SETTINGS_MAX])
{
    size_t count = 0;
    for (const struct setting_rule *const *group = rules->groups; group && *group; group++)
        for (const struct setting_rule *rule = *group; rule->key; rule++) {
            assert(count < SETTINGS_MAX);
            assert(!settings_find(list, count, rule->key, strlen(rule->key)));
            assert(!rule->alias || !settings_find(list, count, rule->alias, strlen(rule->alias)));
            list[count++] = *rule;
        }
    for (const struct setting_default *own = rules->defaults; own && own->key; own++)
        apply_default(own, list, count);
    for (size_t i = 0; i < count; i++)
        assert(in_bounds(&list[i], list[i].mpd) && in_bounds(&list[i], list[i].small));
    return count;
}

/* ---- values ---- */

static size_t count_choices(const struct setting_rule *rule)
{
    return (size_t)(rule->high - rule->low) + 1;
}

bool settings_parse(const struct setting_rule *rule, const char *text, double *value)
{
    if (!rule->choices) {
        char *end;
        *value = strtod(text, &end);
        return end != text && *end == '\0' && in_bounds(rule, *value);
    }
    for (size_t i = 0; i < count_choices(rule); i++)
        if (is_named(rule->choices[i].name, text, strlen(text)) ||
            is_named(rule->choices[i].alias, text, strlen(text))) {
            *value = rule->low + (double)i;
            return true;
        }
    return false;
}

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

static enum status unusable_value(const struct setting_rule *rule, const char *text, struct error *error)
{
    if (!rule->choices)
        return error_set(error, STATUS_USAGE, "the setting \"%s\" (%s) must be a %snumber from %g to %g, not \"%.80s\"",
                         rule->key, rule->meaning, rule->whole ? "whole " : "", rule->low, rule->high, text);
    struct buffer known = {0};
    size_t count = count_choices(rule);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&known, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", rule->choices[i].name);
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
    const struct setting_rule *rule = settings_find(settings->rules, settings->count, text, length);
    if (!rule)
        return unknown_key(settings, text, length, error);
    double value;
    if (!settings_parse(rule, equals + 1, &value))
        return unusable_value(rule, equals + 1, error);
    settings->values[rule - settings->rules] = value;
    return STATUS_OK;
}

enum status settings_read(struct settings *settings, const struct setting_rules *rules, const char *preset,
                          int64_t n_tracks, const char *const *texts, size_t n_texts, struct error *error)
{
    if (!preset)
        preset = n_tracks < SETTINGS_SMALL_TRACKS ? "small" : "mpd";
    bool small = strcmp(preset, "small") == 0;
    if (!small && strcmp(preset, "mpd") != 0)
        return error_set(error, STATUS_USAGE, "there is no preset \"%.80s\"; there are \"mpd\" and \"small\"", preset);
    settings->preset = small ? "small" : "mpd";
    settings->count = settings_list(rules, settings->rules);
    for (size_t i = 0; i < settings->count; i++)
        settings->values[i] = small ? settings->rules[i].small : settings->rules[i].mpd;
    for (size_t i = 0; i < n_texts; i++) {
        enum status status = set_one(settings, texts[i], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static const struct setting_rule *find_key(const struct settings *settings, const char *key)
{
    const struct setting_rule *rule = settings_find(settings->rules, settings->count, key, strlen(key));
    return rule && strcmp(rule->key, key) == 0 ? rule : NULL;
}

bool settings_has(const struct settings *settings, const char *key)
{
    return find_key(settings, key) != NULL;
}

double settings_value(const struct settings *settings, const char *key)
{
    const struct setting_rule *rule = find_key(settings, key);
    assert(rule);
    return settings->values[rule - settings->rules];
}

void settings_print(const struct setting_rule *rule, double value, bool earlier, char text[32])
{
    if (rule->choices) {
        const struct setting_choice *choice = &rule->choices[(size_t)(value - rule->low)];
        snprintf(text, 32, "%.31s", earlier && choice->alias ? choice->alias : choice->name);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

static enum status read_given(const void *context, const char *key, double *value, struct error *error)
{
    (void)error;
    *value = settings_value(context, key);
    return STATUS_OK;
}

struct setting_source settings_source(const struct settings *settings)
{
    return (struct setting_source){read_given, settings};
}
