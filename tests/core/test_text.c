#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "core/random.h"
#include "core/text.h"
#include "core/text_number.h"

static void check_cluster(const char *text, size_t bytes, int width)
{
    int found;
    size_t size = text_cluster(text, strlen(text), &found);
    if (size != bytes || found != width)
        fail_msg("\"%s\": %zu bytes, %d columns; expected %zu, %d", text, size, found, bytes, width);
}

static void clusters_are_as_wide_as_in_xterm(void **state)
{
    (void)state;
    check_cluster("ab", 1, 1);
    check_cluster("e\xcc\x81x", 3, 1);                                       /* e + acute */
    check_cluster("\xe6\x97\xa5\xe6\x9c\xac", 3, 2);                         /* 日本 */
    check_cluster("\xef\xbd\xb6", 3, 1);                                     /* half-width ka */
    check_cluster("\xed\x95\x9c", 3, 2);                                     /* 한 */
    check_cluster("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 9, 2);             /* the same in conjoining letters */
    check_cluster("\xf0\x9f\x98\x80", 4, 2);                                 /* 😀 */
    check_cluster("\xe2\x9d\xa4\xef\xb8\x8f", 6, 1);                         /* ❤ with VS16 */
    check_cluster("\xf0\x9f\x87\xaf\xf0\x9f\x87\xb5\xf0\x9f\x87\xab", 8, 2); /* a flag, then half of one */
    check_cluster("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", 7, 2);     /* 👨 ZWJ, then 👩 apart */
    check_cluster("\xe0\xa4\x95\xe0\xa4\xbe", 6, 2);                         /* का: a spacing mark */
    check_cluster("\xe2\x80\xa6", 3, 1);                                     /* … */
    check_cluster("\r\n", 1, 1);
    check_cluster("\x1b[m", 1, 1);
    check_cluster("\xff\xcc\x81", 1, 1);
    check_cluster("a\xcc", 1, 1);
    int width;
    assert_int_equal(text_cluster("", 0, &width), 0);
    assert_int_equal(width, 0);
}

static void a_long_cluster_is_cut_to_fit_a_cell(void **state)
{
    (void)state;
    char text[201] = "a";
    for (size_t i = 1; i < 200; i += 2)
        memcpy(text + i, "\xcc\x81", i + 2 <= 200 ? 2 : 1);
    int width;
    assert_int_equal(text_cluster(text, 199, &width), 27);
    assert_int_equal(width, 1);
}

static void check_shown(const char *text, size_t size, const char *expected)
{
    struct buffer out = {0};
    text_sanitise(text, size, &out);
    assert_false(out.failed);
    assert_string_equal(out.data ? out.data : "", expected);
    buffer_free(&out);
}

static void sanitised_text_is_harmless(void **state)
{
    (void)state;
    check_shown("plain", 5, "plain");
    check_shown("a\tb\r\nc", 6, "a b  c");
    check_shown("\x1b[2J\x7f", 5, "\xef\xbf\xbd[2J\xef\xbf\xbd");
    check_shown("\xc2\x9b"
                "31m",
                5,
                "\xef\xbf\xbd"
                "31m"); /* CSI as one C1 character */
    check_shown("a\0b", 3,
                "a\xef\xbf\xbd"
                "b");
    check_shown("a\xe2\x80\xaegnp.exe", 11, "agnp.exe"); /* right-to-left override */
    check_shown("a\xe2\x80\xa8"
                "b",
                5, "a b");                                                  /* line separator */
    check_shown("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* a surrogate */
    check_shown("\xcc\x81"
                "a",
                3, "a"); /* a mark with nothing below */
    check_shown("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", 11, "\xf0\x9f\x91\xa8\xf0\x9f\x91\xa9");
    check_shown("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 8, "\xf0\x9f\x91\x8d"); /* skin tone */
    check_shown("\xe2\x9d\xa4\xef\xb8\x8f", 6, "\xe2\x9d\xa4");
    check_shown("\xd9\x86\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", 11, "\xd9\x86\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae");
}

static void joiners_are_shown_only_where_letters_join(void **state)
{
    (void)state;
    check_shown("pay\xe2\x80\x8dpal\xe2\x80\x8c!", 13, "paypal!");
    check_shown("\xe6\x97\xa5\xe2\x80\x8d\xe6\x9c\xac", 9, "\xe6\x97\xa5\xe6\x9c\xac");
    check_shown("\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7", 12,
                "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7");
}

static void check_escaped(const char *text, size_t size, const char *expected)
{
    struct buffer out = {0};
    text_escape(text, size, &out);
    assert_string_equal(out.data ? out.data : "", expected);
    buffer_free(&out);
}

static void escaped_text_holds_nothing_hidden(void **state)
{
    (void)state;
    check_escaped("a\tb\r\nc\rd\n", 9, "a\tb\nc\\u000dd\n");
    check_escaped("\x1b]52;c;aGk=\x07\x7f", 13, "\\u001b]52;c;aGk=\\u0007\\u007f");
    check_escaped("\xc2\x9b\x33", 3, "\\u009b3");
    check_escaped("x\xe2\x80\xaey\xe2\x81\xa6z\xd8\x9c", 11, "x\\u202ey\\u2066z\\u061c");
    check_escaped("\xe2\x80\x8b\xef\xbb\xbf\xc2\xad\xe2\x80\x8d", 11, "\\u200b\\ufeff\\u00ad\\u200d");
    check_escaped("\xe2\x80\xa8", 3, "\\u2028");
    check_escaped("\xf3\xa0\x81\xa7", 4, "\\udb40\\udc67"); /* a tag */
    check_escaped("\xff\0", 2, "\xef\xbf\xbd\\u0000");
    check_escaped("\xd0\xb9 e\xcc\x81 \xf0\x9f\x8e\xb5", 11, "\xd0\xb9 e\xcc\x81 \xf0\x9f\x8e\xb5");
}

static void check_fit(const char *text, int columns, bool pad, const char *expected)
{
    struct buffer out = {0};
    text_fit(text, strlen(text), columns, pad, &out);
    assert_string_equal(out.data ? out.data : "", expected);
    buffer_free(&out);
}

static void fit_cuts_at_columns(void **state)
{
    (void)state;
    check_fit("hello", 5, true, "hello");
    check_fit("hello", 4, true, "hel\xe2\x80\xa6");
    check_fit("hello", 8, true, "hello   ");
    check_fit("hello", 8, false, "hello");
    check_fit("hello", 1, true, "\xe2\x80\xa6");
    check_fit("hello", 0, true, "");
    check_fit("hello", -3, true, "");
    check_fit("", 2, true, "  ");
    check_fit("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6, true, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
    check_fit("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5, true, "\xe6\x97\xa5\xe6\x9c\xac\xe2\x80\xa6");
    check_fit("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 4, true, "\xe6\x97\xa5\xe2\x80\xa6 ");
    check_fit("e\xcc\x81"
              "e\xcc\x81"
              "e\xcc\x81",
              2, true, "e\xcc\x81\xe2\x80\xa6");
}

static void check_folded(const char *text, const char *expected)
{
    struct buffer out = {0};
    buffer_add_text(&out, "");
    text_fold(text, strlen(text), &out);
    assert_string_equal(out.data, expected);
    buffer_free(&out);
}

static void folding_compares_what_people_type(void **state)
{
    (void)state;
    check_folded("Hello World", "hello world");
    check_folded("  A \t\n b  ", "a b");
    check_folded("Bj\xc3\xb6rk", "bjork");
    check_folded("Sigur R\xc3\xb3s", "sigur ros");
    check_folded("\xc3\x98 \xc3\x86 \xc5\x81 \xc3\x9f \xc3\x9e \xc4\x90 \xc5\x92", "o ae l ss th d oe");
    check_folded("\xc4\xb0stanbul", "istanbul");
    check_folded("Don\xe2\x80\x99t \xe2\x80\x9cStop\xe2\x80\x9d \xe2\x80\x93 Live", "don't \"stop\" - live");
    check_folded("\xef\xbc\xa1\xef\xbc\xa2", "ab");                       /* full-width letters */
    check_folded("\xd0\x81\xd0\x96", "\xd0\xb5\xd0\xb6");                 /* Ё Ж */
    check_folded("\xe3\x81\x8c", "\xe3\x81\x8b\xe3\x82\x99");             /* が keeps its voicing mark */
    check_folded("\xe6\x9d\xb1\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac"); /* 東京 */
    check_folded("\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1", "\xce\xb1\xce\xb8\xce\xb7\xce\xbd\xce\xb1");
    check_folded("a\xff\xfe"
                 "b",
                 "ab");
    check_folded("\xc2\xb4n sync", "'n sync");
    check_folded("wait\xe2\x80\xa6", "wait...");
}

/* Random text with many special characters. */
static size_t random_text(struct random *random, char *text, size_t size)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         " ",
                                         "\t",
                                         "\x1b",
                                         "\x7f",
                                         "\xc2\x85",
                                         "\xc2\xa0",
                                         "\xcc\x81",
                                         "\xe2\x80\x8d",
                                         "\xef\xb8\x8f",
                                         "\xf0\x9f\x91\xa8",
                                         "\xf0\x9f\x8f\xbd",
                                         "\xf0\x9f\x87\xaf",
                                         "\xe1\x85\xa1",
                                         "\xe1\x84\x92",
                                         "\xe0\xa4\xbe",
                                         "\xe6\x97\xa5",
                                         "\xe2\x83\xa3",
                                         "\xe2\x80\xae",
                                         "\xff",
                                         "\xf0\x9f",
                                         "\xef\xb7\xba",
                                         "\xcd\x85",
                                         "\xc7\xb1"};
    size_t used = 0;
    while (used + 4 <= size && random_below(random, 20) != 0) {
        if (random_below(random, 3) > 0) {
            const char *piece = pieces[random_below(random, sizeof pieces / sizeof *pieces)];
            memcpy(text + used, piece, strlen(piece));
            used += strlen(piece);
        } else {
            uint32_t c = (uint32_t)random_below(random, random_below(random, 2) ? 0x3000 : 0x110000);
            char encoded[4] = {(char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 63)), (char)(0x80 | (c >> 6 & 63)),
                               (char)(0x80 | (c & 63))};
            if (c < 0x800) {
                encoded[0] = (char)(0xc0 | c >> 6);
                encoded[1] = (char)(0x80 | (c & 63));
            } else if (c < 0x10000) {
                encoded[0] = (char)(0xe0 | c >> 12);
                encoded[1] = encoded[2];
                encoded[2] = encoded[3];
            }
            size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            memcpy(text + used, encoded, length);
            used += length;
        }
    }
    return used;
}

static int cluster_columns(const struct buffer *text)
{
    int total = 0;
    for (size_t at = 0; at < text->size;) {
        int width;
        size_t step = text_cluster(text->data + at, text->size - at, &width);
        assert_in_range(step, 1, 27);
        assert_in_range(width, 1, 2);
        total += width;
        at += step;
    }
    return total;
}

static void properties_hold_for_any_bytes(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 7);
    struct buffer once = {0};
    struct buffer twice = {0};
    for (int round = 0; round < 20000; round++) {
        char text[160];
        size_t size = random_text(&random, text, sizeof text);
        buffer_clear(&once);
        buffer_clear(&twice);
        text_sanitise(text, size, &once);
        assert_true(text_is_utf8(once.data, once.size));
        text_sanitise(once.data, once.size, &twice);
        assert_int_equal(once.size, twice.size);
        if (once.size > 0)
            assert_memory_equal(once.data, twice.data, once.size);
        assert_int_equal(cluster_columns(&once), text_width(text, size));

        int columns = (int)random_below(&random, 30);
        buffer_clear(&twice);
        text_fit(text, size, columns, true, &twice);
        assert_int_equal(cluster_columns(&twice), columns);

        buffer_clear(&once);
        buffer_clear(&twice);
        text_fold(text, size, &once);
        assert_true(text_is_utf8(once.data, once.size));
        text_fold(once.data, once.size, &twice);
        assert_int_equal(once.size, twice.size);
        if (once.size > 0)
            assert_memory_equal(once.data, twice.data, once.size);

        buffer_clear(&once);
        buffer_clear(&twice);
        text_key(text, size, &once);
        text_key(once.data ? once.data : "", once.size, &twice);
        assert_int_equal(once.size, twice.size);
        if (once.size > 0)
            assert_memory_equal(once.data, twice.data, once.size);
    }
    buffer_free(&once);
    buffer_free(&twice);
}

static void check_same(const char *a, const char *b, bool same)
{
    struct buffer x = {0}, y = {0};
    text_key(a, strlen(a), &x);
    text_key(b, strlen(b), &y);
    if ((x.size == y.size && memcmp(x.data, y.data, x.size) == 0) != same)
        fail_msg("\"%s\" and \"%s\" are %s", a, b, same ? "different" : "equal");
    buffer_free(&x);
    buffer_free(&y);
}

static void keys_tell_different_texts_apart(void **state)
{
    (void)state;
    static const char *const different[] = {
        "ma",
        "má",
        "mà",
        "mả",
        "mã",
        "mạ", /* tones of Vietnamese */
        "май",
        "маи",
        "все",
        "всё", /* й and и, ё and е */
        "มา",
        "ม่า",
        "ม้า",
        "ม๊า",
        "ม๋า", /* tones of Thai */
        "ມາ",
        "ມ່າ",
        "ມ້າ", /* of Lao */
        "かき",
        "がき",
        "かぎ",
        "がぎ",
        "はり",
        "ばり",
        "ぱり", /* voicing marks */
        "カキ",
        "ガキ",
        "क",
        "क़",
        "की",
        "कि",
        "कु",
        "בָּא",
        "בא",
        "بَ",
        "ب",
        "بِ",
        "resume",
        "résumé",
        "resumé",
        "naïve",
        "naive",
        "o",
        "ø",
        "ö",
        "l",
        "ł",
        "d",
        "đ",
        "i",
        "ı",
        "Ａ",
        "A",
        "½",
        "1/2",
        "x²",
        "x2",
        "don't",
        "don’t",
        "a-b",
        "a–b",
        "a b",
        "ab",
        "...",
        "…",
        "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xa5\xf3\xa0\x81\xae\xf3\xa0\x81\xa7\xf3\xa0\x81"
        "\xbf",
        "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xb3\xf3\xa0\x81\xa3\xf3\xa0\x81\xb4\xf3\xa0\x81"
        "\xbf",
        "\xf0\x9f\x8f\xb4",
        "",
        "\xe2\x80\x8b",
        "\xe2\x81\xa0",
        "\x01",
        "\x02",
        "می‌خواهم",
        "میخواهم",
        "می خواهم",
    };
    for (size_t i = 0; i < sizeof different / sizeof *different; i++)
        for (size_t k = 0; k < sizeof different / sizeof *different; k++)
            check_same(different[i], different[k], i == k);
}

static void keys_take_spellings_for_one(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"Halo", "HALO"},
        {"  Halo \t x ", "halo x"},
        {"Bj\xc3\xb6rk", "BJO\xcc\x88RK"},                        /* composed and decomposed */
        {"\xe1\xbb\x87", "e\xcc\xa3\xcc\x82"},                    /* ệ */
        {"\xe1\xbb\x87", "e\xcc\x82\xcc\xa3"},                    /* its marks the other way around */
        {"\xd0\xb9", "\xd0\x98\xcc\x86"},                         /* й */
        {"\xe3\x81\x8c", "\xe3\x81\x8b\xe3\x82\x99"},             /* が */
        {"\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"}, /* 각 */
        {"Straße", "STRASSE"},
        {"ΟΔΟΣ", "οδος"},
        {"ΟΔΟΣ", "οδοσ"},
        {"ЁЛКА", "ёлка"},
        {"ﬁn", "FIN"},
        {"\xe1\xbe\xb4", "\xce\x91\xcd\x85\xcc\x81"}, /* ᾴ, its marks in any order */
        {"\xe1\xbe\xb4", "\xce\x91\xcc\x81\xcd\x85"},
        {"K", "\xe2\x84\xaa"}, /* the Kelvin sign */
        {"a\xc2\xa0"
         "b",
         "a b"},
        {"a\xe3\x80\x80 b", "A B"},
        {"\xef\xbb\xbfHalo\xe2\x80\x8e", "halo"}, /* byte order mark, mark of direction */
        {"Ha\xc2\xadlo\xe2\x80\x8b", "halo"},
        {"\xe2\x80\x8dHalo\xe2\x80\x8c", "halo"},
        {"\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4"}, /* the heart as an emoji and as text */
        {"Ha\x1b\x07lo", "halo"},
        {"a\xff", "a\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        check_same(same[i][0], same[i][1], true);
}

static void utf8_is_checked_to_the_letter(void **state)
{
    (void)state;
    assert_int_equal(text_character_size("\xc0\x80", 2), 0); /* overlong encoding */
    assert_int_equal(text_character_size("\xe0\x9f\xbf", 3), 0);
    assert_int_equal(text_character_size("\xf0\x8f\xbf\xbf", 4), 0);
    assert_int_equal(text_character_size("\xf4\x90\x80\x80", 4), 0); /* beyond U+10FFFF */
    assert_int_equal(text_character_size("\xf4\x8f\xbf\xbf", 4), 4);
    assert_int_equal(text_character_size("\xed\x9f\xbf", 3), 3);
    assert_int_equal(text_character_size("\xe6\x97", 2), 0);
    assert_true(text_is_utf8("", 0));
    assert_false(text_is_utf8("a\x80", 2));
}

static void expect_number(const char *text, char delimiter, double wanted)
{
    double value = NAN;
    bool read = text_number(text, strlen(text), delimiter, &value);
    if (read != !isnan(wanted) || (read && fabs(value - wanted) > 1e-9 * fabs(wanted)))
        fail_msg("\"%s\" with %c: %d, %.17g", text, delimiter, read, value);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double semicolon, comma, tab;
    } numbers[] = {
        {"12", 12, 12, 12},
        {" -0.5 ", -0.5, -0.5, -0.5},
        {"+7", 7, 7, 7},
        {"\xe2\x88\x92"
         "3",
         -3, -3, -3},
        {"1e3", 1000, 1000, 1000},
        {"2.5E-2", 0.025, 0.025, 0.025},
        {"201,4", 201.4, 201.4, 201.4},
        {"120,500", 120.5, 120500, NAN},
        {"0,513", 0.513, 0.513, 0.513},
        {"1234,567", 1234.567, 1234.567, 1234.567},
        {"1,234,567", 1234567, 1234567, 1234567},
        {"1.234.567", 1234567, 1234567, 1234567},
        {"1.234,5", 1234.5, 1234.5, 1234.5},
        {"1,234.5", 1234.5, 1234.5, 1234.5},
        {"1 234", 1234, 1234, 1234},
        {"1\xe2\x80\xaf"
         "234,5",
         1234.5, 1234.5, 1234.5},
        {"1'234'567", 1234567, 1234567, 1234567},
        {",5", 0.5, 0.5, 0.5},
        {"5,", 5, 5, 5},
    };
    static const char *const wrong[] = {"",      " ",   "x",     "nan",   "inf",  "0x10", "1,23,456",
                                        "1.2.3", "1e",  "1e999", "12 34", "--1",  "1-2",  ".",
                                        ",",     "1 2", "1.5 0", "e5",    "1,,2", "3:21", "1.2,3.4"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        expect_number(numbers[i].text, ';', numbers[i].semicolon);
        expect_number(numbers[i].text, ',', numbers[i].comma);
        expect_number(numbers[i].text, '\t', numbers[i].tab);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (int k = 0; k < 3; k++)
            expect_number(wrong[i], ";,\t"[k], NAN);
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds;
    } times[] = {{"3:21", 201},     {"03:21", 201},    {"0:05", 5},     {"1:02:03", 3723},   {"75:00", 4500},
                 {"3:21.5", 201.5}, {"3:21,5", 201.5}, {" 3:21 ", 201}, {"3:60", NAN},       {"3:2", NAN},
                 {"3:", NAN},       {":21", NAN},      {"321", NAN},    {"1:2:3", NAN},      {"-3:21", NAN},
                 {"3:21:", NAN},    {"1:60:00", NAN},  {"a:21", NAN},   {"1:02:03:04", NAN}, {"3:021", NAN},
                 {"", NAN}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        double seconds = NAN;
        bool read = text_time(times[i].text, strlen(times[i].text), &seconds);
        if (read != !isnan(times[i].seconds) || (read && fabs(seconds - times[i].seconds) > 1e-9))
            fail_msg("\"%s\": %d, %g", times[i].text, read, seconds);
    }
}

/* printf's own zeros, with and without a sign. */
static void zeros_have_no_sign(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        bool zero;
    } cases[] = {{-0.0, 2, true},   {-0.004, 2, true}, {-0.005, 2, false}, {-0.006, 2, false}, {-0.5, 0, true},
                 {-0.51, 0, false}, {-1e-9, 8, true},  {0.004, 2, false},  {-1, 2, false},     {-1e300, 2, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double value = text_plain_zero(cases[i].value, cases[i].decimals);
        if (cases[i].zero ? value != 0 || signbit(value) : value != cases[i].value)
            fail_msg("%g with %d decimals", cases[i].value, cases[i].decimals);
    }
    assert_true(isnan(text_plain_zero(NAN, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(utf8_is_checked_to_the_letter),
        cmocka_unit_test(clusters_are_as_wide_as_in_xterm),
        cmocka_unit_test(a_long_cluster_is_cut_to_fit_a_cell),
        cmocka_unit_test(sanitised_text_is_harmless),
        cmocka_unit_test(joiners_are_shown_only_where_letters_join),
        cmocka_unit_test(escaped_text_holds_nothing_hidden),
        cmocka_unit_test(fit_cuts_at_columns),
        cmocka_unit_test(folding_compares_what_people_type),
        cmocka_unit_test(keys_tell_different_texts_apart),
        cmocka_unit_test(keys_take_spellings_for_one),
        cmocka_unit_test(properties_hold_for_any_bytes),
        cmocka_unit_test(zeros_have_no_sign),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
