/* SHA-256 against the examples of FIPS 180-4 and the vectors of NIST, and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sha256.h"

static void check(const char *text, const char *expected)
{
    struct sha256 hash;
    char own[65];
    sha256_begin(&hash);
    sha256_add(&hash, text, strlen(text));
    sha256_end(&hash, own);
    assert_string_equal(own, expected);
}

static void known_values(void **state)
{
    (void)state;
    check("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* A million times "a", in pieces of every size up to 200. */
static void pieces(void **state)
{
    (void)state;
    struct sha256 hash;
    char text[200], own[65];
    memset(text, 'a', sizeof text);
    sha256_begin(&hash);
    for (size_t left = 1000000, size = 1; left > 0; size = size % sizeof text + 1) {
        size_t count = size < left ? size : left;
        sha256_add(&hash, text, count);
        left -= count;
    }
    sha256_end(&hash, own);
    assert_string_equal(own, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_values), cmocka_unit_test(pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
