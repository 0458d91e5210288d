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
#include "figure/scatter_internal.h"
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

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
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
        assert_int_equal(pixel(&image, x, y), scatter_colour(i, scatter.background));
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
        const struct scatter_mark *a = scatter_mark(i);
        assert_int_equal(text_width(a->text, strlen(a->text)), 1);
        assert_int_equal(strlen(a->ascii), 1);
        for (int j = 0; j < i; j++) {
            const struct scatter_mark *b = scatter_mark(j);
            assert_string_not_equal(a->text, b->text);
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

/* Zooming in at a pixel and out again, at many pixels and in views of many sizes. */
static void zoom_keeps_what_is_under_the_pointer(void **state)
{
    (void)state;
    const int width = 640, height = 360;
    struct random random;
    random_seed(&random, 11);
    for (int round = 0; round < 200; round++) {
        struct scatter scatter = make(N);
        for (int step = 0; step < 8; step++) {
            float x = (float)random_uniform(&random) * 640, y = (float)random_uniform(&random) * 360, x0, y0, x1, y1;
            int64_t i = scatter_nearest(&scatter, width, height, x, y);
            scatter_position(&scatter, width, height, i, &x0, &y0);
            if (x0 < 0 || y0 < 0 || x0 > 640 || y0 > 360)
                continue;
            scatter.view = scatter_zoom(&scatter, width, height, 1.5F, x0, y0);
            scatter_position(&scatter, width, height, i, &x1, &y1);
            assert_true(fabsf(x1 - x0) < 0.5F && fabsf(y1 - y0) < 0.5F);
            if (scatter.view.zoom >= SCATTER_ZOOM_MAX)
                break;
        }
    }
}

/* However it is zoomed and panned, part of the box of the points fills the drawing; "everything" is where it began. */
static void a_view_stays_inside_the_points(void **state)
{
    (void)state;
    const int width = 300, height = 500;
    struct scatter scatter = make(N), whole = make(N);
    struct random random;
    random_seed(&random, 12);
    for (int step = 0; step < 2000; step++) {
        float x = (float)random_uniform(&random), y = (float)random_uniform(&random);
        scatter.view = step % 2 ? scatter_pan(&scatter, width, height, 4000 * (x - 0.5F), 4000 * (y - 0.5F))
                                : scatter_zoom(&scatter, width, height, expf(4 * x - 2), 300 * y, 500 * x);
        assert_true(scatter.view.zoom >= 1 && scatter.view.zoom <= SCATTER_ZOOM_MAX);
        assert_true(scatter.view.x >= 0 && scatter.view.x <= 1 && scatter.view.y >= 0 && scatter.view.y <= 1);
    }
    scatter.view = scatter_zoom(&scatter, width, height, 1e-9F, 10, 10);
    for (int i = 0; i < N; i++) {
        float x0, y0, x1, y1;
        scatter_position(&whole, width, height, i, &x0, &y0);
        scatter_position(&scatter, width, height, i, &x1, &y1);
        assert_true(fabsf(x1 - x0) < 0.01F && fabsf(y1 - y0) < 0.01F);
    }
}

static void the_nearest_point_is_found_under_zoom(void **state)
{
    (void)state;
    const int width = 500, height = 400;
    for (int i = 0; i < N; i++) {
        struct scatter scatter = make(N);
        float x, y;
        scatter_position(&scatter, width, height, i, &x, &y);
        scatter.view = scatter_zoom(&scatter, width, height, 1 + (float)(i % 40), x, y);
        scatter.view = scatter_pan(&scatter, width, height, 900, -300);
        scatter.view = scatter_reveal(&scatter, width, height, i, 20);
        scatter_position(&scatter, width, height, i, &x, &y);
        assert_true(x > 5 && y > 5 && x < 495 && y < 395); /* at the edge of the box its margin limits the view */
        assert_int_equal(scatter_nearest(&scatter, width, height, x, y), i);
    }
}

static void covers_do_not_overlap_and_stay_near_their_points(void **state)
{
    (void)state;
    enum { WIDTH = 700, HEIGHT = 500 };
    const struct scatter_box box = {0, 0, WIDTH, HEIGHT};
    static struct placed_cover placed[N], again[N];
    static bool hidden[N];
    for (int zoom = 1; zoom <= 16; zoom *= 4) {
        struct scatter scatter = make(N);
        scatter.view = scatter_zoom(&scatter, WIDTH, HEIGHT, (float)zoom, 300, 200);
        struct scatter_frame frame = scatter_frame_of(&scatter, WIDTH, HEIGHT);
        float edge = scatter_cover_edge(&scatter, &box, &(struct scatter_covers){0});
        int64_t n = scatter_place_covers(&scatter, &frame, &box, edge, placed, hidden);
        assert_true(n >= (zoom == 1 ? N / 4 : 1));
        for (int64_t k = 0; k < n; k++) {
            const struct placed_cover *cover = &placed[k];
            float x, y;
            scatter_project(&scatter, &frame, cover->point, &x, &y);
            assert_true(fabsf(cover->x - x) < 2 * edge + 8 && fabsf(cover->y - y) < 2 * edge + 8);
            assert_true(cover->x - edge / 2 >= 0 && cover->y - edge / 2 >= 0);
            assert_true(cover->x + edge / 2 <= WIDTH && cover->y + edge / 2 <= HEIGHT);
            assert_true(hidden[cover->point]);
            for (int64_t j = 0; j < k; j++)
                assert_true(fabsf(placed[j].x - cover->x) >= edge || fabsf(placed[j].y - cover->y) >= edge);
        }
        const struct scatter_covers none = {0};
        for (int64_t k = 0; k < n; k++)
            assert_int_equal(scatter_cover_at(&scatter, &none, WIDTH, HEIGHT, placed[k].x, placed[k].y),
                             placed[k].point);
        scatter.selected = placed[0].point;
        assert_int_equal(scatter_place_covers(&scatter, &frame, &box, edge, again, hidden), n);
        assert_memory_equal(placed, again, (size_t)n * sizeof placed[0]);
    }
}

/* Panning moves covers, and does not arrange them again: those far from the edges keep their places. */
static void covers_move_with_the_view(void **state)
{
    (void)state;
    enum { WIDTH = 700, HEIGHT = 500 };
    const struct scatter_box box = {0, 0, WIDTH, HEIGHT};
    static struct placed_cover before[N], after[N];
    static bool hidden[N];
    struct scatter scatter = make(N);
    scatter.view = scatter_zoom(&scatter, WIDTH, HEIGHT, 3, 350, 250);
    struct scatter_frame frame = scatter_frame_of(&scatter, WIDTH, HEIGHT);
    float edge = scatter_cover_edge(&scatter, &box, &(struct scatter_covers){0});
    int64_t n = scatter_place_covers(&scatter, &frame, &box, edge, before, hidden);
    scatter.view = scatter_pan(&scatter, WIDTH, HEIGHT, 30, 0);
    struct scatter_frame moved = scatter_frame_of(&scatter, WIDTH, HEIGHT);
    int64_t m = scatter_place_covers(&scatter, &moved, &box, edge, after, hidden), kept = 0;
    for (int64_t k = 0; k < n; k++)
        for (int64_t j = 0; j < m; j++)
            if (before[k].point == after[j].point)
                kept += fabsf(after[j].x - before[k].x - (moved.x - frame.x)) < 0.1F;
    assert_true(n > 10 && kept >= n * 3 / 4);
}

struct cover_counts {
    int asked, given;
};

static bool red_cover(void *context, int64_t point, int edge, struct image *image)
{
    struct cover_counts *counts = context;
    struct error error;
    counts->asked++;
    if (point % 2 == 1)
        return false;
    assert_int_equal(image_create(edge, edge, image, &error), STATUS_OK);
    plot_fill(image, 0xff0001);
    counts->given++;
    return true;
}

/* A cover that is not available leaves a square of its artist's tone; the selected cover is the largest. */
static void covers_are_drawn_in_frames_of_their_label(void **state)
{
    (void)state;
    struct scatter scatter = make(4);
    struct cover_counts counts = {0};
    const struct scatter_covers covers = {.edge = 40, .image = red_cover, .context = &counts};
    struct image image;
    struct error error = {0};
    float x, y;
    scatter.selected = 2;
    assert_int_equal(scatter_draw_covers(&scatter, &covers, 900, 600, &image, &error), STATUS_OK);
    assert_int_equal(counts.asked, 5); /* the selected one is also drawn large */
    scatter_position(&scatter, 900, 600, 2, &x, &y);
    assert_int_equal(pixel(&image, x, y), 0xff0001);
    assert_int_equal(pixel(&image, x + 30, y), 0xff0001);
    int frames[4] = {0}, red = 0;
    for (int i = 0; i < 900 * 600; i++) {
        uint32_t at = pixel(&image, (float)(i % 900), (float)(i / 900));
        red += at == 0xff0001;
        for (int label = 0; label < 4; label++)
            frames[label] += at == scatter_colour(label, scatter.background);
    }
    for (int label = 0; label < 4; label++)
        assert_true(frames[label] > 200);
    assert_true(red > 34 * 34 + 70 * 70);
    image_free(&image);
}

static size_t decode_base64(const char *text, unsigned char *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = 0, count = 0;
    unsigned long word = 0;
    for (const char *at; *text && (at = strchr(digits, *text)); text++) {
        word = word << 6 | (unsigned long)(at - digits);
        if (++count % 4 != 1)
            bytes[size++] = (unsigned char)(word >> (count % 4 == 2 ? 4 : count % 4 == 3 ? 2 : 0));
    }
    return size;
}

/* An SVG figure contains its covers, twice as sharp; a PNG figure shows them inside the frame. */
static void figures_show_covers(void **state)
{
    (void)state;
    struct scatter scatter = make(8);
    struct cover_counts counts = {0};
    const struct scatter_covers covers = {.edge = 40, .image = red_cover, .context = &counts};
    const struct scatter_figure of = {.title = "Covers", .caption = "how", .covers = &covers};
    struct buffer svg = {0}, png = {0};
    struct image image;
    struct error error = {0};
    assert_int_equal(scatter_figure_svg(&scatter, &of, &svg, &error), STATUS_OK);
    static const char prefix[] = "href=\"data:image/jpeg;base64,";
    assert_true(counts.given >= 2);
    assert_int_equal(count(svg.data, prefix), counts.given);
    assert_int_equal(count(svg.data, "<use ") + counts.asked, 8);
    unsigned char *bytes = malloc(svg.size);
    size_t size = decode_base64(strstr(svg.data, prefix) + strlen(prefix), bytes);
    assert_int_equal(image_decode(bytes, size, "cover", &image, &error), STATUS_OK);
    assert_int_equal(image.width, 2 * (40 - 6));
    assert_true(image.rgb[0] > 240 && image.rgb[1] < 16);
    image_free(&image);
    free(bytes);
    assert_int_equal(scatter_figure_png(&scatter, &of, &png, &error), STATUS_OK);
    assert_int_equal(image_decode(png.data, png.size, "figure", &image, &error), STATUS_OK);
    int red = 0;
    for (int i = 0; i < image.width * image.height; i++)
        red += image.rgb[3 * i] == 0xff && image.rgb[3 * i + 1] == 0 && image.rgb[3 * i + 2] == 1;
    assert_true(red >= 2 * 34 * 34);
    image_free(&image);
    buffer_free(&svg);
    buffer_free(&png);
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
        assert_int_equal(scatter_figure_png(&scatter, &(struct scatter_figure){.title = ""}, &png, &error), STATUS_OK);
        assert_int_equal(scatter_figure_svg(&scatter, &(struct scatter_figure){.title = ""}, &svg, &error), STATUS_OK);
        assert_int_equal(scatter_tsv(&scatter, NULL, NULL, &tsv, &error), STATUS_OK);
        assert_true(scatter_nearest(&scatter, 9, 9, 4, 4) < cases[k].n);
        scatter_towards(&scatter, cases[k].n - 1, 1, 0);
        image_free(&image);
        buffer_free(&png);
        buffer_free(&svg);
        buffer_free(&tsv);
    }
}

static void svg_is_escaped(void **state)
{
    (void)state;
    struct scatter scatter = make(N);
    struct buffer out = {0};
    struct error error = {0};
    const struct scatter_figure of = {.title = "<script>&\x07", .caption = "t-SNE of <x>: 3 points"};
    assert_int_equal(scatter_figure_svg(&scatter, &of, &out, &error), STATUS_OK);
    assert_int_equal(count(out.data, "<use "), N);
    assert_null(strstr(out.data, "<script"));
    assert_null(strstr(out.data, "<live"));
    assert_non_null(strstr(out.data, ">t-SNE of &lt;x&gt;: 3 points</text>"));
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
    assert_int_equal(scatter_tsv(&scatter, NULL, keys, &out, &error), STATUS_OK);
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
    assert_int_equal(scatter_figure_png(&scatter, &(struct scatter_figure){.title = "A title"}, &png, &error),
                     STATUS_OK);
    assert_int_equal(image_decode(png.data, png.size, "figure", &image, &error), STATUS_OK);
    for (int label = 0; label < SCATTER_LABELS_MAX; label++) {
        int found = 0;
        for (int y = 0; y < image.height; y++)
            for (int x = 0; x < image.width; x++)
                found += pixel(&image, (float)x, (float)y) == scatter_colour(label, scatter.background);
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
        cmocka_unit_test(zoom_keeps_what_is_under_the_pointer),
        cmocka_unit_test(a_view_stays_inside_the_points),
        cmocka_unit_test(the_nearest_point_is_found_under_zoom),
        cmocka_unit_test(covers_do_not_overlap_and_stay_near_their_points),
        cmocka_unit_test(covers_move_with_the_view),
        cmocka_unit_test(covers_are_drawn_in_frames_of_their_label),
        cmocka_unit_test(figures_show_covers),
        cmocka_unit_test(odd_data_are_drawn),
        cmocka_unit_test(svg_is_escaped),
        cmocka_unit_test(tsv_has_four_fields_a_line),
        cmocka_unit_test(figures_show_points_and_legend),
        cmocka_unit_test(text_has_width_and_ink_for_every_letter),
    };
    return cmocka_run_group_tests_name("scatter", tests, NULL, NULL);
}
