#ifndef SLEEVE_APP_RECIPE_FILE_H
#define SLEEVE_APP_RECIPE_FILE_H

#include "app/recipe.h"
#include "core/buffer.h"
#include "core/json.h"
#include "core/json_reader.h"

/* Recipes as JSON and as text. Both hold everything, so that a recipe that was written reads back as the same.
 *
 * JSON: {"format": "sleeve recipe", "version": 1, "name", "playlist": {"key", "name", "tracks"}, "limit", "genres":
 * {"dropped", "locked", "unknown": "drop"|"keep", "known", "total", "items": [{"name", "tracks", "used"}]}, "artists":
 * the same, "years": {..., "low", "high", "of": "release"|"earliest", "doubtful": "trust"|"unknown"}, "attributes":
 * [{"name", ..., "mean", "deviation", "deviations", "low", "high"}]}. An attribute has "deviations", or "low" and
 * "high".
 *
 * Text: "sleeve recipe 1", then lines "NAME = VALUE" under "[genres]", "[artists]", "[years]" and "[attribute NAME]".
 * The items of a list are "+ COUNT NAME" where they are used, else "- COUNT NAME". Empty lines and lines that begin
 * with
 * "#" are ignored. */

void recipe_write_json(const struct recipe *recipe, struct json_writer *json);
/* The members alone, into an object that the caller begins and ends. */
void recipe_write_members(const struct recipe *recipe, struct json_writer *json);
void recipe_write_text(const struct recipe *recipe, struct buffer *out);

/* To a file: as JSON where its name ends in .json, otherwise as text. */
enum status recipe_write_file(const struct recipe *recipe, const char *path, struct error *error);

/* Either format; the text need not be trusted. STATUS_BAD_DATA names the member or the line. Members that are missing
 * are as in recipe_start; unknown ones are ignored in JSON and refused in text, where they are a person's mistakes. */
enum status recipe_read(const char *text, size_t size, struct recipe *recipe, struct error *error);
/* A file; "-" is standard input. */
enum status recipe_read_file(const char *path, struct recipe *recipe, struct error *error);

/* Used by both readers: refuses numbers out of range, names that are too long and the like; `where` begins the message.
 */
enum status recipe_check(const struct recipe *recipe, struct error *error);
enum status recipe_read_json(const char *text, size_t size, struct recipe *recipe, struct error *error);
/* The same from a part of another document, with recipe_check. */
enum status recipe_read_value(const struct json_value *value, struct recipe *recipe, struct error *error);
enum status recipe_read_text(const char *text, size_t size, struct recipe *recipe, struct error *error);
/* Copies a text without blanks at its ends; false where it does not fit or is not a line of UTF-8. */
bool recipe_copy_text(char *place, size_t place_size, const char *text);
/* Copies a name of the catalogue: cut at a character where it does not fit, control characters as blanks, by which
 * text_key and so the search for it do not change. False for an empty name. */
bool recipe_take_text(char *place, size_t place_size, const char *text);

#endif
