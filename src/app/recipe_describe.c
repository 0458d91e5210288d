#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/recipe_index.h"
#include "core/text_number.h"

/* Three significant digits, without an exponent where the number is a usual one: "0.62", "118", "-7.3". */
static void add_number(double value, struct buffer *out)
{
    const double size = fabs(value);
    const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size < 5e-5 ? 2 : 4;
    if (size >= 1e7)
        buffer_printf(out, "%.3g", value);
    else
        buffer_printf(out, "%.*f", decimals, text_plain_zero(value, decimals));
}

static void add_items(const struct recipe_list *list, int most, struct buffer *out)
{
    const int used = recipe_used(list);
    int shown = 0;
    for (int i = 0; i < list->count && shown < most; i++)
        if (list->items[i].used)
            buffer_printf(out, "%s%s", shown++ > 0 ? ", " : "", list->items[i].name);
    if (used > shown && shown > 0)
        buffer_printf(out, " and %d more", used - shown);
    buffer_printf(out, shown > 0 ? " (%d of %d)" : "%d of %d", used,
                  list->total > list->count ? list->total : list->count);
}

/* A range of deviations is shown as far as values go: most attributes are from 0 to 1, tempo is above 0. */
static void clip(const char *name, double *low, double *high)
{
    static const char *const shares[] = {"energy",           "valence",     "danceability", "acousticness",
                                         "instrumentalness", "speechiness", "liveness",     "vocalness"};
    bool share = false;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0] && !share; i++)
        share = strcmp(name, shares[i]) == 0;
    if ((share || strcmp(name, "tempo") == 0) && *low < 0 && *high >= 0)
        *low = 0;
    if (share && *high > 1 && *low <= 1)
        *high = 1;
}

void recipe_describe_value(const struct recipe *recipe, int constraint, int most, struct buffer *out)
{
    if (!recipe_has_values(recipe, constraint)) {
        buffer_add_text(out, "unknown");
    } else if (constraint == RECIPE_GENRES || constraint == RECIPE_ARTISTS_LIST) {
        add_items(constraint == RECIPE_GENRES ? &recipe->genres : &recipe->artists, most, out);
    } else if (constraint == RECIPE_YEARS) {
        buffer_printf(out, "%d..%d%s", recipe->years.low, recipe->years.high,
                      recipe->years.earliest ? " of the earliest release" : "");
    } else {
        double low, high;
        const struct recipe_attribute *attribute = &recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE];
        recipe_range(attribute, &low, &high);
        if (!attribute->fixed)
            clip(recipe_constraint_name(recipe, constraint), &low, &high);
        add_number(low, out);
        buffer_add_text(out, "..");
        add_number(high, out);
        if (!attribute->fixed)
            buffer_printf(out, " (%.3g sd)", attribute->deviations);
    }
}

static const char few[] = ", too few to go by";

static void add_list_source(const struct recipe *recipe, const struct recipe_list *list, struct buffer *out)
{
    int64_t used = 0, all = 0;
    for (int i = 0; i < list->count; i++) {
        all += list->items[i].count;
        used += list->items[i].used ? list->items[i].count : 0;
    }
    if (all > 0)
        buffer_printf(out, "%.0f %%, ", 100.0 * (double)used / (double)all);
    buffer_printf(out, "%d of %d tracks", list->known, recipe->n_tracks);
    if (list == &recipe->artists && list->rule.dropped && list->known > 0 && list->known < RECIPE_FEW)
        buffer_add_text(out, few);
}

void recipe_describe_source(const struct recipe *recipe, int constraint, struct buffer *out)
{
    if (constraint == RECIPE_GENRES || constraint == RECIPE_ARTISTS_LIST) {
        add_list_source(recipe, constraint == RECIPE_GENRES ? &recipe->genres : &recipe->artists, out);
        return;
    }
    if (constraint == RECIPE_YEARS) {
        buffer_printf(out, "%d of %d tracks%s", recipe->years.known, recipe->n_tracks,
                      recipe->years.widened ? ", widened" : "");
        return;
    }
    const struct recipe_attribute *attribute = &recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE];
    if (attribute->known > 0) {
        add_number(attribute->mean, out);
        buffer_add_text(out, " ± ");
        add_number(attribute->deviation, out);
        buffer_add_text(out, ", ");
    }
    buffer_printf(out, "%d of %d tracks", attribute->known, recipe->n_tracks);
    if (attribute->predicted > 0)
        buffer_printf(out, ", %d predicted", attribute->predicted);
    buffer_printf(out, "%s", attribute->widened && !attribute->fixed ? ", widened" : "");
}

void recipe_explain_nothing(const struct recipe *recipe, const struct recipe_counts *counts, char text[RECIPE_WHY_SIZE])
{
    int best = -1, last = -1;
    text[0] = '\0';
    for (int i = 0; counts->candidates == 0 && i < recipe_constraints(recipe); i++) {
        const struct recipe_effect *effect = &counts->effects[i];
        if (recipe_rule_of(recipe, i)->dropped)
            continue;
        if (effect->added > 0 && (best < 0 || effect->added > counts->effects[best].added))
            best = i;
        if (last < 0 && effect->left == 0)
            last = i;
    }
    if (best >= 0)
        snprintf(text, RECIPE_WHY_SIZE, "no track is left; without %s there would be %lld",
                 recipe_constraint_name(recipe, best), (long long)counts->effects[best].added);
    else if (last >= 0)
        snprintf(
            text, RECIPE_WHY_SIZE,
            "no track is left: %s and the constraints before it leave none, and dropping a single one does not help",
            recipe_constraint_name(recipe, last));
    else if (counts->candidates == 0)
        snprintf(text, RECIPE_WHY_SIZE, "no track is left: all tracks of the catalogue are in the playlist");
}
