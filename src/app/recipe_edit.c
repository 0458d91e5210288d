#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/recipe.h"
#include "app/recipe_file.h"
#include "core/text.h"

enum { VALUE_SIZE = 512 };

static enum status check_unlocked(const struct recipe *recipe, int constraint, struct error *error)
{
    if (!recipe_rule_of(recipe, constraint)->locked)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "%s is locked; unlock it first", recipe_constraint_name(recipe, constraint));
}

/* ---- loosen ---- */

static bool loosen_list(struct recipe_list *list, int steps)
{
    bool changed = false;
    for (; steps > 0; steps--)
        for (int i = 0; i < list->count; i++)
            if (!list->items[i].used) {
                list->items[i].used = changed = true;
                break;
            }
    for (; steps < 0; steps++)
        for (int i = list->count - 1; i >= 0 && recipe_used(list) > 1; i--)
            if (list->items[i].used) {
                list->items[i].used = false;
                changed = true;
                break;
            }
    return changed;
}

static bool loosen_years(struct recipe_years *years, int steps)
{
    const int low = years->low - steps, high = years->high + steps;
    if (years->low == 0 || low > high || low < 1 || high > RECIPE_YEAR_MAX)
        return false;
    years->low = low;
    years->high = high;
    return true;
}

static bool loosen_attribute(struct recipe_attribute *attribute, int steps)
{
    const double by = RECIPE_DEVIATIONS_STEP * steps;
    if (attribute->deviation <= 0 || attribute->known == 0)
        return false;
    if (attribute->fixed) {
        const double low = attribute->low - by * attribute->deviation,
                     high = attribute->high + by * attribute->deviation;
        if (low > high)
            return false;
        attribute->low = low;
        attribute->high = high;
        return true;
    }
    const double wanted = attribute->deviations + by;
    const double deviations = wanted < 0 ? 0 : wanted > RECIPE_DEVIATIONS_MAX ? RECIPE_DEVIATIONS_MAX : wanted;
    const bool changed = deviations != attribute->deviations;
    attribute->deviations = deviations;
    return changed;
}

/* Why nothing changed. */
static enum status explain_unchanged(const struct recipe *recipe, int constraint, int steps, struct error *error)
{
    const char *name = recipe_constraint_name(recipe, constraint);
    if (!recipe_has_values(recipe, constraint))
        return error_set(error, STATUS_USAGE, "nothing is known about %s of this playlist; type a value instead", name);
    if (constraint >= RECIPE_FIRST_ATTRIBUTE && steps > 0)
        return error_set(error, STATUS_USAGE, "%s has no deviation to widen it by; type a range instead", name);
    return error_set(error, STATUS_USAGE, "%s cannot be %s any further", name, steps > 0 ? "loosened" : "tightened");
}

enum status recipe_loosen(struct recipe *recipe, int constraint, int steps, struct error *error)
{
    enum status status = check_unlocked(recipe, constraint, error);
    if (status != STATUS_OK)
        return status;
    bool changed;
    if (constraint == RECIPE_GENRES)
        changed = loosen_list(&recipe->genres, steps);
    else if (constraint == RECIPE_ARTISTS_LIST)
        changed = loosen_list(&recipe->artists, steps);
    else if (constraint == RECIPE_YEARS)
        changed = loosen_years(&recipe->years, steps);
    else
        changed = loosen_attribute(&recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE], steps);
    return changed ? STATUS_OK : explain_unchanged(recipe, constraint, steps, error);
}

enum status recipe_drop(struct recipe *recipe, int constraint, bool drop, struct error *error)
{
    enum status status = check_unlocked(recipe, constraint, error);
    if (status != STATUS_OK)
        return status;
    if (!drop && !recipe_has_values(recipe, constraint))
        return explain_unchanged(recipe, constraint, 0, error);
    recipe_rule(recipe, constraint)->dropped = drop;
    return STATUS_OK;
}

void recipe_lock(struct recipe *recipe, int constraint, bool lock)
{
    recipe_rule(recipe, constraint)->locked = lock;
}

/* ---- set ---- */

/* One value, trimmed. False: it is not one that the constraint takes. */
typedef bool setter(struct recipe *recipe, int constraint, const char *value, struct error *error);

static bool set_rule(struct recipe *recipe, int constraint, const char *value, struct error *error)
{
    struct recipe_rule *rule = recipe_rule(recipe, constraint);
    if (strcmp(value, "lock") == 0 || strcmp(value, "unlock") == 0)
        rule->locked = value[0] == 'l';
    else if (strcmp(value, "drop") == 0)
        rule->dropped = true;
    else if (strcmp(value, "use") == 0)
        rule->dropped = recipe_drop(recipe, constraint, false, error) != STATUS_OK;
    else if (strcmp(value, "unknown=keep") == 0 || strcmp(value, "unknown=drop") == 0)
        rule->keep_unknown = value[8] == 'k';
    else
        return false;
    return true;
}

/* A number, with nothing but a unit after it. */
static bool read_number(const char *text, const char *unit, double *value)
{
    char *end;
    *value = strtod(text, &end);
    while (*end == ' ')
        end++;
    return end != text && strcmp(end, unit) == 0 && isfinite(*value);
}

/* "LOW..HIGH" */
static bool read_range(const char *value, double *low, double *high)
{
    char first[64];
    const char *dots = strstr(value, "..");
    if (!dots || (size_t)(dots - value) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(dots - value), value);
    return read_number(first, "", low) && read_number(dots + 2, "", high) && *low <= *high;
}

static bool set_attribute(struct recipe *recipe, int constraint, const char *value, struct error *error)
{
    struct recipe_attribute *attribute = &recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE];
    double low, high;
    if (read_range(value, &low, &high)) {
        attribute->fixed = true;
        attribute->low = low;
        attribute->high = high;
    } else if (read_number(value, "sd", &low) && low >= 0 && low <= RECIPE_DEVIATIONS_MAX) {
        if (attribute->known == 0) {
            explain_unchanged(recipe, constraint, 0, error);
            return true;
        }
        attribute->fixed = false;
        attribute->deviations = low;
    } else {
        return false;
    }
    attribute->rule.dropped = false;
    return true;
}

static bool is_year(double value)
{
    return value >= 1 && value <= RECIPE_YEAR_MAX && value == floor(value);
}

static bool set_years(struct recipe *recipe, int constraint, const char *value, struct error *error)
{
    struct recipe_years *years = &recipe->years;
    double low, high;
    (void)constraint, (void)error;
    if (read_number(value, "", &low) && is_year(low))
        high = low;
    else if (!read_range(value, &low, &high))
        low = high = 0;
    if (is_year(low) && is_year(high)) {
        years->low = (int)low;
        years->high = (int)high;
        years->widened = false;
        years->rule.dropped = false;
    } else if (strcmp(value, "of=release") == 0 || strcmp(value, "of=earliest") == 0) {
        years->earliest = value[3] == 'e';
    } else if (strcmp(value, "doubtful=trust") == 0 || strcmp(value, "doubtful=unknown") == 0) {
        years->doubtful_known = value[9] == 't';
    } else {
        return false;
    }
    return true;
}

static bool same_name(const char *a, const char *b)
{
    struct buffer keys[2] = {{0}, {0}};
    text_fold(a, strlen(a), &keys[0]);
    text_fold(b, strlen(b), &keys[1]);
    const bool same = !keys[0].failed && !keys[1].failed && keys[0].size == keys[1].size &&
                      (keys[0].size == 0 || memcmp(keys[0].data, keys[1].data, keys[0].size) == 0);
    buffer_free(&keys[0]);
    buffer_free(&keys[1]);
    return same;
}

/* "+NAME" makes an item a used one, and adds it to the list; "-NAME" the opposite. */
static void set_item(struct recipe_list *list, const char *what, const char *name, bool use, struct error *error)
{
    int at = 0;
    char copy[RECIPE_ITEM_SIZE] = {0};
    while (at < list->count && !same_name(list->items[at].name, name))
        at++;
    if (at == list->count && !use)
        error_set(error, STATUS_USAGE, "\"%s\" is not among the %s of the recipe", name, what);
    else if (at == list->count && (at == RECIPE_ITEMS_MAX || !recipe_copy_text(copy, sizeof copy, name) || !copy[0]))
        error_set(error, STATUS_USAGE, "a recipe has at most %d %s, of 1 to %d bytes on one line", RECIPE_ITEMS_MAX,
                  what, RECIPE_ITEM_SIZE - 1);
    if (error->status != STATUS_OK)
        return;
    if (at == list->count) {
        list->items[list->count++] = (struct recipe_item){.count = 0};
        memcpy(list->items[at].name, copy, sizeof copy);
    }
    list->items[at].used = use;
    list->rule.dropped = list->rule.dropped && !use;
}

static bool set_list(struct recipe *recipe, int constraint, const char *value, struct error *error)
{
    struct recipe_list *list = constraint == RECIPE_GENRES ? &recipe->genres : &recipe->artists;
    double number;
    if ((value[0] == '+' || value[0] == '-') && value[1]) {
        const char *name = value + 1;
        while (*name == ' ')
            name++;
        set_item(list, recipe_constraint_name(recipe, constraint), name, value[0] == '+', error);
    } else if (read_number(value, "%", &number) && number >= 0 && number <= 100) {
        recipe_use_share(list, number / 100);
        list->rule.dropped = list->count == 0;
    } else if (read_number(value, "", &number) && number >= 0 && number <= RECIPE_ITEMS_MAX &&
               number == floor(number)) {
        recipe_use_first(list, (int)number);
        list->rule.dropped = list->count == 0;
    } else {
        return false;
    }
    return true;
}

static const char *allowed(int constraint)
{
    switch (constraint) {
    case RECIPE_GENRES:
        return "90%, a number of genres, +NAME, -NAME";
    case RECIPE_ARTISTS_LIST:
        return "a number of artists, +NAME, -NAME";
    case RECIPE_YEARS:
        return "1980..1989, of=release, of=earliest, doubtful=trust, doubtful=unknown";
    default:
        return "0.4..0.8, 1.5sd";
    }
}

static enum status set_one(struct recipe *recipe, int constraint, const char *value, struct error *error)
{
    setter *const set = constraint >= RECIPE_FIRST_ATTRIBUTE ? set_attribute
                        : constraint == RECIPE_YEARS         ? set_years
                                                             : set_list;
    if (strcmp(value, "lock") != 0 && strcmp(value, "unlock") != 0) {
        const enum status status = check_unlocked(recipe, constraint, error);
        if (status != STATUS_OK)
            return status;
    }
    error->status = STATUS_OK;
    if (set_rule(recipe, constraint, value, error) || set(recipe, constraint, value, error))
        return error->status;
    return error_set(error, STATUS_USAGE,
                     "%s cannot be \"%s\"; possible are %s, drop, use, lock, unlock, unknown=keep, unknown=drop",
                     recipe_constraint_name(recipe, constraint), value, allowed(constraint));
}

static enum status set_limit(struct recipe *recipe, const char *value, struct error *error)
{
    double number;
    if (!read_number(value, "", &number) || number < 1 || number > RECIPE_LIMIT_MAX || number != floor(number))
        return error_set(error, STATUS_USAGE, "limit is a number from 1 to %d, not \"%s\"", RECIPE_LIMIT_MAX, value);
    recipe->limit = (int)number;
    return STATUS_OK;
}

static enum status set_name(struct recipe *recipe, const char *value, struct error *error)
{
    char name[sizeof recipe->name] = {0};
    if (!recipe_copy_text(name, sizeof name, value) || !name[0])
        return error_set(error, STATUS_USAGE, "a recipe's name has 1 to %zu bytes of UTF-8 on one line",
                         sizeof name - 1);
    memcpy(recipe->name, name, sizeof name);
    return STATUS_OK;
}

/* Names may contain "; ", so "+NAME" and "-NAME" take the rest of the text. */
static enum status set_each(struct recipe *recipe, int constraint, const char *value, struct error *error)
{
    char part[VALUE_SIZE];
    enum status status = STATUS_OK;
    do {
        while (*value == ' ')
            value++;
        const size_t size = value[0] == '+' || value[0] == '-' ? strlen(value) : strcspn(value, ";");
        size_t end = size;
        while (end > 0 && value[end - 1] == ' ')
            end--;
        if (end >= sizeof part)
            return error_set(error, STATUS_USAGE, "a value has at most %zu bytes", sizeof part - 1);
        snprintf(part, sizeof part, "%.*s", (int)end, value);
        status = set_one(recipe, constraint, part, error);
        value += size + (value[size] == ';');
    } while (status == STATUS_OK && *value);
    return status;
}

enum status recipe_set(struct recipe *recipe, const char *name, const char *value, struct error *error)
{
    struct error own = {0}; /* `error` may be NULL */
    struct recipe changed = *recipe;
    enum status status;
    const int constraint = recipe_constraint_find(recipe, name);
    if (strcmp(name, "limit") == 0)
        status = set_limit(&changed, value, &own);
    else if (strcmp(name, "name") == 0)
        status = set_name(&changed, value, &own);
    else if (constraint < 0)
        status = error_set(&own, STATUS_USAGE,
                           "the recipe has no constraint \"%s\"; it has name, limit, genres, artists, years and %d "
                           "attributes, which \"sleeve recipe show\" lists",
                           name, recipe->n_attributes);
    else
        status = set_each(&changed, constraint, value, &own);
    if (status == STATUS_OK)
        *recipe = changed;
    else if (error)
        *error = own;
    return status;
}

enum status recipe_set_pair(struct recipe *recipe, const char *pair, struct error *error)
{
    char name[80], value[VALUE_SIZE];
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair)
        return error_set(error, STATUS_USAGE, "\"%s\" is not CONSTRAINT=VALUE, such as years=1980..1989", pair);
    const char sign = equals[-1] == '+' || equals[-1] == '-' ? equals[-1] : '\0';
    const size_t size = (size_t)(equals - pair) - (sign != '\0');
    if (size == 0 || size >= sizeof name || strlen(equals) >= sizeof value)
        return error_set(error, STATUS_USAGE, "\"%.60s...\" is too long for CONSTRAINT=VALUE", pair);
    snprintf(name, sizeof name, "%.*s", (int)size, pair);
    snprintf(value, sizeof value, "%.*s%s", sign != '\0', &sign, equals + 1);
    return recipe_set(recipe, name, value, error);
}

void recipe_value_text(const struct recipe *recipe, int constraint, char *text, size_t size)
{
    if (constraint == RECIPE_GENRES || constraint == RECIPE_ARTISTS_LIST) {
        snprintf(text, size, "%d", recipe_used(constraint == RECIPE_GENRES ? &recipe->genres : &recipe->artists));
        return;
    }
    if (constraint == RECIPE_YEARS) {
        snprintf(text, size, "%d..%d", recipe->years.low, recipe->years.high);
        return;
    }
    const struct recipe_attribute *attribute = &recipe->attributes[constraint - RECIPE_FIRST_ATTRIBUTE];
    if (attribute->fixed)
        snprintf(text, size, "%.6g..%.6g", attribute->low, attribute->high);
    else
        snprintf(text, size, "%.6gsd", attribute->deviations);
}
