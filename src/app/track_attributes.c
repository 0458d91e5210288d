#include "app/track_attributes.h"

#include <math.h>
#include <stdlib.h>

void track_attributes_describe(const struct track_attributes *attributes, struct buffer *out)
{
    int count = 0;
    for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++)
        if (isfinite(attributes->known[kind]))
            buffer_printf(out, "%s%s %.2f", count++ > 0 ? ", " : "", attribute_specs[kind].name,
                          attributes->known[kind]);
    const char *before = count > 0 ? "; predicted: " : "predicted: ";
    for (int kind = 0; kind < ATTRIBUTE_KINDS; kind++)
        if (isfinite(attributes->predicted[kind])) {
            buffer_printf(out, "%s%s %.2f", before, attribute_specs[kind].name, attributes->predicted[kind]);
            before = ", ";
        }
    for (int i = 0; i < attributes->n_genres; i++) {
        buffer_printf(out, "%s%s %.2f", before, attributes->genres[i].name, attributes->genres[i].probability);
        before = ", ";
    }
}

void attribute_unsure_free(struct attribute_unsure *unsure)
{
    track_list_free(&unsure->tracks);
    free(unsure->values);
    *unsure = (struct attribute_unsure){0};
}
