#ifndef SLEEVE_CORE_ARENA_H
#define SLEEVE_CORE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Many small allocations freed together. Start with `{0}`; what it hands out lives until arena_free. */
struct arena {
    struct arena_block *blocks;
};

void arena_free(struct arena *arena);
/* `size` bytes aligned for any type, zeroed; NULL when memory ran out. */
void *arena_alloc(struct arena *arena, size_t size);
/* A NUL-terminated copy of `size` bytes of text (NULL text gives ""); NULL when memory ran out. */
char *arena_copy_text(struct arena *arena, const char *text, size_t size);

#endif
