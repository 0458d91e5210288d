#include "cli/doctor_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "core/text_number.h"
#include "ui/config.h"
#include "ui/terminal/terminal.h"

/* ---- the machine ---- */

static void report_processor(const struct doctor_result *result, struct buffer *out)
{
    struct buffer features = {0};
    for (size_t i = 0; i < PROCESSOR_FEATURES; i++)
        if (result->features[i].there)
            buffer_printf(&features, "%s%s", features.size > 0 ? ", " : "", result->features[i].name);
    report_row(out, "processors", "%ld%s%s", result->processors, features.size > 0 ? ", with " : "",
               features.size > 0 && !features.failed ? features.data : "");
    buffer_free(&features);
}

static void report_cpu(const struct doctor_device *cpu, struct buffer *out)
{
    if (!cpu->works) {
        report_row(out, "computing", "not possible: %s", cpu->fault);
        return;
    }
    report_row(out, "computing", "%s, %s kernels, %s, %d %s", cpu->library, cpu->core, cpu->simd, cpu->threads,
               cpu->threads == 1 ? "thread" : "threads");
    if (cpu->gflops > 0)
        report_row(out, "matrix product", "%.1f GFLOP/s", cpu->gflops);
}

static void report_gpu(const struct doctor_device *gpu, struct buffer *out)
{
    const char *choice = strstr(gpu->fault, "; choose"); /* advice about --device */
    if (gpu->works) {
        report_row(out, "GPU", "%s, %s", gpu->name, gpu->core);
        if (gpu->exchange[0])
            report_row(out, "several GPUs", "exchange by %s", gpu->exchange);
        else
            report_row(out, "several GPUs", "exchange by MPI and host memory: %s", gpu->exchange_fault);
        return;
    }
    report_row(out, "GPU", "not used: %.*s", (int)(choice ? choice - gpu->fault : (long)strlen(gpu->fault)),
               gpu->fault);
    report_hint(out, "NVIDIA GPUs are used where their driver is installed and sleeve was built with nvcc");
}

static void report_decoder(const struct doctor_decoder *decoder, struct buffer *out)
{
    const struct sandbox_protection *has = &decoder->protection;
    if (!decoder->works) {
        report_row(out, "images", "cannot be decoded: %s", decoder->fault);
        return;
    }
    report_row(out, "images", "decoded in processes with limits%s%s%s", has->seccomp ? ", seccomp" : "",
               has->landlock ? ", Landlock" : "", has->seccomp || has->landlock ? "" : " only");
    if (!has->seccomp)
        report_hint(out, "their system calls are not filtered, because the kernel, the container or this build has no "
                         "seccomp");
    if (!has->seccomp && !has->landlock)
        report_hint(out, "they could open files, because the kernel has no Landlock, either");
}

/* ---- the terminal ---- */

static const char *yes_or_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void report_colours(int colours, struct buffer *out)
{
    char count[32];
    text_count(colours, count);
    if (colours > 256)
        report_row(out, "colours", "24 bits");
    else
        report_row(out, "colours", "%s", colours > 0 ? count : "none");
}

static void report_terminal(struct buffer *out)
{
    struct terminal_info info = {0};
    struct error error = {0};
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || terminal_probe(&info, &error) != STATUS_OK) {
        report_row(out, "name", "%s", name && *name ? name : "unknown");
        report_row(out, "answers", "not asked: %s", error.text[0] ? error.text : "standard input is not a terminal");
        return;
    }
    report_row(out, "name", "%s%s", info.name, info.tmux ? ", inside tmux" : "");
    if (!info.type[0])
        report_row(out, "type", "TERM=%s is not known here, so explore refuses it; try xterm-256color",
                   name ? name : "");
    else if (!name || strcmp(name, info.type) != 0)
        report_row(out, "type", "TERM=%s is not known here; it is treated as %s", name ? name : "", info.type);
    report_row(out, "answers", "%s", info.probe_answered ? "yes" : "no; what follows is from the environment");
    report_row(out, "size", "%d x %d cells of %d x %d pixels (%s)", info.columns, info.rows, info.cell_width,
               info.cell_height, info.cell_source);
    report_colours(info.colours, out);
    report_row(out, "sixel", info.sixel ? "yes, %d colours" : "no", info.sixel_registers);
    report_row(out, "kitty graphics", "%s%s%s", yes_or_no(info.kitty), info.kitty_why[0] ? "; " : "", info.kitty_why);
    report_row(out, "iTerm2 images", "%s", yes_or_no(info.iterm));
    report_row(out, "sextants", "%s", yes_or_no(info.sextants));
    report_row(out, "UTF-8", "%s", yes_or_no(info.utf8));
    report_row(out, "whole frames", "%s", yes_or_no(info.synchronised));
    struct buffer why = {0};
    terminal_info_explain(&info, IMAGES_AUTO, &why);
    report_row(out, "pictures", "%s", why.failed || why.size == 0 ? image_mode_name(info.images) : why.data);
    buffer_free(&why);
}

/* ---- the catalogue ---- */

static void report_counts(const struct catalogue_counts *counts, struct buffer *out)
{
    char texts[5][32];
    const int64_t numbers[] = {counts->tracks, counts->albums, counts->artists, counts->playlists, counts->entries};
    for (int i = 0; i < 5; i++)
        text_count(numbers[i], texts[i]);
    report_row(out, "tracks", "%s", texts[0]);
    report_row(out, "albums", "%s", texts[1]);
    report_row(out, "artists", "%s", texts[2]);
    report_row(out, "playlists", "%s with %s entries", texts[3], texts[4]);
    text_count(counts->own_playlists, texts[0]);
    report_row(out, "your playlists", "%s", texts[0]);
    if (counts->tracks == 0)
        report_hint(out, "playlists are imported with: sleeve import csv FILE; a demo is made with: sleeve demo");
}

static void report_covers(const struct doctor_catalogue *catalogue, struct buffer *out)
{
    char covers[32], albums[32];
    text_count(catalogue->counts.covers, covers);
    text_count(catalogue->counts.albums, albums);
    const char *others = catalogue->generated_covers ? "have generated artwork" : "have none";
    if (catalogue->counts.covers > 0)
        report_row(out, "covers", "%s of %s albums; the others %s", covers, albums, others);
    else
        report_row(out, "covers", "%s", catalogue->generated_covers ? "generated artwork for all albums" : "none");
    if (catalogue->counts.covers == 0 && catalogue->counts.albums > 0)
        report_hint(out, "real covers are added with: sleeve covers add DIR, or sleeve covers fetch");
}

static void report_split(const struct split_totals *split, struct buffer *out)
{
    char texts[4][32];
    const int64_t numbers[] = {split->train, split->validation, split->test, split->cold};
    for (int i = 0; i < 4; i++)
        text_count(numbers[i], texts[i]);
    if (!split->exists)
        report_row(out, "split", "none; to evaluate models, make one with: sleeve split");
    else
        report_row(out, "split", "%s playlists for training, %s for validation, %s for tests%s%s%s", texts[0], texts[1],
                   texts[2], split->cold > 0 ? "; " : "", split->cold > 0 ? texts[3] : "",
                   split->cold > 0 ? " cold tracks" : "");
}

/* The names of the sound files in one row, and a row for each of the others. */
static void report_files(const char *name, const struct checked_files *files, const char *remedy, struct buffer *out)
{
    struct buffer sound = {0};
    for (size_t i = 0; i < files->count; i++)
        if (!files->items[i].fault[0])
            buffer_printf(&sound, "%s%s", sound.size > 0 ? ", " : "", files->items[i].name);
    if (sound.size > 0 && !sound.failed)
        report_row(out, name, "%s", sound.data);
    else if (files->count == 0)
        report_row(out, name, "none; %s", remedy);
    for (size_t i = 0; i < files->count; i++)
        if (files->items[i].fault[0])
            report_row(out, files->items[i].name, "%s", files->items[i].fault);
    buffer_free(&sound);
}

static void report_beside(const struct doctor_catalogue *catalogue, struct buffer *out)
{
    report_files("models", &catalogue->models, "train one with: sleeve train als", out);
    report_files("feature sets", &catalogue->feature_sets, "make one of the covers with: sleeve embed gist", out);
    const struct {
        const char *name;
        const struct checked_files *files;
    } of_sound[] = {{"attributes", &catalogue->attributes},
                    {"fitness", &catalogue->fitness},
                    {"predictors", &catalogue->predictors},
                    {"new songs", &catalogue->new_songs}};
    for (size_t i = 0; i < sizeof of_sound / sizeof *of_sound; i++)
        if (of_sound[i].files->count > 0)
            report_files(of_sound[i].name, of_sound[i].files, "", out);
    if (catalogue->index_fault[0])
        report_row(out, "search index", "%s; the next search rebuilds it", catalogue->index_fault);
    else
        report_row(out, "search index", "ok");
    for (size_t i = 0; i < catalogue->model_indexes.count; i++)
        report_row(out, "model index", "%s; the next use of %s makes it again", catalogue->model_indexes.items[i].fault,
                   catalogue->model_indexes.items[i].name);
    for (size_t i = 0; i < catalogue->others.count; i++)
        report_row(out, "unused file", "%s: %s", catalogue->others.items[i].name, catalogue->others.items[i].fault);
}

static void report_catalogue(const char *path, const struct doctor_catalogue *catalogue, struct buffer *out)
{
    report_row(out, "file", "%s", path);
    if (!catalogue->exists) {
        report_row(out, "exists", "no");
        report_hint(out, "make the demo with: sleeve demo, or import playlists or music: sleeve help import");
        return;
    }
    if (catalogue->counted) {
        report_counts(&catalogue->counts, out);
        report_covers(catalogue, out);
        report_split(&catalogue->split, out);
    }
    if (catalogue->checked)
        report_beside(catalogue, out);
    report_row(out, "sound", "%s", catalogue->sound ? "yes" : "no");
    if (!catalogue->sound)
        report_hint(out, "%s", catalogue->fault);
}

/* ---- the person's settings ---- */

static void report_settings(const struct config *config, struct buffer *out)
{
    if (!config || config->path.size == 0) {
        report_row(out, "file", "none is read");
        return;
    }
    report_row(out, "file", "%s%s", config->path.data, config->exists ? "" : ", which does not exist");
    for (int i = 0; i < SETTING_COUNT; i++)
        if (config->settings.values[i][0])
            report_row(out, settings_table[i].name, "%s", config->settings.values[i]);
    size_t keys = 0;
    for (size_t i = 0; i < config->keys.count; i++)
        keys += !config->keys.items[i]->begins;
    if (keys > 0)
        report_row(out, "keys", "%zu", keys);
    for (size_t i = 0; i < config->n_problems && i < CONFIG_PROBLEMS_MAX; i++)
        report_row(out, "left out", "%s", config->problems[i]);
    if (config->n_problems > CONFIG_PROBLEMS_MAX)
        report_hint(out, "and %zu more", config->n_problems - CONFIG_PROBLEMS_MAX);
}

void doctor_report(const char *path, const struct config *config, const struct doctor_result *result,
                   struct buffer *out)
{
    report_section(out, "Program");
    report_row(out, "sleeve", "%s", SLEEVE_VERSION);
    report_row(out, "SQLite", "%s", catalogue_sqlite_version());
    report_section(out, "Machine");
    report_processor(result, out);
    report_cpu(&result->cpu, out);
    report_gpu(&result->cuda, out);
    report_decoder(&result->decoder, out);
    report_section(out, "Terminal");
    report_terminal(out);
    report_section(out, "Settings");
    report_settings(config, out);
    report_section(out, "Catalogue");
    if (path)
        report_catalogue(path, &result->catalogue, out);
}
