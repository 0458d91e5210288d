#include "ui/own_keys_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ui/commands.h"
#include "ui/key_name.h"
#include "ui/view_ops.h"

/* Keys that terminals send as another one. */
static const struct {
    const char *name, *instead;
} untypable[] = {
    {"ctrl+i", "tab"},     {"ctrl+m", "enter"},      {"ctrl+j", "enter"},   {"alt+[", "escape ["},
    {"alt+O", "escape O"}, {"alt+escape", "escape"}, {"ctrl+s", "a pause"}, {"ctrl+q", "its end"},
};

static enum status read_key(const char *name, struct own_key *key, struct error *error)
{
    for (size_t i = 0; i < sizeof untypable / sizeof *untypable; i++)
        if (strcmp(name, untypable[i].name) == 0)
            return error_set(error, STATUS_USAGE, "%s cannot be typed; terminals take it for %s", name,
                             untypable[i].instead);
    if (key_parse(name, &key->key, &key->alt))
        return STATUS_OK;
    char first[8];
    size_t size = text_character_size(name, strlen(name));
    bool alt;
    snprintf(first, sizeof first, "%.*s", (int)size, name);
    if (size > 0 && size < sizeof first && name[size] && key_parse(first, &key->prefix, &alt) && !alt &&
        text_character_size(name + size, strlen(name + size)) == strlen(name + size) &&
        key_parse(name + size, &key->key, &key->alt))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "there is no key \"%.40s\"; keys are a character, two of them (gx), ctrl+a to ctrl+z, alt+KEY, f1 "
                     "to f12, enter, tab, space, escape, backspace, up, home, page-up and the like",
                     name);
}

static enum view view_of(const char *name)
{
    for (int view = 0; view < VIEW_COUNT; view++)
        if (strcmp(view_ops((enum view)view)->name, name) == 0)
            return (enum view)view;
    return VIEW_NONE;
}

static const char *word_of(const char *text, char *word, size_t size)
{
    size_t length = strcspn(text, " \t");
    snprintf(word, size, "%.*s", (int)length, text);
    text += length;
    return text + strspn(text, " \t");
}

/* "[VIEW] KEY" at the start of the line; *rest is what follows. A name of both is a key. */
static enum status read_place(const char *line, struct own_key *key, const char **rest, struct error *error)
{
    char word[64];
    *key = (struct own_key){.view = VIEW_NONE};
    *rest = word_of(line, word, sizeof word);
    bool alt;
    int32_t ignored;
    if (!key_parse(word, &ignored, &alt) && (key->view = view_of(word)) != VIEW_NONE)
        *rest = word_of(*rest, word, sizeof word);
    if (!word[0])
        return error_set(error, STATUS_USAGE, "the name of a key is missing");
    return read_key(word, key, error);
}

static enum status put(struct own_keys *keys, struct own_key *key, struct error *error)
{
    char name[32];
    key_name(key->key, key->alt, name);
    snprintf(key->hint, sizeof key->hint, "%s %s", name, key->begins ? "…" : key->command);
    for (size_t i = 0; i < keys->count; i++) {
        const struct own_key *other = keys->items[i];
        if (other->view != key->view || other->prefix != key->prefix || other->key != key->key ||
            other->alt != key->alt)
            continue;
        if (other->begins && key->begins)
            return STATUS_OK;
        if (other->begins || key->begins)
            return error_set(error, STATUS_USAGE,
                             "%s cannot have a command and begin a sequence of keys; an earlier line says the other",
                             name);
        free(keys->items[i]);
        memmove(keys->items + i, keys->items + i + 1, (--keys->count - i) * sizeof *keys->items);
        break;
    }
    if (keys->count >= OWN_KEYS_MAX)
        return error_set(error, STATUS_USAGE, "there are more than %d keys", OWN_KEYS_MAX);
    return own_keys_add(keys, key) ? STATUS_OK : error_no_memory(error);
}

/* The first key of a sequence, except g, which has sequences of its own. */
static enum status put_prefix(struct own_keys *keys, const struct own_key *key, struct error *error)
{
    struct own_key first = {.view = key->view, .key = key->prefix, .begins = true};
    char name[32];
    if (key->prefix == 'g' || !key->prefix)
        return STATUS_OK;
    key_name(key->prefix, false, name);
    snprintf(first.command, sizeof first.command, "go %s", name);
    return put(keys, &first, error);
}

enum status own_keys_map(struct own_keys *keys, const char *line, struct error *error)
{
    struct own_key key;
    const char *command;
    enum status status = read_place(line, &key, &command, error);
    if (status != STATUS_OK)
        return status;
    command += strspn(command, ":");
    if (!*command)
        return error_set(error, STATUS_USAGE,
                         "map needs a command after the key, such as: map ctrl+x export m3u8 mine");
    if (strlen(command) >= sizeof key.command)
        return error_set(error, STATUS_USAGE, "the command is longer than %d bytes", OWN_COMMAND_SIZE - 1);
    snprintf(key.command, sizeof key.command, "%s", command);
    status = command_check(command, error);
    if (status == STATUS_OK)
        status = put_prefix(keys, &key, error);
    return status == STATUS_OK ? put(keys, &key, error) : status;
}

enum status own_keys_unmap(struct own_keys *keys, const char *line, struct error *error)
{
    struct own_key key;
    const char *rest;
    enum status status = read_place(line, &key, &rest, error);
    if (status != STATUS_OK)
        return status;
    if (*rest)
        return error_set(error, STATUS_USAGE, "unmap needs one key, but \"%.40s\" follows it", rest);
    return put(keys, &key, error);
}
