#include "app/export.h"

#include <stdlib.h>
#include <string.h>

#include "app/export_files.h"
#include "app/export_many.h"
#include "app/lookup.h"

#define EXPORTER_ROW(name) &exporter_##name,
const struct exporter *const app_exporters[] = {EXPORTERS(EXPORTER_ROW) APP_EXPORTERS(EXPORTER_ROW) NULL};

/* ---- which ---- */

enum status app_exporter_find(const char *name, const struct exporter **exporter, struct error *error)
{
    struct buffer names = {0};
    for (const struct exporter *const *at = app_exporters; *at; at++) {
        if (strcmp((*at)->name, name) == 0) {
            buffer_free(&names);
            *exporter = *at;
            return STATUS_OK;
        }
        buffer_printf(&names, "%s%s", at == app_exporters ? "" : at[1] ? ", " : " or ", (*at)->name);
    }
    error_set(error, STATUS_USAGE, "export writes %s, not \"%s\"", names.data ? names.data : "", name);
    buffer_free(&names);
    return STATUS_USAGE;
}

const char *app_exporter_arguments(const struct exporter *exporter)
{
    static const char *const arguments[] = {
        [EXPORT_PLAYLIST] = "PLAYLIST|--all --out DIR",
        [EXPORT_CATALOGUE] = "[--all]",
        [EXPORT_EMBEDDING] = "--embedding SET",
        [EXPORT_LISTS] = "[PLAYLIST] --model MODEL",
    };
    return arguments[exporter->subject];
}

static bool takes(const struct exporter *exporter, const char *option)
{
    static const char *const of_subject[] = {[EXPORT_PLAYLIST] = "all",
                                             [EXPORT_CATALOGUE] = "all",
                                             [EXPORT_EMBEDDING] = "embedding",
                                             [EXPORT_LISTS] = "model"};
    const char *const lists[] = {of_subject[exporter->subject], exporter->options ? exporter->options : "",
                                 exporter->guards ? "spreadsheet" : ""};
    const size_t size = strlen(option);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const char *at = lists[i]; *at; at += strcspn(at, " "), at += *at == ' ')
            if (strcspn(at, " ") == size && memcmp(at, option, size) == 0)
                return true;
    return false;
}

static enum status refuse_option(const struct exporter *exporter, const char *option, struct error *error)
{
    struct buffer takers = {0};
    for (const struct exporter *const *at = app_exporters; *at; at++)
        if (takes(*at, option))
            buffer_printf(&takers, "%s%s", takers.size > 0 ? ", " : "", (*at)->name);
    error_set(error, STATUS_USAGE, "export %s has no --%s; exporters that have it: %s", exporter->name, option,
              takers.data ? takers.data : "none");
    buffer_free(&takers);
    return STATUS_USAGE;
}

static enum status check_options(const struct exporter *exporter, const struct export_request *input,
                                 struct error *error)
{
    const struct {
        const char *name;
        bool given;
    } options[] = {
        {"all", input->all},
        {"spreadsheet", input->spreadsheet},
        {"model", input->model != NULL},
        {"on", input->on != NULL},
        {"embedding", input->embedding != NULL},
        {"challenge", input->challenge != NULL},
        {"team", input->team != NULL},
        {"email", input->email != NULL},
        {"track", input->track != NULL},
        {"points", input->points != NULL},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !takes(exporter, options[i].name))
            return refuse_option(exporter, options[i].name, error);
    return STATUS_OK;
}

enum status app_exporter_check(const struct exporter *exporter, const struct export_request *input, struct error *error)
{
    const bool folder = exporter->extension[0] == '/' || (exporter->subject == EXPORT_PLAYLIST && input->all);
    const char *missing = NULL;
    enum status status = check_options(exporter, input, error);
    if (status != STATUS_OK)
        return status;
    if (exporter->subject == EXPORT_PLAYLIST && !input->playlist == !input->all)
        missing = "needs a PLAYLIST or --all";
    else if (exporter->subject == EXPORT_LISTS && !input->model)
        missing = "needs --model MODEL";
    else if (exporter->subject == EXPORT_EMBEDDING && !input->embedding)
        missing = "needs --embedding SET";
    else if ((exporter->subject == EXPORT_CATALOGUE || exporter->subject == EXPORT_EMBEDDING) && input->playlist)
        missing = "is not of one playlist";
    else if (folder && !input->out)
        missing = "writes several files and needs --out DIR";
    if (!missing)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "export %s %s; usage: sleeve export %s %s", exporter->name, missing,
                     exporter->name, app_exporter_arguments(exporter));
}

/* ---- the work ---- */

static enum status export_one(const struct export_work *work, struct error *error)
{
    struct buffer bytes = {0};
    int64_t id = 0;
    enum status status = lookup_playlist(work->catalogue, work->input->playlist, &id, error);
    if (status == STATUS_OK)
        status = export_playlist(work->catalogue, id, work->exporter, work->input->spreadsheet, &bytes, error);
    if (status == STATUS_OK)
        status = export_files_add_bytes(work->files, "", &bytes, error);
    buffer_free(&bytes);
    return status;
}

enum status app_export(struct catalogue *catalogue, struct device_use *device, const struct exporter *exporter,
                       const struct export_request *input, struct progress *progress, struct buffer *notes,
                       struct error *error)
{
    const bool many = exporter->subject == EXPORT_PLAYLIST && input->all;
    struct export_files files = {.out = input->out, .folder = exporter->extension[0] == '/' || many};
    const struct export_work work = {.input = input,
                                     .exporter = exporter,
                                     .catalogue = catalogue,
                                     .device = device,
                                     .progress = progress,
                                     .files = &files,
                                     .notes = notes};
    enum status status = export_files_begin(&files, error);
    if (status == STATUS_OK)
        status = many            ? export_many(&work, error)
                 : exporter->run ? exporter->run(&work, error)
                                 : export_one(&work, error);
    return export_files_end(&files, status, error);
}
