/* A recipe file is refused with a message, or is within its limits, can be described, edited and counted, and reads
 * back as the same from JSON and from text. */
#include <math.h>
#include <string.h>

#include "app/recipe_file.h"
#include "app/recipe_index.h"
#include "core/text.h"
#include "fuzz.h"

static void check_texts(const struct recipe *recipe)
{
    const struct recipe_list *lists[] = {&recipe->genres, &recipe->artists};
    REQUIRE(text_is_utf8(recipe->name, strlen(recipe->name)) && !strpbrk(recipe->name, "\n\r\t\x1b"));
    for (int l = 0; l < 2; l++) {
        REQUIRE(lists[l]->count >= 0 && lists[l]->count <= RECIPE_ITEMS_MAX);
        for (int i = 0; i < lists[l]->count; i++)
            REQUIRE(lists[l]->items[i].name[0] && strlen(lists[l]->items[i].name) < RECIPE_ITEM_SIZE);
    }
    for (int i = 0; i < recipe->n_attributes; i++) {
        const struct recipe_attribute *attribute = &recipe->attributes[i];
        REQUIRE(isfinite(attribute->mean) && isfinite(attribute->low) && isfinite(attribute->high));
        REQUIRE(attribute->deviation >= 0 && attribute->deviations <= RECIPE_DEVIATIONS_MAX);
    }
}

static void write(const struct recipe *recipe, bool as_json, struct buffer *text)
{
    struct json_writer json = {.out = text};
    if (as_json)
        recipe_write_json(recipe, &json);
    else
        recipe_write_text(recipe, text);
}

static void check_written(const struct recipe *recipe, bool as_json)
{
    static struct recipe again;
    struct buffer first = {0}, second = {0};
    struct error error = {0};
    write(recipe, as_json, &first);
    if (!first.failed) {
        REQUIRE(recipe_read(first.data, first.size, &again, &error) == STATUS_OK);
        write(&again, as_json, &second);
        REQUIRE(second.failed || (second.size == first.size && memcmp(first.data, second.data, first.size) == 0));
    }
    buffer_free(&first);
    buffer_free(&second);
}

/* Edits are refused, or leave a recipe that can be counted: here among three tracks. */
static void check_edits(struct recipe *recipe)
{
    static const int32_t counts[] = {3, 1, 2};
    struct recipe_index index;
    struct recipe_scan *scan;
    struct recipe_counts result;
    char text[RECIPE_ITEM_SIZE];
    if (recipe_index_start(&index, 3, counts, NULL) != STATUS_OK)
        return;
    for (int c = 0; c < recipe_constraints(recipe); c++) {
        struct buffer out = {0};
        recipe_describe_value(recipe, c, 3, &out);
        recipe_describe_source(recipe, c, &out);
        buffer_free(&out);
        recipe_value_text(recipe, c, text, sizeof text);
        recipe_set(recipe, recipe_constraint_name(recipe, c), text, NULL);
        recipe_loosen(recipe, c, 3, NULL);
        recipe_loosen(recipe, c, -5, NULL);
        recipe_drop(recipe, c, c % 2, NULL);
    }
    struct recipe_column *column = recipe_index_column(&index, "energy", "");
    if (column)
        recipe_column_finish(&index, column);
    if (recipe_scan_create(&index, &scan, NULL) == STATUS_OK) {
        recipe_scan_run(scan, recipe, (const int64_t[]){2}, 1, &result);
        REQUIRE(result.candidates >= 0 && result.candidates <= 2);
        recipe_scan_free(scan);
    }
    recipe_index_free(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct recipe recipe;
    struct error error = {0};
    if (recipe_read((const char *)data, size, &recipe, &error) != STATUS_OK) {
        REQUIRE((error.status == STATUS_BAD_DATA || error.status == STATUS_FAILED) && error.text[0]);
        return 0;
    }
    fuzz_accepted = true;
    check_texts(&recipe);
    check_written(&recipe, true);
    check_written(&recipe, false);
    check_edits(&recipe);
    check_written(&recipe, true);
    return 0;
}
