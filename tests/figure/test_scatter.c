#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "core/text.h"
#include "draw/plot.h"
#include "draw/stroke_font.h"
#include "figure/scatter.h"
#include "vision/image.h"

enum { N = 200 };

static float points[2 * N];
static int labels[N];
static const char *const names[] = {"AC/DC <live> & \"more\"",
                                    "Bj\xc3\xb6rk",
                                    "tab\there\n\x1b[31m",
                                    "\xff\xfe\xef\xbf\xbf",
                                    "\xe6\xad\x8c",
                                    "five",
                                    "six",
                                    "seven",
                                    "eight",
                                    "nine"};

static struct scatter make(int64_t n)
{
    struct random random;
    random_seed(&random, 4);
    for (int i = 0; i < N; i++) {
        points[2 * i] = (float)random_normal(&random) * 20;
        points[2 * i + 1] = (float)random_normal(&random) * 9 + 3;
        labels[i] = i % SCATTER_LABELS_MAX;
    }
    return (struct scatter){.n = n,
                            .points = points,
                            .labels = labels,
                            .label_names = names,
                            .n_labels = SCATTER_LABELS_MAX,
                            .selected = -1,
                            .background = 0x121212,
                            .foreground = 0xeeeeee};
}

static void points_lie_inside_with_one_scale(void **state)
{
    (void)state;
    struct scatter scatter = make(N);
    const int sizes[][2] = {{1200, 800}, {100, 60}, {60, 200}, {7, 5}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int width = sizes[s][0], height = sizes[s][1];
        float x0, y0, x1, y1, x2, y2;
        scatter_position(&scatter, width, height, 0, &x0, &y0);
        scatter_position(&scatter, width, height, 1, &x1, &y1);
        scatter_position(&scatter, width, height, 2, &x2, &y2);
        float scale = (x1 - x0) / (points[2] - points[0]);
        assert_true(scale > 0);
        assert_true(fabsf((y1 - y0) / (points[3] - points[1]) + scale) < 0.02F * scale); /* larger y is further up */
        for (int i = 0; i < N; i++) {
            scatter_position(&scatter, width, height, i, &x0, &y0);
            assert_true(x0 >= 1 && y0 >= 1 && x0 <= (float)width - 1 && y0 <= (float)height - 1);
            assert_int_equal(scatter_nearest(&scatter, width, height, x0, y0), i);
        }
    }
}

static void every_direction_with_a_point_leads_to_one(void **state)
{
    (void)state;
    struct scatter scatter = make(N);
    for (int i = 0; i < N; i++)
        for (int dx = -1; dx <= 1; dx++)
            for (int dy = -1; dy <= 1; dy++) {
                bool any = false;
                for (int j = 0; j < N; j++)
                    any |= (points[2 * j] - points[2 * i]) * (float)dx -
                               (points[2 * j + 1] - points[2 * i + 1]) * (float)dy >
                           0;
                int64_t to = scatter_towards(&scatter, i, dx, dy);
                assert_int_equal(to >= 0, any);
                if (any)
                    assert_true((points[2 * to] - points[2 * i]) * (float)dx -
                                    (points[2 * to + 1] - points[2 * i + 1]) * (float)dy >
                                0);
            }
}

static void points_in_one_place_are_gone_through(void **state)
{
    (void)state;
    static const float same[] = {0, 0, 5, 0, 5, 0, 5, 0, 9, 1};
    struct scatter scatter = make(5);
    scatter.points = same;
    for (int i = 0; i < 4; i++)
        assert_int_equal(scatter_towards(&scatter, i, 1, 0), i + 1);
    for (int i = 4; i > 0; i--)
        assert_int_equal(scatter_towards(&scatter, i, -1, 0), i - 1);
    assert_int_equal(scatter_towards(&scatter, 4, 1, 0), -1);
}

static uint32_t pixel(const struct image *image, float x, float y)
{
    const uint8_t *rgb = image->rgb + ((int)y * image->width + (int)x) * 3;
    return (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
}

static void marks_have_their_colours_and_the_selected_one_a_ring(void **state)
{
    (void)state;
    struct scatter scatter = make(8); /* the first eight are solid */
    struct image image;
    struct error error = {0};
    float x, y;
    scatter.selected = 3;
    assert_int_equal(scatter_draw(&scatter, 600, 400, 12, &image, &error), STATUS_OK);
    assert_true(image.width == 600 && image.height == 400);
    for (int i = 0; i < 8; i++) {
        scatter_position(&scatter, 600, 400, i, &x, &y);
        assert_int_equal(pixel(&image, x, y), scatter_style(i)->colour);
    }
    int foreground = 0;
    for (int i = 0; i < 600 * 400; i++)
        foreground += image.rgb[3 * i] == 0xee && image.rgb[3 * i + 1] == 0xee;
    assert_true(foreground > 20);
    image_free(&image);
}

static void styles_are_distinct(void **state)
{
    (void)state;
    for (int i = 0; i < SCATTER_LABELS_MAX; i++) {
        const struct scatter_style *a = scatter_style(i);
        assert_int_equal(text_width(a->mark, strlen(a->mark)), 1);
        assert_int_equal(strlen(a->ascii), 1);
        for (int j = 0; j < i; j++) {
            const struct scatter_style *b = scatter_style(j);
            assert_true(a->colour != b->colour);
            assert_string_not_equal(a->mark, b->mark);
            assert_string_not_equal(a->ascii, b->ascii);
        }
    }
}

/* Each mark, drawn alone, covers about as much as the others, and no two cover the same pixels. */
static void marks_weigh_alike_and_differ(void **state)
{
    (void)state;
    enum { EDGE = 40 };
    struct image drawn[N_MARKS];
    struct error error = {0};
    for (int m = 0; m < N_MARKS; m++) {
        assert_int_equal(image_create(EDGE, EDGE, &drawn[m], &error), STATUS_OK);
        plot_fill(&drawn[m], 0);
        plot_mark(&drawn[m], (enum mark)m, EDGE / 2.0F, EDGE / 2.0F, 10, 0, 0xffffff);
        double area = 0;
        for (int i = 0; i < EDGE * EDGE; i++)
            area += drawn[m].rgb[3 * i] / 255.0;
        assert_true(area > 150 && area < 420);
        for (int o = 0; o < m; o++) {
            double off = 0;
            for (int i = 0; i < EDGE * EDGE; i++)
                off += abs(drawn[m].rgb[3 * i] - drawn[o].rgb[3 * i]) / 255.0;
            assert_true(off > 50);
        }
    }
    for (int m = 0; m < N_MARKS; m++)
        image_free(&drawn[m]);
}

static void odd_data_are_drawn(void **state)
{
    (void)state;
    struct error error = {0};
    static const float odd[] = {NAN, 0, INFINITY, 1, 3, 3, 3e38F, -3e38F, -3e38F, 3e38F};
    const struct {
        int64_t n;
        const float *points;
    } cases[] = {{0, NULL}, {1, odd + 4}, {2, odd}, {3, odd}, {5, odd}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct scatter scatter = make(cases[k].n);
        scatter.points = cases[k].points;
        scatter.selected = 0;
        struct image image;
        struct buffer png = {0}, svg = {0}, tsv = {0};
        assert_int_equal(scatter_draw(&scatter, 9, 9, 0, &image, &error), STATUS_OK);
        assert_int_equal(scatter_figure_png(&scatter, "", &png, &error), STATUS_OK);
        assert_int_equal(scatter_figure_svg(&scatter, "", &svg, &error), STATUS_OK);
        assert_int_equal(scatter_tsv(&scatter, NULL, &tsv, &error), STATUS_OK);
        assert_true(scatter_nearest(&scatter, 9, 9, 4, 4) < cases[k].n);
        scatter_towards(&scatter, cases[k].n - 1, 1, 0);
        image_free(&image);
        buffer_free(&png);
        buffer_free(&svg);
        buffer_free(&tsv);
    }
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

static void svg_is_escaped(void **state)
{
    (void)state;
    struct scatter scatter = make(N);
    struct buffer out = {0};
    struct error error = {0};
    assert_int_equal(scatter_figure_svg(&scatter, "<script>&\x07", &out, &error), STATUS_OK);
    assert_int_equal(count(out.data, "<use "), N);
    assert_null(strstr(out.data, "<script"));
    assert_null(strstr(out.data, "<live"));
    assert_non_null(strstr(out.data, "AC/DC &lt;live&gt; &amp; &quot;more&quot;"));
    assert_non_null(strstr(out.data, "Component 1"));
    assert_true(text_is_utf8(out.data, out.size));
    for (size_t i = 0; i < out.size; i++)
        assert_true((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n');
    assert_null(strstr(out.data, "\xef\xbf\xbf"));
    buffer_free(&out);
}

static void tsv_has_four_fields_a_line(void **state)
{
    (void)state;
    struct scatter scatter = make(N);
    const char *keys[N];
    for (int i = 0; i < N; i++)
        keys[i] = i % 2 == 0 ? "key\twith\ntab" : "k";
    struct buffer out = {0};
    struct error error = {0};
    assert_int_equal(scatter_tsv(&scatter, keys, &out, &error), STATUS_OK);
    assert_int_equal(strncmp(out.data, "x\ty\tlabel\tkey\n", 14), 0);
    const int keys_quoted = count(out.data, "\t\"key\twith\ntab\"\n");
    const int quoted = keys_quoted + count(out.data, "\t\"tab\there\n\x1b[31m\"\t");
    assert_int_equal(keys_quoted, (N + 1) / 2);
    assert_true(quoted > keys_quoted);
    assert_int_equal(count(out.data, "\n"), N + 1 + quoted);
    assert_int_equal(count(out.data, "\t"), 3 * (N + 1) + quoted);
    float x;
    assert_int_equal(sscanf(out.data + 14, "%f", &x), 1);
    assert_true(x == points[0]);
    buffer_free(&out);
}

static void figures_show_points_and_legend(void **state)
{
    (void)state;
    struct scatter scatter = make(N);
    struct buffer png = {0};
    struct image image;
    struct error error = {0};
    assert_int_equal(scatter_figure_png(&scatter, "A title", &png, &error), STATUS_OK);
    assert_int_equal(image_decode(png.data, png.size, "figure", &image, &error), STATUS_OK);
    for (int label = 0; label < SCATTER_LABELS_MAX; label++) {
        int found = 0;
        for (int y = 0; y < image.height; y++)
            for (int x = 0; x < image.width; x++)
                found += pixel(&image, (float)x, (float)y) == scatter_style(label)->colour;
        assert_true(found > 100);
    }
    image_free(&image);
    buffer_free(&png);
}

static void text_has_width_and_ink_for_every_letter(void **state)
{
    (void)state;
    struct image image;
    struct error error = {0};
    assert_int_equal(image_create(60, 40, &image, &error), STATUS_OK);
    for (int c = '!'; c <= '~'; c++) {
        const char text[2] = {(char)c, 0};
        plot_fill(&image, 0);
        stroke_font_draw(&image, text, 10, 25, 18, false, 0xffffff);
        int ink = 0;
        for (int i = 0; i < 60 * 40; i++)
            ink += image.rgb[3 * i] > 128;
        assert_true(ink >= 3);
    }
    assert_true(stroke_font_width("mm", 10) > 2 * stroke_font_width("m", 10));
    assert_true(stroke_font_width("\xc3\xa9", 10) == stroke_font_width("e", 10));
    assert_true(stroke_font_width("\xff\xfe\xe6\xad\x8c", 10) > 0);
    assert_true(stroke_font_width("", 10) == 0);
    image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_lie_inside_with_one_scale),
        cmocka_unit_test(every_direction_with_a_point_leads_to_one),
        cmocka_unit_test(points_in_one_place_are_gone_through),
        cmocka_unit_test(marks_have_their_colours_and_the_selected_one_a_ring),
        cmocka_unit_test(styles_are_distinct),
        cmocka_unit_test(marks_weigh_alike_and_differ),
        cmocka_unit_test(odd_data_are_drawn),
        cmocka_unit_test(svg_is_escaped),
        cmocka_unit_test(tsv_has_four_fields_a_line),
        cmocka_unit_test(figures_show_points_and_legend),
        cmocka_unit_test(text_has_width_and_ink_for_every_letter),
    };
    return cmocka_run_group_tests_name("scatter", tests, NULL, NULL);
}
