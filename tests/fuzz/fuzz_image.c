/* Image preparation: for any bytes, decoding either fails or gives pixels that can be resized and embedded. */
#include "fuzz.h"
#include "vision/embedder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image image, fitted;
    if (image_decode(data, size, "fuzz", &image, NULL) != STATUS_OK)
        return 0;
    if (image_fit(&image, 48, &fitted, NULL) == STATUS_OK) {
        float values[960];
        REQUIRE(embedder_find("gist")->embed(&fitted, values, NULL) == STATUS_OK);
        fuzz_accepted = true;
        image_free(&fitted);
    }
    image_free(&image);
    return 0;
}
