"""`notifier destination`: addresses come from the standard input, and are printed nowhere."""

from __future__ import annotations

from tests.unit.cli.conftest import Run

SECRET = "TIiajkdnlazkcOXrIdevi7FQ"
URL = f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}/#ops\n"


def test_destinations_are_created_listed_switched_tested_and_removed(run: Run) -> None:
    done = [
        run("destination", "create", "ops", input=URL),
        run("destination", "test", "OPS"),
        run("destination", "switch", "ops", "off"),
        listed := run("destination", "list"),
        run("destination", "switch", "ops", "on"),
        outbox := run("outbox", "list"),
        run("destination", "remove", "ops"),
        gone := run("destination", "list"),
    ]

    assert [result.exit_code for result in done] == [0] * len(done)
    assert (listed.stdout, gone.stdout) == ("ops\tSlack\toff\tnever\n", "")
    assert outbox.stdout.split("\t")[1:2] == ["waiting"] and "\tdestination\t" in outbox.stdout and "None" not in outbox.stdout
    assert not [result.output for result in done if SECRET in result.output]


def test_bad_input_is_refused(run: Run) -> None:
    refused = run("destination", "create", "ops", input=f"syslog://{SECRET}\n")
    unknown = run("destination", "test", "ops")

    assert refused.exit_code == unknown.exit_code == 1
    assert "url: not allowed: syslog: " in refused.stderr and SECRET not in refused.stderr
    assert unknown.stderr == "notifier: There is no destination 'ops'.\n"
