#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "map/npy.h"

static void load(const char *name, struct buffer *file)
{
    struct buffer path = {0};
    struct error error = {0};
    buffer_printf(&path, "%s/tests/fuzz/corpus/npy/%s.npy", getenv("SLEEVE_SOURCE"), name);
    assert_int_equal(file_read(path.data, 1 << 16, file, &error), STATUS_OK);
    buffer_free(&path);
}

/* The files of the corpus were written by NumPy. */
static void matrices_of_both_types_and_all_versions_are_read(void **state)
{
    (void)state;
    const char *const names[] = {"float32", "float64", "version2", "version3"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct buffer file = {0};
        struct npy_matrix matrix;
        struct error error = {0};
        load(names[k], &file);
        if (npy_parse(file.data, file.size, names[k], &matrix, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(matrix.rows, 2);
        assert_int_equal(matrix.columns, 3);
        for (int i = 0; i < 6; i++)
            assert_true(matrix.values[i] == (float)i);
        npy_free(&matrix);
        buffer_free(&file);
    }
}

static void what_is_written_is_what_numpy_writes(void **state)
{
    (void)state;
    const float values[6] = {0, 1, 2, 3, 4, 5};
    struct buffer file = {0}, out = {0};
    struct error error = {0};
    load("float32", &file);
    assert_int_equal(npy_write(2, 3, values, &out, &error), STATUS_OK);
    assert_int_equal(out.size, file.size);
    assert_memory_equal(out.data, file.data, file.size);
    buffer_free(&file);
    buffer_free(&out);
}

static void other_files_are_refused_by_name(void **state)
{
    (void)state;
    const char *const names[] = {"fortran", "flat", "integers", "big_endian"};
    struct npy_matrix matrix = {0};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct buffer file = {0};
        struct error error = {0};
        load(names[k], &file);
        assert_int_equal(npy_parse(file.data, file.size, names[k], &matrix, &error), STATUS_BAD_DATA);
        assert_non_null(strstr(error.text, names[k]));
        buffer_free(&file);
    }
}

static void every_cut_file_is_refused(void **state)
{
    (void)state;
    struct buffer file = {0};
    struct npy_matrix matrix = {0};
    struct error error = {0};
    load("float32", &file);
    for (size_t size = 0; size < file.size; size++)
        assert_int_equal(npy_parse(file.data, size, "cut", &matrix, &error), STATUS_BAD_DATA);
    buffer_add_byte(&file, 0);
    assert_int_equal(npy_parse(file.data, file.size, "long", &matrix, &error), STATUS_BAD_DATA);
    buffer_free(&file);
}

static enum status parse_with(const char *dictionary, size_t extra)
{
    struct buffer file = {0};
    struct npy_matrix matrix = {0};
    struct error error = {0};
    buffer_add(&file, "\x93NUMPY\x01\x00", 8);
    buffer_add_byte(&file, (char)strlen(dictionary));
    buffer_add_byte(&file, 0);
    buffer_add_text(&file, dictionary);
    for (size_t i = 0; i < extra; i++)
        buffer_add_byte(&file, 0);
    enum status status = npy_parse(file.data, file.size, "made", &matrix, &error);
    npy_free(&matrix);
    buffer_free(&file);
    return status;
}

static void headers_are_read_strictly(void **state)
{
    (void)state;
    assert_int_equal(parse_with("{'shape': (1, 2), 'fortran_order': False, 'descr': '<f4'}\n", 8), STATUS_OK);
    const char *const wrong[] = {
        "{'shape': (1, 2), 'fortran_order': False}\n",
        "{'shape': (1, 2), 'fortran_order': False, 'descr': '<f4', 'descr': '<f4'}\n",
        "{'shape': (1, 2), 'fortran_order': False, 'descr': '<f4', 'more': 1}\n",
        "{'shape': (1, 2), 'fortran_order': 0, 'descr': '<f4'}\n",
        "{'shape': (1 2), 'fortran_order': False, 'descr': '<f4'}\n",
        "{'shape': (-1, -2), 'fortran_order': False, 'descr': '<f4'}\n",
        "{'shape': (4611686018427387904, 4), 'fortran_order': False, 'descr': '<f4'}\n",
        "{'shape': (999999999999999, 999999999999999), 'fortran_order': False, 'descr': '<f4'}\n",
        "{'shape': (1, 2, 1), 'fortran_order': False, 'descr': '<f4'}\n",
        "{'shape': (1, 2), 'fortran_order': False, 'descr': [('a', '<f4')]}\n",
        "{'shape': (1, 2), 'fortran_order': False, 'descr': '<f4'} x\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(parse_with(wrong[i], 8), STATUS_BAD_DATA);
}

static void a_float64_too_large_is_named_by_row_and_column(void **state)
{
    (void)state;
    static const char header[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n";
    unsigned char bytes[256] = "\x93NUMPY\x01";
    const double values[4] = {1, 2, -1e300, 4};
    bytes[8] = sizeof header - 1;
    memcpy(bytes + 10, header, sizeof header - 1);
    memcpy(bytes + 10 + sizeof header - 1, values, sizeof values);
    struct npy_matrix matrix = {0};
    struct error error = {0};
    assert_int_equal(npy_parse(bytes, 10 + sizeof header - 1 + sizeof values, "x.npy", &matrix, &error),
                     STATUS_BAD_DATA);
    assert_non_null(strstr(error.text, "row 2, column 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_of_both_types_and_all_versions_are_read),
        cmocka_unit_test(what_is_written_is_what_numpy_writes),
        cmocka_unit_test(other_files_are_refused_by_name),
        cmocka_unit_test(every_cut_file_is_refused),
        cmocka_unit_test(headers_are_read_strictly),
        cmocka_unit_test(a_float64_too_large_is_named_by_row_and_column),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
