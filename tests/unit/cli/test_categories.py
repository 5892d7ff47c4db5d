"""`notifier category`: create, change, list and retire, and what is refused."""

from __future__ import annotations

from tests.unit.cli.conftest import Run

REFUSED = (
    (["create", "Videos"], "slug:"),
    (["create", "videos"], "slug: the category 'videos' exists already"),
    (["create", "films", "--type", "video.*"], "types[0]: video.* is in the category 'videos' already"),
    (["create", "films", "--type", "*"], "types[0]:"),
    (["create", "films", "--locked", "--in-app", "off"], "in_app: a locked category is always on"),
    (["create", "films", "--wait-minutes", "0"], "wait_minutes:"),
    (["create", "films", "--label", ""], "label:"),
    (["update", "films", "--push", "off"], "There is no category 'films'."),
    (["update", "other", "--type", "film.*"], "types:"),
    (["retire", "other"], "slug: the built-in category stays"),
    (["retire", "films"], "There is no category 'films'."),
)


def listed(run: Run) -> dict[str, str]:
    found = run("category", "list")
    assert (found.exit_code, found.stderr) == (0, "")
    return dict(line.split(" ", 1) for line in found.stdout.splitlines())


def test_category_is_created_changed_retired_and_brought_back(run: Run) -> None:
    create = ["--label", "Videos", "--type", "video_complete", "--type", "video.*", "--email", "daily", "--wait-minutes", "15"]
    assert run("category", "create", "videos", *create).exit_code == 0
    assert listed(run)["videos"] == "in_app=on email=daily push=on video_complete,video.* Videos"
    assert run("category", "update", "videos", "--in-app", "quiet", "--push", "off").exit_code == 0
    assert listed(run)["videos"] == "in_app=quiet email=daily push=off video_complete,video.* Videos"
    assert run("category", "update", "videos", "--in-app", "on", "--locked", "--type", "video.*").exit_code == 0
    assert listed(run)["videos"] == "in_app=on email=daily push=off locked video.* Videos"
    assert run("category", "retire", "videos").exit_code == 0
    assert listed(run) == {"other": "in_app=on email=unread push=on - Everything else"}
    assert run("category", "create", "videos", "--unlocked").exit_code == 0
    assert listed(run)["videos"] == "in_app=on email=unread push=on - Videos"


def test_wrong_input_is_refused_in_one_line_and_changes_nothing(run: Run) -> None:
    assert run("category", "create", "videos", "--type", "video.*").exit_code == 0
    before = listed(run)
    for command, reason in REFUSED:
        result = run("category", *command)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1), command
        assert reason in result.stderr, command
    assert run("category", "create", "films", "--email", "never").exit_code == 2
    assert listed(run) == before
