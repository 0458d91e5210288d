#include "figure/figure.h"

#include <math.h>
#include <string.h>

#include "core/text.h"
#include "draw/stroke_font.h"

enum { NAME_COLUMNS = 28, TITLE_COLUMNS = 90, CAPTION_COLUMNS = 130, WANTED_TICKS = 9 };

/* A blend: `part` of the way from background to foreground. */
static uint32_t figure_shade(const struct scatter *scatter, float part)
{
    uint32_t shade = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        float back = (float)(scatter->background >> shift & 0xff), front = (float)(scatter->foreground >> shift & 0xff);
        shade |= (uint32_t)lrintf(back + (front - back) * part) << shift;
    }
    return shade;
}

int figure_legend_size(const struct scatter *scatter)
{
    return scatter->n_labels == 1 && !*scatter->label_names[0] ? 0 : scatter->n_labels;
}

void figure_name(const struct scatter *scatter, int label, struct buffer *name)
{
    const char *text = scatter->label_names[label];
    text_fit(text, strlen(text), NAME_COLUMNS, false, name);
}

void figure_title(const char *title, struct buffer *shown)
{
    text_fit(title, strlen(title), TITLE_COLUMNS, false, shown);
}

void figure_caption(const char *caption, struct buffer *shown)
{
    text_fit(caption, strlen(caption), CAPTION_COLUMNS, false, shown);
}

struct scatter_box figure_inside(const struct figure *figure)
{
    return (struct scatter_box){figure->left + 2, figure->top + 2, figure->width - 4, figure->height - 4};
}

double figure_step(double span, int wanted)
{
    double rough = span / wanted, power = pow(10, floor(log10(rough)));
    double step = rough <= power ? power : rough <= 2 * power ? 2 * power : rough <= 5 * power ? 5 * power : 10 * power;
    return step > 0 && isfinite(step) ? step : 0;
}

/* Round numbers from `first` to `last`. */
static void set_ticks(struct figure_axis *axis, double first, double last)
{
    double step = figure_step(last - first, WANTED_TICKS);
    axis->n = 0;
    if (step == 0)
        return;
    for (double k = ceil(first / step); k * step <= last && axis->n < FIGURE_TICKS_MAX; k++)
        axis->values[axis->n++] = k == 0 ? 0 : k * step;
}

static float legend_width(const struct scatter *scatter, const struct figure *figure)
{
    float widest = 0;
    for (int label = 0; label < figure_legend_size(scatter); label++) {
        struct buffer name = {0};
        figure_name(scatter, label, &name);
        widest = fmaxf(widest, stroke_font_width(name.data ? name.data : "", figure->legend_height));
        buffer_free(&name);
    }
    return figure_legend_size(scatter) > 0 ? widest + 58 : 0;
}

void figure_layout(const struct scatter *scatter, const struct scatter_figure *of, struct figure *figure)
{
    *figure = (struct figure){.title_height = 17, .label_height = 12, .tick_height = 10, .legend_height = 12};
    struct buffer shown = {0};
    figure_title(of->title, &shown);
    float title_width = stroke_font_width(shown.data ? shown.data : "", figure->title_height);
    if (title_width > FIGURE_WIDTH - 80)
        figure->title_height *= (FIGURE_WIDTH - 80) / title_width;
    buffer_free(&shown);
    figure->left = 96;
    figure->top = 72;
    figure->width = FIGURE_WIDTH - figure->left - 32 - legend_width(scatter, figure);
    const float caption = (of->caption ? 28.0F : 0) + (of->note ? 22.0F : 0);
    figure->height = FIGURE_HEIGHT - figure->top - 84 - caption;
    figure->label_y = FIGURE_HEIGHT - 24 - caption;
    figure->note_y = FIGURE_HEIGHT - 18;
    figure->caption_y = of->note ? figure->note_y - 22 : figure->note_y;
    figure->legend_x = figure->left + figure->width + 30;
    figure->legend_y = figure->top + 18;
    figure->legend_step = 32;
    figure->radius = scatter_mark_radius(scatter, figure->width, figure->height);
    figure->legend_radius = 7;
    figure->quiet = figure_shade(scatter, 0.72F);
    figure->faint = figure_shade(scatter, 0.11F);
    struct scatter_bounds bounds = scatter_bounds(scatter);
    figure->frame =
        scatter_frame(&bounds, figure->left, figure->top, figure->width, figure->height, fmaxf(3 * figure->radius, 24));
    const struct scatter_frame *frame = &figure->frame;
    double scale = (double)frame->scale;
    set_ticks(&figure->x, (double)(figure->left - frame->x) / scale,
              (double)(figure->left + figure->width - frame->x) / scale);
    set_ticks(&figure->y, (double)(frame->y - figure->top - figure->height) / scale,
              (double)(frame->y - figure->top) / scale);
    for (int k = 0; k < figure->x.n; k++)
        figure->x.at[k] = frame->x + (float)(figure->x.values[k] * scale);
    for (int k = 0; k < figure->y.n; k++)
        figure->y.at[k] = frame->y - (float)(figure->y.values[k] * scale);
}
