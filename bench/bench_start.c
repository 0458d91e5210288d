#include "app/demo.h"
#include "bench/bench.h"
#include "bench/explored.h"

/* Forwards, then back, because every start continues at the page that was shown last. */
static enum status measure_pages(struct bench *bench, struct explored *explored, struct error *error)
{
    static const struct {
        const char *name, *key;
        int rows, columns;
    } sizes[] = {{"page 120x36", "n", 36, 120},
                 {"page 160x50", "p", 50, 160},
                 {"page 200x55", "n", 55, 200},
                 {"page 80x24", "p", 24, 80}};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof sizes / sizeof sizes[0]; i++) {
        explored->rows = sizes[i].rows;
        explored->columns = sizes[i].columns;
        status = explored_measure_pages(bench, explored, sizes[i].name, sizes[i].key, error);
    }
    return status;
}

/* Start and page flip in the demo, which is created first. */
static enum status measure(struct bench *bench, bool pages, struct error *error)
{
    struct explored explored;
    enum status status = explored_open(&explored, error);
    if (status != STATUS_OK)
        return status;
    const struct demo_settings settings = {.folder = explored.folder, .device = {.choice = DEVICE_CPU}};
    status = demo_make(&settings, &explored.catalogue, error);
    if (status == STATUS_OK)
        status =
            explored_script(&explored, "model als\nsearch sunflower\nadd 1\nsearch memories\nadd 1\nwait\n", error);
    if (status == STATUS_OK && pages)
        status = measure_pages(bench, &explored, error);
    if (status == STATUS_OK && !pages)
        status = explored_measure_start(bench, &explored, "start, sixel", EXPLORED_WARM, error);
    if (status == STATUS_OK && !pages)
        status = explored_measure_start(bench, &explored, "start, first picture of a cold cache", EXPLORED_COLD, error);
    if (status == STATUS_OK && !pages)
        status = explored_measure_start(bench, &explored, "start, silent terminal", EXPLORED_SILENT, error);
    explored_close(&explored);
    return status;
}

enum status bench_start(struct bench *bench, struct error *error)
{
    return measure(bench, false, error);
}

enum status bench_page(struct bench *bench, struct error *error)
{
    return measure(bench, true, error);
}

enum status bench_first_page(struct bench *bench, struct error *error)
{
    struct explored explored;
    enum status status = explored_open(&explored, error);
    if (status != STATUS_OK)
        return status;
    buffer_add_text(&explored.catalogue, bench->catalogue);
    status = explored.catalogue.failed
                 ? error_no_memory(error)
                 : explored_measure_start(bench, &explored, "first page, sixel", EXPLORED_WARM, error);
    explored_close(&explored);
    return status;
}
