#include "cli/weights_report.h"

#include "cli/report.h"
#include "core/text_number.h"

static const double MEGABYTE = 1e6;

static void report_shape(const struct vit_inspection *found, struct buffer *out)
{
    const struct vit_shape *shape = &found->shape;
    const struct encoder_shape *encoder = &shape->encoder;
    report_row(out, "model", "%s%s", shape->family == VIT_CLIP ? "CLIP's image tower" : "DINOv2",
               found->random ? ", with random weights: its vectors are not those of the trained model" : "");
    report_row(out, "shape", "%lld layers of %lld numbers, %lld heads, feed-forward %lld, patches of %lld pixels",
               (long long)encoder->layers, (long long)encoder->hidden, (long long)encoder->heads,
               (long long)encoder->inner, (long long)shape->patch);
    report_row(out, "activation", "%s, epsilon %g (%s)", encoder_activation_name(encoder->activation),
               (double)encoder->epsilon, found->has_config ? "config.json" : "the family's; there is no config.json");
    report_row(out, "pictures", "%lld pixels, %lld tokens; vectors of %lld numbers", (long long)shape->edge,
               (long long)vit_tokens(shape), (long long)shape->width);
}

static void report_tensors(const struct vit_inspection *found, struct buffer *out)
{
    char parameters[32];
    text_count(found->parameters, parameters);
    report_row(out, "tensors", "%lld of %lld that are needed, %s; %lld missing, %lld wrong", (long long)found->n_found,
               (long long)found->n_needed, found->types[0] ? found->types : "none", (long long)found->n_missing,
               (long long)found->n_wrong);
    for (int i = 0; i < found->n_faults; i++)
        report_hint(out, "%s", found->faults[i].text);
    if (found->n_text > 0)
        report_row(out, "text tower", "%lld tensors", (long long)found->n_text);
    if (found->n_ignored > 0)
        report_row(out, "not needed", "%lld: %s", (long long)found->n_ignored, found->ignored);
    report_row(out, "parameters", "%s%s%s", parameters, found->published ? ", as " : "; not a published model",
               found->published ? found->published : "");
    report_row(out, "memory", "%.0f MB of weights, %.0f MB while computing", (double)found->weight_bytes / MEGABYTE,
               (double)found->work_bytes / MEGABYTE);
}

static void report_music(const struct weights_check *check, struct buffer *out)
{
    const struct audionet_inspection *found = &check->music;
    const struct audionet_shape *shape = &found->shape;
    const char *published = audionet_published(check->sha256);
    char parameters[32];
    text_count(found->parameters, parameters);
    report_row(out, "model", "%s%s%s%s", audionet_family_name(shape->family), published ? ", as " : "",
               published ? published : "",
               found->random ? ", with random weights: its numbers are not those of a trained network" : "");
    report_row(out, "music", "patches of %lld frames of %lld mel bands; vectors of %lld numbers, %lld tags%s",
               (long long)shape->frames, (long long)shape->mels, (long long)shape->width, (long long)shape->tags,
               found->has_tags ? "" : " without names");
    report_row(out, "tensors", "%lld of %lld that are needed; %lld missing, %lld wrong", (long long)found->n_found,
               (long long)found->n_needed, (long long)found->n_missing, (long long)found->n_wrong);
    for (int i = 0; i < found->n_faults; i++)
        report_hint(out, "%s", found->faults[i].text);
    report_row(out, "parameters", "%s%s", parameters, published ? "" : "; not a published file");
    if (found->fault.text[0])
        report_row(out, "usable", "no: %s", found->fault.text);
    else
        report_row(out, "usable", "%s", found->usable ? "yes" : "no");
}

void weights_report(const char *path, const struct weights_check *check, struct buffer *out)
{
    const struct vit_inspection *found = &check->inspection;
    if (!check->sha256[0]) /* the error says why it could not be read */
        return;
    report_section(out, "Weights");
    report_row(out, "file", "%s, %.1f MB", path, (double)check->file_size / MEGABYTE);
    report_row(out, "SHA-256", "%s", check->sha256);
    if (check->is_music) {
        report_music(check, out);
        return;
    }
    if (found->shape_known) {
        report_shape(found, out);
        report_tensors(found, out);
    }
    for (int i = 0; i < check->n_results; i++) {
        const struct published_result *result = &check->results[i];
        report_row(out, "published", "%s: %s, largest difference %.2g (tolerance %g)", result->name,
                   result->agrees ? "agree" : "differ", result->difference, result->tolerance);
    }
    if (found->fault.text[0])
        report_row(out, "usable", "no: %s", found->fault.text);
    else
        report_row(out, "usable", "%s", found->usable ? "yes" : "no");
}

static void write_tensors(const struct vit_inspection *found, struct json_writer *json)
{
    json_key(json, "tensors");
    json_object_begin(json);
    json_pair_integer(json, "in_file", found->n_tensors);
    json_pair_integer(json, "needed", found->n_needed);
    json_pair_integer(json, "found", found->n_found);
    json_pair_integer(json, "missing", found->n_missing);
    json_pair_integer(json, "wrong", found->n_wrong);
    json_pair_integer(json, "text_tower", found->n_text);
    json_pair_integer(json, "ignored", found->n_ignored);
    json_pair_text(json, "types", found->types);
    json_key(json, "faults");
    json_array_begin(json);
    for (int i = 0; i < found->n_faults; i++)
        json_text(json, found->faults[i].text);
    json_array_end(json);
    json_object_end(json);
}

static void write_shape(const struct vit_inspection *found, struct json_writer *json)
{
    const struct vit_shape *shape = &found->shape;
    const struct encoder_shape *encoder = &shape->encoder;
    json_pair_text(json, "family", vit_family_name(shape->family));
    json_pair_integer(json, "layers", encoder->layers);
    json_pair_integer(json, "hidden", encoder->hidden);
    json_pair_integer(json, "heads", encoder->heads);
    json_pair_integer(json, "inner", encoder->inner);
    json_pair_integer(json, "patch", shape->patch);
    json_pair_integer(json, "edge", shape->edge);
    json_pair_integer(json, "tokens", vit_tokens(shape));
    json_pair_integer(json, "width", shape->width);
    json_pair_text(json, "activation", encoder_activation_name(encoder->activation));
    json_pair_number(json, "epsilon", (double)encoder->epsilon);
    json_pair_integer(json, "parameters", found->parameters);
    json_key(json, "published_as");
    if (found->published)
        json_text(json, found->published);
    else
        json_null(json);
    json_pair_integer(json, "weight_bytes", (int64_t)found->weight_bytes);
    json_pair_integer(json, "work_bytes", (int64_t)found->work_bytes);
    json_pair_bool(json, "random_weights", found->random);
    write_tensors(found, json);
}

static void write_music(const struct weights_check *check, struct json_writer *json)
{
    const struct audionet_inspection *found = &check->music;
    const char *published = audionet_published(check->sha256);
    json_pair_bool(json, "usable", found->usable);
    if (found->fault.text[0])
        json_pair_text(json, "fault", found->fault.text);
    json_pair_text(json, "family", audionet_family_name(found->shape.family));
    json_pair_integer(json, "frames", found->shape.frames);
    json_pair_integer(json, "mels", found->shape.mels);
    json_pair_integer(json, "width", found->shape.width);
    json_pair_integer(json, "tags", found->shape.tags);
    json_pair_integer(json, "parameters", found->parameters);
    json_key(json, "published_as");
    if (published)
        json_text(json, published);
    else
        json_null(json);
    json_pair_bool(json, "random_weights", found->random);
    json_key(json, "tensors");
    json_object_begin(json);
    json_pair_integer(json, "in_file", found->n_tensors);
    json_pair_integer(json, "needed", found->n_needed);
    json_pair_integer(json, "found", found->n_found);
    json_pair_integer(json, "missing", found->n_missing);
    json_pair_integer(json, "wrong", found->n_wrong);
    json_object_end(json);
}

void weights_write(const char *path, const struct weights_check *check, struct json_writer *json)
{
    const struct vit_inspection *found = &check->inspection;
    json_object_begin(json);
    json_pair_text(json, "path", path);
    json_pair_integer(json, "bytes", (int64_t)check->file_size);
    json_pair_text(json, "sha256", check->sha256);
    json_pair_text(json, "fingerprint", check->fingerprint);
    if (check->is_music) {
        write_music(check, json);
        json_object_end(json);
        return;
    }
    json_pair_bool(json, "usable", found->usable);
    if (found->fault.text[0])
        json_pair_text(json, "fault", found->fault.text);
    if (found->shape_known)
        write_shape(found, json);
    json_key(json, "published_results");
    json_array_begin(json);
    for (int i = 0; i < check->n_results; i++) {
        const struct published_result *result = &check->results[i];
        json_object_begin(json);
        json_pair_text(json, "name", result->name);
        json_pair_number(json, "difference", result->difference);
        json_pair_number(json, "tolerance", result->tolerance);
        json_pair_bool(json, "agrees", result->agrees);
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}
