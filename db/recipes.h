#ifndef SLEEVE_DB_RECIPES_H
#define SLEEVE_DB_RECIPES_H

#include "core/arena.h"
#include "db/connection.h"

/* Recipes by name, as JSON (app/recipe_file.h). */

struct recipe_row {
    const char *name;
    const char *json;
    int64_t changed; /* seconds since 1970 */
};

struct recipe_rows {
    struct recipe_row *items;
    size_t count;
    struct arena memory; /* owns items and texts */
};
void recipe_rows_free(struct recipe_rows *rows);

/* By name; at most 10,000. */
enum status catalogue_recipes_read(struct catalogue *catalogue, struct recipe_rows *rows, struct error *error);
/* The JSON of one; *json is malloc'ed, NULL where there is none of this name. */
enum status catalogue_recipe_read(struct catalogue *catalogue, const char *name, char **json, struct error *error);
/* Replaces a recipe of the same name. */
enum status catalogue_recipe_write(struct catalogue *catalogue, const char *name, const char *json,
                                   struct error *error);
/* *found: there was one. */
enum status catalogue_recipe_delete(struct catalogue *catalogue, const char *name, bool *found, struct error *error);

#endif
