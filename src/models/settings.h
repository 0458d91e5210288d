#ifndef SLEEVE_MODELS_SETTINGS_H
#define SLEEVE_MODELS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* The numbers that a kind of model can be told: one row a setting, with the value that each preset gives it. Preset
 * "mpd" holds the published values for the Million Playlist Dataset, "small" those found on validation playlists of
 * small catalogues (docs/results/). */
struct setting_rule {
    const char *key;
    double mpd, small;
    double low, high; /* the value must lie between, both allowed */
    bool whole;
    const char *meaning;
    const char *const *choices; /* names of the values low, low + 1, ..., high; NULL: a number */
};

enum { SETTINGS_MAX = 48 };

/* Catalogues of fewer tracks are trained with preset "small" when none is named. */
enum { SETTINGS_SMALL_TRACKS = 100000 };

struct settings {
    const struct setting_rule *rules;
    size_t count;
    const char *preset;
    double values[SETTINGS_MAX];
};

/* Values of `preset` (NULL: by the number of tracks), then those of `texts` ("key=value"). An unknown preset or key and
 * a value that is none or out of bounds are STATUS_USAGE, with what there is. */
enum status settings_read(struct settings *settings, const struct setting_rule *rules, size_t n_rules,
                          const char *preset, int64_t n_tracks, const char *const *texts, size_t n_texts,
                          struct error *error);
/* The value of a key that is one of the rules. */
double settings_value(const struct settings *settings, const char *key);
/* A value as `--set` takes it, exactly. */
void settings_print(const struct setting_rule *rule, double value, char text[32]);

#endif
