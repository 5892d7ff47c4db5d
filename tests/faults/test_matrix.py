"""The index of faults: each is tried by the tests named here, or there is a reason why not."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

import pytest

from tests.servers.notifier import ROOT

F, D, U = "tests/faults/test_", "tests/delivery/test_", "tests/unit/realtime/test_"
CHAOS = "tests/chaos/test_chaos.py::test_under_random_faults_nothing_is_missing_out_of_order_or_doubled"
FAULTS = 42


@dataclass(frozen=True, slots=True)
class Row:
    """`tests` try it. `reason`: why a part of it, or all of it, is not tried."""

    fault: str
    tests: tuple[str, ...] = ()
    reason: str = ""


ROWS = {
    1: Row(
        "worker killed while streams are open", (f"{F}worker_killed.py::test_clients_of_a_killed_worker_come_back_and_miss_nothing", CHAOS)
    ),
    2: Row(
        "worker killed between commit and hint",
        (f"{F}killed_while_sending.py::test_what_was_committed_and_never_told_of_arrives_at_the_other_workers_by_the_look",),
    ),
    3: Row(
        "worker killed before the commit, or before the answer",
        (f"{F}killed_while_sending.py::test_who_repeats_what_was_not_answered_has_sent_it_once",),
    ),
    4: Row(
        "worker stopped, for a moment and for long",
        (
            f"{F}hung.py::test_a_worker_that_stood_still_for_a_moment_catches_up",
            f"{F}hung.py::test_a_worker_that_stands_still_for_too_long_is_replaced",
            CHAOS,
        ),
    ),
    5: Row("something hogs the hub", (f"{F}hung.py::test_a_worker_that_lets_nobody_else_run_is_replaced",)),
    6: Row(
        "Redis killed and restarted",
        (
            f"{F}redis_gone.py::test_that_it_is_gone_is_noticed_and_that_it_is_back",
            f"{F}redis_gone.py::test_while_it_is_gone_nothing_is_lost_and_nobody_waits",
            f"{F}redis_gone.py::test_a_start_without_it_is_a_start",
            CHAOS,
        ),
    ),
    7: Row("Redis stopped", (f"{F}redis_gone.py::test_while_it_is_gone_nothing_is_lost_and_nobody_waits", CHAOS)),
    8: Row(
        "Redis half-open: packets dropped",
        (f"{F}redis_half_open.py::test_a_redis_that_cannot_be_reached_is_noticed_and_costs_nobody_anything",),
    ),
    9: Row("subscribers cut off", (f"{F}redis_gone.py::test_connections_that_are_cut_are_made_anew", CHAOS)),
    10: Row(
        "Redis full, read-only, denying",
        (
            f"{F}redis_gone.py::test_a_full_one_counts_no_rates_and_carries_hints",
            f"{F}redis_gone.py::test_one_that_takes_no_writes_or_forbids_channels_does_no_harm",
        ),
    ),
    11: Row(
        "garbage and foreign messages on our channels",
        (f"{D}bus.py::test_what_is_no_hint_is_counted_and_passed_over", f"{D}bus.py::test_a_forged_hint_shows_nothing"),
    ),
    12: Row("PostgreSQL killed and restarted", (f"{F}postgres_gone.py::test_a_database_that_dies_and_comes_back_costs_no_stream", CHAOS)),
    13: Row(
        "PostgreSQL stopped",
        (
            f"{F}postgres_gone.py::test_a_frozen_database_costs_a_sender_seconds_and_a_stream_nothing",
            f"{F}postgres_gone.py::test_heartbeats_go_on_while_the_database_is_frozen",
            CHAOS,
        ),
    ),
    14: Row("backends ended, failover", (f"{F}postgres_busy.py::test_ended_backends_cost_nobody_a_stream_and_no_message", CHAOS)),
    15: Row("pool exhausted", (f"{F}pool.py::test_more_streams_than_database_connections_hinder_nobody",)),
    16: Row(
        "deadlock",
        (
            f"{F}postgres_deadlock.py::test_a_send_that_lost_a_deadlock_is_done_all_the_same_and_once",
            f"{D}races.py::test_a_message_is_withdrawn_while_it_is_being_written",
        ),
    ),
    17: Row("SQLite locked by another process", (f"{F}sqlite_locked.py::test_a_lock_held_by_another_process_stops_no_stream", CHAOS)),
    18: Row("disk full", (f"{F}disk_full.py::test_a_full_disk_refuses_what_is_new_and_keeps_what_there_is",)),
    19: Row(
        "database read-only",
        (f"{F}postgres_busy.py::test_a_database_that_takes_no_writes_answers_reading_and_refuses_sending",),
        "A read-only mount cannot even open a SQLite database in WAL mode, so that does not start.",
    ),
    20: Row(
        "database restored from a backup",
        (
            f"{F}restored.py::test_a_cursor_ahead_of_the_truth_is_answered_with_a_reset",
            f"{F}restored.py::test_with_a_new_epoch_no_old_cursor_is_taken_for_a_new_one",
        ),
    ),
    21: Row("retention past a cursor", (f"{D}swept.py::test_a_cursor_from_before_it_was_deleted_is_answered_with_a_reset",)),
    22: Row(
        "slow reader",
        (
            f"{F}bad_clients.py::test_a_client_that_never_reads_is_closed_past_its_backlog",
            f"{F}bad_clients.py::test_a_client_that_never_reads_costs_the_others_nothing",
            f"{F}bad_clients.py::test_who_was_closed_for_being_slow_comes_back_and_misses_nothing",
            f"{F}bad_clients.py::test_a_client_whose_window_stays_shut_is_closed_when_it_is_stale",
        ),
    ),
    23: Row(
        "half-open peer",
        (
            f"{F}bad_clients.py::test_a_client_that_vanished_costs_the_others_nothing_and_is_closed",
            f"{F}cable_pulled.py::test_a_client_without_a_network_is_closed_and_costs_the_others_nothing",
        ),
    ),
    24: Row(
        "client closes",
        (f"{F}bad_clients.py::test_a_client_that_leaves_is_noticed_at_once", f"{F}crowds.py::test_coming_and_going_leaves_nothing_behind"),
    ),
    25: Row(
        "the same POST again",
        (
            "tests/api/test_idempotency.py::test_the_same_request_is_done_once_and_answered_alike",
            f"{D}accepted.py::test_the_same_request_twenty_times_at_the_same_moment_is_sent_once",
            f"{F}killed_while_sending.py::test_who_repeats_what_was_not_answered_has_sent_it_once",
            CHAOS,
        ),
    ),
    26: Row(
        "a proxy that buffers, compresses and is impatient",
        (
            f"{F}behind_nginx.py::test_events_pass_at_once_through_a_proxy_that_buffers_and_compresses",
            f"{F}behind_nginx.py::test_a_quiet_stream_outlives_the_patience_of_a_proxy",
            f"{F}behind_nginx.py::test_a_browser_gets_its_stream_over_http_2",
        ),
    ),
    27: Row("reconnect storm", (f"{F}crowds.py::test_a_storm_of_reconnects_hinders_nobody",), "5,000 of them: `make soak`."),
    28: Row(
        "SIGTERM, SIGHUP",
        (
            f"{F}shutdown.py::test_every_stream_is_told",
            f"{F}shutdown.py::test_every_stream_has_its_last_chunk",
            f"{F}shutdown.py::test_the_process_is_gone_soon",
            f"{F}behind_nginx.py::test_a_rolling_restart_costs_no_answer_and_no_message",
            CHAOS,
        ),
    ),
    29: Row("max_requests reached", (f"{F}max_requests.py::test_workers_that_take_turns_turn_nobody_away_and_lose_nothing",)),
    30: Row("token expires", (f"{D}revocation.py::test_a_stream_ends_with_its_token",)),
    31: Row(
        "signed out, disabled, new password",
        (
            f"{D}revocation.py::test_signing_out_ends_this_sign_in_and_no_other",
            f"{D}revocation.py::test_what_another_process_does_ends_streams_by_the_look",
            f"{F}redis_gone.py::test_who_is_shut_out_while_it_is_gone_is_cut_off",
        ),
    ),
    32: Row("malformed cursor", (f"{D}cursors.py::test_a_cursor_of_no_use_is_answered_with_a_reset",)),
    33: Row("cursor of another user or epoch", (f"{D}cursors.py::test_a_cursor_of_no_use_is_answered_with_a_reset",)),
    34: Row("clock jumps", (f"{F}hung.py::test_a_clock_that_jumps_changes_neither_order_nor_heartbeats_nor_lifetimes",)),
    35: Row(
        "poisonous text and rows",
        (
            "tests/api/test_bad_input.py::test_sending",
            f"{F}poison.py::test_who_comes_back_gets_everything_but_what_cannot_be_shown",
            f"{F}poison.py::test_of_a_step_with_one_that_cannot_be_shown_the_others_are_shown",
            f"{F}poison.py::test_a_row_longer_than_any_backlog_is_left_to_the_list",
        ),
    ),
    36: Row(
        "no descriptors left",
        (
            f"{F}descriptors.py::test_streams_that_there_are_no_descriptors_for_are_refused_and_pages_are_not",
            f"{F}descriptors.py::test_when_there_are_none_left_it_accepts_again_as_soon_as_there_are",
        ),
    ),
    37: Row(
        "memory limit",
        ("tests/contract/test_door.py::test_a_stream_too_many_for_the_server_is_refused",),
        "A stream takes a few KiB and its backlog is bounded, so the cap on streams is the cap on memory; an RLIMIT_AS would only test "
        "Python, which ends with a MemoryError anywhere.",
    ),
    38: Row(
        "a greenlet of the hub dies",
        (
            f"{F}hung.py::test_a_worker_whose_feed_has_died_ends_and_is_replaced",
            f"{U}stream_server.py::test_the_end_of_one_ends_the_process",
        ),
    ),
    39: Row(
        "many tabs of one user",
        (
            "tests/contract/test_us003.py::test_everybody_gets_what_is_sent_to_all_on_every_connection",
            "tests/contract/test_door.py::test_one_stream_too_many_of_a_user_is_refused",
        ),
    ),
    40: Row(
        "migration while serving",
        (f"{F}postgres_busy.py::test_a_migration_that_locks_a_table_makes_senders_wait_and_ends_no_stream", CHAOS),
    ),
    41: Row(
        "user deleted with streams open", (f"{F}postgres_busy.py::test_a_user_who_is_deleted_loses_streams_and_rows_and_nobody_stumbles",)
    ),
    42: Row("a template fails over one message", (f"{U}safe_rendering.py::test_a_renderer_that_fails_over_one_message_shows_the_others",)),
}


@functools.cache
def functions(file: str) -> frozenset[str]:
    return frozenset(node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef))


def test_every_fault_has_a_row() -> None:
    assert sorted(ROWS) == list(range(1, FAULTS + 1))


@pytest.mark.parametrize("number", ROWS)
def test_every_row_names_tests_that_there_are_or_gives_a_reason(number: int) -> None:
    row = ROWS[number]
    assert row.tests or row.reason
    for test in row.tests:
        file, _, name = test.partition("::")
        assert name in functions(file), test
