#include "app/recipe.h"

#include <string.h>

int recipe_constraints(const struct recipe *recipe)
{
    return RECIPE_FIRST_ATTRIBUTE + recipe->n_attributes;
}

const char *recipe_constraint_name(const struct recipe *recipe, int constraint)
{
    static const char *const names[] = {"genres", "artists", "years"};
    return constraint < RECIPE_FIRST_ATTRIBUTE ? names[constraint]
                                               : recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE].name;
}

int recipe_constraint_find(const struct recipe *recipe, const char *name)
{
    for (int i = 0; i < recipe_constraints(recipe); i++)
        if (strcmp(recipe_constraint_name(recipe, i), name) == 0)
            return i;
    return -1;
}

const struct recipe_rule *recipe_rule_of(const struct recipe *recipe, int constraint)
{
    switch (constraint) {
    case RECIPE_GENRES:
        return &recipe->genres.rule;
    case RECIPE_ARTISTS_LIST:
        return &recipe->artists.rule;
    case RECIPE_YEARS:
        return &recipe->years.rule;
    default:
        return &recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE].rule;
    }
}

struct recipe_rule *recipe_rule(struct recipe *recipe, int constraint)
{
    return (struct recipe_rule *)recipe_rule_of(recipe, constraint);
}

bool recipe_has_values(const struct recipe *recipe, int constraint)
{
    if (constraint == RECIPE_GENRES)
        return recipe->genres.count > 0;
    if (constraint == RECIPE_ARTISTS_LIST)
        return recipe->artists.count > 0;
    if (constraint == RECIPE_YEARS)
        return recipe->years.low > 0 && recipe->years.high > 0;
    double low, high;
    recipe_range(&recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE], &low, &high);
    return low <= high;
}

void recipe_range(const struct recipe_attribute *attribute, double *low, double *high)
{
    const bool none = !attribute->fixed && attribute->known == 0;
    *low = none ? 1 : attribute->low;
    *high = none ? 0 : attribute->high;
    if (attribute->fixed || none)
        return;
    *low = attribute->mean - attribute->deviations * attribute->deviation;
    *high = attribute->mean + attribute->deviations * attribute->deviation;
}

void recipe_start(struct recipe *recipe)
{
    memset(recipe, 0, sizeof *recipe);
    recipe->limit = RECIPE_LIMIT;
    recipe->years.doubtful_known = true;
    for (int i = 0; i < RECIPE_FIRST_ATTRIBUTE; i++)
        recipe_rule(recipe, i)->dropped = true;
}

void recipe_use_share(struct recipe_list *list, double share)
{
    double total = 0, sum = 0;
    for (int i = 0; i < list->count; i++)
        total += list->items[i].count;
    for (int i = 0; i < list->count; i++) {
        /* Counts are whole numbers: the tolerance only keeps 4 of 5 at a share of 0.8. */
        list->items[i].used = i == 0 || sum < share * total - 1e-9 * total;
        sum += list->items[i].count;
    }
}

void recipe_use_first(struct recipe_list *list, int n)
{
    for (int i = 0; i < list->count; i++)
        list->items[i].used = i < n;
}

int recipe_used(const struct recipe_list *list)
{
    int used = 0;
    for (int i = 0; i < list->count; i++)
        used += list->items[i].used;
    return used;
}

static void keep_attribute(struct recipe *recipe, const struct recipe_attribute *old)
{
    int at = recipe_constraint_find(recipe, old->name) - RECIPE_FIRST_ATTRIBUTE;
    if (at < 0 && recipe->n_attributes < RECIPE_ATTRIBUTES_MAX)
        at = recipe->n_attributes++;
    if (at >= 0)
        recipe->attributes[at] = *old;
}

void recipe_keep_locked(struct recipe *recipe, const struct recipe *old)
{
    if (old->genres.rule.locked)
        recipe->genres = old->genres;
    if (old->artists.rule.locked)
        recipe->artists = old->artists;
    if (old->years.rule.locked)
        recipe->years = old->years;
    for (int i = 0; i < old->n_attributes; i++)
        if (old->attributes[i].rule.locked)
            keep_attribute(recipe, &old->attributes[i]);
    recipe->limit = old->limit;
}
