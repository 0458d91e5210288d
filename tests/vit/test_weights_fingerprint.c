/* The fingerprint of a file of weights changes with its size, its header and its data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/must.h"
#include "vit/weights_fingerprint.h"

static void fingerprint_of(const char *header, const unsigned char *data, size_t size, char text[33])
{
    uint64_t length = strlen(header);
    unsigned char *bytes = malloc(8 + length + size + 1);
    assert_non_null(bytes);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, size);
    struct safetensors *file = NULL;
    must(safetensors_parse(bytes, 8 + length + size, "test", &file, &error));
    weights_fingerprint(file, text);
    safetensors_close(file);
    free(bytes);
}

static void small_files_count_whole(void **state)
{
    (void)state;
    const char *header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}";
    const char *other = "{\"b\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}";
    char first[33], second[33];
    fingerprint_of(header, (const unsigned char *)"12345", 5, first);
    fingerprint_of(header, (const unsigned char *)"12345", 5, second);
    assert_string_equal(first, second);
    assert_int_equal(strlen(first), 32);
    fingerprint_of(other, (const unsigned char *)"12345", 5, second);
    assert_string_not_equal(first, second);
    for (int i = 0; i < 5; i++) {
        unsigned char data[] = "12345";
        data[i]++;
        fingerprint_of(header, data, 5, second);
        assert_string_not_equal(first, second);
    }
    fingerprint_of("{}", (const unsigned char *)"", 0, second);
}

static void large_files_count_in_blocks(void **state)
{
    (void)state;
    enum { SIZE = 3000000 };
    const char *header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[3000000],\"data_offsets\":[0,3000000]}}";
    unsigned char *data = calloc(1, SIZE);
    assert_non_null(data);
    char first[33], second[33];
    fingerprint_of(header, data, SIZE, first);
    const size_t changed[] = {0, SIZE - 1, (SIZE - 4096) / 63 * 31 + 5};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        data[changed[i]] = 1;
        fingerprint_of(header, data, SIZE, second);
        assert_string_not_equal(first, second);
        data[changed[i]] = 0;
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_files_count_whole),
        cmocka_unit_test(large_files_count_in_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
