/* The checkpoint of an interrupted training: it is refused with a message, or training resumes from it for a step. */
#include <string.h>
#include <unistd.h>

#include "models/kind.h"
#include "small_catalogue.h"

static const char fingerprint[] = "00112233445566778899aabbccddeeff";

/* Stops after the first step. */
static int looks;

static bool stops(struct progress *progress)
{
    return progress->stage && strcmp(progress->stage, "training") == 0 && ++looks > 1;
}

static struct compute *open_compute(void)
{
    static struct compute compute;
    struct error error;
    if (!compute.ops && compute_open(DEVICE_CPU, 1, &compute, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return &compute;
}

static const struct interactions *playlists(void)
{
    static struct interactions interactions;
    if (!interactions.starts)
        REQUIRE(catalogue_interactions_load(small_catalogue(), SPLIT_TRAIN, &interactions, NULL) == STATUS_OK);
    return &interactions;
}

static enum status train(const char *path, bool resume, struct error *error)
{
    static const char *const settings[] = {"factors=2",   "iterations=1", "epochs=3", "batch=4",
                                           "negatives=4", "hard=2",       "easy=2",   "objective=next"};
    const struct model_spec spec = {.kind = "mf-avg",
                                    .name = "m",
                                    .settings = settings,
                                    .n_settings = sizeof settings / sizeof *settings,
                                    .seed = 1,
                                    .resume = resume};
    struct progress progress = {.cancelled = stops};
    char *json = NULL;
    looks = 0;
    enum status status =
        model_train_file(playlists(), open_compute(), &spec, fingerprint, path, &json, &progress, error);
    free(json);
    return status;
}

static void write_path(char path[128], const char *ending)
{
    snprintf(path, 128, "%s/m.safetensors%s", fuzz_folder(), ending);
}

void fuzz_seeds(const char *folder)
{
    char path[128], checkpoint[128];
    struct error error;
    write_path(path, "");
    write_path(checkpoint, ".checkpoint");
    REQUIRE(train(path, false, &error) == STATUS_INTERRUPTED);
    fuzz_copy(checkpoint, folder, "step1");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[128], checkpoint[128];
    struct error error;
    write_path(path, "");
    write_path(checkpoint, ".checkpoint");
    fuzz_write(checkpoint, data, size);
    enum status status = train(path, true, &error);
    REQUIRE(status == STATUS_OK || error.text[0]);
    fuzz_accepted |= status == STATUS_OK || status == STATUS_INTERRUPTED;
    unlink(path);
    return 0;
}
