/* A vocabulary (before the first NUL; JSON if it starts with a brace) is refused with a message or gives valid tokens
 * of the text after the NUL. The bundled vocabulary gives valid tokens of any text. */
#include <string.h>

#include "core/buffer.h"
#include "core/text.h"
#include "fuzz.h"
#include "vit/clip_clean.h"
#include "vit/clip_tokenizer.h"

static void check_tokens(const struct clip_tokenizer *tokenizer, const char *text, size_t size)
{
    struct clip_tokens tokens;
    struct error error = {0};
    REQUIRE(clip_tokenize(tokenizer, text, size, &tokens, &error) == STATUS_OK);
    int32_t end = clip_tokenizer_size(tokenizer) - 1;
    REQUIRE(tokens.count >= 2 && tokens.count <= CLIP_CONTEXT);
    REQUIRE(tokens.ids[0] == end - 1 && tokens.ids[tokens.count - 1] == end);
    for (int i = 0; i < tokens.count; i++)
        REQUIRE(tokens.ids[i] >= 0 && tokens.ids[i] <= end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct clip_tokenizer *bundled;
    struct error error = {0};
    if (!bundled)
        REQUIRE(clip_tokenizer_open(NULL, &bundled, &error) == STATUS_OK);
    if (size > CLIP_TEXT_MAX)
        return 0;
    const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
    size_t file_size = zero ? (size_t)(zero - data) : 0;
    const char *text = zero ? (const char *)zero + 1 : (const char *)data;
    size_t text_size = zero ? size - file_size - 1 : size;

    struct buffer clean = {0};
    clip_clean(text, text_size, &clean);
    REQUIRE(clean.size == 0 || text_is_utf8(clean.data, clean.size));
    buffer_free(&clean);
    check_tokens(bundled, text, text_size);

    struct buffer path = {0};
    buffer_printf(&path, "%s/merges.%s", fuzz_folder(), file_size > 0 && data[0] == '{' ? "json" : "txt");
    fuzz_write(path.data, data, file_size);
    struct clip_tokenizer *tokenizer = NULL;
    if (clip_tokenizer_open(path.data, &tokenizer, &error) == STATUS_OK) {
        fuzz_accepted = true;
        check_tokens(tokenizer, text, text_size);
    } else {
        REQUIRE(error.text[0] && !tokenizer);
    }
    clip_tokenizer_close(tokenizer);
    buffer_free(&path);
    return 0;
}
