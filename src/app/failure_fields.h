#ifndef SLEEVE_APP_FAILURE_FIELDS_H
#define SLEEVE_APP_FAILURE_FIELDS_H

#include "app/failures.h"

/* The numbers of an evaluated playlist that conditions, orders and files name: own fields, then the metrics, then the
 * causes, these under their own names. */

/* One row per own field: its name, its meaning, and which values are worse (-1: low ones, 1: high ones). */
/* clang-format off */
#define FAILURE_FIELD_TABLE(FIELD)                                                                                     \
    FIELD(SEEDS, "seeds", "tracks that the model was shown", -1)                                                       \
    FIELD(LENGTH, "length", "entries of the playlist", -1)                                                             \
    FIELD(HELD_OUT, "held-out", "held-out tracks", 1)                                                                  \
    FIELD(LOSS, "loss", "NDCG of the model minus that of the other one", -1)                                           \
    FIELD(OTHER, "other", "NDCG of the other model", -1)                                                               \
    FIELD(CEILING, "ceiling", "the highest recall that the model's own lists can have", -1)                              \
    FIELD(UNPOPULAR, "unpopular", "share of the held-out tracks outside the most frequent that hold 80 % of training entries", 1) \
    FIELD(UNCOVERED, "uncovered", "share of the tracks without a cover", 1)
/* clang-format on */
#define FAILURE_FIELD_ENUMERATOR(id, ...) FIELD_##id,
enum { FAILURE_FIELD_TABLE(FAILURE_FIELD_ENUMERATOR) FAILURE_OWN_FIELDS };
#undef FAILURE_FIELD_ENUMERATOR
enum { FAILURE_FIELDS = FAILURE_OWN_FIELDS + METRICS + CAUSES };

/* For help texts: "  name: meaning\n" of every own field. */
#define FAILURE_FIELD_HELP_LINE(id, name, help, worse) "  " name ": " help "\n"
#define FAILURE_FIELD_HELP FAILURE_FIELD_TABLE(FAILURE_FIELD_HELP_LINE)

const char *failure_field_name(int field);
const char *failure_field_help(int field);
int failure_field_worse(int field);                     /* -1: low values are worse, 1: high ones */
int failure_field_named(const char *name, size_t size); /* FAILURE_FIELDS: there is none */
/* Whether it is computed with the causes (app/causes.h). */
bool failure_field_is_of_causes(int field);
/* NAN: not known. */
double failure_field_value(int field, const struct failure *failure);

#endif
