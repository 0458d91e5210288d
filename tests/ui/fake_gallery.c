/* The contact sheet and twin covers of the fake app: its albums, all of them where more are requested. */
#include "fake_app_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/contact_sheet.h"
#include "app/twins.h"

#define ORDER_NAME(NAME, name, help) [SHEET_##NAME] = #name,
static const char *const order_names[SHEET_ORDER_COUNT] = {SHEET_ORDERS(ORDER_NAME)};

const char *sheet_order_name(enum sheet_order order)
{
    return order_names[order];
}

enum sheet_order sheet_order_find(const char *name)
{
    int order = 0;
    while (order < SHEET_ORDER_COUNT && strcmp(order_names[order], name) != 0)
        order++;
    return (enum sheet_order)order;
}

enum status contact_sheet_make(struct app *app, const struct sheet_settings *settings, struct contact_sheet *sheet,
                               struct error *error)
{
    int64_t ids[FAKE_ALBUMS];
    const size_t n = settings->n < FAKE_ALBUMS ? (size_t)settings->n : FAKE_ALBUMS;
    const bool by_set = settings->order == SHEET_MAP || settings->order == SHEET_SIMILARITY;
    *sheet = (struct contact_sheet){.columns = 1, .order = settings->order};
    if (app->covers_failure)
        return error_set(error, STATUS_FAILED, "%s", app->covers_failure);
    while ((size_t)(sheet->columns * sheet->columns) < n)
        sheet->columns++;
    sheet->rows = ((int)n + sheet->columns - 1) / sheet->columns;
    sheet->cells = calloc(n, sizeof *sheet->cells);
    for (size_t i = 0; i < n; i++) {
        sheet->cells[i] = (int)i;
        ids[i] = 1 + (int64_t)(i + 7 * settings->order) % FAKE_ALBUMS;
    }
    sheet->random_weights = by_set && app->random_weights;
    snprintf(sheet->title, sizeof sheet->title, "invented: %zu of 80 generated covers", n);
    snprintf(sheet->caption[0], sizeof sheet->caption[0], "n = %zu, seed %d, %d x %d", n, (int)settings->seed,
             sheet->columns, sheet->rows);
    snprintf(sheet->caption[1], sizeof sheet->caption[1], "%s%s%s%s", by_set ? "by " : "in ",
             by_set ? settings->set : sheet_order_name(settings->order), by_set ? "" : " order",
             sheet->random_weights ? " (random weights)" : "");
    return app_albums(app, ids, n, &sheet->albums, error);
}

void contact_sheet_free(struct contact_sheet *sheet)
{
    album_list_free(&sheet->albums);
    free(sheet->cells);
    *sheet = (struct contact_sheet){0};
}

/* Pairs of albums that are half the albums apart; the first depends on the length of the set's name. */
enum status app_twins(struct app *app, const char *set, size_t k, struct progress *progress, struct app_twins *twins,
                      struct error *error)
{
    int64_t ids[FAKE_ALBUMS], identical[] = {3, 4, 5, 8, 9};
    const size_t n = k < FAKE_ALBUMS / 2 ? k : FAKE_ALBUMS / 2, n_identical = sizeof identical / sizeof identical[0];
    (void)progress;
    *twins = (struct app_twins){.count = n, .random_weights = app->random_weights, .n_groups = 2};
    if (app->covers_failure)
        return error_set(error, STATUS_FAILED, "%s", app->covers_failure);
    twins->distances = calloc(n + 1, sizeof *twins->distances);
    twins->identical_groups = calloc(n_identical, sizeof *twins->identical_groups);
    if (!twins->distances || !twins->identical_groups)
        return error_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        ids[2 * i] = 1 + (int64_t)(i + strlen(set)) % (FAKE_ALBUMS / 2);
        ids[2 * i + 1] = ids[2 * i] + FAKE_ALBUMS / 2;
        twins->distances[i] = (float)(i + 1) / 64;
    }
    for (size_t i = 0; i < n_identical; i++)
        twins->identical_groups[i] = i < 3 ? 0 : 1;
    enum status status = app_albums(app, ids, 2 * n, &twins->albums, error);
    return status == STATUS_OK ? app_albums(app, identical, n_identical, &twins->identical, error) : status;
}

void app_twins_free(struct app_twins *twins)
{
    album_list_free(&twins->albums);
    album_list_free(&twins->identical);
    free(twins->distances);
    free(twins->identical_groups);
    *twins = (struct app_twins){0};
}
