/* Decoding in this process: any bytes either fail or give finite samples, and end. */
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "fuzz.h"
#include "media/audio_decode.h"

enum { CAPACITY = 1 << 15, BLOCKS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float samples[CAPACITY];
    struct audio_decoder *decoder;
    const int descriptor = open(fuzz_file(data, size), O_RDONLY | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    if (audio_decoder_open(descriptor, "fuzz.ogg", 8000, &decoder, NULL) == STATUS_OK) {
        size_t count = 1;
        for (int block = 0; block < BLOCKS_MAX && count > 0; block++) {
            if (audio_decoder_next(decoder, samples, CAPACITY, &count, NULL) != STATUS_OK)
                break;
            REQUIRE(count <= CAPACITY);
            for (size_t i = 0; i < count; i++)
                REQUIRE(isfinite(samples[i]));
            fuzz_accepted |= count > 0;
        }
        const struct audio_info info = audio_decoder_info(decoder);
        REQUIRE(info.channels >= 0 && info.channels <= 64 && info.damaged >= 0);
        audio_decoder_close(decoder);
    }
    close(descriptor);
    return 0;
}
