#include <stdio.h>
#include <string.h>

#include "core/text_number.h"

void text_count(int64_t count, char text[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)(count < 0 ? 0 : count)), out = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[out++] = ',';
        text[out++] = digits[i];
    }
    text[out] = '\0';
}

double text_plain_zero(double value, int decimals)
{
    char text[64];
    if (!(value <= 0 && value > -1))
        return value;
    snprintf(text, sizeof text, "%.*f", decimals, value);
    return text[strspn(text, "-0.")] == '\0' ? 0 : value;
}
