/* Music as musicnn and vgg hear it. */
#include <stdlib.h>
#include <string.h>

#include "features/extractors.h"
#include "features/music_network.h"

static enum status read_seconds(const char *text, double *seconds, struct error *error)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= AUDIO_LONGEST))
        return error_set(error, STATUS_USAGE, "start and seconds are numbers from 0 to %g, not \"%.40s\"",
                         AUDIO_LONGEST, text);
    *seconds = value;
    return STATUS_OK;
}

static enum status read_setting(struct music_options *options, const char *text, struct error *error)
{
    if (strncmp(text, "start=", 6) == 0)
        return read_seconds(text + 6, &options->start, error);
    if (strncmp(text, "seconds=", 8) == 0)
        return read_seconds(text + 8, &options->seconds, error);
    if (strcmp(text, "padding=reflect") == 0)
        options->padding = SPECTROGRAM_REFLECT;
    else if (strcmp(text, "padding=zero") == 0)
        options->padding = SPECTROGRAM_ZERO;
    else
        return error_set(
            error, STATUS_USAGE,
            "there is no setting \"%.80s\"; there are padding=reflect|zero, start=SECONDS, seconds=SECONDS", text);
    return STATUS_OK;
}

static enum status open_music(struct music_network *network, enum audionet_family family,
                              const struct extractor_options *options, struct error *error)
{
    struct music_options music = {.weights = options->weights, .padding = SPECTROGRAM_REFLECT};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < options->n_settings; i++)
        status = read_setting(&music, options->settings[i], error);
    if (status == STATUS_OK)
        status = music_network_open(&music, options->compute, network, error);
    if (status == STATUS_OK && audionet_shape_of(network->net)->family != family) {
        const char *name = audionet_family_name(audionet_shape_of(network->net)->family);
        status = error_set(error, STATUS_USAGE, "%s: a network of the family %s; use `sleeve embed %s`",
                           options->weights, name, name);
    }
    return status;
}

static void close_music(void *state)
{
    music_network_close(state);
    free(state);
}

static enum status open_family(enum audionet_family family, const struct extractor_options *options, void **state,
                               int *width, struct error *error)
{
    struct music_network *network = calloc(1, sizeof *network);
    if (!network)
        return error_no_memory(error);
    enum status status = options->compute
                             ? open_music(network, family, options, error)
                             : error_set(error, STATUS_FAILED, "a network needs a device (internal error)");
    if (status != STATUS_OK) {
        close_music(network);
        return status;
    }
    *state = network;
    *width = (int)audionet_shape_of(network->net)->width;
    return STATUS_OK;
}

static enum status open_musicnn(const struct extractor_options *options, void **state, int *width, struct error *error)
{
    return open_family(AUDIONET_MUSICNN, options, state, width, error);
}

static enum status open_vgg(const struct extractor_options *options, void **state, int *width, struct error *error)
{
    return open_family(AUDIONET_VGG, options, state, width, error);
}

static size_t metadata(const void *state, struct metadata_pair *pairs)
{
    return music_network_metadata(state, pairs);
}

#define MUSIC_EXTRACTOR(family, text)                                                                                  \
    const struct extractor extractor_##family = {                                                                      \
        .name = #family,                                                                                               \
        .summary = text,                                                                                               \
        .item = FEATURE_TRACKS,                                                                                        \
        .input = INPUT_MUSIC,                                                                                          \
        .takes_weights = true,                                                                                         \
        .takes_settings = true,                                                                                        \
        .open = open_##family,                                                                                         \
        .close = close_music,                                                                                          \
        .metadata = metadata,                                                                                          \
    }

MUSIC_EXTRACTOR(musicnn, "musicnn's embedding and 50 tags of a track's music file (with --weights)");
MUSIC_EXTRACTOR(vgg, "vgg's embedding and 50 tags of a track's music file (with --weights)");
