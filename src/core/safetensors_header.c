#include "core/safetensors_header.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "core/text.h"

enum state {
    STATE_START,
    STATE_TOP,            /* in the outer object */
    STATE_METADATA_START, /* after "__metadata__": */
    STATE_METADATA,
    STATE_TENSOR_START, /* after a tensor's name */
    STATE_TENSOR,       /* in a tensor's object */
    STATE_DTYPE,
    STATE_SHAPE_START,
    STATE_SHAPE,
    STATE_OFFSETS_START,
    STATE_OFFSETS,
    STATE_END,
};

enum { SEEN_DTYPE = 1, SEEN_SHAPE = 2, SEEN_OFFSETS = 4, SEEN_ALL = 7 };

struct parser {
    struct safetensors_header *header;
    struct arena *memory;
    enum state state;
    size_t entries_capacity;
    size_t metadata_capacity;
    struct safetensors_entry *entry; /* the one being read */
    unsigned seen;
    int n_offsets;
    bool metadata_seen;
    const char *fault; /* NULL if yajl reports the error */
};

static int refuse(struct parser *parser, const char *fault)
{
    parser->fault = fault;
    return 0;
}

static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(items, wanted * size);
    if (grown)
        *capacity = wanted;
    return grown;
}

static char *copy(struct parser *parser, const unsigned char *text, size_t size)
{
    return arena_copy_text(parser->memory, (const char *)text, size);
}

static int begin_tensor(struct parser *parser, const unsigned char *name, size_t size)
{
    struct safetensors_header *header = parser->header;
    if (size == 0 || size > SAFETENSORS_NAME_MAX || memchr(name, 0, size))
        return refuse(parser, "a tensor's name is empty, has a NUL or is longer than 512 bytes");
    if (header->n_entries == SAFETENSORS_TENSORS_MAX)
        return refuse(parser, "it has more than 65,536 tensors");
    struct safetensors_entry *entries =
        grow(header->entries, header->n_entries, &parser->entries_capacity, sizeof *entries);
    char *kept = entries ? copy(parser, name, size) : NULL;
    if (entries)
        header->entries = entries;
    if (!kept)
        return refuse(parser, "memory ran out");
    parser->entry = &header->entries[header->n_entries++];
    *parser->entry = (struct safetensors_entry){.view.name = kept};
    parser->seen = 0;
    parser->n_offsets = 0;
    parser->state = STATE_TENSOR_START;
    return 1;
}

static int begin_pair(struct parser *parser, const unsigned char *key, size_t size)
{
    struct safetensors_header *header = parser->header;
    struct metadata_pair *metadata =
        grow(header->metadata, header->n_metadata, &parser->metadata_capacity, sizeof *metadata);
    char *kept = metadata ? copy(parser, key, size) : NULL;
    if (metadata)
        header->metadata = metadata;
    if (!kept)
        return refuse(parser, "memory ran out");
    if (memchr(key, 0, size))
        return refuse(parser, "a key of the metadata has a NUL");
    header->metadata[header->n_metadata++] = (struct metadata_pair){.key = kept};
    return 1;
}

static int begin_member(struct parser *parser, const unsigned char *key, size_t size)
{
    static const struct {
        const char *name;
        unsigned bit;
        enum state state;
    } members[] = {{"dtype", SEEN_DTYPE, STATE_DTYPE},
                   {"shape", SEEN_SHAPE, STATE_SHAPE_START},
                   {"data_offsets", SEEN_OFFSETS, STATE_OFFSETS_START}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strlen(members[i].name) == size && memcmp(members[i].name, key, size) == 0) {
            if (parser->seen & members[i].bit)
                return refuse(parser, "a tensor has the same member twice");
            parser->seen |= members[i].bit;
            parser->state = members[i].state;
            return 1;
        }
    }
    return refuse(parser, "a tensor has a member that is not dtype, shape or data_offsets");
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
    struct parser *parser = context;
    static const char metadata[] = "__metadata__";
    switch (parser->state) {
    case STATE_TOP:
        if (size != sizeof metadata - 1 || memcmp(key, metadata, size) != 0)
            return begin_tensor(parser, key, size);
        if (parser->metadata_seen)
            return refuse(parser, "it has __metadata__ twice");
        parser->metadata_seen = true;
        parser->state = STATE_METADATA_START;
        return 1;
    case STATE_METADATA:
        return begin_pair(parser, key, size);
    case STATE_TENSOR:
        return begin_member(parser, key, size);
    default:
        return refuse(parser, "it has a key where none is expected");
    }
}

static int on_object_begin(void *context)
{
    struct parser *parser = context;
    switch (parser->state) {
    case STATE_START:
        parser->state = STATE_TOP;
        return 1;
    case STATE_METADATA_START:
        parser->state = STATE_METADATA;
        return 1;
    case STATE_TENSOR_START:
        parser->state = STATE_TENSOR;
        return 1;
    default:
        return refuse(parser, "it has an object where none is expected");
    }
}

static int on_object_end(void *context)
{
    struct parser *parser = context;
    if (parser->state == STATE_TENSOR && parser->seen != SEEN_ALL)
        return refuse(parser, "a tensor lacks dtype, shape or data_offsets");
    parser->state = parser->state == STATE_TOP ? STATE_END : STATE_TOP;
    return 1;
}

static int on_array_begin(void *context)
{
    struct parser *parser = context;
    if (parser->state != STATE_SHAPE_START && parser->state != STATE_OFFSETS_START)
        return refuse(parser, "it has a list where none is expected");
    parser->state = parser->state == STATE_SHAPE_START ? STATE_SHAPE : STATE_OFFSETS;
    return 1;
}

static int on_array_end(void *context)
{
    struct parser *parser = context;
    if (parser->state == STATE_OFFSETS && parser->n_offsets != 2)
        return refuse(parser, "data_offsets are not two numbers");
    parser->state = STATE_TENSOR;
    return 1;
}

static int on_text(void *context, const unsigned char *text, size_t size)
{
    struct parser *parser = context;
    if (parser->state != STATE_METADATA && parser->state != STATE_DTYPE)
        return refuse(parser, "it has a text where none is expected");
    char *kept = copy(parser, text, size);
    if (!kept)
        return refuse(parser, "memory ran out");
    if (parser->state == STATE_METADATA) {
        parser->header->metadata[parser->header->n_metadata - 1].value = kept;
        return 1;
    }
    if (memchr(text, 0, size) || safetensors_type_bits(kept) == 0)
        return refuse(parser, "a tensor has a type that this program does not know");
    parser->entry->view.dtype = kept;
    parser->state = STATE_TENSOR;
    return 1;
}

static int on_number(void *context, const char *digits, size_t size)
{
    struct parser *parser = context;
    if (parser->state != STATE_SHAPE && parser->state != STATE_OFFSETS)
        return refuse(parser, "it has a number where none is expected");
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return refuse(parser, "a number in it is not a plain whole number");
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(digits[i] - '0'), &value) || value > INT64_MAX)
            return refuse(parser, "a number in it is too large");
    }
    if (parser->state == STATE_SHAPE) {
        struct tensor_view *view = &parser->entry->view;
        if (view->rank == SAFETENSORS_RANK_MAX)
            return refuse(parser, "a tensor has more than 8 dimensions");
        view->shape[view->rank++] = (int64_t)value;
    } else {
        if (parser->n_offsets == 2)
            return refuse(parser, "data_offsets are not two numbers");
        *(parser->n_offsets++ == 0 ? &parser->entry->begin : &parser->entry->end) = value;
    }
    return 1;
}

static int on_null(void *context)
{
    return refuse(context, "it has a null where none is expected");
}

static int on_boolean(void *context, int value)
{
    (void)value;
    return refuse(context, "it has true or false where none is expected");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `names` is scratch for `count` pointers. */
static bool has_duplicate(const char **names, size_t count)
{
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return true;
    return false;
}

static const char *find_duplicates(const struct safetensors_header *header)
{
    size_t larger = header->n_entries > header->n_metadata ? header->n_entries : header->n_metadata;
    const char **names = malloc((larger + 1) * sizeof *names);
    if (!names)
        return "memory ran out";
    const char *fault = NULL;
    for (size_t i = 0; i < header->n_entries; i++)
        names[i] = header->entries[i].view.name;
    if (has_duplicate(names, header->n_entries))
        fault = "two tensors have the same name";
    for (size_t i = 0; i < header->n_metadata; i++)
        names[i] = header->metadata[i].key;
    if (!fault && has_duplicate(names, header->n_metadata))
        fault = "two keys of the metadata are the same";
    free(names);
    return fault;
}

static enum status run_yajl(struct parser *parser, const char *text, size_t size, const char *file, struct error *error)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_text,
        .yajl_start_map = on_object_begin,
        .yajl_map_key = on_key,
        .yajl_end_map = on_object_end,
        .yajl_start_array = on_array_begin,
        .yajl_end_array = on_array_end,
    };
    yajl_handle handle = yajl_alloc(&callbacks, NULL, parser);
    if (!handle)
        return error_no_memory(error);
    yajl_status result = yajl_parse(handle, (const unsigned char *)text, size);
    if (result == yajl_status_ok)
        result = yajl_complete_parse(handle);
    enum status status = STATUS_OK;
    if (result != yajl_status_ok)
        status = error_set(error, STATUS_BAD_DATA, "%s: the header is wrong at byte %zu: %s; get the file again", file,
                           8 + yajl_get_bytes_consumed(handle), parser->fault ? parser->fault : "it is not JSON");
    yajl_free(handle);
    return status;
}

enum status safetensors_header_parse(const char *text, size_t size, const char *file, struct arena *memory,
                                     struct safetensors_header *header, struct error *error)
{
    *header = (struct safetensors_header){0};
    if (!text_is_utf8(text, size))
        return error_set(error, STATUS_BAD_DATA, "%s: the header is not UTF-8; get the file again", file);
    struct parser parser = {.header = header, .memory = memory};
    enum status status = run_yajl(&parser, text, size, file, error);
    if (status != STATUS_OK)
        return status;
    const char *fault = find_duplicates(header);
    if (fault)
        return error_set(error, STATUS_BAD_DATA, "%s: the header is wrong: %s; get the file again", file, fault);
    return STATUS_OK;
}

void safetensors_header_free(struct safetensors_header *header)
{
    free(header->entries);
    free(header->metadata);
    *header = (struct safetensors_header){0};
}
