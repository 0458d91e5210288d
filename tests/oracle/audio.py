#!/usr/bin/env python3
"""Makes tests/features/golden/audio.safetensors with librosa: a generated signal, and its spectrograms by the settings of
src/features/audio/spectrogram_presets.c and others. Needs librosa and safetensors; only for changing the file, not for
the tests.
usage: audio.py
"""
import os

import librosa
import numpy as np
from safetensors.numpy import save_file

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../features/golden/audio.safetensors")
SAMPLES = 11111


def signal():
    """A rising tone, two constant ones, noise, and a silent part: all that a front end treats in its own way."""
    t = np.arange(SAMPLES) / 22050
    random = np.random.default_rng(1)
    sound = 0.4 * np.sin(2 * np.pi * (200 * t + 8000 * t * t)) + 0.2 * np.sin(2 * np.pi * 1000 * t)
    sound += 0.1 * np.sin(2 * np.pi * 9000 * t) + 0.01 * random.standard_normal(SAMPLES)
    sound[6000:8000] = 0
    return sound.astype(np.float32)


def mel(y, rate, n_fft, hop, mels, htk, norm, pad_mode="reflect", power=2.0, **more):
    return librosa.feature.melspectrogram(
        y=y, sr=rate, n_fft=n_fft, hop_length=hop, n_mels=mels, htk=htk, norm=norm, pad_mode=pad_mode, power=power, **more)


def thesis(y):
    return librosa.power_to_db(mel(y, 22050, 1024, 512, 128, True, None), amin=1e-10, top_db=80)


def musicnn(y, **more):
    power = mel(y, 16000, 512, 256, 96, False, "slaney", **more).astype(np.float16).astype(np.float32)
    return np.log10(10000 * power + 1)


def tones(db):
    """13 MFCC, their deltas and delta-deltas."""
    mfcc = librosa.feature.mfcc(S=db, n_mfcc=13)
    return np.vstack([mfcc, librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)])


def main():
    y = signal()
    made = {
        "signal": y,
        "thesis": thesis(y),
        "thesis short": thesis(y[:300]),
        "musicnn": musicnn(y),
        "musicnn zero": musicnn(y, pad_mode="constant"),
        "fitness": mel(y, 44100, 1024, 512, 64, True, None),
        "tones": tones(thesis(y)),
        "magnitude": np.abs(librosa.stft(y, n_fft=256, hop_length=100, center=False)),
        "narrow": mel(y, 22050, 512, 160, 20, False, None, power=1.0, win_length=400, fmin=100, fmax=5000),
    }
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    os.umask(0o022)
    save_file({name: np.ascontiguousarray(values.T, dtype=np.float32) for name, values in made.items()}, PATH)


main()
