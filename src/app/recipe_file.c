#include "app/recipe_file.h"

#include <math.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "core/text_reader.h"

enum { RECIPE_FILE_MAX = 1 << 20 };

/* ---- JSON out ---- */

static void write_rule(struct json_writer *json, const struct recipe_rule *rule)
{
    json_pair_bool(json, "dropped", rule->dropped);
    json_pair_bool(json, "locked", rule->locked);
    json_pair_text(json, "unknown", rule->keep_unknown ? "keep" : "drop");
}

static void write_list(struct json_writer *json, const char *name, const struct recipe_list *list)
{
    json_key(json, name);
    json_object_begin(json);
    write_rule(json, &list->rule);
    json_pair_integer(json, "known", list->known);
    json_pair_integer(json, "total", list->total);
    json_key(json, "items");
    json_array_begin(json);
    for (int i = 0; i < list->count; i++) {
        json_object_begin(json);
        json_pair_text(json, "name", list->items[i].name);
        json_pair_integer(json, "tracks", list->items[i].count);
        json_pair_bool(json, "used", list->items[i].used);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void write_years(struct json_writer *json, const struct recipe_years *years)
{
    json_key(json, "years");
    json_object_begin(json);
    write_rule(json, &years->rule);
    json_pair_integer(json, "known", years->known);
    json_pair_integer(json, "low", years->low);
    json_pair_integer(json, "high", years->high);
    json_pair_text(json, "of", years->earliest ? "earliest" : "release");
    json_pair_text(json, "doubtful", years->doubtful_known ? "trust" : "unknown");
    if (years->widened)
        json_pair_bool(json, "widened", true);
    json_object_end(json);
}

static void write_attribute(struct json_writer *json, const struct recipe_attribute *attribute)
{
    json_object_begin(json);
    json_pair_text(json, "name", attribute->name);
    write_rule(json, &attribute->rule);
    json_pair_integer(json, "known", attribute->known);
    if (attribute->predicted > 0)
        json_pair_integer(json, "predicted", attribute->predicted);
    json_pair_number(json, "mean", attribute->mean);
    json_pair_number(json, "deviation", attribute->deviation);
    json_pair_number(json, "deviations", attribute->deviations);
    if (attribute->widened)
        json_pair_bool(json, "widened", true);
    if (attribute->fixed) {
        json_pair_number(json, "low", attribute->low);
        json_pair_number(json, "high", attribute->high);
    }
    json_object_end(json);
}

void recipe_write_members(const struct recipe *recipe, struct json_writer *json)
{
    json_pair_text(json, "format", "sleeve recipe");
    json_pair_integer(json, "version", 1);
    json_pair_text(json, "name", recipe->name);
    json_key(json, "playlist");
    json_object_begin(json);
    json_pair_text(json, "key", recipe->playlist_key);
    json_pair_text(json, "name", recipe->playlist_name);
    json_pair_integer(json, "tracks", recipe->n_tracks);
    json_object_end(json);
    json_pair_integer(json, "limit", recipe->limit);
    json_pair_text(json, "sort", "training playlists");
    write_list(json, "genres", &recipe->genres);
    write_list(json, "artists", &recipe->artists);
    write_years(json, &recipe->years);
    json_key(json, "attributes");
    json_array_begin(json);
    for (int i = 0; i < recipe->n_attributes; i++)
        write_attribute(json, &recipe->attributes[i]);
    json_array_end(json);
}

void recipe_write_json(const struct recipe *recipe, struct json_writer *json)
{
    json_object_begin(json);
    recipe_write_members(recipe, json);
    json_object_end(json);
}

/* ---- text out ---- */

/* The number as JSON writes it: the shortest text that reads back as the same. */
static void add_number(struct buffer *out, const char *name, double value)
{
    struct json_writer json = {.out = out};
    buffer_printf(out, "%s = ", name);
    json_number(&json, value);
    buffer_add_byte(out, '\n');
}

static void add_rule(struct buffer *out, const struct recipe_rule *rule)
{
    if (rule->dropped)
        buffer_add_text(out, "dropped = yes\n");
    if (rule->locked)
        buffer_add_text(out, "locked = yes\n");
    if (rule->keep_unknown)
        buffer_add_text(out, "unknown = keep\n");
}

static void add_list(struct buffer *out, const char *name, const struct recipe_list *list)
{
    buffer_printf(out, "\n[%s]\n", name);
    add_rule(out, &list->rule);
    buffer_printf(out, "known = %d\ntotal = %d\n", list->known, list->total);
    for (int i = 0; i < list->count; i++)
        buffer_printf(out, "%c %d %s\n", list->items[i].used ? '+' : '-', list->items[i].count, list->items[i].name);
}

void recipe_write_text(const struct recipe *recipe, struct buffer *out)
{
    buffer_printf(out,
                  "sleeve recipe 1\n# + is used, - is not; the numbers are tracks of the playlist.\nname = %s\n"
                  "playlist = %s\nplaylist name = %s\ntracks = %d\nlimit = %d\n",
                  recipe->name, recipe->playlist_key, recipe->playlist_name, recipe->n_tracks, recipe->limit);
    add_list(out, "genres", &recipe->genres);
    add_list(out, "artists", &recipe->artists);
    buffer_add_text(out, "\n[years]\n");
    add_rule(out, &recipe->years.rule);
    buffer_printf(out, "known = %d\nlow = %d\nhigh = %d\nof = %s\ndoubtful = %s\n", recipe->years.known,
                  recipe->years.low, recipe->years.high, recipe->years.earliest ? "earliest" : "release",
                  recipe->years.doubtful_known ? "trust" : "unknown");
    if (recipe->years.widened)
        buffer_add_text(out, "widened = yes\n");
    for (int i = 0; i < recipe->n_attributes; i++) {
        const struct recipe_attribute *attribute = &recipe->attributes[i];
        buffer_printf(out, "\n[attribute %s]\n", attribute->name);
        add_rule(out, &attribute->rule);
        buffer_printf(out, "known = %d\n", attribute->known);
        if (attribute->predicted > 0)
            buffer_printf(out, "predicted = %d\n", attribute->predicted);
        add_number(out, "mean", attribute->mean);
        add_number(out, "deviation", attribute->deviation);
        add_number(out, "deviations", attribute->deviations);
        if (attribute->widened)
            buffer_add_text(out, "widened = yes\n");
        if (attribute->fixed) {
            add_number(out, "low", attribute->low);
            add_number(out, "high", attribute->high);
        }
    }
}

enum status recipe_write_file(const struct recipe *recipe, const char *path, struct error *error)
{
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    if (file_has_extension(path, ".json")) {
        recipe_write_json(recipe, &json);
        buffer_add_byte(&text, '\n');
    } else {
        recipe_write_text(recipe, &text);
    }
    enum status status = text.failed ? error_no_memory(error) : atomic_file_write(path, &text, error);
    buffer_free(&text);
    return status;
}

/* ---- in ---- */

/* Names are single lines without control characters, so that the text format can hold them. */
bool recipe_copy_text(char *place, size_t place_size, const char *text)
{
    while (*text == ' ')
        text++;
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == ' ')
        size--;
    if (size >= place_size || !text_is_utf8(text, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    memmove(place, text, size);
    place[size] = '\0';
    return true;
}

bool recipe_take_text(char *place, size_t place_size, const char *text)
{
    size_t size = 0;
    for (size_t step; text[size]; size += step) {
        step = text_character_size(text + size, strlen(text + size));
        if (step == 0 || size + step >= place_size)
            break;
        const bool control = (unsigned char)text[size] < ' ' || text[size] == 0x7f;
        memcpy(place + size, control ? " " : text + size, step);
    }
    place[size] = '\0';
    return size > 0 && recipe_copy_text(place, place_size, place) && place[0];
}

static bool is_count(int value)
{
    return value >= 0;
}

static enum status check_list(const struct recipe_list *list, const char *name, struct error *error)
{
    if (!is_count(list->known) || !is_count(list->total))
        return error_set(error, STATUS_BAD_DATA, "%s has a negative count", name);
    for (int i = 0; i < list->count; i++)
        if (!list->items[i].name[0] || list->items[i].count < 0)
            return error_set(error, STATUS_BAD_DATA, "item %d of %s has no name, or a negative count", i + 1, name);
    return STATUS_OK;
}

static enum status check_attribute(const struct recipe *recipe, int at, struct error *error)
{
    const struct recipe_attribute *attribute = &recipe->attributes[at];
    const char *name = attribute->name;
    if (!name[0] || recipe_constraint_find(recipe, name) != RECIPE_FIRST_ATTRIBUTE + at || strcmp(name, "limit") == 0 ||
        strcmp(name, "name") == 0)
        return error_set(error, STATUS_BAD_DATA, "attribute %d has no name of its own", at + 1);
    if (!isfinite(attribute->mean) || !(attribute->deviation >= 0) || !isfinite(attribute->deviation))
        return error_set(error, STATUS_BAD_DATA, "the mean or deviation of %s is not a number, or is negative", name);
    if (!(attribute->deviations >= 0 && attribute->deviations <= RECIPE_DEVIATIONS_MAX))
        return error_set(error, STATUS_BAD_DATA, "\"deviations\" of %s is not from 0 to %g", name,
                         RECIPE_DEVIATIONS_MAX);
    if (attribute->fixed &&
        !(attribute->low <= attribute->high && isfinite(attribute->low) && isfinite(attribute->high)))
        return error_set(error, STATUS_BAD_DATA, "\"low\" and \"high\" of %s are not a range", name);
    return is_count(attribute->known) ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "%s has a negative count", name);
}

enum status recipe_check(const struct recipe *recipe, struct error *error)
{
    const struct recipe_years *years = &recipe->years;
    enum status status = check_list(&recipe->genres, "genres", error);
    if (status == STATUS_OK)
        status = check_list(&recipe->artists, "artists", error);
    if (status == STATUS_OK && (recipe->limit < 1 || recipe->limit > RECIPE_LIMIT_MAX))
        status = error_set(error, STATUS_BAD_DATA, "\"limit\" is not from 1 to %d", RECIPE_LIMIT_MAX);
    if (status == STATUS_OK && (!is_count(recipe->n_tracks) || !is_count(years->known)))
        status = error_set(error, STATUS_BAD_DATA, "a number of tracks is negative");
    if (status == STATUS_OK && (years->low < 0 || years->high > RECIPE_YEAR_MAX || years->low > years->high ||
                                (years->low == 0) != (years->high == 0)))
        status = error_set(error, STATUS_BAD_DATA, "\"low\" and \"high\" of years are not two years in order");
    for (int i = 0; status == STATUS_OK && i < recipe->n_attributes; i++)
        status = check_attribute(recipe, i, error);
    for (int i = 0; status == STATUS_OK && i < recipe_constraints(recipe); i++)
        if (!recipe_rule_of(recipe, i)->dropped && !recipe_has_values(recipe, i))
            status = error_set(error, STATUS_BAD_DATA, "%s has no value, but is not dropped",
                               recipe_constraint_name(recipe, i));
    return status;
}

enum status recipe_read(const char *text, size_t size, struct recipe *recipe, struct error *error)
{
    size_t at = 0;
    while (at < size && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'))
        at++;
    enum status status = at < size && text[at] == '{' ? recipe_read_json(text, size, recipe, error)
                                                      : recipe_read_text(text, size, recipe, error);
    return status == STATUS_OK ? recipe_check(recipe, error) : status;
}

enum status recipe_read_file(const char *path, struct recipe *recipe, struct error *error)
{
    struct text_reader *reader;
    char *text;
    size_t size;
    enum status status = text_reader_open(path, TEXT_READER_STDIN | TEXT_READER_UTF8, &reader, error);
    if (status != STATUS_OK)
        return status;
    status = text_reader_fill(reader, RECIPE_FILE_MAX + 1, &text, &size, error);
    if (status == STATUS_OK && size > RECIPE_FILE_MAX)
        status = error_set(error, STATUS_BAD_DATA, "%s is larger than 1 MB, so it is not a recipe",
                           text_reader_name(reader));
    if (status == STATUS_OK) {
        status = recipe_read(text, size, recipe, error);
        if (status != STATUS_OK)
            error_prefix(error, "%s", text_reader_name(reader));
    }
    text_reader_close(reader);
    return status;
}
