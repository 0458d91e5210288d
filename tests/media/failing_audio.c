/* A decoder of sound that fails as the first byte of the file says, in the second block:
 *   a  answers three blocks of 1,000 samples    c  crashes    C  crashes if it has served another file before
 *   l  never ends    n  answers with impossible numbers    i  answers with values that are not numbers */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "media/audio_decode.h"
#include "sandbox/worker.h"

enum { BLOCK = 1000, BLOCKS = 3 };

static char kind;
static int blocks, files;

static void fail(struct sandbox_job *job, float *samples)
{
    static volatile int always = 1;
    if (kind == 'c' || (kind == 'C' && files > 1))
        raise(SIGABRT);
    while (kind == 'l' && always)
        continue;
    if (kind == 'n')
        job->answer_numbers[AUDIO_CHANNELS] = 1000000;
    if (kind == 'i') {
        samples[0] = NAN;
        samples[1] = 1e30F;
    }
}

static enum status serve(struct sandbox_job *job, struct error *error)
{
    (void)error;
    float *samples = (float *)(void *)job->answer;
    if (job->numbers[0] == AUDIO_BEGIN) {
        files++;
        blocks = 0;
        kind = 'a';
        if (pread(job->descriptor, &kind, 1, 0) < 0)
            kind = 'c';
    }
    if (job->numbers[0] != AUDIO_NEXT)
        return STATUS_OK;
    for (int i = 0; i < BLOCK; i++)
        samples[i] = (float)(blocks * BLOCK + i) / 4096;
    job->answer_size = BLOCK * sizeof *samples;
    job->answer_numbers[AUDIO_CHANNELS] = 1;
    job->answer_numbers[AUDIO_RATE] = 8000;
    job->answer_numbers[AUDIO_DECLARED_MS] = -1;
    job->answer_numbers[AUDIO_PACKETS] = blocks;
    if (blocks == 1)
        fail(job, samples);
    job->answer_numbers[AUDIO_ENDED] = ++blocks == BLOCKS;
    return STATUS_OK;
}

int main(void)
{
    const struct sandbox_service service = {
        .operation = SANDBOX_AUDIO, .memory = 64 << 20, .reads_files = true, .serve = serve};
    return sandbox_worker_run(&service);
}
