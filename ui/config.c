#include "ui/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/paths.h"
#include "core/text_reader.h"
#include "ui/own_keys_read.h"

void config_free(struct config *config)
{
    for (size_t i = 0; i < config->n_problems && i < CONFIG_PROBLEMS_MAX; i++)
        free(config->problems[i]);
    own_keys_free(&config->keys);
    buffer_free(&config->path);
    *config = (struct config){0};
}

void config_add_problem(struct config *config, const char *text)
{
    if (config->n_problems < CONFIG_PROBLEMS_MAX && !(config->problems[config->n_problems] = strdup(text)))
        return;
    config->n_problems++;
}

static enum status take_setting(struct config *config, const char *line, struct error *error)
{
    size_t size = strcspn(line, " \t=");
    enum setting setting = setting_named(line, size);
    if (setting == SETTING_COUNT) {
        char names[256];
        settings_names(names, sizeof names);
        return error_set(error, STATUS_USAGE, "there is no setting \"%.*s\"; there are %s, map and unmap",
                         size < 40 ? (int)size : 40, line, names);
    }
    const char *value = line + size + strspn(line + size, " \t");
    if (*value == '=')
        value += 1 + strspn(value + 1, " \t");
    return setting_store(&config->settings, setting, value, error);
}

/* Whether the line begins with the word; *rest is what follows. */
static bool begins(const char *line, const char *word, const char **rest)
{
    size_t size = strlen(word);
    if (strncmp(line, word, size) != 0 || (line[size] != '\0' && line[size] != ' ' && line[size] != '\t'))
        return false;
    *rest = line + size + strspn(line + size, " \t");
    return true;
}

enum status config_take_line(struct config *config, const char *line, struct error *error)
{
    const char *rest;
    char text[CONFIG_LINE_SIZE + 1];
    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#')
        return STATUS_OK;
    snprintf(text, sizeof text, "%s", line);
    for (size_t size = strlen(text); size > 0 && strchr(" \t\r", text[size - 1]); size--)
        text[size - 1] = '\0';
    if (begins(text, "map", &rest))
        return own_keys_map(&config->keys, rest, error);
    if (begins(text, "unmap", &rest))
        return own_keys_unmap(&config->keys, rest, error);
    return take_setting(config, begins(text, "set", &rest) ? rest : text, error);
}

static void read_lines(struct config *config, struct text_reader *reader)
{
    struct text_line line;
    struct error error;
    bool more = true;
    while (more) {
        enum status status = text_reader_line(reader, CONFIG_LINE_SIZE, &line, &more, &error);
        if (status != STATUS_OK || (more && line.number > CONFIG_LINES_MAX)) {
            if (status == STATUS_OK)
                error_set(&error, STATUS_BAD_DATA, "%s: only the first %d lines are read", text_reader_name(reader),
                          CONFIG_LINES_MAX);
            config_add_problem(config, error.text);
            return;
        }
        if (!more || config_take_line(config, line.text, &error) == STATUS_OK)
            continue;
        error_prefix(&error, "%s:%lld", text_reader_name(reader), line.number);
        config_add_problem(config, error.text);
    }
}

void config_read(const char *path, struct config *config)
{
    struct error error = {0};
    struct text_reader *reader;
    *config = (struct config){0};
    if (path)
        path_typed(path, &config->path);
    else if (path_config_folder(&config->path, &error) == STATUS_OK)
        buffer_add_text(&config->path, "/config");
    else
        buffer_clear(&config->path);
    if (config->path.failed || config->path.size == 0)
        return;
    if (!path && access(config->path.data, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return;
    if (text_reader_open(config->path.data, 0, &reader, &error) != STATUS_OK) {
        config_add_problem(config, error.text);
        return;
    }
    config->exists = true;
    read_lines(config, reader);
    text_reader_close(reader);
}
