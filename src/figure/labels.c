#include "figure/labels.h"

#include <string.h>

#include "core/text_reader.h"

enum { LABEL_MAX = 1000 };

/* The number of the label; a label seen for the first time gets a new one. */
static enum status label_number(struct point_labels *labels, const struct text_line *line, int *label,
                                struct error *error)
{
    for (*label = 0; *label < labels->n_names; ++*label)
        if (strcmp(labels->names[*label], line->text) == 0)
            return STATUS_OK;
    if (*label == SCATTER_LABELS_MAX)
        return error_set(error, STATUS_BAD_DATA, "more than %d different labels", SCATTER_LABELS_MAX);
    labels->names[*label] = arena_copy_text(&labels->memory, line->text, line->size);
    if (!labels->names[*label])
        return error_no_memory(error);
    labels->n_names++;
    return STATUS_OK;
}

static enum status read_lines(struct text_reader *reader, int64_t n, struct point_labels *labels, struct error *error)
{
    struct text_line line;
    bool more = true;
    int64_t count = 0;
    enum status status;
    while ((status = text_reader_line(reader, LABEL_MAX, &line, &more, error)) == STATUS_OK && more) {
        if (count == n && line.size > 0)
            status = error_set(error, STATUS_BAD_DATA, "more labels than the %lld points", (long long)n);
        else if (count < n)
            status = label_number(labels, &line, &labels->items[count++], error);
        if (status != STATUS_OK)
            return error_prefix(error, "%s, line %lld", text_reader_name(reader), line.number);
    }
    if (status == STATUS_OK && count < n)
        status = error_set(error, STATUS_BAD_DATA, "%s: holds %lld labels, but there are %lld points",
                           text_reader_name(reader), (long long)count, (long long)n);
    return status;
}

enum status point_labels_read(const char *path, int64_t n, struct point_labels *labels, struct error *error)
{
    struct text_reader *reader;
    *labels = (struct point_labels){0};
    labels->items = arena_alloc(&labels->memory, sizeof *labels->items * ((size_t)n + 1));
    if (!labels->items)
        return error_no_memory(error);
    enum status status = text_reader_open(path, TEXT_READER_STDIN, &reader, error);
    if (status != STATUS_OK)
        return status;
    status = read_lines(reader, n, labels, error);
    text_reader_close(reader);
    return status;
}

void point_labels_free(struct point_labels *labels)
{
    arena_free(&labels->memory);
    *labels = (struct point_labels){0};
}
