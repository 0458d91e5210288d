#include <math.h>
#include <stdbool.h>

#include "core/buffer.h"
#include "features/feature_set.h"

static void add_row(struct column_statistics *columns, const float *row, int width)
{
    for (int i = 0; i < width; i++) {
        struct column_statistics *column = &columns[i];
        if (!isfinite(row[i])) {
            column->n_not_finite++;
            continue;
        }
        column->low = column->n_finite == 0 || row[i] < column->low ? row[i] : column->low;
        column->high = column->n_finite == 0 || row[i] > column->high ? row[i] : column->high;
        /* Welford 1962: updates the mean and the sum of squared differences with each value. */
        double difference = (double)row[i] - column->mean;
        column->mean += difference / (double)++column->n_finite;
        column->deviation += difference * ((double)row[i] - column->mean);
    }
}

bool column_is_constant(const struct column_statistics *column)
{
    return column->n_finite == 0 || column->low == column->high;
}

void feature_set_statistics(const struct feature_set *set, struct column_statistics *columns)
{
    for (int i = 0; i < set->width; i++)
        columns[i] = (struct column_statistics){.low = NAN, .high = NAN};
    for (int64_t row = 0; row < set->n_rows; row++)
        if (feature_set_has(set, row))
            add_row(columns, set->values + row * set->width, set->width);
    for (int i = 0; i < set->width; i++)
        columns[i].deviation =
            column_is_constant(&columns[i]) ? 0 : sqrt(columns[i].deviation / (double)columns[i].n_finite);
}

void feature_set_standardise(const struct feature_set *set, const struct column_statistics *columns, float *out)
{
    for (int64_t row = 0; row < set->n_rows; row++) {
        bool has = feature_set_has(set, row);
        for (int i = 0; i < set->width; i++) {
            float value = set->values[row * set->width + i];
            bool usable = has && isfinite(value) && columns[i].deviation > 0;
            out[row * set->width + i] = usable ? (float)(((double)value - columns[i].mean) / columns[i].deviation) : 0;
        }
    }
}

int feature_set_name_columns(const struct feature_set *set, const struct column_statistics *columns,
                             bool (*is_one)(const struct column_statistics *column), int most, struct buffer *names)
{
    int count = 0;
    for (int i = 0; i < set->width; i++) {
        if (!is_one(&columns[i]) || count++ >= most)
            continue;
        if (count > 1)
            buffer_add_text(names, ", ");
        if (set->columns)
            buffer_add_text(names, set->columns[i]);
        else
            buffer_printf(names, "%d", i + 1);
    }
    if (count > most)
        buffer_printf(names, " and %d more", count - most);
    return count;
}
