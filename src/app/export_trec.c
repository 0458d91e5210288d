/* TREC runs and relevance judgements, for trec_eval and tools that read its files. */
#include "app/export_files.h"
#include "app/export_lists.h"
#include "eval/trec_run.h"

static enum status write_lists(const struct export_work *work, const struct export_lists *lists, FILE *stream,
                               struct error *error)
{
    struct trec_writer writer = {stream, work->catalogue};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < lists->n; i++) {
        const struct trec_list list = {.query = lists->queries[i].key,
                                       .tracks = lists->tracks + i * LIST_LENGTH,
                                       .scores = lists->scores + i * LIST_LENGTH,
                                       .count = lists->counts[i]};
        status = trec_list_write(&writer, &list, work->input->model, error);
    }
    return status;
}

static enum status run_trec(const struct export_work *work, struct error *error)
{
    struct export_lists lists = {0};
    FILE *stream;
    enum status status = export_lists_from_input(work, &lists, error);
    if (status == STATUS_OK)
        status = export_files_add(work->files, "run.txt", &stream, error);
    if (status == STATUS_OK)
        status = export_lists_compute(work, &lists, error);
    if (status == STATUS_OK)
        status = write_lists(work, &lists, stream, error);
    export_lists_free(&lists);
    return status;
}

const struct exporter exporter_trec = {
    .name = "trec",
    .extension = ".run",
    .help = "the lists of a model as a TREC run (playlist Q0 track rank score model): for the test playlists of the "
            "split, with --on val\nthe validation playlists, or for one playlist.",
    .subject = EXPORT_LISTS,
    .options = "on",
    .run = run_trec,
};

static enum status write_judgements(const struct export_work *work, const struct export_lists *lists, FILE *stream,
                                    struct error *error)
{
    struct trec_writer writer = {stream, work->catalogue};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < lists->n; i++)
        status = trec_judgements_write(&writer, lists->queries[i].key, lists->queries[i].held_out,
                                       lists->queries[i].n_held_out, error);
    return status;
}

static enum status run_qrels(const struct export_work *work, struct error *error)
{
    struct export_lists lists = {0};
    FILE *stream;
    enum status status = export_lists_from_input(work, &lists, error);
    if (status == STATUS_OK)
        status = export_files_add(work->files, "qrels.txt", &stream, error);
    if (status == STATUS_OK)
        status = write_judgements(work, &lists, stream, error);
    export_lists_free(&lists);
    return status;
}

const struct exporter exporter_qrels = {
    .name = "qrels",
    .extension = ".qrels",
    .help = "the held-out tracks of the split's test playlists (--on val: validation) as relevance judgements for TREC "
            "runs\n(playlist 0 track 1).",
    .subject = EXPORT_CATALOGUE,
    .options = "on",
    .run = run_qrels,
};
