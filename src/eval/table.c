#include "eval/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { COVERAGE = RESULT_METRICS, TIME, CELLS };
enum { NAME_LEAST = 12, NAME_MOST = 40 };

struct heading {
    const char *whole, *brief, *unit;
};

static const struct heading headings[CELLS] = {
    [RESULT_PRECISION] = {"Precision", "Prec.", "%"},
    [RESULT_RECALL] = {"Recall", "Recall", "%"},
    [RESULT_R_PRECISION] = {"R-Precision", "R-Prec.", "%"},
    [RESULT_R_PRECISION_RTA] = {"R-Precision", "R-Prec.", "RTA, %"},
    [RESULT_NDCG] = {"NDCG", "NDCG", "%"},
    [RESULT_CLICKS] = {"Clicks", "Clicks", ""},
    [RESULT_POPULARITY] = {"Popularity", "Popul.", "%"},
    [COVERAGE] = {"Coverage", "Cover.", "%"},
    [TIME] = {"Time", "Time", "ms"},
};

int result_direction(enum result_metric metric)
{
    return metric == RESULT_CLICKS || metric == RESULT_POPULARITY ? -1 : 1;
}

bool result_is_share(enum result_metric metric)
{
    return metric != RESULT_CLICKS;
}

struct cell {
    char mean[24], spread[24]; /* as printed; spread "" where there is none */
    bool best;
};

struct layout {
    bool wide; /* mean and spread on one line */
    int gap;   /* columns between two cells, the mark's included */
    int name;
    int widths[CELLS];
};

static void fill_cell(const struct table_row *row, int column, struct cell *cell)
{
    *cell = (struct cell){0};
    if (column == TIME) {
        double ms = row->milliseconds;
        snprintf(cell->mean, sizeof cell->mean, "%.*f", ms < 0.1 ? 3 : ms < 100 ? 2 : 0, ms);
    } else if (column == COVERAGE) {
        snprintf(cell->mean, sizeof cell->mean, "%.2f", 100 * row->coverage);
    } else {
        double scale = result_is_share((enum result_metric)column) ? 100 : 1;
        snprintf(cell->mean, sizeof cell->mean, "%.2f", scale * row->summary.metrics[column].mean);
        snprintf(cell->spread, sizeof cell->spread, "±%.2f", scale * row->summary.metrics[column].ci95);
    }
}

static int column_direction(int column)
{
    return column == TIME ? -1 : column == COVERAGE ? 1 : result_direction((enum result_metric)column);
}

/* By what is printed, so that what looks equal is marked equally; a column without a difference has no best. */
static void mark_best(struct cell *cells, size_t n_rows, int column)
{
    double best = -INFINITY, worst = INFINITY;
    for (size_t r = 0; r < n_rows; r++) {
        double value = column_direction(column) * strtod(cells[r * CELLS + (size_t)column].mean, NULL);
        best = fmax(best, value);
        worst = fmin(worst, value);
    }
    for (size_t r = 0; r < n_rows && best > worst; r++) {
        struct cell *cell = &cells[r * CELLS + (size_t)column];
        cell->best = column_direction(column) * strtod(cell->mean, NULL) >= best;
    }
}

static int width_of(const char *text)
{
    return text_width(text, strlen(text));
}

static const char *heading_of(const struct layout *layout, int column)
{
    return layout->wide ? headings[column].whole : headings[column].brief;
}

/* The columns that the table takes without its names. */
static int measure(const struct cell *cells, size_t n_rows, struct layout *layout)
{
    int total = 0;
    for (int column = 0; column < CELLS; column++) {
        int heading = width_of(heading_of(layout, column)), unit = width_of(headings[column].unit);
        int width = heading > unit ? heading : unit;
        for (size_t r = 0; r < n_rows; r++) {
            const struct cell *cell = &cells[r * CELLS + (size_t)column];
            int mean = width_of(cell->mean), spread = width_of(cell->spread);
            int wanted = layout->wide ? mean + spread : mean > spread ? mean : spread;
            width = wanted > width ? wanted : width;
        }
        layout->widths[column] = width;
        total += width + layout->gap;
    }
    return total;
}

static struct layout lay_out(const struct table_row *rows, const struct cell *cells, size_t n_rows, int columns)
{
    int wanted = width_of("model");
    for (size_t r = 0; r < n_rows; r++)
        wanted = width_of(rows[r].name) > wanted ? width_of(rows[r].name) : wanted;
    wanted = wanted < NAME_MOST ? wanted : NAME_MOST;
    int least = wanted < NAME_LEAST ? wanted : NAME_LEAST;
    for (int attempt = 0;; attempt++) {
        struct layout layout = {.wide = attempt < 2, .gap = attempt == 0 ? 2 : 1};
        int room = columns - measure(cells, n_rows, &layout) - 1;
        layout.name = room < least ? least : room < wanted ? room : wanted;
        if (room >= (attempt == 0 ? wanted : least) || attempt == 2)
            return layout;
    }
}

static void add_spaces(int count, struct buffer *out)
{
    if (count > 0)
        buffer_printf(out, "%*s", count, "");
}

/* Right-aligned in its column; the gap before it holds the mark of the cell before. */
static void add_cell(const struct layout *layout, int column, const char *mean, const char *spread, bool bold,
                     char mark, struct buffer *out)
{
    add_spaces(layout->widths[column] - width_of(mean) - width_of(spread), out);
    buffer_printf(out, "%s%s%s%s", bold ? "\033[1m" : "", mean, spread, bold ? "\033[0m" : "");
    if (column + 1 < CELLS || mark != ' ')
        buffer_add_byte(out, mark);
    if (column + 1 < CELLS)
        add_spaces(layout->gap - 1, out);
}

static void add_headings(const struct layout *layout, struct buffer *out)
{
    text_fit("model", 5, layout->name + 1, true, out);
    for (int column = 0; column < CELLS; column++)
        add_cell(layout, column, heading_of(layout, column), "", false, ' ', out);
    buffer_add_byte(out, '\n');
    add_spaces(layout->name + 1, out);
    for (int column = 0; column < CELLS; column++)
        add_cell(layout, column, headings[column].unit, "", false, ' ', out);
    buffer_add_byte(out, '\n');
}

static void add_row(const struct layout *layout, const struct table_row *row, const struct cell *cells, bool bold,
                    struct buffer *out)
{
    text_fit(row->name, strlen(row->name), layout->name, true, out);
    add_spaces(1, out);
    for (int column = 0; column < CELLS; column++)
        add_cell(layout, column, cells[column].mean, layout->wide ? cells[column].spread : "",
                 bold && cells[column].best, !bold && cells[column].best ? '*' : ' ', out);
    buffer_add_byte(out, '\n');
    if (layout->wide)
        return;
    add_spaces(layout->name + 1, out);
    for (int column = 0; column <= RESULT_POPULARITY; column++)
        add_cell(layout, column, "", cells[column].spread, false, ' ', out);
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
    buffer_add_byte(out, '\n');
}

/* Breaks between words. */
static void add_wrapped(const char *text, int columns, struct buffer *out)
{
    for (int at = 0; *text;) {
        size_t size = strcspn(text, " ");
        int width = text_width(text, size);
        if (at > 0 && at + 1 + width > columns) {
            buffer_add_byte(out, '\n');
            at = 0;
        } else if (at > 0) {
            buffer_add_byte(out, ' ');
            at++;
        }
        buffer_add(out, text, size);
        at += width;
        text += size;
        text += *text == ' ';
    }
    buffer_add_byte(out, '\n');
}

void result_table(const struct table_row *rows, size_t n_rows, int columns, bool bold, struct buffer *out)
{
    struct cell *cells = malloc((n_rows * CELLS + 1) * sizeof *cells);
    if (!cells) {
        out->failed = true;
        return;
    }
    for (size_t r = 0; r < n_rows; r++)
        for (int column = 0; column < CELLS; column++)
            fill_cell(&rows[r], column, &cells[r * CELLS + (size_t)column]);
    for (int column = 0; column < CELLS; column++)
        mark_best(cells, n_rows, column);
    struct layout layout = lay_out(rows, cells, n_rows, columns);
    add_headings(&layout, out);
    for (size_t r = 0; r < n_rows; r++)
        add_row(&layout, &rows[r], &cells[r * CELLS], bold, out);
    struct buffer note = {0};
    buffer_printf(&note, "Means over %zu playlists, 500 recommendations each; ± half of the 95 %% interval.",
                  n_rows ? rows[0].summary.count : 0);
    buffer_add_text(&note, " Time: one playlist asked by itself, median.");
    if (n_rows > 1)
        buffer_printf(&note, " %s the best of a column: the highest, but the lowest of Clicks, Popularity and Time.",
                      bold ? "Bold:" : "*:");
    buffer_add_byte(out, '\n');
    add_wrapped(note.data ? note.data : "", columns, out);
    out->failed |= note.failed;
    buffer_free(&note);
    free(cells);
}
