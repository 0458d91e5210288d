#include "db/named.h"

void named_free(struct named *named)
{
    id_map_free(&named->identities);
    id_map_free(&named->taken);
    buffer_free(&named->names);
}

bool named_add(struct named *named, struct text key, struct text alias, struct text name)
{
    const uint32_t hash = (uint32_t)id_map_hash(name.data, name.size);
    const struct text identity = alias.data ? alias : key;
    bool added = id_map_add(&named->identities, identity.data, identity.size) != 0;
    if (added && alias.data)
        added = id_map_add(&named->taken, key.data, key.size) != 0;
    buffer_add(&named->names, &hash, sizeof hash);
    return added && !named->names.failed;
}

int32_t named_find(const struct named *named, struct text identity)
{
    return id_map_find(&named->identities, identity.data, identity.size);
}

struct text named_key(const struct named *named, struct text identity, struct buffer *scratch, bool *made)
{
    struct text key = identity;
    *made = false;
    if (named->taken.count == 0)
        return key;
    for (int number = 2; id_map_find(&named->taken, key.data, key.size) != 0 ||
                         (number > 2 && id_map_find(&named->identities, key.data, key.size) != 0);
         number++) {
        buffer_clear(scratch);
        buffer_add(scratch, identity.data, identity.size);
        buffer_printf(scratch, " #%d", number);
        key = (struct text){scratch->data ? scratch->data : "", scratch->size};
        if (scratch->failed)
            break;
    }
    *made = key.data != identity.data;
    return key;
}

bool named_is(const struct named *named, int32_t number, struct text name)
{
    const uint32_t *hashes = (const uint32_t *)(const void *)named->names.data;
    if (number < 1 || number > named->identities.count)
        return true;
    return hashes[number - 1] == (uint32_t)id_map_hash(name.data, name.size);
}
