#ifndef SLEEVE_CORE_ARENA_H
#define SLEEVE_CORE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Many small allocations that are freed together. Initialise with `{0}`; allocations are valid until arena_free. */
struct arena {
    struct arena_block *blocks;
};

void arena_free(struct arena *arena);
/* `size` zeroed bytes, aligned for any type; NULL when memory runs out. */
void *arena_alloc(struct arena *arena, size_t size);
/* A NUL-terminated copy of `size` bytes of text (NULL text gives ""); NULL when memory runs out. */
char *arena_copy_text(struct arena *arena, const char *text, size_t size);

#endif
