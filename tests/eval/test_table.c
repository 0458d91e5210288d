#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "eval/table.h"

/* The papers' table: widths, and which values are marked as best. */

static struct table_row row(const char *name, double percent, double clicks)
{
    struct table_row made = {.name = name, .coverage = percent / 100, .milliseconds = clicks};
    made.summary.count = 500;
    for (int metric = 0; metric < METRICS; metric++)
        made.summary.metrics[metric] = (struct interval){percent / 100, 0.0123};
    made.summary.metrics[METRIC_CLICKS] = (struct interval){clicks, 0.4};
    return made;
}

static int widest(const struct buffer *text)
{
    int most = 0;
    for (const char *line = text->data; *line;) {
        size_t size = strcspn(line, "\n");
        int width = text_width(line, size);
        most = width > most ? width : most;
        line += size + (line[size] == '\n');
    }
    return most;
}

/* The line that begins with this name. */
static char *line_of(const struct buffer *text, const char *name)
{
    for (const char *line = text->data; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, name, strlen(name)) == 0)
            return strndup(line, strcspn(line, "\n"));
    fail_msg("no line begins with %s in:\n%s", name, text->data);
    return NULL;
}

static void it_fits(void **state)
{
    (void)state;
    const struct table_row rows[] = {row("popularity", 99.99, 50.99), row("CLIP-FM-Transformer", 12.34, 2.5),
                                     row("a model with quite a long name, seed 3", 5, 10)};
    for (int columns = 80; columns <= 200; columns++) {
        struct buffer out = {0};
        result_table(rows, 3, columns, false, &out);
        if (widest(&out) > columns)
            fail_msg("%d columns are %d wide:\n%s", columns, widest(&out), out.data);
        if (columns == 200)
            assert_null(strstr(out.data, "No space"));
        if (columns == 120 || columns == 80)
            assert_true((strstr(out.data, "12.34±1.23") != NULL) == (columns == 120));
        buffer_free(&out);
    }
}

static void the_best_of_each_column_is_marked(void **state)
{
    (void)state;
    const struct table_row rows[] = {row("low", 10, 1), row("high", 20.001, 3), row("even", 20.004, 2)};
    struct buffer out = {0};
    result_table(rows, 3, 120, false, &out);
    char *low = line_of(&out, "low"), *high = line_of(&out, "high"), *even = line_of(&out, "even");
    int stars[3] = {0}, higher = 1; /* coverage */
    for (int metric = 0; metric < METRICS; metric++)
        higher += metric_infos[metric].direction > 0;
    char *const lines[] = {low, high, even};
    for (int i = 0; i < 3; i++)
        for (const char *c = lines[i]; *c; c++)
            stars[i] += *c == '*';
    /* The first is best where lower is better; the others agree in every printed digit of what is best high. */
    assert_int_equal(stars[0], METRICS + 2 - higher);
    assert_int_equal(stars[1], higher);
    assert_int_equal(stars[2], higher);
    assert_non_null(strstr(low, "1.00±0.40*"));
    assert_non_null(strstr(out.data, "lowest of Clicks"));
    free(low), free(high), free(even);
    buffer_free(&out);
    result_table(rows, 3, 120, true, &out);
    assert_null(strchr(out.data, '*'));
    assert_non_null(strstr(out.data, "\033[1m1.00±0.40\033[0m"));
    buffer_free(&out);
    result_table(rows, 1, 120, false, &out); /* a single model is not marked */
    assert_null(strchr(out.data, '*'));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fits),
        cmocka_unit_test(the_best_of_each_column_is_marked),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
