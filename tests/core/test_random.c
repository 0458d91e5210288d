#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include <cmocka.h>

#include "core/hash.h"
#include "core/random.h"

static void known_numbers_come_out(void **state)
{
    (void)state;
    /* splitmix64 from 0, as printed by its authors' program */
    assert_true(random_mix(0) == 0xe220a8397b1dcdafU);
    struct random random;
    random_seed(&random, 0);
    assert_true(random.state[0] == 0xe220a8397b1dcdafU);
    assert_true(random.state[1] == 0x6e789e6aa1b965f4U);
    assert_true(random.state[2] == 0x06c45d188009454fU);
    assert_true(random.state[3] == 0xf88bb8a8724c81ecU);
    /* xoshiro256** from the state 1, 2, 3, 4 */
    struct random counted = {.state = {1, 2, 3, 4}};
    static const uint64_t expected[] = {11520U, 0U, 1509978240U, 1215971899390074240U};
    for (size_t i = 0; i < 4; i++)
        assert_true(random_next(&counted) == expected[i]);
}

static void bounded_numbers_are_even(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 5);
    enum { BOUND = 7, DRAWS = 140000 };
    int counts[BOUND] = {0};
    for (int i = 0; i < DRAWS; i++)
        counts[random_below(&random, BOUND)]++;
    double chi2 = 0;
    for (int i = 0; i < BOUND; i++) {
        double off = counts[i] - (double)DRAWS / BOUND;
        chi2 += off * off / ((double)DRAWS / BOUND);
    }
    assert_true(chi2 < 22.5); /* 6 degrees of freedom: one in a thousand */
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(random_below(&random, 1), 0);
        assert_true(random_below(&random, (1ULL << 63) + 1) <= 1ULL << 63);
    }
}

static void moments_are_right(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 6);
    enum { DRAWS = 200000 };
    double uniform = 0, sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < DRAWS; i++) {
        double u = random_uniform(&random);
        double n = random_normal(&random);
        assert_true(u >= 0 && u < 1 && isfinite(n));
        uniform += u;
        sum += n;
        squares += n * n;
        fourth += n * n * n * n;
    }
    assert_true(fabs(uniform / DRAWS - 0.5) < 0.003);
    assert_true(fabs(sum / DRAWS) < 0.01);
    assert_true(fabs(squares / DRAWS - 1) < 0.015);
    assert_true(fabs(fourth / DRAWS - 3) < 0.15);
}

static void a_saved_state_goes_on(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 9);
    random_next(&random);
    struct random saved = random;
    uint64_t next = random_next(&random);
    assert_true(random_next(&saved) == next);
}

static void a_hash_does_not_see_the_pieces(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)random_next(&random);
    struct hash whole;
    char expected[33];
    hash_begin(&whole);
    hash_add(&whole, bytes, sizeof bytes);
    hash_end(whole, expected);
    assert_int_equal(strspn(expected, "0123456789abcdef"), 32);
    for (int round = 0; round < 200; round++) {
        struct hash pieces;
        char text[33];
        hash_begin(&pieces);
        for (size_t at = 0; at < sizeof bytes;) {
            size_t step = random_below(&random, sizeof bytes - at + 1);
            hash_add(&pieces, bytes + at, step);
            at += step;
        }
        hash_end(pieces, text);
        assert_string_equal(text, expected);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void hashes_differ(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    uint64_t *values = malloc(COUNT * sizeof *values);
    for (uint32_t i = 0; i < COUNT; i++)
        values[i] = hash_bytes(&i, sizeof i);
    qsort(values, COUNT, sizeof *values, by_value);
    for (size_t i = 1; i < COUNT; i++)
        assert_true(values[i - 1] != values[i]);
    free(values);
    assert_true(hash_bytes("", 0) != hash_bytes("\0", 1));
    /* each bit of the input turns about half of the output's bits */
    uint64_t input = 0x0123456789abcdefU;
    uint64_t base = hash_bytes(&input, sizeof input);
    int turned = 0;
    for (int bit = 0; bit < 64; bit++) {
        uint64_t other = input ^ 1ULL << bit;
        turned += __builtin_popcountll(base ^ hash_bytes(&other, sizeof other));
    }
    assert_in_range(turned, 64 * 29, 64 * 35);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void hashes_of_files_differ(void **state)
{
    (void)state;
    enum { SIZE = 83, COUNT = 8 * SIZE + SIZE + 1 }; /* whole words and a remainder */
    char(*texts)[33] = malloc(sizeof(char[COUNT][33]));
    unsigned char bytes[SIZE] = {0};
    size_t n = 0;
    struct hash hash;
    for (size_t size = 0; size <= SIZE; size++) {
        hash_begin(&hash);
        hash_add_words(&hash, bytes, size);
        hash_end(hash, texts[n++]);
    }
    for (size_t bit = 0; bit < 8 * SIZE; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        hash_begin(&hash);
        hash_add_words(&hash, bytes, SIZE);
        hash_end(hash, texts[n++]);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    assert_int_equal(n, COUNT);
    qsort(texts, COUNT, sizeof texts[0], by_text);
    for (size_t i = 1; i < COUNT; i++)
        assert_string_not_equal(texts[i - 1], texts[i]);
    free(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers_come_out),
        cmocka_unit_test(bounded_numbers_are_even),
        cmocka_unit_test(moments_are_right),
        cmocka_unit_test(a_saved_state_goes_on),
        cmocka_unit_test(a_hash_does_not_see_the_pieces),
        cmocka_unit_test(hashes_differ),
        cmocka_unit_test(hashes_of_files_differ),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
