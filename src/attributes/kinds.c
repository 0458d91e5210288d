#include "attributes/kinds.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/text_number.h"

const struct attribute_spec attribute_specs[ATTRIBUTE_KINDS] = {
    [ATTRIBUTE_GENRE] = {"genre",
                         ATTRIBUTE_CLASSES,
                         8,
                         {512, 512, 512, 512, 512, 512, 512, 512},
                         OPTIMISER_ADAM,
                         1e-3,
                         1,
                         0,
                         2000000,
                         "precision 78 %, recall 84 %",
                         {"no", NULL, "yes"}},
    [ATTRIBUTE_ENERGY] = {"energy",
                          ATTRIBUTE_AMOUNT,
                          2,
                          {128, 64},
                          OPTIMISER_ADAM,
                          1e-3,
                          0.98,
                          0.25,
                          10000,
                          "error below 0.25: 90 %",
                          {"low", "middle", "high"}},
    [ATTRIBUTE_VALENCE] = {"valence",
                           ATTRIBUTE_AMOUNT,
                           3,
                           {256, 512, 256},
                           OPTIMISER_ADAM,
                           1e-3,
                           0.96,
                           0.33,
                           10000,
                           "error below 0.33: 78 %",
                           {"negative", "neutral", "positive"}},
    [ATTRIBUTE_VOCALNESS] = {"vocalness",
                             ATTRIBUTE_YES_NO,
                             3,
                             {256, 512, 256},
                             OPTIMISER_ADAM,
                             1e-3,
                             0.96,
                             0,
                             10000,
                             "precision 97 %, recall 78 %",
                             {"no", NULL, "yes"}},
    [ATTRIBUTE_MUSIC] = {"music", ATTRIBUTE_YES_NO, 1, {64}, OPTIMISER_ADAM, 1e-3, 0.96, 0, 0, "", {"no", NULL, "yes"}},
};

bool attribute_kind_named(const char *name, enum attribute_kind *kind)
{
    for (int i = 0; i < ATTRIBUTE_KINDS; i++)
        if (strcmp(name, attribute_specs[i].name) == 0) {
            *kind = (enum attribute_kind)i;
            return true;
        }
    return false;
}

static const struct {
    const char *text;
    double value;
} other_words[] = {
    {"low", 0}, {"middle", 0.5}, {"medium", 0.5}, {"med", 0.5}, {"high", 1}, {"neg", 0}, {"neu", 0.5}, {"pos", 1},
};

bool attribute_value_read(enum attribute_kind kind, const char *text, double *value)
{
    const struct attribute_spec *spec = &attribute_specs[kind];
    for (int i = 0; i < 3; i++)
        if (spec->words[i] && strcasecmp(text, spec->words[i]) == 0) {
            *value = i / 2.0;
            return true;
        }
    for (size_t i = 0; spec->type == ATTRIBUTE_AMOUNT && i < sizeof other_words / sizeof *other_words; i++)
        if (strcasecmp(text, other_words[i].text) == 0) {
            *value = other_words[i].value;
            return true;
        }
    return text_number(text, strlen(text), ',', value) && *value >= 0 && *value <= 1 &&
           (spec->type == ATTRIBUTE_AMOUNT || *value == 0 || *value == 1);
}

const char *attribute_value_word(enum attribute_kind kind, double value)
{
    const struct attribute_spec *spec = &attribute_specs[kind];
    if (!spec->words[1])
        return spec->words[value < 0.5 ? 0 : 2];
    return spec->words[value < 0.25 ? 0 : value <= 0.75 ? 1 : 2];
}
