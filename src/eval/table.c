#include "eval/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum { COVERAGE = METRICS, TIME, CELLS };
enum { NAME_LEAST = 12, NAME_MOST = 40, COLUMNS_LEAST = 80 };

/* Heading of a column, and the direction of its best value. */
struct column {
    const char *title, *brief, *unit;
    int direction;
};

static struct column column_info(int column, char unit[16])
{
    if (column == COVERAGE)
        return (struct column){"Coverage", "Cover.", "%", 1};
    if (column == TIME)
        return (struct column){"Time", "Time", "ms", -1};
    const struct metric_info *info = &metric_infos[column];
    snprintf(unit, 16, "%s%s%s", info->variant ? info->variant : "", info->variant ? ", " : "", info->unit);
    return (struct column){info->title, info->brief, unit, info->direction};
}

struct cell {
    char mean[24], spread[24]; /* as printed; spread is "" if there is none */
    bool best;
};

struct layout {
    bool wide; /* mean and spread on one line */
    int gap;   /* columns between two cells, including the mark */
    int name;
    int widths[CELLS];
    bool left_out[CELLS]; /* metrics that are left out for lack of space */
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
        double scale = metric_infos[column].scale;
        snprintf(cell->mean, sizeof cell->mean, "%.2f", scale * row->summary.metrics[column].mean);
        snprintf(cell->spread, sizeof cell->spread, "±%.2f", scale * row->summary.metrics[column].ci95);
    }
}

/* Compares the printed values, so that equal texts are marked alike. If all values of a column are equal, none is
 * marked. */
static void mark_best(struct cell *cells, size_t n_rows, int column)
{
    char unit[16];
    int direction = column_info(column, unit).direction;
    double best = -INFINITY, worst = INFINITY;
    for (size_t r = 0; r < n_rows; r++) {
        double value = direction * strtod(cells[r * CELLS + (size_t)column].mean, NULL);
        best = fmax(best, value);
        worst = fmin(worst, value);
    }
    for (size_t r = 0; r < n_rows && best > worst; r++) {
        struct cell *cell = &cells[r * CELLS + (size_t)column];
        cell->best = direction * strtod(cell->mean, NULL) >= best;
    }
}

static int width_of(const char *text)
{
    return text_width(text, strlen(text));
}

/* The width of the table without the models' names. */
static int measure(const struct cell *cells, size_t n_rows, struct layout *layout)
{
    int total = 0;
    for (int column = 0; column < CELLS; column++) {
        char text[16];
        if (layout->left_out[column])
            continue;
        struct column info = column_info(column, text);
        int title = width_of(layout->wide ? info.title : info.brief), unit = width_of(info.unit);
        int width = title > unit ? title : unit;
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

/* Leaves out the last shown metric that has no priority; false if there is none. */
static bool leave_one_out(struct layout *layout)
{
    for (int metric = METRICS - 1; metric >= 0; metric--)
        if (metric_infos[metric].priority == 0 && !layout->left_out[metric]) {
            layout->left_out[metric] = true;
            return true;
        }
    return false;
}

static struct layout lay_out(const struct table_row *rows, const struct cell *cells, size_t n_rows, int columns)
{
    int wanted = width_of("model");
    for (size_t r = 0; r < n_rows; r++)
        wanted = width_of(rows[r].name) > wanted ? width_of(rows[r].name) : wanted;
    wanted = wanted < NAME_MOST ? wanted : NAME_MOST;
    int least = wanted < NAME_LEAST ? wanted : NAME_LEAST;
    struct layout layout = {0};
    for (int attempt = 0;; attempt++) {
        layout.wide = attempt < 2;
        layout.gap = attempt == 0 ? 2 : 1;
        int left = columns - measure(cells, n_rows, &layout) - 1;
        layout.name = left < least ? least : left < wanted ? left : wanted;
        if (left >= (attempt == 0 ? wanted : least))
            return layout;
        if (attempt >= 2 && (columns < COLUMNS_LEAST || !leave_one_out(&layout)))
            return layout;
    }
}

static void add_spaces(int count, struct buffer *out)
{
    if (count > 0)
        buffer_printf(out, "%*s", count, "");
}

/* Right-aligned. The mark is the first character of the gap that follows. */
static void add_cell(const struct layout *layout, int column, const char *mean, const char *spread, bool bold,
                     char mark, struct buffer *out)
{
    if (layout->left_out[column])
        return;
    add_spaces(layout->widths[column] - width_of(mean) - width_of(spread), out);
    buffer_printf(out, "%s%s%s%s", bold ? "\033[1m" : "", mean, spread, bold ? "\033[0m" : "");
    if (column + 1 < CELLS || mark != ' ')
        buffer_add_byte(out, mark);
    if (column + 1 < CELLS)
        add_spaces(layout->gap - 1, out);
}

static void add_headings(const struct layout *layout, struct buffer *out)
{
    char unit[16];
    text_fit("model", 5, layout->name + 1, true, out);
    for (int column = 0; column < CELLS; column++) {
        struct column info = column_info(column, unit);
        add_cell(layout, column, layout->wide ? info.title : info.brief, "", false, ' ', out);
    }
    buffer_add_byte(out, '\n');
    add_spaces(layout->name + 1, out);
    for (int column = 0; column < CELLS; column++)
        add_cell(layout, column, column_info(column, unit).unit, "", false, ' ', out);
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
    for (int column = 0; column < METRICS; column++)
        add_cell(layout, column, "", cells[column].spread, false, ' ', out);
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
    buffer_add_byte(out, '\n');
}

void result_table_wrap(const char *text, int columns, struct buffer *out)
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

/* Explains the mark: the highest value, or the lowest in columns where lower is better. */
static void add_best(bool bold, struct buffer *out)
{
    const char *separator = "";
    buffer_printf(out, " %s the best of a column: the highest, but the lowest of ", bold ? "Bold:" : "*:");
    for (int metric = 0; metric < METRICS; metric++)
        if (metric_infos[metric].direction < 0) {
            buffer_printf(out, "%s%s", separator, metric_infos[metric].title);
            separator = ", ";
        }
    buffer_add_text(out, " and Time.");
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
    buffer_add_text(&note, " Time: a single playlist, median.");
    if (n_rows > 1)
        add_best(bold, &note);
    for (int metric = 0; metric < METRICS; metric++)
        if (layout.left_out[metric])
            buffer_printf(&note, " No space for %s%s%s.", metric_infos[metric].title,
                          metric_infos[metric].variant ? ", " : "",
                          metric_infos[metric].variant ? metric_infos[metric].variant : "");
    buffer_add_byte(out, '\n');
    result_table_wrap(note.data ? note.data : "", columns, out);
    out->failed |= note.failed;
    buffer_free(&note);
    free(cells);
}
