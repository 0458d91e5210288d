#!/usr/bin/env python3
"""Makes the music files of tests/media: a second of a tone in each format, tagged by mutagen, which is independent of
libavformat. Needs ffmpeg, mutagen and Pillow; only for changing the files, not for the tests.
usage: media.py FOLDER
"""
import base64
import io
import os
import subprocess
import sys

from mutagen.aiff import AIFF
from mutagen.asf import ASF, ASFByteArrayAttribute
from mutagen.apev2 import APEBinaryValue
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3, TALB, TCMP, TCON, TDOR, TDRC, TIT2, TPE1, TPE2, TPOS, TRCK, TSRC, TXXX, UFID
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE
from mutagen.wavpack import WavPack
from PIL import Image

RECORDING, RELEASE = "12345678-9abc-4def-8123-456789abcdef", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def png(colour, edge=16):
    out = io.BytesIO()
    Image.new("RGB", (edge, edge), colour).save(out, "PNG")
    return out.getvalue()


FRONT, BACK = png((200, 30, 30)), png((30, 30, 200))


def picture(kind, data):
    made = Picture()
    made.type, made.mime, made.data, made.width, made.height, made.depth = kind, "image/png", data, 16, 16, 24
    return made


def tone(path, *options):
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=1:sample_rate=8000",
                    "-bitexact", *options, path], check=True)


def tag_comments(file, **more):
    """Vorbis comments, also those of FLAC and Opus."""
    file.update({"TITLE": "Ágætis", "ARTIST": ["Sigur Rós", "A Guest"], "ALBUM": "Kveikur", "ALBUMARTIST": "Sigur Rós",
                 "TRACKNUMBER": "3/9", "DISCNUMBER": "2", "DATE": "2013-06-17", "ORIGINALDATE": "2013",
                 "GENRE": "Post-Rock", "MUSICBRAINZ_TRACKID": RECORDING, "MUSICBRAINZ_ALBUMID": RELEASE,
                 "ISRC": "GB-BKS-13-00123", **more})


def tag_id3(tags):
    for frame in (TIT2(3, "Ágætis"), TPE1(3, "Sigur Rós"), TALB(3, "Kveikur"), TPE2(3, "Sigur Rós"), TRCK(0, "3/9"),
                  TPOS(0, "2/2"), TDRC(0, "2013-06-17"), TDOR(0, "2013"), TCON(0, "Post-Rock"), TSRC(0, "GBBKS1300123"),
                  TCMP(0, "1"), UFID("http://musicbrainz.org", RECORDING.encode()),
                  TXXX(0, "MusicBrainz Album Id", RELEASE),
                  APIC(0, "image/png", 4, "back", BACK), APIC(0, "image/png", 3, "front", FRONT)):
        tags.add(frame)


def main():
    folder = sys.argv[1]

    def at(name):
        return os.path.join(folder, name)

    tone(at("tagged.flac"))
    file = FLAC(at("tagged.flac"))
    tag_comments(file)
    file.add_picture(picture(4, BACK))
    file.add_picture(picture(3, FRONT))
    file.save(padding=lambda info: 0)

    for name, kind, codec in (("tagged.ogg", OggVorbis, "libvorbis"), ("tagged.opus", OggOpus, "libopus")):
        tone(at(name), "-c:a", codec, "-b:a", "16k")
        file = kind(at(name))
        tag_comments(file, METADATA_BLOCK_PICTURE=[base64.b64encode(picture(3, FRONT).write()).decode()])
        file.save()

    tone(at("tagged.mp3"), "-b:a", "16k")
    tags = ID3()
    tag_id3(tags)
    tags.save(at("tagged.mp3"), padding=lambda info: 0)
    tone(at("latin1.mp3"), "-b:a", "16k", "-write_xing", "0", "-id3v2_version", "0")
    with open(at("latin1.mp3"), "ab") as out:
        out.write(b"TAG" + "Café".encode("latin-1").ljust(30, b"\0") + b"Zo\xeb".ljust(30, b"\0") +
                  b"Single".ljust(30, b"\0") + b"1999" + b"\0" * 28 + b"\0\x07" + b"\x11")

    for name, codec in (("tagged.m4a", "aac"), ("alac.m4a", "alac")):
        tone(at(name), "-c:a", codec)
        file = MP4(at(name))
        file.update({"\xa9nam": "Ágætis", "\xa9ART": "Sigur Rós", "\xa9alb": "Kveikur", "aART": "Sigur Rós",
                     "trkn": [(3, 9)], "disk": [(2, 2)], "\xa9day": "2013-06-17", "\xa9gen": "Post-Rock", "cpil": False,
                     "covr": [MP4Cover(FRONT, MP4Cover.FORMAT_PNG)],
                     "----:com.apple.iTunes:MusicBrainz Track Id": MP4FreeForm(RECORDING.encode()),
                     "----:com.apple.iTunes:MusicBrainz Album Id": MP4FreeForm(RELEASE.encode()),
                     "----:com.apple.iTunes:ISRC": MP4FreeForm(b"GBBKS1300123")})
        file.save(padding=lambda info: 0)

    for name, kind in (("tagged.wav", WAVE), ("tagged.aiff", AIFF)):
        tone(at(name), "-af", "atrim=duration=0.25", "-ar", "4000")
        file = kind(at(name))
        file.add_tags()
        tag_id3(file.tags)
        file.save()

    tone(at("tagged.wma"), "-c:a", "wmav2", "-ar", "22050", "-b:a", "32k")
    file = ASF(at("tagged.wma"))
    image = b"\x03" + len(FRONT).to_bytes(4, "little") + "image/png\0front\0".encode("utf-16-le") + FRONT
    file.update({"Title": "Ágætis", "Author": "Sigur Rós", "WM/AlbumTitle": "Kveikur", "WM/AlbumArtist": "Sigur Rós",
                 "WM/TrackNumber": "3", "WM/PartOfSet": "2", "WM/Year": "2013-06-17", "WM/Genre": "Post-Rock",
                 "MusicBrainz/Track Id": RECORDING, "MusicBrainz/Album Id": RELEASE,
                 "WM/Picture": [ASFByteArrayAttribute(image)]})
    file.save(padding=lambda info: 0)

    tone(at("tagged.wv"))
    file = WavPack(at("tagged.wv"))
    file.add_tags()
    file.tags.update({"Title": "Ágætis", "Artist": "Sigur Rós", "Album": "Kveikur", "Album Artist": "Sigur Rós",
                      "Track": "3/9", "Disc": "2", "Year": "2013-06-17", "Genre": "Post-Rock",
                      "MUSICBRAINZ_TRACKID": RECORDING, "MUSICBRAINZ_ALBUMID": RELEASE})
    file.tags["Cover Art (Front)"] = APEBinaryValue(b"front.png\0" + FRONT)
    file.save()


main()
