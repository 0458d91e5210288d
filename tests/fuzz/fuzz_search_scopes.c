/* Searches with scopes, as people type them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/search_scopes.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct search_scopes scopes;
    struct error error;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    const enum status status = search_scopes_read(text, &scopes, &error);
    REQUIRE(status == STATUS_OK || status == STATUS_USAGE);
    REQUIRE(scopes.count >= 0 && scopes.count <= SEARCH_SCOPES_MAX);
    for (int i = 0; i < scopes.count; i++) {
        const struct search_scope *scope = &scopes.items[i];
        REQUIRE(memchr(scope->text, 0, sizeof scope->text));
        REQUIRE(!isnan(scope->low) && !isnan(scope->high) && !search_scope_allows(scope, (double)NAN));
    }
    fuzz_accepted |= status == STATUS_OK && scopes.count > 0;
    search_scopes_free(&scopes);
    free(text);
    return 0;
}
