#include <stdlib.h>

#include "app/attribute_curve.h"

void attribute_curve_free(struct attribute_curve *curve)
{
    free(curve->values);
    free(curve->smooth);
    *curve = (struct attribute_curve){0};
}

void attribute_curve_draw(const struct attribute_curve *curve, int columns, struct buffer *out)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const int64_t shown = curve->n < columns ? curve->n : columns;
    for (int64_t i = 0; i < shown; i++) {
        const int64_t first = i * curve->n / shown, end = (i + 1) * curve->n / shown;
        double sum = 0;
        for (int64_t j = first; j < end; j++)
            sum += (double)curve->values[j];
        const int height = (int)(sum / (double)(end - first) * 8);
        buffer_add_text(out, bars[height < 0 ? 0 : height > 7 ? 7 : height]);
    }
}
