#include "cli/print_fitness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "core/json_reader.h"

enum { SHOWN = 5 /* of the best and of the worst playlists */ };

static double number(const struct json_value *object, const char *key)
{
    return json_get_number(json_member(object, key), (double)NAN);
}

static void add_percent(struct buffer *out, double value)
{
    if (isfinite(value))
        buffer_printf(out, "%.1f", 100 * value);
    else
        buffer_add_byte(out, '-');
}

/* "48.2 (42.1 to 54.3)", or a number alone. */
static void add_share(struct buffer *out, const struct json_value *share, char after)
{
    if (share && share->type == JSON_NUMBER) {
        add_percent(out, share->number);
    } else {
        add_percent(out, number(share, "value"));
        buffer_add_text(out, " (");
        add_percent(out, number(share, "low"));
        buffer_add_text(out, " to ");
        add_percent(out, number(share, "high"));
        buffer_add_byte(out, ')');
    }
    buffer_add_byte(out, after);
}

static void add_row(struct buffer *out, const char *name, const struct json_value *shares)
{
    buffer_printf(out, "%s\t", name);
    add_share(out, json_member(shares, "top1"), '\t');
    add_share(out, json_member(shares, "top3"), '\t');
    add_share(out, json_member(shares, "top5"), '\n');
}

static enum status print_part(const struct json_value *report, const char *part, const char *name, struct error *error)
{
    static const struct {
        const char *key, *name;
    } rows[] = {{"model", "this model"},
                {"logistic", "logistic regression"},
                {"largest", "largest playlists"},
                {"chance", "chance"},
                {"model_less_logistic", "model less logistic regression"}};
    const struct json_value *of = json_member(report, part);
    struct buffer out = {0};
    if (!of)
        return STATUS_OK;
    buffer_printf(&out, "%s, %% right of %.0f\ttop-1\ttop-3\ttop-5\n", name, number(of, "songs"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add_row(&out, rows[i].name, json_member(of, rows[i].key));
    return cli_print_table(&out, error);
}

static enum status print_summary(const struct json_value *report, struct error *error)
{
    struct buffer out = {0};
    buffer_printf(&out, "fitness\tvalue\nmodel\t%s over ", json_get_text(json_member(report, "model"), ""));
    cli_add_field(&out, json_get_text(json_member(report, "features"), ""), '\n');
    buffer_printf(&out, "playlists\t%.0f %s\n", number(report, "classes"),
                  json_get_text(json_member(report, "of"), ""));
    buffer_printf(&out, "left out\t%.0f with too few songs, %.0f beyond max_classes\n", number(report, "too_small"),
                  number(report, "too_many"));
    if (isfinite(number(report, "folds")))
        buffer_printf(&out, "cross-validation\t%.0f parts\n", number(report, "folds"));
    else
        buffer_printf(&out, "songs\t%.0f training, %.0f validation, %.0f test\n", number(report, "training_songs"),
                      number(report, "validation_songs"), number(report, "test_songs"));
    if (json_member(report, "curve"))
        buffer_printf(&out, "epoch\t%.0f of %zu\n", number(report, "best_epoch"),
                      json_array_count(json_member(report, "curve")));
    buffer_printf(&out, "parameters\t%.0f\n", number(report, "parameters"));
    const double correlation = number(report, "size_correlation");
    if (isfinite(correlation))
        buffer_printf(&out, "size and accuracy\tcorrelation %.2f\n", correlation);
    else
        buffer_add_text(&out, "size and accuracy\ttoo few playlists, or all alike\n");
    return cli_print_table(&out, error);
}

static int by_accuracy(const void *a, const void *b)
{
    static const char *const keys[] = {"top5", "top3", "top1"};
    const struct json_value *x = *(const struct json_value *const *)a, *y = *(const struct json_value *const *)b;
    for (int i = 0; i < 3; i++) {
        const double p = number(json_member(x, keys[i]), "value"), q = number(json_member(y, keys[i]), "value");
        if (p != q)
            return p > q ? -1 : 1;
    }
    return (x > y) - (x < y);
}

static enum status print_classes(const struct json_value *report, bool all, struct error *error)
{
    const struct json_value *classes = json_member(report, "per_class");
    const size_t n = json_array_count(classes);
    const struct json_value **sorted = malloc((n + 1) * sizeof *sorted);
    struct buffer out = {0};
    size_t count = 0;
    if (!sorted)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++)
        if (number(&classes->items[i], "tested") > 0)
            sorted[count++] = &classes->items[i];
    qsort(sorted, count, sizeof *sorted, by_accuracy);
    buffer_add_text(&out, all ? "playlist" : "best and worst");
    buffer_add_text(&out, "\tsongs\ttested\ttop-1\ttop-3\ttop-5\n");
    for (size_t i = 0; i < count; i++) {
        if (!all && i >= SHOWN && i + SHOWN < count)
            continue;
        cli_add_field(&out, json_get_text(json_member(sorted[i], "class"), ""), '\t');
        buffer_printf(&out, "%.0f\t%.0f\t", number(sorted[i], "songs"), number(sorted[i], "tested"));
        add_share(&out, json_member(sorted[i], "top1"), '\t');
        add_share(&out, json_member(sorted[i], "top3"), '\t');
        add_share(&out, json_member(sorted[i], "top5"), '\n');
    }
    free(sorted);
    return cli_print_table(&out, error);
}

enum status print_fitness(const struct cli *cli, const char *report, bool all, struct error *error)
{
    struct json_document document;
    struct buffer out = {0};
    if (cli->json) {
        buffer_add_text(&out, report);
        buffer_add_byte(&out, '\n');
        return cli_print(&out, error);
    }
    enum status status = json_read(report, strlen(report), &document, error);
    if (status != STATUS_OK)
        return status;
    static const char *const parts[][2] = {{"validation", "validation songs"},
                                           {"test", "test songs"},
                                           {"cross_validation", "all songs"},
                                           {"of_test_songs", "songs of the test part"}};
    status = print_summary(&document.root, error);
    for (size_t i = 0; status == STATUS_OK && i < sizeof parts / sizeof *parts; i++)
        status = print_part(&document.root, parts[i][0], parts[i][1], error);
    if (status == STATUS_OK)
        status = print_classes(&document.root, all, error);
    json_document_free(&document);
    return status;
}
