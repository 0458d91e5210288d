#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/recipe_file.h"

/* Where the reader is. */
struct section {
    struct recipe *recipe;
    int constraint; /* -1: before the first section */
    long line;
};

enum { LINE_MAX_SIZE = 1024 };

/* Values are of these types; a row says where one goes. */
static bool read_int(const char *value, int high, int *place)
{
    char *end;
    const long number = strtol(value, &end, 10);
    if (end == value || *end || number < 0 || number > high)
        return false;
    *place = (int)number;
    return true;
}

static bool read_double(const char *value, double *place)
{
    char *end;
    *place = strtod(value, &end);
    return end != value && !*end && isfinite(*place);
}

static bool read_word(const char *value, const char *no, const char *yes, bool *place)
{
    *place = strcmp(value, yes) == 0;
    return *place || strcmp(value, no) == 0;
}

static bool take_head(struct recipe *recipe, const char *name, const char *value)
{
    if (strcmp(name, "name") == 0)
        return recipe_copy_text(recipe->name, sizeof recipe->name, value);
    if (strcmp(name, "playlist") == 0)
        return recipe_copy_text(recipe->playlist_key, sizeof recipe->playlist_key, value);
    if (strcmp(name, "playlist name") == 0)
        return recipe_copy_text(recipe->playlist_name, sizeof recipe->playlist_name, value);
    if (strcmp(name, "tracks") == 0)
        return read_int(value, INT32_MAX, &recipe->n_tracks);
    return strcmp(name, "limit") == 0 && read_int(value, RECIPE_LIMIT_MAX, &recipe->limit);
}

static bool take_years(struct recipe_years *years, const char *name, const char *value)
{
    if (strcmp(name, "known") == 0)
        return read_int(value, INT32_MAX, &years->known);
    if (strcmp(name, "low") == 0)
        return read_int(value, RECIPE_YEAR_MAX, &years->low);
    if (strcmp(name, "high") == 0)
        return read_int(value, RECIPE_YEAR_MAX, &years->high);
    if (strcmp(name, "of") == 0)
        return read_word(value, "release", "earliest", &years->earliest);
    if (strcmp(name, "widened") == 0)
        return read_word(value, "no", "yes", &years->widened);
    return strcmp(name, "doubtful") == 0 && read_word(value, "unknown", "trust", &years->doubtful_known);
}

static bool take_attribute(struct recipe_attribute *attribute, const char *name, const char *value)
{
    if (strcmp(name, "known") == 0)
        return read_int(value, INT32_MAX, &attribute->known);
    if (strcmp(name, "predicted") == 0)
        return read_int(value, INT32_MAX, &attribute->predicted);
    if (strcmp(name, "mean") == 0)
        return read_double(value, &attribute->mean);
    if (strcmp(name, "deviation") == 0)
        return read_double(value, &attribute->deviation);
    if (strcmp(name, "deviations") == 0)
        return read_double(value, &attribute->deviations);
    if (strcmp(name, "widened") == 0)
        return read_word(value, "no", "yes", &attribute->widened);
    const bool low = strcmp(name, "low") == 0;
    if (!low && strcmp(name, "high") != 0)
        return false;
    if (!attribute->fixed)
        attribute->low = attribute->high = NAN; /* both must be given */
    attribute->fixed = true;
    return read_double(value, low ? &attribute->low : &attribute->high);
}

static bool take_rule(struct recipe_rule *rule, const char *name, const char *value)
{
    if (strcmp(name, "dropped") == 0)
        return read_word(value, "no", "yes", &rule->dropped);
    if (strcmp(name, "locked") == 0)
        return read_word(value, "no", "yes", &rule->locked);
    return strcmp(name, "unknown") == 0 && read_word(value, "drop", "keep", &rule->keep_unknown);
}

static bool take_value(const struct section *section, const char *name, const char *value)
{
    struct recipe *recipe = section->recipe;
    if (section->constraint < 0)
        return take_head(recipe, name, value);
    if (take_rule(recipe_rule(recipe, section->constraint), name, value))
        return true;
    if (section->constraint == RECIPE_YEARS)
        return take_years(&recipe->years, name, value);
    if (section->constraint >= RECIPE_FIRST_ATTRIBUTE)
        return take_attribute(&recipe->attributes[section->constraint - RECIPE_FIRST_ATTRIBUTE], name, value);
    struct recipe_list *list = section->constraint == RECIPE_GENRES ? &recipe->genres : &recipe->artists;
    if (strcmp(name, "known") == 0)
        return read_int(value, INT32_MAX, &list->known);
    return strcmp(name, "total") == 0 && read_int(value, INT32_MAX, &list->total);
}

/* "+ 12 dance pop" */
static bool take_item(struct recipe_list *list, const char *line)
{
    char *end;
    const long count = strtol(line + 1, &end, 10);
    if (end == line + 1 || *end != ' ' || !end[1] || count < 0 || count > INT32_MAX || list->count == RECIPE_ITEMS_MAX)
        return false;
    struct recipe_item *item = &list->items[list->count];
    *item = (struct recipe_item){.count = (int32_t)count, .used = line[0] == '+'};
    list->count += recipe_copy_text(item->name, sizeof item->name, end + 1);
    return item->name[0] != '\0';
}

/* "[years]"; a constraint that has a section is used unless the section says that it is dropped. */
static bool take_section(struct section *section, char *line)
{
    struct recipe *recipe = section->recipe;
    const size_t size = strlen(line);
    if (line[size - 1] != ']')
        return false;
    line[size - 1] = '\0';
    if (strncmp(line, "[attribute ", 11) == 0) {
        if (recipe->n_attributes == RECIPE_ATTRIBUTES_MAX)
            return false;
        struct recipe_attribute *attribute = &recipe->attributes[recipe->n_attributes];
        *attribute = (struct recipe_attribute){.deviations = 1};
        section->constraint = RECIPE_FIRST_ATTRIBUTE + recipe->n_attributes++;
        return recipe_copy_text(attribute->name, sizeof attribute->name, line + 11) && attribute->name[0];
    }
    const int constraint = recipe_constraint_find(recipe, line + 1);
    if (constraint < 0 || constraint >= RECIPE_FIRST_ATTRIBUTE)
        return false;
    section->constraint = constraint;
    recipe_rule(recipe, constraint)->dropped = false;
    return true;
}

static bool take_line(struct section *section, char *line)
{
    if (!line[0] || line[0] == '#')
        return true;
    if (line[0] == '[')
        return take_section(section, line);
    const bool list = section->constraint == RECIPE_GENRES || section->constraint == RECIPE_ARTISTS_LIST;
    if ((line[0] == '+' || line[0] == '-') && list)
        return take_item(section->constraint == RECIPE_GENRES ? &section->recipe->genres : &section->recipe->artists,
                         line);
    char *equals = strchr(line, '=');
    if (!equals)
        return false;
    char *end = equals;
    while (end > line && end[-1] == ' ')
        end--;
    *end = '\0';
    const char *value = equals + 1;
    while (*value == ' ')
        value++;
    return take_value(section, line, value);
}

enum status recipe_read_text(const char *text, size_t size, struct recipe *recipe, struct error *error)
{
    struct section section = {recipe, -1, 0};
    const char *end = text + size;
    recipe_start(recipe);
    while (text < end) {
        char line[LINE_MAX_SIZE];
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop ? stop : end) - text);
        const char *next = stop ? stop + 1 : end;
        while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\r' || text[length - 1] == '\t'))
            length--;
        section.line++;
        const bool fits = length < sizeof line && !memchr(text, '\0', length);
        snprintf(line, sizeof line, "%.*s", fits ? (int)length : 0, length ? text : "");
        if (section.line == 1 && strcmp(line, "sleeve recipe 1") != 0)
            return error_set(error, STATUS_BAD_DATA,
                             "this is not a recipe: it begins neither with { nor with \"sleeve recipe 1\"");
        if (!fits || (section.line > 1 && !take_line(&section, line)))
            return error_set(error, STATUS_BAD_DATA, "line %ld: \"%.60s\" is not a line of a recipe", section.line,
                             line);
        text = next;
    }
    if (section.line == 0)
        return error_set(error, STATUS_BAD_DATA, "this is not a recipe: it is empty");
    return STATUS_OK;
}
