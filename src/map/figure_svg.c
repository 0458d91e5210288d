#include <math.h>
#include <stdio.h>
#include <string.h>

#include "map/figure.h"
#include "map/plot.h"

/* Text as XML: already well-formed and without control characters; the two noncharacters that XML forbids become
 * U+FFFD. */
static void add_escaped(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        if (*text == '&')
            buffer_add_text(out, "&amp;");
        else if (*text == '<')
            buffer_add_text(out, "&lt;");
        else if (*text == '>')
            buffer_add_text(out, "&gt;");
        else if (*text == '"')
            buffer_add_text(out, "&quot;");
        else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0) {
            buffer_add_text(out, "\xef\xbf\xbd");
            text += 2;
        } else
            buffer_add_byte(out, *text);
    }
}

static void add_text(const char *text, float x, float y, float height, const char *anchor, uint32_t colour,
                     struct buffer *out)
{
    buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"%s\" fill=\"#%06x\">", (double)x,
                  (double)y, (double)(height / 0.72F), anchor, (unsigned)colour);
    add_escaped(text, out);
    buffer_add_text(out, "</text>\n");
}

static void add_polygon(const float (*points)[2], int n, float radius, struct buffer *out)
{
    for (int k = 0; k < n; k++)
        buffer_printf(out, "%c%.2f %.2f", k == 0 ? 'M' : 'L', (double)(points[k][0] * radius),
                      (double)(points[k][1] * radius));
    buffer_add_text(out, "Z");
}

static void add_circle(float radius, struct buffer *out)
{
    double r = (double)radius;
    buffer_printf(out, "M%.2f 0A%.2f %.2f 0 1 1 %.2f 0A%.2f %.2f 0 1 1 %.2f 0Z", r, r, r, -r, r, r, r);
}

static void add_square(float half, struct buffer *out)
{
    double h = (double)half;
    buffer_printf(out, "M%.2f %.2fH%.2fV%.2fH%.2fZ", -h, -h, h, h, -h);
}

/* The shapes that plot_mark draws. */
static void add_mark_path(enum mark mark, float r, struct buffer *out)
{
    static const float up[][2] = {{0, -1.17F}, {1.143F, 0.81F}, {-1.143F, 0.81F}};
    static const float down[][2] = {{0, 1.17F}, {1.143F, -0.81F}, {-1.143F, -0.81F}};
    static const float diamond[][2] = {{0, -1.245F}, {1.245F, 0}, {0, 1.245F}, {-1.245F, 0}};
    static const float plus[][2] = {{-0.36F, -1.12F}, {0.36F, -1.12F}, {0.36F, -0.36F},  {1.12F, -0.36F},
                                    {1.12F, 0.36F},   {0.36F, 0.36F},  {0.36F, 1.12F},   {-0.36F, 1.12F},
                                    {-0.36F, 0.36F},  {-1.12F, 0.36F}, {-1.12F, -0.36F}, {-0.36F, -0.36F}};
    float points[12][2];
    switch (mark) {
    case MARK_SQUARE:
        add_square(0.88F * r, out);
        break;
    case MARK_UP:
        add_polygon(up, 3, r, out);
        break;
    case MARK_DOWN:
        add_polygon(down, 3, r, out);
        break;
    case MARK_DIAMOND:
        add_polygon(diamond, 4, r, out);
        break;
    case MARK_PLUS:
        add_polygon(plus, 12, r, out);
        break;
    case MARK_CROSS:
        for (int k = 0; k < 12; k++) {
            points[k][0] = 0.70710678F * (plus[k][0] + plus[k][1]);
            points[k][1] = 0.70710678F * (plus[k][0] - plus[k][1]);
        }
        add_polygon((const float(*)[2])points, 12, r, out);
        break;
    case MARK_STAR:
        for (int k = 0; k < 10; k++) {
            float length = k % 2 == 0 ? 1.36F : 0.58F, angle = 0.62831853F * (float)k;
            points[k][0] = length * sinf(angle);
            points[k][1] = -length * cosf(angle);
        }
        add_polygon((const float(*)[2])points, 10, r, out);
        break;
    case MARK_RING:
        add_circle(1.08F * r, out);
        add_circle(0.6F * r, out);
        break;
    case MARK_FRAME:
        add_square(0.96F * r, out);
        add_square(0.52F * r, out);
        break;
    default:
        add_circle(r, out);
    }
}

static void add_axes(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    const double left = (double)figure->left, top = (double)figure->top;
    const double right = left + (double)figure->width, bottom = top + (double)figure->height;
    char number[32];
    buffer_printf(out, "<g stroke=\"#%06x\">\n", (unsigned)figure->faint);
    for (int k = 0; k < figure->x.n; k++)
        buffer_printf(out, "<path d=\"M%.1f %.1fV%.1f\"/>\n", (double)figure->x.at[k], top, bottom);
    for (int k = 0; k < figure->y.n; k++)
        buffer_printf(out, "<path d=\"M%.1f %.1fH%.1f\"/>\n", left, (double)figure->y.at[k], right);
    buffer_printf(out,
                  "</g>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#%06x\"/>\n",
                  left, top, right - left, bottom - top, (unsigned)figure->quiet);
    for (int k = 0; k < figure->x.n; k++) {
        snprintf(number, sizeof number, "%g", figure->x.values[k]);
        add_text(number, figure->x.at[k], (float)bottom + 10 + figure->tick_height, figure->tick_height, "middle",
                 figure->quiet, out);
    }
    for (int k = 0; k < figure->y.n; k++) {
        snprintf(number, sizeof number, "%g", figure->y.values[k]);
        add_text(number, figure->left - 12, figure->y.at[k] + figure->tick_height / 2, figure->tick_height, "end",
                 figure->quiet, out);
    }
    add_text("Component 1", (float)(left + right) / 2, (float)FIGURE_HEIGHT - 24, figure->label_height, "middle",
             scatter->foreground, out);
    buffer_printf(out, "<g transform=\"translate(34 %.1f) rotate(-90)\">", (top + bottom) / 2);
    add_text("Component 2", 0, 0, figure->label_height, "middle", scatter->foreground, out);
    buffer_add_text(out, "</g>\n");
}

static void add_points(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    for (int label = 0; label < SCATTER_LABELS_MAX; label++) {
        buffer_printf(out, "<g fill=\"#%06x\" stroke=\"#%06x\" stroke-width=\"0.8\" fill-rule=\"evenodd\">\n",
                      (unsigned)scatter_style(label)->colour, (unsigned)scatter->background);
        for (int64_t i = 0; i < scatter->n; i++) {
            if (!scatter_shown(scatter, i) || scatter_label(scatter, i) % SCATTER_LABELS_MAX != label)
                continue;
            float x, y;
            scatter_place(scatter, &figure->frame, i, &x, &y);
            buffer_printf(out, "<use href=\"#m%d\" x=\"%.2f\" y=\"%.2f\"/>\n", label, (double)x, (double)y);
        }
        buffer_add_text(out, "</g>\n");
    }
    int64_t selected = scatter->selected;
    if (selected >= 0 && selected < scatter->n && scatter_shown(scatter, selected)) {
        float x, y;
        scatter_place(scatter, &figure->frame, selected, &x, &y);
        buffer_printf(out,
                      "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\" fill=\"none\" stroke=\"#%06x\" "
                      "stroke-width=\"2\"/>\n",
                      (double)x, (double)y, (double)(2.2F * figure->radius), (unsigned)scatter->foreground);
    }
}

static void add_legend(const struct scatter *scatter, const struct figure *figure, struct buffer *out)
{
    for (int label = 0; label < figure_legend_size(scatter); label++) {
        float y = figure->legend_y + figure->legend_step * (float)label;
        buffer_printf(out, "<path transform=\"translate(%.1f %.1f)\" fill=\"#%06x\" fill-rule=\"evenodd\" d=\"",
                      (double)figure->legend_x, (double)y, (unsigned)scatter_style(label)->colour);
        add_mark_path((enum mark)(label % N_MARKS), figure->legend_radius, out);
        buffer_add_text(out, "\"/>\n");
        struct buffer name = {0};
        figure_name(scatter, label, &name);
        add_text(name.data ? name.data : "", figure->legend_x + 20, y + figure->legend_height / 2,
                 figure->legend_height, "start", scatter->foreground, out);
        buffer_free(&name);
    }
}

enum status scatter_figure_svg(const struct scatter *scatter, const char *title, struct buffer *out,
                               struct error *error)
{
    struct figure figure;
    figure_lay_out(scatter, title, &figure);
    struct buffer shown = {0};
    figure_title(title, &shown);
    const char *title_text = shown.data ? shown.data : "";
    buffer_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                  "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\">\n<title>",
                  FIGURE_WIDTH, FIGURE_HEIGHT, FIGURE_WIDTH, FIGURE_HEIGHT);
    add_escaped(title_text, out);
    buffer_add_text(out, "</title>\n<defs>\n");
    for (int mark = 0; mark < N_MARKS; mark++) {
        buffer_printf(out, "<path id=\"m%d\" d=\"", mark);
        add_mark_path((enum mark)mark, figure.radius, out);
        buffer_add_text(out, "\"/>\n");
    }
    buffer_printf(out, "</defs>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#%06x\"/>\n",
                  (unsigned)scatter->background);
    add_axes(scatter, &figure, out);
    add_points(scatter, &figure, out);
    add_text(title_text, FIGURE_WIDTH / 2.0F, 44, figure.title_height, "middle", scatter->foreground, out);
    add_legend(scatter, &figure, out);
    buffer_add_text(out, "</svg>\n");
    buffer_free(&shown);
    return out->failed ? error_no_memory(error) : STATUS_OK;
}
