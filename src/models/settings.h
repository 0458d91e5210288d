#ifndef SLEEVE_MODELS_SETTINGS_H
#define SLEEVE_MODELS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"

/* Settings of a kind of model, given as "key=value". */

/* A named value. */
struct setting_choice {
    const char *name;
    const char *alias; /* an earlier name, still accepted; NULL: none */
};

/* One setting. Preset "mpd" has the published values for the Million Playlist Dataset, "small" those found on
 * validation playlists of small catalogues (docs/results/). */
struct setting_rule {
    const char *key;
    double mpd, small;
    double low, high; /* bounds, inclusive */
    bool whole;       /* whole numbers only */
    const char *meaning;
    const struct setting_choice *choices; /* names of low, low + 1, ..., high; NULL: a number */
    const char *alias;                    /* an earlier key, still accepted; NULL: none */
};

/* A kind's own preset values of a setting that it shares with other kinds. */
struct setting_default {
    const char *key;
    double mpd, small;
};

enum { SETTINGS_MAX = 48 };

/* The settings of a kind: groups of rules, each ended by a rule without a key, and the kind's own defaults, ended
 * likewise. */
struct setting_rules {
    const struct setting_rule *const *groups; /* ended by NULL; NULL: no settings */
    const struct setting_default *defaults;   /* NULL: none */
};

/* All rules in order, with the kind's own defaults; returns their number. Contradictory rules (a repeated key, a
 * default outside the bounds, more than SETTINGS_MAX rules) are a failed assertion. */
size_t settings_list(const struct setting_rules *rules, struct setting_rule list[SETTINGS_MAX]);
/* The rule with this key or alias; NULL if there is none. */
const struct setting_rule *settings_find(const struct setting_rule *list, size_t count, const char *key, size_t length);

/* Catalogues with fewer tracks are trained with preset "small" if no preset is given. */
enum { SETTINGS_SMALL_TRACKS = 100000 };

struct settings {
    struct setting_rule rules[SETTINGS_MAX];
    size_t count;
    const char *preset;
    double values[SETTINGS_MAX];
};

/* Values of `preset` (NULL: chosen by the number of tracks), overridden by `texts` ("key=value"). An unknown preset or
 * key, or an invalid value, is STATUS_USAGE; the message lists the valid ones. */
enum status settings_read(struct settings *settings, const struct setting_rules *rules, const char *preset,
                          int64_t n_tracks, const char *const *texts, size_t n_texts, struct error *error);
/* The value of a key. A key without a rule is a failed assertion. */
double settings_value(const struct settings *settings, const char *key);
/* Whether there is a rule with this key. */
bool settings_has(const struct settings *settings, const char *key);
/* Parses a value as `--set` accepts it; false if it is invalid. */
bool settings_parse(const struct setting_rule *rule, const char *text, double *value);
/* Formats a value exactly, as `--set` accepts it. `earlier`: uses the earlier name of a choice, if there was one. */
void settings_print(const struct setting_rule *rule, double value, bool earlier, char text[32]);

/* A source of setting values: the settings of a training, or those stored in a model's file. */
struct setting_source {
    enum status (*read)(const void *context, const char *key, double *value, struct error *error);
    const void *context;
};
/* The settings of a training; reading never fails. */
struct setting_source settings_source(const struct settings *settings);

#endif
