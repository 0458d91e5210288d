#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/paths.h"
#include "core/text.h"
#include "ui/config.h"

enum status cli_catalogue_path(const struct cli *cli, char **out, struct error *error)
{
    *out = NULL;
    const char *variable = getenv("SLEEVE_CATALOGUE");
    const char *named = cli->catalogue ? cli->catalogue : variable && *variable ? variable : NULL;
    if (named && !*named)
        return error_set(error, STATUS_USAGE, "--catalogue needs the name of a file");
    struct buffer path = {0};
    enum status status = STATUS_OK;
    const char *own = cli->config ? cli->config->settings.values[SETTING_CATALOGUE] : "";
    if (named) {
        buffer_add_text(&path, named);
    } else if (*own) {
        path_typed(own, &path);
    } else {
        status = path_data_folder(&path, error);
        buffer_add_text(&path, "/catalogue.db");
    }
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        *out = path.data;
    else
        buffer_free(&path);
    return status;
}

static enum status no_catalogue(const char *path, struct error *error)
{
    if (errno != ENOENT)
        return error_set(error, STATUS_FAILED, "%s: cannot be opened: %s", path, strerror(errno));
    return error_set(error, STATUS_FAILED,
                     "%s: there is no catalogue yet; make the demo with: sleeve demo, or import playlists or music: "
                     "sleeve help import",
                     path);
}

enum status cli_open_app(struct cli *cli, bool write, struct app **app, struct error *error)
{
    char *path;
    enum status status = cli_catalogue_path(cli, &path, error);
    if (status != STATUS_OK)
        return status;
    const struct app_options options = {.catalogue = path, .device = {cli->device, cli->threads, NULL}, .write = write};
    status = access(path, F_OK) == 0 ? app_open(&options, app, error) : no_catalogue(path, error);
    free(path);
    return status;
}

enum status cli_open_catalogue(struct cli *cli, enum catalogue_mode mode, struct catalogue **catalogue,
                               struct error *error)
{
    char *path;
    enum status status = cli_catalogue_path(cli, &path, error);
    if (status != STATUS_OK)
        return status;
    const bool first = ranks_rank(cli->ranks) == 0;
    if (mode != CATALOGUE_CREATE && access(path, F_OK) != 0)
        status = no_catalogue(path, error);
    else if (first)
        status = catalogue_open(path, mode, catalogue, error);
    status = ranks_agree(cli->ranks, status, error); /* it may have been migrated */
    if (status == STATUS_OK && !first)
        status = catalogue_open(path, CATALOGUE_READ, catalogue, error);
    free(path);
    return status;
}

void cli_device_start(const struct cli *cli, struct cli_device *device)
{
    const struct device_options options = {cli->device, cli->threads, NULL};
    device_start(&device->device, &options);
    device->use = (struct device_use){.device = &device->device};
}

void cli_device_end(struct cli_device *device)
{
    device_close(&device->use);
    device_end(&device->device);
}

enum status cli_output_failed(struct error *error)
{
    if (interrupt_requested())
        return error_set(error, STATUS_INTERRUPTED, "stopped while writing to standard output");
    return error_set(error, STATUS_FAILED, "the result cannot be written to standard output: %s",
                     errno ? strerror(errno) : "the disk is full, or nothing reads it");
}

/* Texts in `out` are sanitised already, or the output is not a terminal. */
enum status cli_print_shown(struct buffer *out, struct error *error)
{
    enum status status = STATUS_OK;
    if (out->failed)
        status = error_no_memory(error);
    else if (mapped_files_cut() > 0)
        status = mapped_files_failed(error);
    else if (out->size > 0 && (fwrite(out->data, 1, out->size, stdout) != out->size || fflush(stdout) != 0))
        status = cli_output_failed(error);
    buffer_free(out);
    return status;
}

enum status cli_print(struct buffer *out, struct error *error)
{
    if (isatty(STDOUT_FILENO) && !out->failed && out->size > 0) {
        struct buffer shown = {0};
        text_escape(out->data, out->size, &shown);
        buffer_free(out);
        *out = shown;
    }
    return cli_print_shown(out, error);
}

void cli_add_wrapped(struct buffer *out, const char *text, const char *indent)
{
    enum { COLUMNS = 100 };
    int column = 0;
    for (text += strspn(text, " \n"); *text; text += strspn(text, " \n")) {
        const size_t size = strcspn(text, " \n");
        const int width = text_width(text, size);
        if (column > 0 && column + 1 + width > COLUMNS) {
            buffer_printf(out, "\n%s", indent);
            column = text_width(indent, strlen(indent));
        } else if (column > 0) {
            buffer_add_byte(out, ' ');
            column++;
        }
        buffer_add(out, text, size);
        column += width;
        text += size;
    }
    buffer_add_byte(out, '\n');
}

void cli_add_year(struct buffer *out, int32_t year)
{
    if (year > 0)
        buffer_printf(out, "%d", year);
}

void cli_json_year(struct json_writer *json, int32_t year)
{
    json_key(json, "year");
    if (year > 0)
        json_integer(json, year);
    else
        json_null(json);
}

void cli_add_duration(struct buffer *out, int64_t milliseconds)
{
    if (milliseconds < 0)
        return;
    long long seconds = milliseconds / 1000;
    if (seconds >= 3600)
        buffer_printf(out, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        buffer_printf(out, "%lld:%02lld", seconds / 60, seconds % 60);
}

int cli_columns(void)
{
    struct winsize size = {0};
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *wanted = getenv("COLUMNS");
    int columns = wanted ? atoi(wanted) : 0;
    return columns > 0 ? columns : 120;
}

bool cli_bold(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
}

enum { COLUMNS_MAX = 16, COLUMN_WIDTH_MAX = 44 };

static const char *next_field(const char *line, const char *end, const char **field_end)
{
    const char *tab = memchr(line, '\t', (size_t)(end - line));
    *field_end = tab ? tab : end;
    return tab ? tab + 1 : NULL;
}

/* Long fields are cut, except keys: a shortened key would not be accepted by another command. */
static void measure(const struct buffer *tsv, int widths[COLUMNS_MAX], bool numeric[COLUMNS_MAX])
{
    bool whole[COLUMNS_MAX] = {false};
    const char *line = tsv->data;
    const char *text_end = tsv->data + tsv->size;
    for (bool header = true; line < text_end; header = false) {
        const char *end = memchr(line, '\n', (size_t)(text_end - line));
        end = end ? end : text_end;
        const char *field = line;
        for (int column = 0; field && column < COLUMNS_MAX; column++) {
            const char *field_end;
            const char *next = next_field(field, end, &field_end);
            int width = text_width(field, (size_t)(field_end - field));
            if (header)
                whole[column] = field_end - field == 3 && memcmp(field, "key", 3) == 0;
            if (width > COLUMN_WIDTH_MAX && !whole[column])
                width = COLUMN_WIDTH_MAX;
            if (width > widths[column])
                widths[column] = width;
            if (!header && field < field_end && strspn(field, "0123456789.:-+%e") < (size_t)(field_end - field))
                numeric[column] = false;
            field = next;
        }
        line = end + 1;
    }
}

enum status cli_print_table(struct buffer *tsv, struct error *error)
{
    if (tsv->failed || !isatty(STDOUT_FILENO) || !tsv->data)
        return cli_print_shown(tsv, error);
    int widths[COLUMNS_MAX] = {0};
    bool numeric[COLUMNS_MAX];
    for (int i = 0; i < COLUMNS_MAX; i++)
        numeric[i] = true;
    measure(tsv, widths, numeric);
    struct buffer out = {0};
    const char *line = tsv->data;
    const char *text_end = tsv->data + tsv->size;
    while (line < text_end) {
        const char *end = memchr(line, '\n', (size_t)(text_end - line));
        end = end ? end : text_end;
        const char *field = line;
        for (int column = 0; field && column < COLUMNS_MAX; column++) {
            const char *field_end;
            const char *next = next_field(field, end, &field_end);
            size_t size = (size_t)(field_end - field);
            int width = text_width(field, size);
            if (numeric[column] && width < widths[column])
                buffer_printf(&out, "%*s", widths[column] - width, "");
            text_fit(field, size, widths[column], next && !numeric[column], &out);
            if (next)
                buffer_add_text(&out, "  ");
            field = next;
        }
        buffer_add_byte(&out, '\n');
        line = end + 1;
    }
    buffer_free(tsv);
    return cli_print_shown(&out, error);
}

void cli_json_track(struct json_writer *json, const struct track *track)
{
    json_pair_text(json, "key", track->key);
    json_pair_text(json, "title", track->title);
    json_pair_text(json, "artist", track->artist);
    json_pair_text(json, "album", track->album);
}
