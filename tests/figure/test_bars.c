/* Bars: unknown values, odd names, and the line that they are compared with, in both formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "figure/bars.h"
#include "tests/must.h"

static const struct bar list[] = {
    {"als <&> \"x\"", "model", 0.8, 0.7, 0.9},
    {"a name that is far longer than what is shown beside a bar of this figure", "model", 0.5, NAN, NAN},
    {"\x1b[2J\xff 雨", "", NAN, NAN, NAN},
    {"beyond", "model", 1.4, -3, 7},
};

static struct bars bars_of(void)
{
    return (struct bars){.title = "A & B",
                         .subtitle = "",
                         .x_label = "x",
                         .line_label = "random",
                         .n = sizeof list / sizeof *list,
                         .bars = list,
                         .first = 0,
                         .last = 1,
                         .step = 0.25,
                         .line = 0.5};
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void svg_has_all_of_it(void **state)
{
    (void)state;
    const struct bars bars = bars_of();
    struct buffer out = {0};
    must(bars_svg(&bars, &out, &error));
    assert_non_null(strstr(out.data, "als &lt;&amp;&gt;"));
    assert_null(strchr(out.data, '\x1b'));
    assert_int_equal(count(out.data, "could not be computed"), 1);
    assert_int_equal(count(out.data, ">random<"), 1);
    assert_int_equal(count(out.data, ">0.800<"), 1);
    assert_int_equal(count(out.data, ">0.75<"), 1);
    assert_null(strstr(out.data, "nan"));
    buffer_free(&out);
}

static void png_is_written(void **state)
{
    (void)state;
    const struct bars bars = bars_of();
    struct buffer out = {0};
    must(bars_png(&bars, &out, &error));
    assert_memory_equal(out.data, "\x89PNG", 4);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(svg_has_all_of_it), cmocka_unit_test(png_is_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
