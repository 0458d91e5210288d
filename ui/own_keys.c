#include "ui/own_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/event.h"
#include "ui/key_name.h"

void own_keys_free(struct own_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        free(keys->items[i]);
    free(keys->items);
    *keys = (struct own_keys){0};
}

/* Each key has memory of its own, because bindings point into it. */
bool own_keys_add(struct own_keys *keys, const struct own_key *key)
{
    struct own_key **items = realloc(keys->items, (keys->count + 1) * sizeof *items);
    if (!items)
        return false;
    keys->items = items;
    struct own_key *copy = malloc(sizeof *copy);
    if (!copy)
        return false;
    *copy = *key;
    copy->binding = (struct binding){copy->key, copy->alt, copy->command, HINT_ACT, copy->hint};
    items[keys->count++] = copy;
    return true;
}

bool own_keys_copy(const struct own_keys *from, struct own_keys *keys)
{
    for (size_t i = 0; i < from->count; i++)
        if (!own_keys_add(keys, from->items[i])) {
            own_keys_free(keys);
            return false;
        }
    return true;
}

const struct own_key *own_keys_find(const struct own_keys *keys, enum view view, int32_t prefix, int32_t key, bool alt)
{
    const struct own_key *found = NULL;
    for (size_t i = 0; i < keys->count; i++) {
        const struct own_key *own = keys->items[i];
        bool applies = own->view == view || (own->view == VIEW_NONE && view < VIEW_TAB_COUNT);
        if (own->prefix == prefix && own->key == key && own->alt == alt && applies && (!found || own->view == view))
            found = own;
    }
    return found;
}

void own_key_name(const struct own_key *key, char text[80])
{
    char prefix[32] = "", name[32];
    if (key->prefix)
        key_name(key->prefix, false, prefix);
    key_name(key->key, key->alt, name);
    snprintf(text, 80, "%s%s%s", prefix, prefix[0] ? " " : "", name);
}
