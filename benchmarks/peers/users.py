"""Write the tokens of some users, whom it creates, for `ssebench.py`: tokens.txt, and publisher.txt for a sender."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks import people


def main(count: int, directory: Path) -> None:
    lines = [f"Authorization: Bearer {token}\n" for token in people.populate(count, 0, os.environ)]
    (directory / "tokens.txt").write_text("".join(lines))
    (directory / "publisher.txt").write_text(lines[0])


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
