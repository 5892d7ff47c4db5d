"""A transcription worker: read a WAV file in blocks, write a transcript, report the progress.

    NOTIFIER_URL=http://127.0.0.1:8000 NOTIFIER_API_KEY=ntf_… python transcribe.py talk.wav alice

The key needs the scope `send`: `notifier key create transcriber`. In place of a speech model this worker only detects whether a block
contains speech; everything else is as in production.
"""

from __future__ import annotations

import array
import os
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

from notifier.client import Client

BLOCK_SECONDS = 5
QUIET = 500


def main(audio: Path, owner: str) -> None:
    transcript = audio.with_suffix(".txt")
    with (
        Client(os.environ["NOTIFIER_URL"], os.environ["NOTIFIER_API_KEY"]) as client,
        client.session(
            f"Transcribe {audio.name}",
            owner=owner,
            silence_seconds=60,  # a killed worker is shown as stalled a minute later
            type="transcription_complete",
            actions=[{"label": "Read", "url": f"/transcripts/{transcript.name}"}],
        ) as session,
        transcript.open("w") as lines,
    ):
        # An exception in this block ends the session as failed, with the reason.
        for second, percent, samples in blocks(audio):
            lines.write(f"{second // 60:02}:{second % 60:02} {recognize(samples)}\n")
            session.report(percent, f"{second} seconds of audio")


def blocks(audio: Path) -> Iterator[tuple[int, int, array.array[int]]]:
    """Yield each block's start in seconds, the percentage read after it, and its samples."""
    with wave.open(str(audio)) as sound:
        if sound.getsampwidth() != 2:
            raise ValueError(f"{audio.name}: 16 bits a sample are needed, not {8 * sound.getsampwidth()}")
        frames = sound.getframerate() * BLOCK_SECONDS
        for start in range(0, sound.getnframes(), frames):
            samples = array.array("h", sound.readframes(frames))
            yield start // sound.getframerate(), 100 * sound.tell() // sound.getnframes(), samples


def recognize(samples: array.array[int]) -> str:
    """Transcribe the samples. The place for a speech model."""
    return "(speech)" if max(map(abs, samples), default=0) > QUIET else "(silence)"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
