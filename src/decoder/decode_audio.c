/* sleeve-decoder-audio: decodes music files, block by block (sandbox/sandbox.h). */
#include <unistd.h>

#include "media/audio_decode.h"
#include "media/media.h"
#include "sandbox/worker.h"

/* The file that is being decoded, between two requests. */
static struct audio_decoder *decoder;
static int file = -1;

static void end(void)
{
    audio_decoder_close(decoder);
    decoder = NULL;
    if (file >= 0)
        close(file);
    file = -1;
}

static enum status begin(struct sandbox_job *job, struct error *error)
{
    const int64_t rate = job->numbers[1];
    file = job->descriptor;
    job->descriptor = -1;
    if (rate < AUDIO_RATE_MIN || rate > AUDIO_RATE_MAX)
        return error_set(error, STATUS_BAD_DATA, ": an impossible sample rate was requested");
    return audio_decoder_open(file, "", (int)rate, &decoder, error);
}

static enum status next(struct sandbox_job *job, struct error *error)
{
    size_t count;
    if (!decoder)
        return error_set(error, STATUS_BAD_DATA, ": nothing is open");
    const enum status status =
        audio_decoder_next(decoder, (float *)(void *)job->answer, job->answer_max / sizeof(float), &count, error);
    const struct audio_info info = audio_decoder_info(decoder);
    job->answer_size = count * sizeof(float);
    job->answer_numbers[AUDIO_ENDED] = info.ended;
    job->answer_numbers[AUDIO_CHANNELS] = info.channels;
    job->answer_numbers[AUDIO_RATE] = info.rate;
    job->answer_numbers[AUDIO_DECLARED_MS] =
        info.declared < 0 || info.declared > 1e12 ? -1 : (int64_t)(info.declared * 1000);
    job->answer_numbers[AUDIO_PACKETS] = info.packets;
    job->answer_numbers[AUDIO_DAMAGED] = info.damaged;
    return status;
}

static enum status serve(struct sandbox_job *job, struct error *error)
{
    enum status status = STATUS_OK;
    if (job->numbers[0] != AUDIO_NEXT)
        end();
    if (job->numbers[0] == AUDIO_BEGIN)
        status = begin(job, error);
    else if (job->numbers[0] == AUDIO_NEXT)
        status = next(job, error);
    if (status != STATUS_OK) {
        job->answer_size = 0;
        if (error->text[0] != ':' && error->text[0] != ' ') /* a sentence: no memory, no library */
            error_prefix(error, "%s", "");
        end();
    }
    return status;
}

int main(void)
{
    const struct sandbox_service service = {
        .operation = SANDBOX_AUDIO, .memory = 256 << 20, .reads_files = true, .prepare = media_load, .serve = serve};
    return sandbox_worker_run(&service);
}
