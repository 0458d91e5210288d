#include <string.h>

#include "core/table_reader.h"
#include "core/text.h"
#include "figure/scatter_internal.h"

static void add_field(const char *text, struct buffer *out)
{
    if (text && text_is_utf8(text, strlen(text)))
        table_add_field(out, text, strlen(text), '\t');
    else if (text)
        text_sanitise(text, strlen(text), out);
}

enum status scatter_tsv(const struct scatter *scatter, const float *second, const char *const *keys, struct buffer *out,
                        struct error *error)
{
    buffer_add_text(out, second ? "x\ty\tlabel\tkey\tx2\ty2\n" : "x\ty\tlabel\tkey\n");
    for (int64_t i = 0; i < scatter->n; i++) {
        int label = scatter_label(scatter, i);
        buffer_printf(out, "%.9g\t%.9g\t", (double)scatter->points[2 * i], (double)scatter->points[2 * i + 1]);
        add_field(label < scatter->n_labels ? scatter->label_names[label] : NULL, out);
        buffer_add_byte(out, '\t');
        add_field(keys ? keys[i] : NULL, out);
        if (second)
            buffer_printf(out, "\t%.9g\t%.9g", (double)second[2 * i], (double)second[2 * i + 1]);
        buffer_add_byte(out, '\n');
    }
    return out->failed ? error_no_memory(error) : STATUS_OK;
}
