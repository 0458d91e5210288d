/* The sample of covers and their order. */
#include <stdio.h>
#include <string.h>

#include "ui/effect.h"
#include "ui/views/gallery/gallery.h"
#include "ui/views/gallery/sheet.h"

/* The seed of `sleeve contact-sheet`, so that both have the same covers. */
enum { SHEET_SEED = 42 };

static void free_output(void *output)
{
    contact_sheet_free(output);
}

static enum status run(struct effect_world *world, struct result *result, const atomic_bool *cancel,
                       struct error *error)
{
    const struct sheet_input *input = result->effect.input;
    struct gallery_progress work = gallery_progress(cancel);
    const struct sheet_settings settings = {.order = input->order,
                                            .set = result->effect.text,
                                            .n = input->n,
                                            .seed = SHEET_SEED,
                                            .progress = &work.progress};
    return contact_sheet_make(world->app, &settings, result->output, error);
}

static void take(struct state *state, struct effect_list *effects, struct result *result)
{
    struct sheet_state *sheet = sheet_of(state);
    const struct album *album = sheet_album(state);
    const int64_t selected = album ? album->id : 0;
    (void)effects;
    if (result->error.status == STATUS_INTERRUPTED)
        return;
    contact_sheet_free(&sheet->sheet);
    sheet->version++;
    snprintf(sheet->failure, sizeof sheet->failure, "%s", result->error.status != STATUS_OK ? result->error.text : "");
    if (result->error.status != STATUS_OK)
        return;
    sheet->sheet = *(struct contact_sheet *)result->output;
    *(struct contact_sheet *)result->output = (struct contact_sheet){0};
    for (size_t i = 0; i < sheet->sheet.albums.count; i++)
        if (sheet->sheet.albums.items[i].id == selected) { /* it stays selected in another order */
            sheet->row = sheet->sheet.cells[i] / sheet->sheet.columns;
            sheet->column = sheet->sheet.cells[i] % sheet->sheet.columns;
        }
}

const struct effect_ops effect_sheet = {
    .name = "contact sheet",
    .urgency = 40,
    .latest_only = true,
    .input_size = sizeof(struct sheet_input),
    .output_size = sizeof(struct contact_sheet),
    .free_output = free_output,
    .run = run,
    .take = take,
};
