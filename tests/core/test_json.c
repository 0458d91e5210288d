#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>
#include <yajl/yajl_tree.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/random.h"

static void a_document_has_its_commas(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = {.out = &out};
    json_object_begin(&writer);
    json_pair_text(&writer, "a", "b");
    json_pair_text(&writer, "none", NULL);
    json_key(&writer, "list");
    json_array_begin(&writer);
    json_integer(&writer, INT64_MIN);
    json_array_begin(&writer);
    json_array_end(&writer);
    json_object_begin(&writer);
    json_object_end(&writer);
    json_null(&writer);
    json_array_end(&writer);
    json_pair_bool(&writer, "yes", true);
    json_pair_number(&writer, "n", 0.1);
    json_pair_number(&writer, "nan", (double)NAN);
    json_key(&writer, "f");
    json_float(&writer, 0.1F);
    json_object_end(&writer);
    assert_string_equal(out.data, "{\"a\":\"b\",\"none\":null,\"list\":[-9223372036854775808,[],{},null],\"yes\":true,"
                                  "\"n\":0.1,\"nan\":null,\"f\":0.1}");
    buffer_free(&out);
}

static void text_is_escaped(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = {.out = &out};
    json_text_sized(&writer, "\"\\\n\t\x01\x7f\xc2\x9b\xc3\xa9\xff\0e", 13);
    assert_string_equal(out.data, "\"\\\"\\\\\\n\\t\\u0001\\u007f\\u009b\xc3\xa9\xef\xbf\xbd\\u0000e\"");
    buffer_free(&out);
}

static void numbers_read_back_the_same(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 2);
    struct buffer out = {0};
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_next(&random);
        double number;
        memcpy(&number, &bits, sizeof number);
        float single = (float)random_normal(&random);
        if (!isfinite(number))
            continue;
        struct json_writer writer = {.out = &out};
        buffer_clear(&out);
        json_number(&writer, number);
        assert_true(strtod(out.data, NULL) == number);
        writer.comma = false;
        buffer_clear(&out);
        json_float(&writer, single);
        assert_true(strtof(out.data, NULL) == single);
    }
    buffer_free(&out);
}

/* Another parser reads back any bytes written as text. */
static void any_text_is_json(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 3);
    for (int i = 0; i < 5000; i++) {
        char text[24];
        size_t size = random_below(&random, sizeof text);
        for (size_t k = 0; k < size; k++)
            text[k] = (char)random_next(&random);
        struct buffer out = {0};
        struct json_writer writer = {.out = &out};
        json_array_begin(&writer);
        json_text_sized(&writer, text, size);
        json_array_end(&writer);
        char problem[200];
        yajl_val tree = yajl_tree_parse(out.data, problem, sizeof problem);
        if (!tree)
            fail_msg("%s: %s", out.data, problem);
        yajl_tree_free(tree);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_has_its_commas),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(numbers_read_back_the_same),
        cmocka_unit_test(any_text_is_json),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
