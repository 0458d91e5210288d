/* The numbers of an evaluated playlist that conditions can name. */
#include <string.h>

#include "app/failure_fields.h"

struct field {
    const char *name, *help;
    int worse;
};

#define FIELD_ROW(id, name, help, worse) [FIELD_##id] = {name, help, worse},
static const struct field own[FAILURE_OWN_FIELDS] = {FAILURE_FIELD_TABLE(FIELD_ROW)};

static int metric_of(int field)
{
    return field - FAILURE_OWN_FIELDS;
}

static int cause_of(int field)
{
    return field - FAILURE_OWN_FIELDS - METRICS;
}

const char *failure_field_name(int field)
{
    if (field < FAILURE_OWN_FIELDS)
        return own[field].name;
    return metric_of(field) < METRICS ? metric_infos[metric_of(field)].name : cause_infos[cause_of(field)].name;
}

const char *failure_field_help(int field)
{
    if (field < FAILURE_OWN_FIELDS)
        return own[field].help;
    return metric_of(field) < METRICS ? metric_infos[metric_of(field)].help : cause_infos[cause_of(field)].help;
}

int failure_field_worse(int field)
{
    if (field < FAILURE_OWN_FIELDS)
        return own[field].worse;
    return metric_of(field) < METRICS ? -metric_infos[metric_of(field)].direction : 1;
}

int failure_field_named(const char *name, size_t size)
{
    int field = 0;
    while (field < FAILURE_FIELDS &&
           (strlen(failure_field_name(field)) != size || strncmp(failure_field_name(field), name, size) != 0))
        field++;
    return field;
}

double failure_field_value(int field, const struct failure *failure)
{
    double ndcg = failure->values[METRIC_NDCG], other = failure->other[METRIC_NDCG];
    switch (field) {
    case FIELD_LOSS:
        return ndcg - other;
    case FIELD_OTHER:
        return other;
    case FIELD_SEEDS:
        return failure->seeds;
    case FIELD_LENGTH:
        return (double)failure->n_entries;
    case FIELD_HELD_OUT:
        return failure->facts[FACT_HELD_OUT];
    case FIELD_CEILING:
        return failure->facts[FACT_CEILING];
    case FIELD_UNPOPULAR:
        return failure->facts[FACT_UNPOPULAR];
    case FIELD_UNCOVERED:
        return failure->facts[FACT_UNCOVERED];
    default:
        return metric_of(field) < METRICS ? failure->values[metric_of(field)] : failure->facts[cause_of(field)];
    }
}

bool failure_field_is_of_causes(int field)
{
    return field == FIELD_HELD_OUT || field == FIELD_CEILING || field == FIELD_UNPOPULAR || field == FIELD_UNCOVERED ||
           field >= FAILURE_OWN_FIELDS + METRICS;
}
