#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/buffer.h"

static void a_buffer_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (int i = 0; i < 10000; i++) {
        buffer_add_byte(&buffer, (char)('a' + i % 26));
        assert_int_equal(buffer.data[buffer.size], 0);
    }
    assert_int_equal(buffer.size, 10000);
    assert_memory_equal(buffer.data + 26, "abcdefghij", 10);
    buffer_clear(&buffer);
    assert_string_equal(buffer.data, "");
    buffer_printf(&buffer, "%s %d", "seven", 7);
    buffer_add(&buffer, "\0x", 2);
    assert_int_equal(buffer.size, 9);
    assert_memory_equal(buffer.data, "seven 7\0x", 10);
    buffer_free(&buffer);
    assert_null(buffer.data);
}

static void a_buffer_that_failed_keeps_what_it_has(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_add_text(&buffer, "kept");
    assert_false(buffer_reserve(&buffer, SIZE_MAX - 2));
    assert_true(buffer.failed);
    buffer_add_text(&buffer, " lost");
    assert_string_equal(buffer.data, "kept");
    buffer_clear(&buffer);
    buffer_add_text(&buffer, "again");
    assert_string_equal(buffer.data, "again");
    buffer_free(&buffer);
}

static void an_arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *pieces[500];
    for (size_t i = 0; i < 500; i++) {
        size_t size = i * 37 % 9000;
        pieces[i] = arena_alloc(&arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 251) + 1, size);
    }
    for (size_t i = 0; i < 500; i++) /* no two allocations overlap */
        for (size_t k = 0; k < i * 37 % 9000; k++)
            assert_int_equal(pieces[i][k], i % 251 + 1);
    assert_null(arena_alloc(&arena, SIZE_MAX - 100));
    assert_string_equal(arena_copy_text(&arena, "text that continues", 4), "text");
    assert_string_equal(arena_copy_text(&arena, NULL, 4), "");
    arena_free(&arena);
    assert_null(arena.blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows_and_stays_terminated),
        cmocka_unit_test(a_buffer_that_failed_keeps_what_it_has),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
    };
    return cmocka_run_group_tests_name("buffers", tests, NULL, NULL);
}
