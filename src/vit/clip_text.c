#include "vit/clip_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "vit/clip_tokenizer.h"
#include "vit/encoder.h"

struct clip_text {
    struct weights weights;
    struct clip_tokenizer *tokenizer;
    struct device_weights own;
    struct encoder encoder;
    const struct tensor_view *tokens, *positions;
    struct compute_slice norm[2], projection;
    struct compute_slice x, workspace, result;
    int64_t width;
    float *host; /* [CLIP_CONTEXT x hidden] */
};

static const struct tensor_rule token_rule = {"embeddings.token_embedding.weight", NULL, "VH"};
static const struct tensor_rule position_rule = {"embeddings.position_embedding.weight", NULL, "PH"};
static const struct tensor_rule norm_rules[2] = {{"final_layer_norm.weight", NULL, "H"},
                                                 {"final_layer_norm.bias", NULL, "H"}};
static const struct tensor_rule projection_rule = {"text_projection.weight", NULL, "DH"};
static const char prefix[] = "text_model.";

/* Opens the vocabulary that is named, the bundled one if its size is the model's, or one beside the weights. */
static enum status open_vocabulary(struct clip_text *tower, const char *named, int64_t size, struct error *error)
{
    static const char *const names[] = {"merges.txt", "tokenizer.json", "bpe_simple_vocab_16e6.txt.gz"};
    if (named || size == CLIP_VOCABULARY)
        return clip_tokenizer_open(named, &tower->tokenizer, error);
    const char *path = tower->weights.path, *slash = strrchr(path, '/');
    struct buffer beside = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buffer_clear(&beside);
        buffer_printf(&beside, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, names[i]);
        if (!beside.failed && file_exists(beside.data))
            break;
        buffer_clear(&beside);
    }
    enum status status = beside.size > 0
                             ? clip_tokenizer_open(beside.data, &tower->tokenizer, error)
                             : error_set(error, STATUS_BAD_DATA,
                                         "%s: its text tower has %lld tokens, but the usual vocabulary has %d; put the "
                                         "model's merges.txt or tokenizer.json beside the file",
                                         path, (long long)size, (int)CLIP_VOCABULARY);
    buffer_free(&beside);
    return status;
}

static enum status read_shape(struct clip_text *tower, const char *vocabulary, struct encoder_shape *shape,
                              struct tensor_sizes *sizes, struct error *error)
{
    struct weights *weights = &tower->weights;
    tower->tokens = weights_find(weights, prefix, &token_rule);
    if (!tower->tokens)
        return error_set(error, STATUS_BAD_DATA,
                         "%s: has no text tower of CLIP (no tensor %s%s); a file with both towers is needed, see "
                         "scripts/get-weights",
                         weights->path, prefix, token_rule.name);
    *sizes = (struct tensor_sizes){{0}};
    sizes->of['P' - 'A'] = CLIP_CONTEXT;
    enum status status = weights_require(weights, prefix, &token_rule, sizes, &tower->tokens, error);
    if (status != STATUS_OK)
        return status;
    int64_t size = tower->tokens->shape[0], hidden = tower->tokens->shape[1];
    sizes->of['H' - 'A'] = hidden;
    status = open_vocabulary(tower, vocabulary, size, error);
    if (status == STATUS_OK && clip_tokenizer_size(tower->tokenizer) != size)
        status = error_set(error, STATUS_BAD_DATA, "%s: its text tower has %lld tokens, but the vocabulary has %d",
                           weights->path, (long long)size, clip_tokenizer_size(tower->tokenizer));
    if (status == STATUS_OK)
        status = weights_require(weights, prefix, &position_rule, sizes, &tower->positions, error);
    if (status == STATUS_OK)
        status = encoder_shape_read(weights, &clip_encoder_rules, prefix, hidden,
                                    json_member(&weights->config.root, "text_config"), shape, error);
    return status;
}

/* One tensor on the device. */
static enum status place(struct clip_text *tower, const char *before, const struct tensor_rule *rule,
                         const struct tensor_sizes *sizes, const struct tensor_view **view, struct compute_slice *slice,
                         struct error *error)
{
    enum status status = weights_require(&tower->weights, before, rule, sizes, view, error);
    const struct weight_piece piece = {.view = *view};
    return status == STATUS_OK ? device_weights_place(&tower->own, &piece, 1, slice, error) : status;
}

static enum status create(struct compute *compute, int64_t numbers, struct compute_slice *slice, struct error *error)
{
    return compute->ops->buffer_create(compute->device, (size_t)numbers * sizeof(float), &slice->buffer, error);
}

static enum status load(struct clip_text *tower, const char *vocabulary, struct error *error)
{
    struct encoder_shape shape;
    struct tensor_sizes sizes;
    const struct tensor_view *view = NULL;
    struct compute *compute = tower->own.compute;
    enum status status = read_shape(tower, vocabulary, &shape, &sizes, error);
    if (status == STATUS_OK)
        status = encoder_load(&tower->weights, &clip_encoder_rules, prefix, &shape, false, PRECISION_FLOAT32,
                              &tower->own, &tower->encoder, error);
    for (int i = 0; i < 2 && status == STATUS_OK; i++)
        status = place(tower, prefix, &norm_rules[i], &sizes, &view, &tower->norm[i], error);
    if (status == STATUS_OK)
        status = place(tower, "", &projection_rule, &sizes, &view, &tower->projection, error);
    if (status != STATUS_OK)
        return status;
    tower->width = view->shape[0];
    tower->host = malloc((size_t)(CLIP_CONTEXT * shape.hidden) * sizeof(float));
    if (!tower->host)
        return error_no_memory(error);
    status = create(compute, CLIP_CONTEXT * shape.hidden, &tower->x, error);
    if (status == STATUS_OK)
        status = create(compute, encoder_workspace(&shape, CLIP_CONTEXT), &tower->workspace, error);
    return status == STATUS_OK ? create(compute, tower->width, &tower->result, error) : status;
}

enum status clip_text_open(const char *path, const char *vocabulary, struct compute *compute, struct clip_text **tower,
                           struct error *error)
{
    struct clip_text *self = calloc(1, sizeof *self);
    *tower = NULL;
    if (!self)
        return error_no_memory(error);
    self->own.compute = compute;
    enum status status = weights_open(path, &self->weights, error);
    if (status == STATUS_OK)
        status = load(self, vocabulary, error);
    if (status != STATUS_OK) {
        clip_text_close(self);
        return status;
    }
    *tower = self;
    return STATUS_OK;
}

void clip_text_close(struct clip_text *tower)
{
    if (!tower)
        return;
    const struct compute *compute = tower->own.compute;
    struct compute_buffer *const buffers[] = {tower->x.buffer, tower->workspace.buffer, tower->result.buffer};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        compute->ops->buffer_destroy(buffers[i]);
    encoder_free(&tower->encoder);
    device_weights_free(&tower->own);
    clip_tokenizer_close(tower->tokenizer);
    weights_close(&tower->weights);
    free(tower->host);
    free(tower);
}

int clip_text_width(const struct clip_text *tower)
{
    return (int)tower->width;
}

/* The sum of token and position embeddings up to the first end token, on which nothing later has an effect. Returns the
 * number of tokens. */
static int64_t embed_tokens(struct clip_text *tower, const struct clip_tokens *tokens)
{
    int64_t hidden = tower->encoder.shape.hidden;
    int32_t end = clip_tokenizer_size(tower->tokenizer) - 1;
    float position[1024];
    int64_t n = 0;
    bool ended = false;
    for (; n < tokens->count && !ended; n++) {
        float *row = tower->host + n * hidden;
        tensor_floats(tower->tokens, tokens->ids[n] * hidden, hidden, row);
        for (int64_t at = 0; at < hidden; at += 1024) {
            int64_t count = hidden - at < 1024 ? hidden - at : 1024;
            tensor_floats(tower->positions, n * hidden + at, count, position);
            for (int64_t i = 0; i < count; i++)
                row[at + i] += position[i];
        }
        ended = tokens->ids[n] == end;
    }
    return n;
}

enum status clip_text_embed(struct clip_text *tower, const char *text, size_t size, float *values, bool *truncated,
                            struct error *error)
{
    struct compute *compute = tower->own.compute;
    const struct compute_ops *ops = compute->ops;
    const struct encoder_shape *shape = &tower->encoder.shape;
    struct clip_tokens tokens;
    enum status status = clip_tokenize(tower->tokenizer, text, size, &tokens, error);
    if (status != STATUS_OK)
        return status;
    int64_t n = embed_tokens(tower, &tokens);
    status = ops->buffer_write(compute->stream, tower->x.buffer, 0, tower->host,
                               (size_t)(n * shape->hidden) * sizeof(float), error);
    if (status == STATUS_OK)
        status = encoder_run(&tower->encoder, compute, 0, shape->layers, 1, n, true, tower->x, tower->workspace, error);
    const struct compute_slice none = {0}, last = {tower->x.buffer, (size_t)((n - 1) * shape->hidden)};
    if (status == STATUS_OK)
        status = ops->network.layer_norm(compute->stream, 1, shape->hidden, shape->epsilon, last, tower->norm[0],
                                         tower->norm[1], none, tower->workspace, error);
    if (status == STATUS_OK)
        status =
            ops->network.dense(compute->stream, ACTIVATION_IDENTITY, 1, shape->hidden, tower->width, tower->workspace,
                               tower->projection, none, (struct dropout){0}, none, tower->result, error);
    if (status == STATUS_OK)
        status = ops->buffer_read(compute->stream, tower->result.buffer, 0, values,
                                  (size_t)tower->width * sizeof(float), error);
    if (truncated)
        *truncated = tokens.truncated;
    return status;
}
