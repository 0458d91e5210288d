#include <string.h>

#include "db/import/importer.h"

#define IMPORTER_ROW(name) &importer_##name,
const struct importer *const importers[] = {IMPORTERS(IMPORTER_ROW) NULL};

enum status importer_find(const struct importer *const *list, const char *name, const struct importer **importer,
                          struct error *error)
{
    struct buffer names = {0};
    for (const struct importer *const *at = list; *at; at++) {
        if (strcmp((*at)->name, name) == 0) {
            buffer_free(&names);
            *importer = *at;
            return STATUS_OK;
        }
        buffer_printf(&names, "%s%s", at == list ? "" : ", ", (*at)->name);
    }
    error_set(error, STATUS_USAGE, "there is no importer \"%s\"; known importers: %s", name,
              names.data ? names.data : "");
    buffer_free(&names);
    return STATUS_USAGE;
}

bool importer_takes(const struct importer *importer, const char *option)
{
    const size_t size = strlen(option);
    for (const char *at = importer->options; *at; at += strspn(at, " ")) {
        const size_t word = strcspn(at, " ");
        if (word == size && memcmp(at, option, size) == 0)
            return true;
        at += word;
    }
    return false;
}

static enum status refuse_option(const struct importer *importer, const char *option, struct error *error)
{
    struct buffer takers = {0};
    for (const struct importer *const *at = importers; *at; at++)
        if (importer_takes(*at, option))
            buffer_printf(&takers, "%s%s", takers.size > 0 ? ", " : "", (*at)->name);
    error_set(error, STATUS_USAGE, "import %s has no --%s; importers that have it: %s", importer->name, option,
              takers.data ? takers.data : "none");
    buffer_free(&takers);
    return STATUS_USAGE;
}

static enum status check_preset(const struct importer *importer, const char *name, struct error *error)
{
    struct buffer names = {0};
    const struct import_preset *preset;
    for (size_t i = 0; (preset = importer->preset(i)) && strcmp(preset->name, name) != 0; i++)
        buffer_printf(&names, "%s%s", i == 0 ? "" : importer->preset(i + 1) ? ", " : " or ", preset->name);
    if (!preset)
        error_set(error, STATUS_USAGE, "--preset is %s, not \"%s\"", names.data ? names.data : "", name);
    buffer_free(&names);
    return preset ? STATUS_OK : STATUS_USAGE;
}

enum status importer_check(const struct importer *importer, const struct import_input *input, struct error *error)
{
    if (input->preset && !importer_takes(importer, "preset"))
        return refuse_option(importer, "preset", error);
    if (input->map && !importer_takes(importer, "map"))
        return refuse_option(importer, "map", error);
    if (input->match_only && !importer_takes(importer, "match-only"))
        return refuse_option(importer, "match-only", error);
    if (input->choices && !importer_takes(importer, "matches"))
        return refuse_option(importer, "matches", error);
    if (input->unmatched && !importer_takes(importer, "unmatched"))
        return refuse_option(importer, "unmatched", error);
    if (input->n_paths < 1 || (input->n_paths > 1 && !importer->many_paths))
        return error_set(error, STATUS_USAGE, "usage: sleeve import %s %s", importer->name, importer->arguments);
    return input->preset ? check_preset(importer, input->preset, error) : STATUS_OK;
}
