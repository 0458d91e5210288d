#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_tree.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/json_reader.h"
#include "core/random.h"
#include "core/text.h"

static void refuses(const char *text, const char *reason)
{
    struct json_document document;
    struct error error = {0};
    assert_int_equal(json_read(text, strlen(text), &document, &error), STATUS_BAD_DATA);
    if (!strstr(error.text, reason))
        fail_msg("%.60s: %s", text, error.text);
    assert_null(document.memory.blocks);
}

static void reads(const char *text, struct json_document *document)
{
    struct error error = {0};
    if (json_read(text, strlen(text), document, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.text);
}

static void values_come_back(void **state)
{
    (void)state;
    struct json_document document;
    reads(" { \"a\" : [ 1, -2.5e1, true, false, null, \"t\" ], \"\": {}, \"x\":9223372036854775807 }\n", &document);
    const struct json_value *a = json_member(&document.root, "a");
    assert_int_equal(json_array_count(a), 6);
    assert_int_equal(json_get_integer(&a->items[0], 0, 9, -1), 1);
    assert_true(json_get_number(&a->items[1], 0) == -25);
    assert_string_equal(a->items[1].text, "-2.5e1");
    assert_true(json_get_bool(&a->items[2], false));
    assert_false(json_get_bool(&a->items[3], true));
    assert_int_equal(a->items[4].type, JSON_NULL);
    assert_string_equal(json_get_text(&a->items[5], ""), "t");
    assert_int_equal(json_member(&document.root, "")->type, JSON_OBJECT);
    assert_int_equal(json_get_integer(json_member(&document.root, "x"), 0, INT64_MAX, -1), INT64_MAX);
    assert_null(json_member(&document.root, "b"));
    assert_null(json_member(a, "a"));
    json_document_free(&document);
}

static void whole_numbers_keep_their_range(void **state)
{
    (void)state;
    static const char *const none[] = {"9223372036854775808", "1e3", "1.0", "-1", "11", "\"5\"", "[5]", "true"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct json_document document;
        reads(none[i], &document);
        assert_int_equal(json_get_integer(&document.root, 0, 10, -7), -7);
        json_document_free(&document);
    }
    assert_int_equal(json_get_integer(NULL, 0, 10, -7), -7);
}

static void escapes_are_characters(void **state)
{
    (void)state;
    struct json_document document;
    reads("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud83d\\ude00\\u001b]\"", &document);
    assert_string_equal(document.root.text, "\"\\/\b\f\n\r\té€😀\x1b]");
    json_document_free(&document);
}

static void wrong_texts_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "ends too early"},
        {"  ", "ends too early"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "same key twice"},
        {"\"\\u0000\"", "NUL"},
        {"\"\\ud800\"", "surrogate"},
        {"\"\\ud800\\u0041\"", "surrogate"},
        {"\"\\udc00\"", "surrogate"},
        {"\"\\x\"", "escape"},
        {"\"\\", "escape"},
        {"\"\\u12", "hexadecimal"},
        {"\"abc", "does not end"},
        {"\"a\nb\"", "control character"},
        {"1e999", "too large"},
        {"NaN", "value is expected"},
        {"-", "number"},
        {"01", "after its end"},
        {"1.", "number"},
        {"+1", "value is expected"},
        {"[1,]", "value is expected"},
        {"[1 2]", "list does not end"},
        {"{\"a\" 1}", "colon"},
        {"{a:1}", "key in quotes"},
        {"{\"a\":1", "object does not end"},
        {"[]]", "after its end"},
        {"\"\xff\"", "UTF-8"},
        {"nul", "value is expected"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refuses(wrong[i][0], wrong[i][1]);
    struct json_document document;
    assert_int_equal(json_read("[1]\0[2]", 7, &document, NULL), STATUS_BAD_DATA);
    assert_int_equal(json_read("[1]\0", 4, &document, NULL), STATUS_BAD_DATA);
}

static char *repeated(const char *begin, const char *end, size_t times)
{
    struct buffer text = {0};
    for (size_t i = 0; i < times; i++)
        buffer_add_text(&text, begin);
    for (size_t i = 0; i < times; i++)
        buffer_add_text(&text, end);
    return text.data;
}

static void nested_too_deeply_is_refused(void **state)
{
    (void)state;
    struct json_document document;
    char *deepest = repeated("[", "]", JSON_DEPTH_MAX), *deeper = repeated("[", "]", JSON_DEPTH_MAX + 1);
    reads(deepest, &document);
    json_document_free(&document);
    refuses(deeper, "nested deeper");
    char *lists = repeated("[", "]", 1000000), *open = repeated("[", "", 1000000);
    char *objects = repeated("{\"a\":", "}", 500000);
    refuses(lists, "nested deeper");
    refuses(open, "nested deeper");
    refuses(objects, "nested deeper");
    free(deepest);
    free(deeper);
    free(lists);
    free(open);
    free(objects);
}

static void brackets_in_a_text_are_no_nesting(void **state)
{
    (void)state;
    char *brackets = repeated("[{", "", 500000);
    struct buffer text = {0};
    struct json_writer writer = {.out = &text};
    json_object_begin(&writer);
    json_pair_text(&writer, "name", brackets);
    json_object_end(&writer);
    struct json_document document;
    reads(text.data, &document);
    assert_string_equal(json_get_text(json_member(&document.root, "name"), ""), brackets);
    json_document_free(&document);
    buffer_free(&text);
    free(brackets);
}

static void too_many_values_are_refused(void **state)
{
    (void)state;
    struct buffer text = {0};
    buffer_add_byte(&text, '[');
    for (int i = 0; i < JSON_VALUES_MAX; i++)
        buffer_add_text(&text, "1,");
    buffer_add_text(&text, "1]");
    refuses(text.data, "1,000,000 values");
    buffer_clear(&text);
    for (int i = 0; i <= JSON_SIZE_MAX; i++)
        buffer_add_byte(&text, ' ');
    refuses(text.data, "longer");
    buffer_free(&text);
}

/* Any text from the writer is read back unchanged. */
static void written_texts_are_read_as_they_were(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 7);
    for (int run = 0; run < 3000; run++) {
        char text[64];
        size_t size = random_below(&random, sizeof text);
        for (size_t i = 0; i < size; i++)
            text[i] = (char)(1 + random_below(&random, 255));
        struct buffer sound = {0}, json = {0};
        for (size_t at = 0; at < size;) {
            size_t step = text_character_size(text + at, size - at);
            buffer_add(&sound, step ? text + at : "?", step ? step : 1);
            at += step ? step : 1;
        }
        struct json_writer writer = {.out = &json};
        json_text_sized(&writer, sound.data ? sound.data : "", sound.size);
        struct json_document document;
        reads(json.data, &document);
        assert_string_equal(document.root.text, sound.data ? sound.data : "");
        json_document_free(&document);
        buffer_free(&sound);
        buffer_free(&json);
    }
}

/* Another parser accepts everything that this one accepts. (It accepts more: duplicate keys, half surrogates, ...) */
static void another_reader_agrees(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{",       "}",    "[",   "]",    ",",    ":", "\"a\"",  "\"b\\u00e9\"",
                                         "1",       "-0.5", "1e2", "true", "null", " ", "\"c\":", "\"d\":1,",
                                         "\"e\":[", "\\",   "\"",  "tru"};
    struct random random;
    random_seed(&random, 11);
    int good = 0;
    for (int run = 0; run < 200000; run++) {
        char text[128] = "";
        size_t used = 0;
        for (int n = 1 + (int)random_below(&random, 8); n > 0; n--)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s",
                                     pieces[random_below(&random, sizeof pieces / sizeof pieces[0])]);
        assert_true(used < sizeof text);
        struct json_document document;
        bool taken = json_read(text, strlen(text), &document, NULL) == STATUS_OK;
        char problem[64];
        yajl_val tree = yajl_tree_parse(text, problem, sizeof problem);
        if (taken && !tree)
            fail_msg("only this reader takes %s", text);
        if (!taken && tree && !strchr(text, 'c') && !strchr(text, 'd') && !strchr(text, 'e') && !strchr(text, '"'))
            fail_msg("only the other reader takes %s", text);
        good += taken;
        json_document_free(&document);
        yajl_tree_free(tree);
    }
    assert_true(good > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(whole_numbers_keep_their_range),
        cmocka_unit_test(escapes_are_characters),
        cmocka_unit_test(wrong_texts_are_refused_with_the_reason),
        cmocka_unit_test(nested_too_deeply_is_refused),
        cmocka_unit_test(brackets_in_a_text_are_no_nesting),
        cmocka_unit_test(too_many_values_are_refused),
        cmocka_unit_test(written_texts_are_read_as_they_were),
        cmocka_unit_test(another_reader_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
