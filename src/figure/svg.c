#include "figure/svg.h"

#include <math.h>
#include <string.h>

#include "core/base64.h"

void svg_add_escaped(const char *text, struct buffer *out)
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

void svg_add_text(const char *text, float x, float y, float height, const char *anchor, uint32_t colour,
                  struct buffer *out)
{
    buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"%s\" fill=\"#%06x\">", (double)x,
                  (double)y, (double)(height / 0.72F), anchor, (unsigned)colour);
    svg_add_escaped(text, out);
    buffer_add_text(out, "</text>\n");
}

enum status svg_add_image(const struct image *image, float x, float y, float edge, struct buffer *out,
                          struct error *error)
{
    return svg_add_picture(image, x, y, edge, edge, out, error);
}

enum status svg_add_picture(const struct image *image, float x, float y, float width, float height, struct buffer *out,
                            struct error *error)
{
    enum { QUALITY = 82 };
    struct buffer bytes = {0};
    enum status status = image_encode_jpeg(image, QUALITY, &bytes, error);
    if (status == STATUS_OK) {
        buffer_printf(out, "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" href=\"data:image/jpeg;base64,",
                      (double)x, (double)y, (double)width, (double)height);
        base64_add(bytes.data, bytes.size, out);
        buffer_add_text(out, "\"/>\n");
    }
    buffer_free(&bytes);
    return status;
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

void svg_add_mark_path(enum mark mark, float r, struct buffer *out)
{
    static const float up[][2] = {{0, -1.17F}, {1.143F, 0.81F}, {-1.143F, 0.81F}};
    static const float down[][2] = {{0, 1.17F}, {1.143F, -0.81F}, {-1.143F, -0.81F}};
    static const float diamond[][2] = {{0, -1.245F}, {1.245F, 0}, {0, 1.245F}, {-1.245F, 0}};
    static const float plus[][2] = {{-0.3F, -1.25F}, {0.3F, -1.25F}, {0.3F, -0.3F},   {1.25F, -0.3F},
                                    {1.25F, 0.3F},   {0.3F, 0.3F},   {0.3F, 1.25F},   {-0.3F, 1.25F},
                                    {-0.3F, 0.3F},   {-1.25F, 0.3F}, {-1.25F, -0.3F}, {-0.3F, -0.3F}};
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
    case MARK_CIRCLE:
    case N_MARKS:
        add_circle(r, out);
        break;
    }
}
