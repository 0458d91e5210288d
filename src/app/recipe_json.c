#include <math.h>
#include <string.h>

#include "app/recipe_file.h"

/* Reads the members of one object; the first that is wrong is remembered. */
struct members {
    const struct json_value *object;
    const char *of; /* in messages: "years" */
    struct error *error;
    enum status status;
};

static void refuse(struct members *members, const char *key, const char *what)
{
    if (members->status == STATUS_OK)
        members->status = error_set(members->error, STATUS_BAD_DATA, "\"%s\" of %s is not %s", key, members->of, what);
}

static bool read_bool(struct members *members, const char *key)
{
    const struct json_value *value = json_member(members->object, key);
    if (value && value->type != JSON_BOOL)
        refuse(members, key, "true or false");
    return json_get_bool(value, false);
}

static int read_integer(struct members *members, const char *key, int high, int otherwise)
{
    const struct json_value *value = json_member(members->object, key);
    if (!value)
        return otherwise;
    const int64_t number = json_get_integer(value, 0, high, -1);
    if (number < 0)
        refuse(members, key, "a whole number in its range");
    return number < 0 ? otherwise : (int)number;
}

static double read_number(struct members *members, const char *key, double otherwise)
{
    const struct json_value *value = json_member(members->object, key);
    if (value && value->type != JSON_NUMBER)
        refuse(members, key, "a number");
    return json_get_number(value, otherwise);
}

static void read_text(struct members *members, const char *key, char *place, size_t size)
{
    const struct json_value *value = json_member(members->object, key);
    if (!value)
        return;
    const char *text = json_get_text(value, NULL);
    if (!text || !recipe_copy_text(place, size, text))
        refuse(members, key, "a text of one line that fits");
}

/* One of two words; `otherwise` where it is missing. */
static bool read_word(struct members *members, const char *key, const char *no, const char *yes, bool otherwise)
{
    const struct json_value *value = json_member(members->object, key);
    const char *text = json_get_text(value, "");
    if (!value)
        return otherwise;
    if (strcmp(text, no) != 0 && strcmp(text, yes) != 0)
        refuse(members, key, "one of its words");
    return strcmp(text, yes) == 0;
}

static void read_rule(struct members *members, struct recipe_rule *rule)
{
    rule->dropped = read_bool(members, "dropped");
    rule->locked = read_bool(members, "locked");
    rule->keep_unknown = read_word(members, "unknown", "drop", "keep", false);
}

/* The object of this key. False: there is none. */
static bool enter(struct members *members, const struct members *parent, const char *key)
{
    *members = (struct members){json_member(parent->object, key), key, parent->error, STATUS_OK};
    if (members->object && members->object->type != JSON_OBJECT)
        members->status = error_set(parent->error, STATUS_BAD_DATA, "\"%s\" is not an object", key);
    return members->object != NULL;
}

static enum status read_list(const struct members *root, const char *key, struct recipe_list *list)
{
    struct members members;
    if (!enter(&members, root, key))
        return STATUS_OK;
    const struct json_value *items = json_member(members.object, "items");
    const size_t count = json_array_count(items);
    read_rule(&members, &list->rule);
    list->known = read_integer(&members, "known", INT32_MAX, 0);
    list->total = read_integer(&members, "total", INT32_MAX, 0);
    if (items && items->type != JSON_ARRAY)
        refuse(&members, "items", "an array");
    if (count > RECIPE_ITEMS_MAX)
        refuse(&members, "items", "an array of at most 64 items");
    for (size_t i = 0; members.status == STATUS_OK && i < count; i++) {
        struct members item = {&items->items[i], key, root->error, STATUS_OK};
        struct recipe_item *place = &list->items[list->count++];
        read_text(&item, "name", place->name, sizeof place->name);
        place->count = read_integer(&item, "tracks", INT32_MAX, 0);
        place->used = read_bool(&item, "used");
        members.status = item.status;
    }
    return members.status;
}

static enum status read_years(const struct members *root, struct recipe_years *years)
{
    struct members members;
    if (!enter(&members, root, "years"))
        return STATUS_OK;
    read_rule(&members, &years->rule);
    years->known = read_integer(&members, "known", INT32_MAX, 0);
    years->low = read_integer(&members, "low", RECIPE_YEAR_MAX, 0);
    years->high = read_integer(&members, "high", RECIPE_YEAR_MAX, 0);
    years->earliest = read_word(&members, "of", "release", "earliest", false);
    years->widened = read_bool(&members, "widened");
    years->doubtful_known = read_word(&members, "doubtful", "unknown", "trust", true);
    return members.status;
}

static enum status read_attribute(const struct members *root, const struct json_value *value,
                                  struct recipe_attribute *attribute)
{
    struct members members = {value, "an attribute", root->error, STATUS_OK};
    *attribute = (struct recipe_attribute){.deviations = 1};
    read_text(&members, "name", attribute->name, sizeof attribute->name);
    members.of = attribute->name[0] ? attribute->name : members.of;
    read_rule(&members, &attribute->rule);
    attribute->known = read_integer(&members, "known", INT32_MAX, 0);
    attribute->predicted = read_integer(&members, "predicted", INT32_MAX, 0);
    attribute->mean = read_number(&members, "mean", 0);
    attribute->deviation = read_number(&members, "deviation", 0);
    attribute->deviations = read_number(&members, "deviations", 1);
    attribute->widened = read_bool(&members, "widened");
    attribute->fixed = json_member(value, "low") || json_member(value, "high");
    attribute->low = read_number(&members, "low", attribute->fixed ? NAN : 0);
    attribute->high = read_number(&members, "high", attribute->fixed ? NAN : 0);
    return members.status;
}

static enum status read_attributes(struct members *root, struct recipe *recipe)
{
    const struct json_value *items = json_member(root->object, "attributes");
    const size_t count = json_array_count(items);
    if (items && items->type != JSON_ARRAY)
        refuse(root, "attributes", "an array");
    if (count > RECIPE_ATTRIBUTES_MAX)
        refuse(root, "attributes", "an array of at most 16 attributes");
    for (size_t i = 0; root->status == STATUS_OK && i < count; i++)
        root->status = read_attribute(root, &items->items[i], &recipe->attributes[recipe->n_attributes++]);
    return root->status;
}

static enum status read_root(const struct json_value *value, struct recipe *recipe, struct error *error)
{
    struct members root = {value, "the recipe", error, STATUS_OK}, playlist;
    if (strcmp(json_get_text(json_member(value, "format"), ""), "sleeve recipe") != 0)
        return error_set(error, STATUS_BAD_DATA, "this is JSON, but not a recipe: \"format\" is not \"sleeve recipe\"");
    if (json_get_integer(json_member(value, "version"), 1, 1, 0) != 1)
        return error_set(error, STATUS_BAD_DATA, "the recipe's version is not 1; a newer sleeve may read it");
    read_text(&root, "name", recipe->name, sizeof recipe->name);
    recipe->limit = read_integer(&root, "limit", RECIPE_LIMIT_MAX, RECIPE_LIMIT);
    if (enter(&playlist, &root, "playlist")) {
        read_text(&playlist, "key", recipe->playlist_key, sizeof recipe->playlist_key);
        read_text(&playlist, "name", recipe->playlist_name, sizeof recipe->playlist_name);
        recipe->n_tracks = read_integer(&playlist, "tracks", INT32_MAX, 0);
        root.status = root.status == STATUS_OK ? playlist.status : root.status;
    }
    if (root.status == STATUS_OK)
        root.status = read_list(&root, "genres", &recipe->genres);
    if (root.status == STATUS_OK)
        root.status = read_list(&root, "artists", &recipe->artists);
    if (root.status == STATUS_OK)
        root.status = read_years(&root, &recipe->years);
    return read_attributes(&root, recipe);
}

enum status recipe_read_value(const struct json_value *value, struct recipe *recipe, struct error *error)
{
    recipe_start(recipe);
    enum status status = read_root(value, recipe, error);
    return status == STATUS_OK ? recipe_check(recipe, error) : status;
}

enum status recipe_read_json(const char *text, size_t size, struct recipe *recipe, struct error *error)
{
    struct json_document document;
    recipe_start(recipe);
    enum status status = json_read(text, size, &document, error);
    if (status != STATUS_OK)
        return status;
    status = read_root(&document.root, recipe, error);
    json_document_free(&document);
    return status;
}
