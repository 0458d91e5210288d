#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/recipe_file.h"
#include "app/recipes.h"
#include "core/file.h"

enum status app_recipe_list(struct app *app, struct recipe_rows *rows, struct error *error)
{
    struct catalogue *catalogue;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_recipes_read(catalogue, rows, error);
    app_return(app, catalogue);
    return status;
}

/* *json is malloc'ed, NULL where there is no such recipe. */
static enum status read_saved(struct app *app, const char *name, char **json, struct error *error)
{
    struct catalogue *catalogue;
    *json = NULL;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_recipe_read(catalogue, name, json, error);
    app_return(app, catalogue);
    return status;
}

static enum status parse_saved(const char *name, const char *json, struct recipe *recipe, struct error *error)
{
    enum status status = recipe_read(json, strlen(json), recipe, error);
    return status == STATUS_OK ? status : error_prefix(error, "recipe \"%s\"", name);
}

static enum status no_such(const char *name, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "there is no recipe \"%s\"; \"sleeve recipe list\" lists them", name);
}

enum status app_recipe_load(struct app *app, const char *name, struct recipe *recipe, struct error *error)
{
    char *json;
    enum status status = read_saved(app, name, &json, error);
    if (status == STATUS_OK)
        status = json ? parse_saved(name, json, recipe, error) : no_such(name, error);
    free(json);
    return status;
}

enum status app_recipe_open(struct app *app, const char *name_or_path, struct recipe *recipe, struct error *error)
{
    char *json;
    enum status status = read_saved(app, name_or_path, &json, error);
    if (status == STATUS_OK && json)
        status = parse_saved(name_or_path, json, recipe, error);
    else if (status == STATUS_OK && (strcmp(name_or_path, "-") == 0 || file_exists(name_or_path)))
        status = recipe_read_file(name_or_path, recipe, error);
    else if (status == STATUS_OK)
        status = error_set(error, STATUS_BAD_DATA,
                           "there is neither a recipe nor a file \"%s\"; \"sleeve recipe list\" lists the recipes",
                           name_or_path);
    free(json);
    return status;
}

enum status app_recipe_save(struct app *app, const struct recipe *recipe, struct error *error)
{
    struct catalogue *catalogue;
    struct buffer text = {0};
    struct json_writer json = {.out = &text};
    if (!recipe->name[0])
        return error_set(error, STATUS_USAGE, "the recipe has no name to be saved under");
    recipe_write_json(recipe, &json);
    enum status status = text.failed ? error_no_memory(error) : app_borrow(app, &catalogue, error);
    if (status == STATUS_OK) {
        status = catalogue_recipe_write(catalogue, recipe->name, text.data, error);
        app_return(app, catalogue);
    }
    buffer_free(&text);
    return status;
}

enum status app_recipe_remove(struct app *app, const char *name, struct error *error)
{
    struct catalogue *catalogue;
    bool found = false;
    enum status status = app_borrow(app, &catalogue, error);
    if (status != STATUS_OK)
        return status;
    status = catalogue_recipe_delete(catalogue, name, &found, error);
    app_return(app, catalogue);
    return status == STATUS_OK && !found ? no_such(name, error) : status;
}
