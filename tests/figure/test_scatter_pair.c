/* Figures of two maps side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "draw/plot.h"
#include "figure/scatter_pair.h"
#include "vision/image.h"

static const float left[] = {0, 0, 1, 1, 2, 0, 3, 5}, right[] = {5, 1, 0, 0, NAN, 2, -3, 3};
static const int labels[] = {0, 1, 1, 0};
static const char *const names[] = {"Ann & <Bob>", "Cleo"};

static struct scatter_pair make(void)
{
    struct scatter_pair pair = {.title = "Two <maps>"};
    for (int p = 0; p < 2; p++)
        pair.panels[p] = (struct scatter_pair_panel){
            .scatter = {.n = 4,
                        .points = p == 0 ? left : right,
                        .labels = labels,
                        .label_names = names,
                        .n_labels = 2,
                        .selected = -1,
                        .background = 0xffffff,
                        .foreground = 0x202020},
            .name = p == 0 ? "clip" : "dinov2",
            .lines = {p == 0 ? "KL 1 & more" : "KL 2", NULL, "silhouette"},
        };
    return pair;
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

static bool grey_cover(void *context, int64_t point, int edge, struct image *image)
{
    struct error error;
    (void)context, (void)point;
    assert_int_equal(image_create(edge, edge, image, &error), STATUS_OK);
    plot_fill(image, 0x778899);
    return true;
}

static void an_svg_has_both_panels(void **state)
{
    (void)state;
    struct scatter_pair pair = make();
    struct buffer out = {0};
    struct error error = {0};
    assert_int_equal(scatter_pair_figure(&pair, true, &out, &error), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.data, ">Two &lt;maps&gt;</text>"));
    assert_non_null(strstr(out.data, ">clip</text>"));
    assert_non_null(strstr(out.data, ">dinov2</text>"));
    assert_non_null(strstr(out.data, ">KL 1 &amp; more</text>"));
    assert_int_equal(count(out.data, ">silhouette</text>"), 2);
    assert_int_equal(count(out.data, ">Ann &amp; &lt;Bob&gt;</text>"), 1);
    assert_int_equal(count(out.data, "fill-rule=\"evenodd\""), 4 + 3 + 2); /* the points and the legend */
    assert_null(strstr(out.data, "nan"));
    buffer_free(&out);
}

static void covers_are_in_both_panels(void **state)
{
    (void)state;
    const struct scatter_covers covers = {.edge = 50, .image = grey_cover};
    struct scatter_pair pair = make();
    struct buffer svg = {0}, png = {0};
    struct image image;
    struct error error = {0};
    pair.covers = &covers;
    assert_int_equal(scatter_pair_figure(&pair, true, &svg, &error), STATUS_OK);
    buffer_add_byte(&svg, '\0');
    assert_int_equal(count(svg.data, "data:image/jpeg"), 4 + 3);
    assert_int_equal(scatter_pair_figure(&pair, false, &png, &error), STATUS_OK);
    assert_int_equal(image_decode(png.data, png.size, "figure", &image, &error), STATUS_OK);
    int halves[2] = {0};
    for (int i = 0; i < image.width * image.height; i++)
        halves[i % image.width >= image.width / 2] += image.rgb[3 * i] == 0x77 && image.rgb[3 * i + 1] == 0x88;
    assert_int_equal(halves[0] * 3, halves[1] * 4);
    assert_true(halves[0] > 4 * 40 * 40);
    image_free(&image);
    buffer_free(&svg);
    buffer_free(&png);
}

static void nothing_is_drawn_for_no_points(void **state)
{
    (void)state;
    struct scatter_pair pair = make();
    struct buffer png = {0};
    struct error error = {0};
    for (int p = 0; p < 2; p++)
        pair.panels[p].scatter.n = pair.panels[p].scatter.n_labels = 0;
    assert_int_equal(scatter_pair_figure(&pair, false, &png, &error), STATUS_OK);
    assert_true(png.size > 100);
    buffer_free(&png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_svg_has_both_panels),
        cmocka_unit_test(covers_are_in_both_panels),
        cmocka_unit_test(nothing_is_drawn_for_no_points),
    };
    return cmocka_run_group_tests_name("scatter pair", tests, NULL, NULL);
}
