#include "ui/settings.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define SETTING_ROW(NAME, name, words, help, details) [SETTING_##NAME] = {#name, words, help, details},
const struct setting_row settings_table[SETTING_COUNT] = {SETTING_LIST(SETTING_ROW)};

enum setting setting_named(const char *name, size_t size)
{
    int at = 0;
    while (at < SETTING_COUNT &&
           (strlen(settings_table[at].name) != size || strncmp(settings_table[at].name, name, size) != 0))
        at++;
    return (enum setting)at;
}

void settings_names(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < SETTING_COUNT && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", settings_table[i].name);
}

/* "a|b|c" contains the word. */
static bool is_word_of(const char *words, const char *value)
{
    size_t size = strlen(value);
    for (const char *at = words; *at; at += *at == '|') {
        size_t word = strcspn(at, "|");
        if (word == size && strncmp(at, value, size) == 0)
            return true;
        at += word;
    }
    return false;
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

enum status setting_check(enum setting setting, const char *value, struct error *error)
{
    const struct setting_row *row = &settings_table[setting];
    if (strlen(value) >= SETTING_SIZE)
        return error_set(error, STATUS_USAGE, "%s: the value is longer than %d bytes", row->name, SETTING_SIZE - 1);
    if (!is_plain(value))
        return error_set(error, STATUS_USAGE, "%s: the value contains a control character", row->name);
    if (!*value)
        return error_set(error, STATUS_USAGE, "%s needs a value: %s", row->name, row->words);
    if (strchr(row->words, '|') && !is_word_of(row->words, value))
        return error_set(error, STATUS_USAGE, "%s cannot be \"%.60s\"; use one of %s", row->name, value, row->words);
    return STATUS_OK;
}

enum status setting_store(struct explorer_settings *settings, enum setting setting, const char *value,
                          struct error *error)
{
    enum status status = setting_check(setting, value, error);
    if (status == STATUS_OK)
        snprintf(settings->values[setting], SETTING_SIZE, "%s", value);
    return status;
}
