#include "vit/clip_vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/json_reader.h"
#include "core/text_reader.h"

enum { LINE_MAX_BYTES = 1024, SLOTS = 1 << 17, SYMBOLS_MAX = CLIP_FIRST_MERGE + CLIP_MERGES_MAX };

/* The symbols' texts while the file is read. Bytes that are not printable are written as letters from U+0100 on. */
struct symbols {
    struct buffer text;
    uint32_t (*spans)[2]; /* offset and size of each symbol's text */
    int32_t count;
    int32_t *slots; /* symbol + 1; 0: empty */
};

/* Where messages say that something is wrong. */
struct source {
    const char *path;
    const char *unit; /* "line" or "merge" */
    long long number;
};

static const char word_end[] = "</w>";

static bool is_printable(int byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
}

static size_t find_slot(const struct symbols *symbols, const char *text, size_t size)
{
    size_t slot = (size_t)hash_bytes(text, size) & (SLOTS - 1);
    for (; symbols->slots[slot] > 0; slot = (slot + 1) & (SLOTS - 1)) {
        const uint32_t *span = symbols->spans[symbols->slots[slot] - 1];
        if (span[1] == size && memcmp(symbols->text.data + span[0], text, size) == 0)
            break;
    }
    return slot;
}

/* The symbol with this text; -1 if there is none. */
static int32_t find_symbol(const struct symbols *symbols, const char *text, size_t size)
{
    return symbols->slots[find_slot(symbols, text, size)] - 1;
}

/* False if the symbol exists. The caller ensures that fewer than SYMBOLS_MAX do. */
static bool add_symbol(struct symbols *symbols, const char *text, size_t size)
{
    size_t slot = find_slot(symbols, text, size);
    if (symbols->slots[slot] > 0)
        return false;
    uint32_t *span = symbols->spans[symbols->count];
    span[0] = (uint32_t)symbols->text.size;
    span[1] = (uint32_t)size;
    buffer_add(&symbols->text, text, size);
    if (!symbols->text.failed)
        symbols->slots[slot] = ++symbols->count;
    return true;
}

/* Printable bytes first, in order, then the others; then all of them at the end of a word. */
static void add_bytes(struct symbols *symbols, struct clip_vocabulary *vocabulary)
{
    char texts[CLIP_BYTE_SYMBOLS][2 + sizeof word_end];
    size_t sizes[CLIP_BYTE_SYMBOLS];
    int n = 0;
    int others = 0;
    for (int printable = 1; printable >= 0; printable--)
        for (int byte = 0; byte < CLIP_BYTE_SYMBOLS; byte++) {
            if (is_printable(byte) != printable)
                continue;
            int character = printable ? byte : 256 + others++;
            char *text = texts[n];
            sizes[n] = 0;
            if (character >= 0x80)
                text[sizes[n]++] = (char)(0xc0 | character >> 6);
            text[sizes[n]++] = (char)(character < 0x80 ? character : 0x80 | (character & 0x3f));
            vocabulary->bytes[byte] = n++;
        }
    for (int i = 0; i < n; i++)
        add_symbol(symbols, texts[i], sizes[i]);
    for (int i = 0; i < n; i++) {
        memcpy(texts[i] + sizes[i], word_end, sizeof word_end - 1);
        add_symbol(symbols, texts[i], sizes[i] + sizeof word_end - 1);
    }
}

static size_t pair_slot(const struct clip_vocabulary *vocabulary, int32_t left, int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t slot = (size_t)((key * 0x9e3779b97f4a7c15u) >> 40) & (vocabulary->slots - 1);
    for (;; slot = (slot + 1) & (vocabulary->slots - 1)) {
        const struct clip_pair *pair = &vocabulary->pairs[slot];
        if (pair->symbol == 0 || (pair->left == left && pair->right == right))
            return slot;
    }
}

static enum status add_merge(struct symbols *symbols, struct clip_vocabulary *vocabulary, const char *left,
                             size_t left_size, const char *right, size_t right_size, const struct source *source,
                             struct error *error)
{
    char joined[LINE_MAX_BYTES];
    if (left_size == 0 || right_size == 0 || left_size + right_size > sizeof joined)
        return error_set(error, STATUS_BAD_DATA, "%s, %s %lld: expected two symbols with a space between them",
                         source->path, source->unit, source->number);
    struct clip_pair pair = {find_symbol(symbols, left, left_size), find_symbol(symbols, right, right_size),
                             symbols->count};
    if (pair.left < 0 || pair.right < 0)
        return error_set(error, STATUS_BAD_DATA, "%s, %s %lld: merges a symbol that no earlier one has made",
                         source->path, source->unit, source->number);
    memcpy(joined, left, left_size);
    memcpy(joined + left_size, right, right_size);
    if (!add_symbol(symbols, joined, left_size + right_size))
        return error_set(error, STATUS_BAD_DATA, "%s, %s %lld: makes a symbol that an earlier one has made",
                         source->path, source->unit, source->number);
    if (symbols->text.failed)
        return error_no_memory(error);
    vocabulary->pairs[pair_slot(vocabulary, pair.left, pair.right)] = pair;
    vocabulary->merges++;
    return STATUS_OK;
}

static enum status read_lines(struct symbols *symbols, struct clip_vocabulary *vocabulary, const char *path,
                              struct error *error)
{
    struct text_reader *reader = NULL;
    struct text_line line;
    bool more = true;
    enum status status = text_reader_open(path, TEXT_READER_UTF8, &reader, error);
    while (status == STATUS_OK && vocabulary->merges < CLIP_MERGES_MAX) {
        status = text_reader_line(reader, LINE_MAX_BYTES, &line, &more, error);
        if (status != STATUS_OK || !more)
            break;
        if (line.size == 0 || (line.number == 1 && strstr(line.text, "#version")))
            continue;
        const struct source source = {path, "line", line.number};
        const char *space = memchr(line.text, ' ', line.size);
        size_t left = space ? (size_t)(space - line.text) : line.size;
        size_t right = space ? line.size - left - 1 : 0;
        status = add_merge(symbols, vocabulary, line.text, left, space ? space + 1 : NULL, right, &source, error);
    }
    text_reader_close(reader);
    return status;
}

/* "a b" or ["a", "b"], depending on the version of the writer. */
static enum status add_json_merge(struct symbols *symbols, struct clip_vocabulary *vocabulary,
                                  const struct json_value *merge, const struct source *source, struct error *error)
{
    const char *left = json_get_text(merge, "");
    const char *space = strchr(left, ' ');
    const char *right = space ? space + 1 : "";
    size_t left_size = space ? (size_t)(space - left) : 0;
    if (json_array_count(merge) == 2) {
        left = json_get_text(&merge->items[0], "");
        right = json_get_text(&merge->items[1], "");
        left_size = strlen(left);
    }
    return add_merge(symbols, vocabulary, left, left_size, right, strlen(right), source, error);
}

/* The numbers of the symbols must follow from the merges. */
static enum status check_numbers(const struct symbols *symbols, const struct json_value *numbers, const char *path,
                                 struct error *error)
{
    if (!numbers || numbers->type != JSON_OBJECT)
        return STATUS_OK;
    for (size_t i = 0; i < numbers->count; i++) {
        const struct json_value *item = &numbers->items[i];
        int32_t symbol = find_symbol(symbols, item->key, strlen(item->key));
        if (symbol >= 0 && json_get_integer(item, 0, INT32_MAX, -1) != symbol)
            return error_set(error, STATUS_BAD_DATA,
                             "%s: the symbols are not numbered in the order of the merges, so this is not a tokenizer "
                             "of CLIP",
                             path);
    }
    return STATUS_OK;
}

static enum status read_json(struct symbols *symbols, struct clip_vocabulary *vocabulary, const char *path,
                             struct error *error)
{
    struct buffer text = {0};
    struct json_document document = {0};
    enum status status = file_read(path, JSON_SIZE_MAX, &text, error);
    if (status == STATUS_OK)
        status = json_read(text.data ? text.data : "", text.size, &document, error);
    const struct json_value *model = status == STATUS_OK ? json_member(&document.root, "model") : NULL;
    const struct json_value *merges = json_member(model, "merges");
    for (size_t i = 0; status == STATUS_OK && i < json_array_count(merges) && i < CLIP_MERGES_MAX; i++) {
        const struct source source = {path, "merge", (long long)i + 1};
        status = add_json_merge(symbols, vocabulary, &merges->items[i], &source, error);
    }
    if (status == STATUS_OK)
        status = check_numbers(symbols, json_member(model, "vocab"), path, error);
    json_document_free(&document);
    buffer_free(&text);
    return status;
}

enum status clip_vocabulary_read(const char *path, struct clip_vocabulary *vocabulary, struct error *error)
{
    struct symbols symbols = {.spans = malloc(SYMBOLS_MAX * sizeof *symbols.spans),
                              .slots = calloc(SLOTS, sizeof *symbols.slots)};
    *vocabulary = (struct clip_vocabulary){.pairs = calloc(SLOTS, sizeof *vocabulary->pairs), .slots = SLOTS};
    enum status status = STATUS_OK;
    if (!symbols.spans || !symbols.slots || !vocabulary->pairs)
        status = error_no_memory(error);
    if (status == STATUS_OK) {
        add_bytes(&symbols, vocabulary);
        bool json = file_has_extension(path, ".json");
        status = (json ? read_json : read_lines)(&symbols, vocabulary, path, error);
    }
    if (status == STATUS_OK && vocabulary->merges == 0)
        status = error_set(error, STATUS_BAD_DATA,
                           "%s has no merges; a vocabulary of CLIP is merges.txt, tokenizer.json or "
                           "bpe_simple_vocab_16e6.txt.gz",
                           path);
    if (status != STATUS_OK)
        clip_vocabulary_free(vocabulary);
    buffer_free(&symbols.text);
    free(symbols.spans);
    free(symbols.slots);
    return status;
}

void clip_vocabulary_free(struct clip_vocabulary *vocabulary)
{
    free(vocabulary->pairs);
    *vocabulary = (struct clip_vocabulary){0};
}

int32_t clip_vocabulary_size(const struct clip_vocabulary *vocabulary)
{
    return CLIP_FIRST_MERGE + vocabulary->merges + 2;
}

int32_t clip_vocabulary_merge(const struct clip_vocabulary *vocabulary, int32_t left, int32_t right)
{
    return vocabulary->pairs[pair_slot(vocabulary, left, right)].symbol;
}
