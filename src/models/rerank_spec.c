#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text_number.h"
#include "models/rerank.h"

#define INFO(NAME, name, low, high, step, space, above, below, help)                                                   \
    {#name, low, high, step, space, above, below, help},
const struct rerank_info rerank_infos[RERANK_KINDS] = {RERANK_TABLE(INFO)};
#undef INFO

static void name_all(struct buffer *text)
{
    for (int kind = 0; kind < RERANK_KINDS; kind++)
        buffer_printf(text, "%s%s", kind == 0 ? "" : kind + 1 == RERANK_KINDS ? " or " : ", ", rerank_infos[kind].name);
}

static enum status unknown(const char *name, struct error *error)
{
    struct buffer names = {0};
    name_all(&names);
    enum status status = names.failed ? error_no_memory(error)
                                      : error_set(error, STATUS_USAGE, "there is no re-ranking \"%.60s\"; there are %s",
                                                  name, names.data);
    buffer_free(&names);
    return status;
}

static int find_term(const struct rerank_spec *spec, enum rerank_kind kind, const char *space)
{
    for (int i = 0; i < spec->count; i++)
        if (spec->terms[i].kind == kind && (kind != RERANK_LIKE || !space || strcmp(spec->terms[i].space, space) == 0))
            return i;
    return -1;
}

const struct rerank_term *rerank_spec_find(const struct rerank_spec *spec, enum rerank_kind kind, const char *space)
{
    int at = find_term(spec, kind, space);
    return at < 0 ? NULL : &spec->terms[at];
}

double rerank_spec_value(const struct rerank_spec *spec, enum rerank_kind kind, const char *space)
{
    const struct rerank_term *term = rerank_spec_find(spec, kind, space);
    return term ? term->value : 0;
}

static void remove_term(struct rerank_spec *spec, int at)
{
    spec->count--;
    memmove(spec->terms + at, spec->terms + at + 1, (size_t)(spec->count - at) * sizeof spec->terms[0]);
}

bool rerank_spec_set(struct rerank_spec *spec, enum rerank_kind kind, const char *space, double value)
{
    const struct rerank_info *info = &rerank_infos[kind];
    int at = find_term(spec, kind, space);
    value = fmin(fmax(value, info->low), info->high);
    value = info->step >= 1 ? round(value) : round(value * 1000) / 1000;
    if (value == 0) {
        if (at >= 0)
            remove_term(spec, at);
        return true;
    }
    if (at < 0) {
        if (spec->count == RERANK_TERMS_MAX)
            return false;
        for (at = spec->count; at > 0 && spec->terms[at - 1].kind > kind; at--)
            spec->terms[at] = spec->terms[at - 1];
        spec->count++;
        spec->terms[at].kind = kind;
    }
    snprintf(spec->terms[at].space, sizeof spec->terms[at].space, "%s", space ? space : "");
    spec->terms[at].value = value;
    return true;
}

/* "like=audio:0.5", of which `text` is the part after "=". */
static enum status read_term(enum rerank_kind kind, char *text, struct rerank_spec *spec, struct error *error)
{
    const struct rerank_info *info = &rerank_infos[kind];
    char *colon = strrchr(text, ':'), *number = colon ? colon + 1 : text;
    const char *space = colon ? text : "";
    double value;
    if (colon)
        *colon = '\0';
    if (colon && info->space == RERANK_NO_SPACE)
        return error_set(error, STATUS_USAGE, "%s takes a number alone, as %s=%g", info->name, info->name,
                         info->step >= 1 ? 2.0 : 0.5);
    if (!colon && info->space == RERANK_SPACE_NEEDED)
        return error_set(error, STATUS_USAGE, "%s needs a feature set or %s, as in %s=audio:0.5", info->name,
                         RERANK_SONG, info->name);
    if (colon && strcmp(space, RERANK_SONG) != 0 && !feature_set_name_is_usable(space))
        return error_set(error, STATUS_USAGE, "\"%.60s\" in %s= is not the name of a feature set; see: sleeve features",
                         space, info->name);
    bool whole = info->step >= 1;
    if (!text_number(number, strlen(number), ';', &value) || value < info->low || value > info->high ||
        (whole && value != floor(value)))
        return error_set(error, STATUS_USAGE, "%s is a %snumber from %g to %.15g, not \"%.60s\"", info->name,
                         whole ? "whole " : "", info->low, info->high, number);
    if (find_term(spec, kind, space) >= 0)
        return error_set(error, STATUS_USAGE, "%s is given twice", info->name);
    if (!rerank_spec_set(spec, kind, space, value))
        return error_set(error, STATUS_USAGE, "at most %d re-rankings are combined", RERANK_TERMS_MAX);
    return STATUS_OK;
}

enum status rerank_spec_read(const char *text, struct rerank_spec *spec, struct error *error)
{
    char copy[RERANK_SPEC_SIZE];
    enum status status = STATUS_OK;
    *spec = (struct rerank_spec){0};
    if (strlen(text) >= sizeof copy)
        return error_set(error, STATUS_USAGE, "a specification of re-rankings has at most %d bytes",
                         RERANK_SPEC_SIZE - 1);
    memcpy(copy, text, strlen(text) + 1);
    for (char *rest = NULL, *part = strtok_r(copy, ", ", &rest); part && status == STATUS_OK;
         part = strtok_r(NULL, ", ", &rest)) {
        char *equals = strchr(part, '=');
        int kind = 0;
        if (!equals)
            return error_set(error, STATUS_USAGE, "\"%.60s\" is not a re-ranking such as artists=2", part);
        *equals = '\0';
        while (kind < RERANK_KINDS && strcmp(rerank_infos[kind].name, part) != 0)
            kind++;
        status =
            kind == RERANK_KINDS ? unknown(part, error) : read_term((enum rerank_kind)kind, equals + 1, spec, error);
    }
    return status;
}

void rerank_spec_write(const struct rerank_spec *spec, char text[RERANK_SPEC_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < spec->count && used < RERANK_SPEC_SIZE; i++) {
        const struct rerank_term *term = &spec->terms[i];
        int size = snprintf(text + used, RERANK_SPEC_SIZE - used, "%s%s=%s%s%.6g", i == 0 ? "" : ",",
                            rerank_infos[term->kind].name, term->space, term->space[0] ? ":" : "", term->value);
        used += size > 0 ? (size_t)size : 0;
    }
}

void rerank_spec_describe(const struct rerank_spec *spec, char text[RERANK_TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = spec->count - 1; i >= 0 && used < RERANK_TEXT_SIZE; i--) { /* the limits first: they are exact */
        const struct rerank_term *term = &spec->terms[i];
        const struct rerank_info *info = &rerank_infos[term->kind];
        const char *phrase = term->value > 0 ? info->above : info->below;
        const char *by = !term->space[0] ? "" : info->space == RERANK_SPACE_NEEDED ? " " : " by ";
        char limit[32] = "", number[32] = "";
        if (term->kind == RERANK_DRAW)
            snprintf(number, sizeof number, " %.0f", term->value);
        else if (info->step >= 1)
            snprintf(limit, sizeof limit, "≤%.0f ", term->value);
        int size = snprintf(text + used, RERANK_TEXT_SIZE - used, "%s%s%s%s%s%s", used == 0 ? "" : ", ", limit, phrase,
                            number, by, term->space);
        used += size > 0 ? (size_t)size : 0;
    }
}
