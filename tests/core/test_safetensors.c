#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/safetensors.h"

/* A file: the header's length, the header, `data` zero bytes. */
static unsigned char *make_file(const char *header, size_t header_size, size_t data, size_t *size)
{
    *size = 8 + header_size + data;
    unsigned char *bytes = calloc(1, *size);
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)header_size >> (8 * i));
    memcpy(bytes + 8, header, header_size);
    return bytes;
}

static void check_refused_sized(const char *header, size_t header_size, size_t data, const char *why)
{
    size_t size;
    unsigned char *bytes = make_file(header, header_size, data, &size);
    struct safetensors *file;
    struct error error = {0};
    enum status status = safetensors_parse(bytes, size, "weights", &file, &error);
    if (status != STATUS_BAD_DATA || !strstr(error.text, why) || !strstr(error.text, "weights"))
        fail_msg("header %s: status %d, \"%s\"; expected \"%s\"", header, (int)status, error.text, why);
    assert_null(file);
    free(bytes);
}

static void check_refused(const char *header, size_t data, const char *why)
{
    check_refused_sized(header, strlen(header), data, why);
}

static void check_accepted(const char *header, size_t data, size_t count)
{
    size_t size;
    unsigned char *bytes = make_file(header, strlen(header), data, &size);
    struct safetensors *file;
    struct error error = {0};
    if (safetensors_parse(bytes, size, "weights", &file, &error) != STATUS_OK)
        fail_msg("header %s: %s", header, error.text);
    assert_int_equal(safetensors_count(file), count);
    safetensors_close(file);
    free(bytes);
}

#define T(name, dtype, shape, begin, end)                                                                              \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

static void good_headers_are_read(void **state)
{
    (void)state;
    check_accepted("{}", 0, 0);
    check_accepted("{}     ", 0, 0);
    check_accepted(" \n{}", 0, 0); /* tolerated, as the official reader does */
    check_accepted("{\"__metadata__\":{}}", 0, 0);
    check_accepted("{" T("a", "F32", "[2,3]", 0, 24) "}", 24, 1);
    check_accepted("{" T("s", "F64", "[]", 0, 8) "}", 8, 1);
    check_accepted("{" T("e", "F32", "[0,7]", 0, 0) "," T("f", "I8", "[1]", 0, 1) "}", 1, 2);
    check_accepted("{" T("b", "U8", "[3]", 4, 7) "," T("a", "F32", "[1]", 0, 4) "}", 7, 2);
    check_accepted("{" T("q", "F4", "[2,2]", 0, 2) "}", 2, 1);
    check_accepted("{" T("r", "U8", "[1,1,1,1,1,1,1,1]", 0, 1) "}", 1, 1);
    check_accepted("{\"t\":{\"data_offsets\":[0,2],\"shape\":[1],\"dtype\":\"BF16\"}}", 2, 1);
}

static void every_rule_is_kept(void **state)
{
    (void)state;
    struct safetensors *file;
    struct error error;
    assert_int_equal(safetensors_parse("1234567", 7, "weights", &file, &error), STATUS_BAD_DATA);
    unsigned char huge[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_int_equal(safetensors_parse(huge, sizeof huge, "weights", &file, &error), STATUS_BAD_DATA);
    unsigned char longer[16] = {9, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    assert_int_equal(safetensors_parse(longer, sizeof longer, "weights", &file, &error), STATUS_BAD_DATA);

    check_refused("", 0, "not JSON");
    check_refused("[]", 0, "a list");
    check_refused("{", 0, "not JSON");
    check_refused("{} x", 0, "not JSON");
    check_refused("{}\xff", 0, "UTF-8");
    check_refused("null", 0, "null");
    check_refused("{\"a\":true}", 0, "true or false");
    check_refused("{\"a\":{}}", 0, "lacks");
    check_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "lacks");
    check_refused("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "twice");
    check_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "a member");
    check_refused("{" T("a", "F33", "[1]", 0, 4) "}", 4, "a type");
    check_refused("{" T("a", "f32", "[1]", 0, 4) "}", 4, "a type");
    check_refused("{" T("a", "F32", "[1.0]", 0, 4) "}", 4, "whole number");
    check_refused("{" T("a", "F32", "[-1]", 0, 4) "}", 4, "whole number");
    check_refused("{" T("a", "F32", "[1e0]", 0, 4) "}", 4, "whole number");
    check_refused("{" T("a", "F32", "[[1]]", 0, 4) "}", 4, "a list");
    check_refused("{" T("a", "F32", "[\"1\"]", 0, 4) "}", 4, "a text");
    check_refused("{" T("a", "F32", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 4, "8 dimensions");
    check_refused("{" T("a", "F32", "[99999999999999999999]", 0, 4) "}", 4, "too large");
    check_refused("{" T("a", "F32", "[4611686018427387904,4]", 0, 4) "}", 4, "too large");
    check_refused("{" T("a", "F4", "[3]", 0, 2) "}", 2, "whole bytes");
    check_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "two numbers");
    check_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "two numbers");
    check_refused("{" T("a", "F32", "[1]", 0, 8) "}", 8, "need 4");
    check_refused("{" T("a", "F32", "[1]", 4, 0) "}", 4, "ends at 0");
    check_refused("{" T("a", "F32", "[1]", 4, 8) "}", 8, "ends at 0");                                  /* a gap */
    check_refused("{" T("a", "F32", "[1]", 0, 4) "," T("b", "F32", "[1]", 8, 12) "}", 12, "ends at 4"); /* a gap */
    check_refused("{" T("a", "F32", "[2]", 0, 8) "," T("b", "F32", "[1]", 4, 8) "}", 8, "ends at 8");   /* overlap */
    check_refused("{" T("a", "F32", "[1]", 0, 4) "}", 5, "follow the last");
    check_refused("{" T("a", "F32", "[2]", 0, 8) "}", 7, "cut short");
    check_refused("{" T("a", "U8", "[1]", 0, 1) "," T("a", "U8", "[1]", 1, 2) "}", 2, "same name");
    check_refused("{" T("a", "U8", "[1]", 0, 1) "," T("\\u0061", "U8", "[1]", 1, 2) "}", 2, "same name");
    check_refused("{" T("", "U8", "[1]", 0, 1) "}", 1, "name");
    check_refused("{" T("a\\u0000b", "U8", "[1]", 0, 1) "}", 1, "name");
    check_refused("{\"__metadata__\":{\"a\":1}}", 0, "a number");
    check_refused("{\"__metadata__\":{\"a\":{}}}", 0, "an object");
    check_refused("{\"__metadata__\":[]}", 0, "a list");
    check_refused("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "the same");
    check_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice");

    char deep[4096];
    memset(deep, '[', sizeof deep);
    check_refused_sized(deep, sizeof deep, 0, "a list");
    char name[600];
    memset(name, 'n', sizeof name);
    memcpy(name, "{\"", 2);
    memcpy(name + 560, "\":1}", 5);
    check_refused(name, 0, "512");
}

struct folder {
    char path[64];
    char file[80];
};

static int folder_setup(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    snprintf(folder->path, sizeof folder->path, "/tmp/sleeve-test-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->file, sizeof folder->file, "%s/m.safetensors", folder->path);
    *state = folder;
    return 0;
}

static int folder_teardown(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    int result = rmdir(folder->path); /* fails if a file is left */
    free(folder);
    return result;
}

static void written_files_read_back(void **state)
{
    struct folder *folder = *state;
    float weights[6] = {1, -2, 3.5F, 0, 1e-30F, 7};
    int64_t numbers[2] = {INT64_MIN, 42};
    unsigned char bytes[3] = {1, 2, 3};
    struct tensor_source tensors[] = {
        {.name = "z.bytes", .dtype = "U8", .rank = 1, .shape = {3}, .bytes = bytes},
        {.name = "w \"quoted\" \xc3\xa9", .dtype = "F32", .rank = 2, .shape = {2, 3}, .bytes = weights},
        {.name = "empty", .dtype = "F32", .rank = 2, .shape = {0, 5}},
        {.name = "numbers", .dtype = "I64", .rank = 1, .shape = {2}, .bytes = numbers},
    };
    struct metadata_pair metadata[] = {{"fingerprint", "0123"}, {"note", "two\nlines"}};
    struct error error = {0};
    assert_int_equal(safetensors_write(folder->file, tensors, 4, metadata, 2, &error), STATUS_OK);
    struct safetensors *file;
    assert_int_equal(safetensors_open(folder->file, &file, &error), STATUS_OK);
    assert_int_equal(safetensors_count(file), 4);
    assert_string_equal(safetensors_at(file, 0)->name, "numbers"); /* the widest type first, then by name */
    assert_string_equal(safetensors_at(file, 3)->name, "z.bytes");
    assert_null(safetensors_at(file, 4));
    assert_int_equal((uintptr_t)safetensors_at(file, 0)->bytes % 64, 0);
    assert_memory_equal(safetensors_find(file, "z.bytes")->bytes, bytes, 3);
    assert_memory_equal(safetensors_find(file, "numbers")->bytes, numbers, sizeof numbers);
    assert_string_equal(safetensors_metadata(file, "note"), "two\nlines");
    assert_null(safetensors_metadata(file, "nothing"));

    const float *values;
    const struct tensor_view *view;
    const char *name = tensors[1].name;
    assert_int_equal(safetensors_floats(file, name, 2, (int64_t[]){-1, 3}, &values, &view, &error), STATUS_OK);
    assert_memory_equal(values, weights, sizeof weights);
    assert_int_equal(view->shape[0], 2);
    assert_int_equal(safetensors_floats(file, name, 2, (int64_t[]){3, -1}, &values, &view, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "[2, 3]; expected F32 [3, any]"));
    assert_int_equal(safetensors_floats(file, name, 1, (int64_t[]){6}, &values, &view, &error), STATUS_BAD_DATA);
    assert_int_equal(safetensors_floats(file, "numbers", 1, (int64_t[]){2}, &values, NULL, &error), STATUS_BAD_DATA);
    assert_int_equal(safetensors_floats(file, "gone", 1, (int64_t[]){2}, &values, NULL, &error), STATUS_BAD_DATA);
    safetensors_close(file);
}

/* The header may have any length; a tensor must be aligned in the data. */
static void floats_are_aligned(void **state)
{
    (void)state;
    const char *header = "{" T("a", "F32", "[1]", 0, 4) "}";
    const float written = 1.5F;
    size_t size;
    unsigned char *bytes = make_file(header, strlen(header), 4, &size);
    memcpy(bytes + size - 4, &written, 4);
    unsigned char *shifted = malloc(size + 8);
    struct error error;
    struct safetensors *file;
    const float *values;
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(shifted + shift, bytes, size);
        assert_int_equal(safetensors_parse(shifted + shift, size, "weights", &file, &error), STATUS_OK);
        assert_int_equal(safetensors_floats(file, "a", 1, (int64_t[]){1}, &values, NULL, &error), STATUS_OK);
        assert_int_equal((uintptr_t)values % sizeof *values, 0);
        assert_true(values[0] == written);
        const void *in_place = shifted + shift + size - 4; /* copied only where that is necessary */
        assert_int_equal((const void *)values == in_place, (uintptr_t)in_place % sizeof *values == 0);
        safetensors_close(file);
    }
    free(shifted);
    free(bytes);
    header = "{" T("b", "U8", "[1]", 0, 1) "," T("a", "F32", "[1]", 1, 5) "}";
    bytes = make_file(header, strlen(header), 5, &size);
    assert_int_equal(safetensors_parse(bytes, size, "weights", &file, &error), STATUS_OK);
    assert_int_equal(safetensors_floats(file, "a", 1, (int64_t[]){1}, &values, NULL, &error), STATUS_BAD_DATA);
    safetensors_close(file);
    free(bytes);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    float value = 1;
    struct tensor_source twice[] = {{.name = "a", .dtype = "F32", .rank = 1, .shape = {1}, .bytes = &value},
                                    {.name = "a", .dtype = "F32", .rank = 1, .shape = {1}, .bytes = &value}};
    assert_int_not_equal(safetensors_write(folder->file, twice, 2, NULL, 0, &error), STATUS_OK);
    struct tensor_source odd = {.name = "a", .dtype = "F16X", .rank = 1, .shape = {1}, .bytes = &value};
    assert_int_not_equal(safetensors_write(folder->file, &odd, 1, NULL, 0, &error), STATUS_OK);
    struct tensor_source reserved = {.name = "__metadata__", .dtype = "F32", .rank = 1, .shape = {1}, .bytes = &value};
    assert_int_not_equal(safetensors_write(folder->file, &reserved, 1, NULL, 0, &error), STATUS_OK);
    assert_int_equal(access(folder->file, F_OK), -1);
    assert_int_equal(safetensors_write(folder->file, NULL, 0, NULL, 0, &error), STATUS_OK);
    struct safetensors *file;
    assert_int_equal(safetensors_open(folder->file, &file, &error), STATUS_OK);
    assert_int_equal(safetensors_count(file), 0);
    safetensors_close(file);
}

struct giver {
    const unsigned char *bytes;
    size_t size, most; /* of a part */
    size_t fails_at, asked;
};

static enum status give(void *context, size_t offset, const void **bytes, size_t *size, struct error *error)
{
    struct giver *giver = context;
    assert_int_equal(offset, giver->asked);
    if (offset >= giver->fails_at)
        return error_set(error, STATUS_INTERRUPTED, "no more");
    *bytes = giver->bytes + offset;
    *size = giver->size - offset < giver->most ? giver->size - offset : giver->most;
    giver->asked += *size;
    return STATUS_OK;
}

/* The file is the same whether a tensor is provided whole or in parts; none is written when the provider fails or
 * provides too much. */
static void a_tensor_may_come_in_parts(void **state)
{
    enum { SIZE = 1000 };
    struct folder *folder = *state;
    struct error error = {0};
    unsigned char bytes[SIZE];
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 7);
    struct giver giver = {.bytes = bytes, .size = SIZE, .fails_at = SIZE};
    struct tensor_source tensors[] = {
        {.name = "a", .dtype = "F32", .rank = 1, .shape = {SIZE / 4}, .bytes = bytes},
        {.name = "b", .dtype = "U8", .rank = 1, .shape = {3}, .bytes = bytes},
        {.name = "nothing", .dtype = "U8", .rank = 1, .shape = {0}, .next = give, .context = &giver},
    };
    struct buffer whole = {0}, parts = {0};
    assert_int_equal(safetensors_write(folder->file, tensors, 3, NULL, 0, &error), STATUS_OK);
    assert_int_equal(file_read(folder->file, 1 << 20, &whole, &error), STATUS_OK);
    tensors[0].bytes = NULL;
    tensors[0].next = give;
    tensors[0].context = &giver;
    static const size_t most[] = {1, 333, SIZE - 1, SIZE};
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        giver.asked = 0;
        giver.most = most[i];
        assert_int_equal(safetensors_write(folder->file, tensors, 3, NULL, 0, &error), STATUS_OK);
        buffer_clear(&parts);
        assert_int_equal(file_read(folder->file, 1 << 20, &parts, &error), STATUS_OK);
        assert_int_equal(parts.size, whole.size);
        assert_memory_equal(parts.data, whole.data, whole.size);
    }
    unlink(folder->file);
    giver = (struct giver){.bytes = bytes, .size = SIZE, .most = 100, .fails_at = 500};
    assert_int_equal(safetensors_write(folder->file, tensors, 3, NULL, 0, &error), STATUS_INTERRUPTED);
    assert_string_equal(error.text, "no more");
    giver = (struct giver){.bytes = bytes, .size = SIZE + 4, .most = SIZE + 4, .fails_at = SIZE};
    assert_int_equal(safetensors_write(folder->file, tensors, 3, NULL, 0, &error), STATUS_FAILED);
    giver = (struct giver){.bytes = bytes, .size = SIZE, .most = 0, .fails_at = SIZE};
    assert_int_equal(safetensors_write(folder->file, tensors, 3, NULL, 0, &error), STATUS_FAILED);
    assert_int_equal(access(folder->file, F_OK), -1);
    buffer_free(&whole);
    buffer_free(&parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_headers_are_read),
        cmocka_unit_test(every_rule_is_kept),
        cmocka_unit_test(floats_are_aligned),
        cmocka_unit_test_setup_teardown(written_files_read_back, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(what_could_not_be_read_is_not_written, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(a_tensor_may_come_in_parts, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
