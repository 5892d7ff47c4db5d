"""Write the generated pages: `make docs`."""

from __future__ import annotations

from tests.documents import DOCS, generated


def main() -> None:
    for name, text in generated().items():
        (DOCS / name).write_text(text)


if __name__ == "__main__":
    main()
