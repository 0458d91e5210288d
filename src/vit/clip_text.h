#ifndef SLEEVE_VIT_CLIP_TEXT_H
#define SLEEVE_VIT_CLIP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/compute.h"

/* CLIP's text tower (Radford et al. 2021, section 2.4; transformers, CLIPTextModelWithProjection): embeddings of tokens
 * and positions, a causal transformer, layer norm, and the projection of the end token. The dot product of normalised
 * text and image embeddings of one model says how well they fit. Tensors are "text_model.*" and
 * "text_projection.weight" of a file that has both towers. */

struct clip_text;

/* The file is mapped: only the weights of the layers are read, and of the token embedding the rows that a text needs.
 * `path` must outlive the tower. vocabulary NULL: that of the published models if the file has as many tokens,
 * otherwise merges.txt, tokenizer.json or bpe_simple_vocab_16e6.txt.gz beside the file. STATUS_BAD_DATA
 * if the file has no text tower, or one for another vocabulary. */
enum status clip_text_open(const char *path, const char *vocabulary, struct compute *compute, struct clip_text **tower,
                           struct error *error);
void clip_text_close(struct clip_text *tower);

/* Numbers of an embedding. */
int clip_text_width(const struct clip_text *tower);
/* Fills values [width] with the embedding, which is not normalised. *truncated (may be NULL): the text has more than
 * 75 tokens, and the rest is ignored. Not for two threads at a time. */
enum status clip_text_embed(struct clip_text *tower, const char *text, size_t size, float *values, bool *truncated,
                            struct error *error);

#endif
