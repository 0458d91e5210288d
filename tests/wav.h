#ifndef SLEEVE_TESTS_WAV_H
#define SLEEVE_TESTS_WAV_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* WAV files of 16 bits, of a tone that rises from 200 Hz by 100 Hz a second, with a level of its own in each channel.
 */

struct wav {
    int rate, channels;
    double seconds;
    double declared; /* seconds in the header; 0: those that there are */
};

static inline void wav_number(unsigned char *at, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static inline double wav_sample(double seconds, int channel)
{
    return 0.5 / (1 + channel) * sin(2 * 3.14159265358979 * (200 * seconds + 50 * seconds * seconds));
}

static inline bool wav_write(const char *path, const struct wav *wav)
{
    const uint32_t samples = (uint32_t)(wav->seconds * wav->rate), frame = 2 * (uint32_t)wav->channels;
    const uint32_t declared = wav->declared > 0 ? (uint32_t)(wav->declared * wav->rate) * frame : samples * frame;
    unsigned char header[44] = "RIFF....WAVEfmt ";
    FILE *file = fopen(path, "wb");
    wav_number(header + 4, 36 + declared, 4);
    wav_number(header + 16, 16, 4);
    wav_number(header + 20, 1, 2);
    wav_number(header + 22, (uint32_t)wav->channels, 2);
    wav_number(header + 24, (uint32_t)wav->rate, 4);
    wav_number(header + 28, (uint32_t)wav->rate * frame, 4);
    wav_number(header + 32, frame, 2);
    wav_number(header + 34, 16, 2);
    memcpy(header + 36, "data", 4);
    wav_number(header + 40, declared, 4);
    if (!file)
        return false;
    fwrite(header, sizeof header, 1, file);
    for (uint32_t i = 0; i < samples; i++)
        for (int c = 0; c < wav->channels; c++) {
            unsigned char bytes[2];
            wav_number(bytes, (uint32_t)(int32_t)lrint(32767 * wav_sample((double)i / wav->rate, c)), 2);
            fwrite(bytes, sizeof bytes, 1, file);
        }
    return fclose(file) == 0;
}

#endif
