#ifndef SLEEVE_ATTRIBUTES_KINDS_H
#define SLEEVE_ATTRIBUTES_KINDS_H

#include <stdbool.h>

#include "nn/dense.h"

/* The attributes that can be learned, with the networks and optimisers of Patwari, Kong, Wang, Gargi, Covell, Jansen,
 * "Semantically meaningful attributes from co-listen embeddings for playlist exploration and expansion", ISMIR 2020,
 * section 2.2. */

enum attribute_kind {
    ATTRIBUTE_GENRE,
    ATTRIBUTE_ENERGY,
    ATTRIBUTE_VALENCE,
    ATTRIBUTE_VOCALNESS,
    ATTRIBUTE_MUSIC, /* or speech, noise, rain: not of the paper. Stern 2022 proposes it beside fitness */
    ATTRIBUTE_KINDS,
};

enum attribute_type {
    ATTRIBUTE_CLASSES, /* any number of classes a track (genres) */
    ATTRIBUTE_AMOUNT,  /* from 0 to 1: low 0, middle 1/2, high 1, or numbers between */
    ATTRIBUTE_YES_NO,  /* one class */
};

struct attribute_spec {
    const char *name;
    enum attribute_type type;
    int n_hidden;
    int64_t hidden[DENSE_HIDDEN_MAX];
    enum optimiser_kind optimiser;
    double learning_rate; /* the paper gives that of genre only */
    double rate_decay;    /* after each epoch; the paper gives the number and not its unit. 1: none */
    double within;        /* of an amount: an error below this counts as right (Table 1) */
    int64_t paper_steps;
    const char *paper;    /* Table 1; "": it is not there */
    const char *words[3]; /* of the labels 0, 1/2 and 1 that people give; the second NULL: there is none */
};
extern const struct attribute_spec attribute_specs[ATTRIBUTE_KINDS];

/* False where there is none of that name. */
bool attribute_kind_named(const char *name, enum attribute_kind *kind);
/* A label as people write it: a word of the attribute (low, middle, high; negative, neutral, positive; no, yes; also
 * medium, med, neg, neu, pos), or a number from 0 to 1 with a point or a comma. False for anything else. */
bool attribute_value_read(enum attribute_kind kind, const char *text, double *value);
/* The word of the nearest label. */
const char *attribute_value_word(enum attribute_kind kind, double value);

#endif
