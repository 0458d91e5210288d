/* Saved recipes, with their constraints. */
#include <stdio.h>
#include <string.h>

#include "app/recipe_file.h"
#include "app/recipes.h"
#include "ui/picker.h"

static enum status collect(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error)
{
    struct recipe_rows rows;
    (void)input, (void)model, (void)more;
    enum status status = app_recipe_list(app, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < rows.count; i++) {
        const struct picker_item item = {.kind = PICK_RECIPES};
        if (!picker_items_add(items, rows.items[i].name, NULL, &item))
            status = error_no_memory(error);
    }
    recipe_rows_free(&rows);
    return status;
}

static enum status preview(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error)
{
    struct recipe recipe;
    struct error why = {0};
    struct preview_line *line;
    (void)item, (void)error;
    if (app_recipe_load(app, name, &recipe, &why) != STATUS_OK) {
        line = preview_add(preview, NULL, "%s", why.text);
        if (line)
            line->warning = line->wrapped = true;
        return STATUS_OK;
    }
    if (recipe.playlist_name[0])
        preview_add(preview, NULL, "of %s", recipe.playlist_name);
    for (int i = 0; i < recipe_constraints(&recipe); i++) {
        const struct recipe_rule *rule = recipe_rule_of(&recipe, i);
        struct buffer value = {0};
        recipe_describe_value(&recipe, i, 3, &value);
        if (!rule->dropped && value.data)
            preview_add(preview, NULL, "%s%s: %.180s", recipe_constraint_name(&recipe, i),
                        rule->locked ? " (locked)" : "", value.data);
        buffer_free(&value);
    }
    return STATUS_OK;
}

const struct picker_source picker_recipes = {
    .name = "recipes",
    .title = "Choose a recipe",
    .what = "recipe",
    .empty = "No recipe is saved yet: s in Recipe saves one.",
    .command = "recipe open",
    .collect = collect,
    .preview = preview,
};
