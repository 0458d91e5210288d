#include "draw/letters.h"

#include <math.h>
#include <string.h>

#include "core/text.h"

/* Twelve units high. Straight strokes are written as x0 y0 x1 y1, arcs as -quadrants x y radius, with quadrants the sum
 * of 1 (upper right), 2 (lower right), 4 (lower left), 8 (upper left). */
enum { UNITS = 12, STROKES_MAX = 8 };

static const struct glyph {
    signed char width;
    signed char n;
    signed char strokes[STROKES_MAX][4];
} glyphs[] = {
    ['A' - '0'] = {10, 3, {{0, 12, 5, 0}, {5, 0, 10, 12}, {2, 8, 8, 8}}},
    ['B' - '0'] = {7, 6, {{0, 0, 0, 12}, {0, 0, 4, 0}, {0, 6, 4, 6}, {0, 12, 4, 12}, {-3, 4, 3, 3}, {-3, 4, 9, 3}}},
    ['C' - '0'] = {9, 3, {{-12, 6, 6, 6}, {6, 0, 9, 1}, {6, 12, 9, 11}}},
    ['D' - '0'] = {8, 4, {{0, 0, 0, 12}, {0, 0, 2, 0}, {0, 12, 2, 12}, {-3, 2, 6, 6}}},
    ['E' - '0'] = {6, 4, {{0, 0, 0, 12}, {0, 0, 6, 0}, {0, 6, 5, 6}, {0, 12, 6, 12}}},
    ['F' - '0'] = {6, 3, {{0, 0, 0, 12}, {0, 0, 6, 0}, {0, 6, 5, 6}}},
    ['G' - '0'] = {12, 3, {{-14, 6, 6, 6}, {6, 0, 9, 1}, {6, 6, 12, 6}}},
    ['H' - '0'] = {8, 3, {{0, 0, 0, 12}, {8, 0, 8, 12}, {0, 6, 8, 6}}},
    ['I' - '0'] = {0, 1, {{0, 0, 0, 12}}},
    ['J' - '0'] = {6, 2, {{6, 0, 6, 9}, {-6, 3, 9, 3}}},
    ['K' - '0'] = {7, 3, {{0, 0, 0, 12}, {0, 7, 7, 0}, {2, 5, 7, 12}}},
    ['L' - '0'] = {6, 2, {{0, 0, 0, 12}, {0, 12, 6, 12}}},
    ['M' - '0'] = {10, 4, {{0, 12, 0, 0}, {0, 0, 5, 8}, {5, 8, 10, 0}, {10, 0, 10, 12}}},
    ['N' - '0'] = {8, 3, {{0, 12, 0, 0}, {0, 0, 8, 12}, {8, 12, 8, 0}}},
    ['O' - '0'] = {12, 1, {{-15, 6, 6, 6}}},
    ['P' - '0'] = {7, 4, {{0, 0, 0, 12}, {0, 0, 4, 0}, {0, 6, 4, 6}, {-3, 4, 3, 3}}},
    ['Q' - '0'] = {12, 2, {{-15, 6, 6, 6}, {7, 8, 12, 12}}},
    ['R' - '0'] = {7, 5, {{0, 0, 0, 12}, {0, 0, 4, 0}, {0, 6, 4, 6}, {-3, 4, 3, 3}, {3, 6, 7, 12}}},
    ['S' - '0'] = {6, 2, {{-13, 3, 3, 3}, {-7, 3, 9, 3}}},
    ['T' - '0'] = {8, 2, {{0, 0, 8, 0}, {4, 0, 4, 12}}},
    ['U' - '0'] = {8, 3, {{0, 0, 0, 8}, {8, 0, 8, 8}, {-6, 4, 8, 4}}},
    ['V' - '0'] = {10, 2, {{0, 0, 5, 12}, {5, 12, 10, 0}}},
    ['W' - '0'] = {14, 4, {{0, 0, 4, 12}, {4, 12, 7, 3}, {7, 3, 10, 12}, {10, 12, 14, 0}}},
    ['X' - '0'] = {8, 2, {{0, 0, 8, 12}, {8, 0, 0, 12}}},
    ['Y' - '0'] = {8, 3, {{0, 0, 4, 6}, {8, 0, 4, 6}, {4, 6, 4, 12}}},
    ['Z' - '0'] = {8, 3, {{0, 0, 8, 0}, {8, 0, 0, 12}, {0, 12, 8, 12}}},
    ['0' - '0'] = {8, 4, {{-9, 4, 4, 4}, {-6, 4, 8, 4}, {0, 4, 0, 8}, {8, 4, 8, 8}}},
    ['1' - '0'] = {3, 2, {{0, 3, 3, 0}, {3, 0, 3, 12}}},
    ['2' - '0'] = {8, 4, {{-9, 4, 4, 4}, {8, 4, 7, 6}, {7, 6, 0, 12}, {0, 12, 8, 12}}},
    ['3' - '0'] = {7, 2, {{-11, 4, 3, 3}, {-7, 4, 9, 3}}},
    ['4' - '0'] = {8, 3, {{6, 12, 6, 0}, {6, 0, 0, 9}, {0, 9, 8, 9}}},
    ['5' - '0'] = {8, 5, {{7, 0, 1, 0}, {1, 0, 1, 5}, {1, 5, 4, 4}, {-3, 4, 8, 4}, {4, 12, 0, 11}}},
    ['6' - '0'] = {8, 2, {{-15, 4, 8, 4}, {1, 6, 5, 0}}},
    ['7' - '0'] = {8, 2, {{0, 0, 8, 0}, {8, 0, 3, 12}}},
    ['8' - '0'] = {7, 2, {{-15, 3, 3, 3}, {-15, 3, 9, 3}}},
    ['9' - '0'] = {8, 2, {{-15, 4, 4, 4}, {7, 6, 3, 12}}},
};

static const float SPACE = 5.0F, TRACKING = 4.0F;

static const struct glyph *glyph_of(char letter)
{
    if ((letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z'))
        return &glyphs[letter - '0'];
    return NULL;
}

void letters_from_text(const char *text, char letters[LETTERS_MAX])
{
    struct buffer folded = {0};
    text_fold(text ? text : "", text ? strlen(text) : 0, &folded);
    size_t n = 0;
    for (size_t i = 0; i < folded.size && n + 1 < LETTERS_MAX; i++) {
        char c = folded.data[i];
        if (c >= 'a' && c <= 'z')
            letters[n++] = (char)(c - 'a' + 'A');
        else if (c >= '0' && c <= '9')
            letters[n++] = c;
        else if ((c == ' ' || c == '-' || c == '/' || c == '.') && n > 0 && letters[n - 1] != ' ')
            letters[n++] = ' ';
    }
    while (n > 0 && letters[n - 1] == ' ')
        n--;
    letters[n] = '\0';
    buffer_free(&folded);
}

void letters_initials(const char *text, char initials[3])
{
    char letters[LETTERS_MAX];
    letters_from_text(text, letters);
    const char *start = strncmp(letters, "THE ", 4) == 0 && letters[4] ? letters + 4 : letters;
    size_t n = 0;
    for (const char *c = start; *c && n < 2; c++)
        if (c == start || c[-1] == ' ')
            initials[n++] = *c;
    initials[n] = '\0';
}

float letters_width(const char *letters)
{
    float width = 0.0F;
    for (const char *c = letters; *c; c++) {
        const struct glyph *glyph = glyph_of(*c);
        width += (glyph ? (float)glyph->width : SPACE) + (c[1] ? TRACKING : 0.0F);
    }
    return width / UNITS;
}

struct placed_glyph {
    const struct glyph *glyph;
    float x, y, scale, half_width; /* scale: units of the alphabet per unit of the canvas */
    float across_x, across_y;      /* the direction of writing */
};

static float length(float x, float y)
{
    return sqrtf(x * x + y * y);
}

static float stroke_distance(const signed char *stroke, float x, float y)
{
    if (stroke[0] >= 0) {
        float dx = (float)(stroke[2] - stroke[0]), dy = (float)(stroke[3] - stroke[1]);
        float px = x - (float)stroke[0], py = y - (float)stroke[1];
        float t = clamp01((px * dx + py * dy) / (dx * dx + dy * dy));
        return length(px - dx * t, py - dy * t);
    }
    int quadrants = -stroke[0];
    float px = x - (float)stroke[1], py = y - (float)stroke[2], r = (float)stroke[3];
    int quadrant = py < 0.0F ? (px >= 0.0F ? 1 : 8) : (px >= 0.0F ? 2 : 4);
    if (quadrants & quadrant)
        return fabsf(sqrtf(px * px + py * py) - r);
    float nearest = 1e9F;
    static const signed char ends[4][3] = {{9, 0, -1}, {3, 1, 0}, {6, 0, 1}, {12, -1, 0}};
    for (int i = 0; i < 4; i++)
        if (quadrants & ends[i][0])
            nearest = fminf(nearest, length(px - r * (float)ends[i][1], py - r * (float)ends[i][2]));
    return nearest;
}

static float glyph_distance(const void *shape, float x, float y)
{
    const struct placed_glyph *placed = shape;
    float dx = (x - placed->x) * placed->scale, dy = (y - placed->y) * placed->scale;
    float u = dx * placed->across_x + dy * placed->across_y, v = dy * placed->across_x - dx * placed->across_y;
    float nearest = 1e9F;
    for (int i = 0; i < placed->glyph->n; i++)
        nearest = fminf(nearest, stroke_distance(placed->glyph->strokes[i], u, v));
    return nearest / placed->scale - placed->half_width;
}

void letters_draw(struct canvas *canvas, struct paint paint, const char *letters, float x, float y, float height,
                  float weight, int quarter)
{
    static const float directions[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    float across_x = directions[quarter & 3][0], across_y = directions[quarter & 3][1];
    float unit = height / UNITS, half_width = weight * height;
    if (half_width < 0.5F * canvas->pixel) {
        paint.alpha *= half_width / (0.5F * canvas->pixel);
        half_width = 0.5F * canvas->pixel;
    }
    for (const char *c = letters; *c; c++) {
        const struct glyph *glyph = glyph_of(*c);
        float width = (glyph ? (float)glyph->width : SPACE) * unit;
        if (glyph) {
            struct placed_glyph placed = {glyph, x, y, 1.0F / unit, half_width, across_x, across_y};
            float far_x = x + width * across_x - height * across_y, far_y = y + width * across_y + height * across_x;
            canvas_shape(canvas, paint, fminf(x, far_x) - half_width, fminf(y, far_y) - half_width,
                         fmaxf(x, far_x) + half_width, fmaxf(y, far_y) + half_width, glyph_distance, &placed);
        }
        float step = width + TRACKING * unit;
        x += step * across_x;
        y += step * across_y;
    }
}
