#include "app/failure_file.h"

#include <math.h>
#include <string.h>

#include "app/failure_fields.h"
#include "app/overwrite.h"
#include "core/file.h"
#include "core/paths.h"

enum failure_format failure_format_of(const char *path)
{
    return file_has_extension(path, ".csv")     ? FAILURES_CSV
           : file_has_extension(path, ".jsonl") ? FAILURES_JSONL
                                                : FAILURE_FORMATS;
}

static const char *main_cause(const struct failure *failure)
{
    enum cause cause = failure_main_cause(failure);
    return !failure->has_causes ? "" : cause < CAUSES ? cause_infos[cause].name : "none";
}

static bool is_known(const struct failure_list *list, int field)
{
    return list->against[0] || (field != FIELD_LOSS && field != FIELD_OTHER);
}

/* ---- CSV ---- */

/* A field of RFC 4180. */
static void add_text(struct buffer *out, const char *text)
{
    const bool quoted = strpbrk(text, ",;\"\t\r\n") || text[0] == ' ';
    buffer_add_text(out, quoted ? "\"" : "");
    for (; *text; text++) {
        if (*text == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, *text);
    }
    buffer_add_text(out, quoted ? "\"" : "");
}

/* The shortest text that reads back as the same number. */
static void add_number(struct buffer *out, double value)
{
    struct json_writer json = {.out = out};
    if (!isnan(value))
        json_number(&json, value);
}

static void add_row(const struct failure_list *list, const struct failure *failure, struct buffer *out)
{
    const char *const texts[] = {list->model, failure->key, failure->name, failure->genre, main_cause(failure)};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        add_text(out, texts[i]);
        buffer_add_byte(out, ',');
    }
    for (int field = 0; field < FAILURE_FIELDS; field++) {
        buffer_add_text(out, field > 0 ? "," : "");
        add_number(out, failure_field_value(field, failure));
    }
    buffer_add_text(out, "\r\n");
}

/* A cause and a metric may have the same name, so causes are named as in JSON. */
static void add_heading(struct buffer *out)
{
    buffer_add_text(out, "model,playlist,name,genre,cause");
    for (int field = 0; field < FAILURE_FIELDS; field++)
        buffer_printf(out, ",%s%s", field >= FAILURE_OWN_FIELDS + METRICS ? "causes." : "", failure_field_name(field));
    buffer_add_text(out, "\r\n");
}

/* ---- JSON lines ---- */

static void add_pair(struct json_writer *json, int field, const struct failure *failure)
{
    json_pair_number(json, failure_field_name(field), failure_field_value(field, failure));
}

void failure_json(const struct failure_list *list, const struct failure *failure, struct json_writer *json)
{
    int field = 0;
    json_pair_text(json, "model", list->model);
    if (list->against[0])
        json_pair_text(json, "against", list->against);
    json_pair_text(json, "playlist", failure->key);
    json_pair_text(json, "name", failure->name);
    json_pair_text(json, "genre", failure->genre[0] ? failure->genre : NULL);
    for (; field < FAILURE_OWN_FIELDS + METRICS; field++)
        if (is_known(list, field))
            add_pair(json, field, failure);
    json_pair_text(json, "cause", failure->has_causes ? main_cause(failure) : NULL);
    json_key(json, "causes");
    json_object_begin(json);
    for (; field < FAILURE_FIELDS; field++)
        add_pair(json, field, failure);
    json_object_end(json);
}

void failure_file_text(const struct failure_list *list, const struct failure *items, size_t count,
                       enum failure_format format, struct buffer *out)
{
    if (format == FAILURES_CSV)
        add_heading(out);
    for (size_t i = 0; i < count; i++) {
        if (format == FAILURES_CSV) {
            add_row(list, &items[i], out);
            continue;
        }
        struct json_writer json = {.out = out};
        json_object_begin(&json);
        failure_json(list, &items[i], &json);
        json_object_end(&json);
        buffer_add_byte(out, '\n');
    }
}

enum status failure_file_write(const struct failure_list *list, const struct failure *items, size_t count,
                               const char *path, bool overwrite, struct error *error)
{
    struct buffer bytes = {0}, typed = {0};
    enum failure_format format = failure_format_of(path);
    if (format == FAILURE_FORMATS)
        return error_set(error, STATUS_USAGE, "%s: the name of the file ends in .csv or .jsonl", path);
    path_typed(path, &typed);
    enum status status = typed.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && !overwrite)
        status = app_must_be_new(typed.data, "failures export!", error);
    if (status == STATUS_OK)
        failure_file_text(list, items, count, format, &bytes);
    if (status == STATUS_OK)
        status = atomic_file_write(typed.data, &bytes, error);
    buffer_free(&bytes);
    buffer_free(&typed);
    return status;
}
