"""Faults of servers, databases, proxies and clients, by number, and the tests that cover each."""

from __future__ import annotations

from dataclasses import dataclass

F, D, U = "tests/faults/test_", "tests/delivery/test_", "tests/unit/realtime/test_"
CHAOS = "tests/chaos/test_chaos.py::test_under_random_faults_nothing_is_missing_out_of_order_or_doubled"


@dataclass(frozen=True, slots=True)
class Row:
    """A fault and the `tests` that cover it. `reason`: why it is not, or only partly, covered."""

    fault: str
    tests: tuple[str, ...] = ()
    reason: str = ""


SERVER_FAULTS = {
    1: Row("worker killed while streams are open", (f"{F}worker_killed.py::test_clients_of_a_killed_worker_resume_without_loss", CHAOS)),
    2: Row(
        "worker killed between commit and hint",
        (f"{F}killed_while_sending.py::test_commit_without_hint_reaches_other_workers_by_polling",),
    ),
    3: Row(
        "worker killed before the commit, or before the answer",
        (f"{F}killed_while_sending.py::test_repeating_an_unanswered_send_sends_once",),
    ),
    4: Row(
        "worker stopped, for a moment and for long",
        (
            f"{F}hung.py::test_briefly_stopped_worker_catches_up",
            f"{F}hung.py::test_stopped_worker_is_replaced",
            CHAOS,
        ),
    ),
    5: Row("something hogs the hub", (f"{F}hung.py::test_spinning_worker_is_replaced",)),
    6: Row(
        "Redis killed and restarted",
        (
            f"{F}redis_gone.py::test_loss_and_return_of_redis_are_noticed",
            f"{F}redis_gone.py::test_nothing_is_lost_or_delayed_without_redis",
            f"{F}redis_gone.py::test_server_starts_without_redis",
            CHAOS,
        ),
    ),
    7: Row("Redis stopped", (f"{F}redis_gone.py::test_nothing_is_lost_or_delayed_without_redis", CHAOS)),
    8: Row(
        "Redis half-open: packets dropped",
        (f"{F}redis_half_open.py::test_half_open_redis_is_noticed_without_delays",),
    ),
    9: Row("subscribers cut off", (f"{F}redis_gone.py::test_cut_connections_are_reopened", CHAOS)),
    10: Row(
        "Redis full, read-only, denying",
        (
            f"{F}redis_gone.py::test_full_redis_counts_no_rates_and_carries_hints",
            f"{F}redis_gone.py::test_restricted_redis_is_harmless",
        ),
    ),
    11: Row(
        "garbage and foreign messages on our channels",
        (f"{D}bus.py::test_invalid_hint_is_counted_and_skipped", f"{D}bus.py::test_forged_hint_shows_nothing"),
    ),
    12: Row("PostgreSQL killed and restarted", (f"{F}postgres_gone.py::test_restarted_database_keeps_streams", CHAOS)),
    13: Row(
        "PostgreSQL stopped",
        (
            f"{F}postgres_gone.py::test_frozen_database_fails_sends_in_seconds_and_keeps_streams",
            f"{F}postgres_gone.py::test_heartbeats_continue_while_the_database_is_frozen",
            CHAOS,
        ),
    ),
    14: Row("backends ended, failover", (f"{F}postgres_busy.py::test_terminated_backends_lose_no_stream_and_no_message", CHAOS)),
    15: Row("pool exhausted", (f"{F}pool.py::test_streams_hold_no_database_connections",)),
    16: Row(
        "deadlock",
        (
            f"{F}postgres_deadlock.py::test_send_that_lost_a_deadlock_is_retried_once",
            f"{D}races.py::test_message_is_withdrawn_during_fanout",
        ),
    ),
    17: Row("SQLite locked by another process", (f"{F}sqlite_locked.py::test_lock_held_by_another_process_stops_no_stream", CHAOS)),
    18: Row(
        "disk full",
        (
            f"{F}disk_full.py::test_full_disk_refuses_writes_and_keeps_data",
            f"{F}starts.py::test_start_and_upgrade_on_a_full_disk_are_refused_in_one_line",
            f"{F}starts.py::test_metrics_are_not_on_the_disk_of_the_database",
        ),
    ),
    19: Row(
        "database read-only",
        (
            f"{F}postgres_busy.py::test_read_only_database_serves_reads_and_refuses_sends",
            f"{F}starts.py::test_start_and_upgrade_on_a_read_only_disk_are_refused_in_one_line",
        ),
        "A read-only mount cannot even open a SQLite database in WAL mode, so that does not start.",
    ),
    20: Row(
        "database restored from a backup",
        (
            f"{F}restored.py::test_cursor_ahead_of_the_database_gets_reset",
            f"{F}restored.py::test_renewed_epoch_invalidates_old_cursors",
        ),
    ),
    21: Row("retention past a cursor", (f"{D}swept.py::test_cursor_from_before_the_deletion_gets_reset",)),
    22: Row(
        "slow reader",
        (
            f"{F}bad_clients.py::test_client_that_never_reads_is_closed_over_its_backlog",
            f"{F}bad_clients.py::test_client_that_never_reads_does_not_delay_others",
            f"{F}bad_clients.py::test_client_closed_as_slow_resumes_without_loss",
            f"{F}bad_clients.py::test_client_with_a_closed_window_is_closed_as_stale",
        ),
    ),
    23: Row(
        "half-open peer",
        (
            f"{F}bad_clients.py::test_vanished_client_is_closed_without_delaying_others",
            f"{F}cable_pulled.py::test_client_without_network_is_closed_without_delaying_others",
        ),
    ),
    24: Row(
        "client closes",
        (f"{F}bad_clients.py::test_disconnect_is_noticed_at_once", f"{F}crowds.py::test_connection_churn_leaks_nothing"),
    ),
    25: Row(
        "the same POST again",
        (
            "tests/api/test_idempotency.py::test_repeated_request_is_done_once_with_the_same_answer",
            f"{D}accepted.py::test_concurrent_repeats_are_sent_once",
            f"{F}killed_while_sending.py::test_repeating_an_unanswered_send_sends_once",
            CHAOS,
        ),
    ),
    26: Row(
        "a proxy that buffers, compresses and is impatient",
        (
            f"{F}behind_nginx.py::test_events_pass_a_buffering_proxy_at_once",
            f"{F}behind_nginx.py::test_quiet_stream_outlives_the_proxy_timeout",
            f"{F}behind_nginx.py::test_browser_gets_its_stream_over_http_2",
        ),
    ),
    27: Row("reconnect storm", (f"{F}crowds.py::test_reconnect_storm_does_not_delay_others",), "5,000 of them: `make soak`."),
    28: Row(
        "SIGTERM, SIGHUP",
        (
            f"{F}shutdown.py::test_every_stream_gets_bye",
            f"{F}shutdown.py::test_every_stream_gets_its_last_chunk",
            f"{F}shutdown.py::test_process_exits_soon",
            f"{F}behind_nginx.py::test_rolling_restart_loses_no_answer_and_no_message",
            CHAOS,
        ),
    ),
    29: Row("max_requests reached", (f"{F}max_requests.py::test_recycled_workers_refuse_no_request_and_lose_nothing",)),
    30: Row("token expires", (f"{D}revocation.py::test_stream_ends_with_its_token",)),
    31: Row(
        "signed out, disabled, new password",
        (
            f"{D}revocation.py::test_sign_out_ends_streams_of_this_sign_in_only",
            f"{D}revocation.py::test_revocation_by_another_process_is_found_by_polling",
            f"{F}redis_gone.py::test_revocation_works_without_redis",
        ),
    ),
    32: Row("malformed cursor", (f"{D}cursors.py::test_unusable_cursor_gets_reset",)),
    33: Row("cursor of another user or epoch", (f"{D}cursors.py::test_unusable_cursor_gets_reset",)),
    34: Row("clock jumps", (f"{F}hung.py::test_clock_jump_changes_neither_order_nor_heartbeats_nor_lifetimes",)),
    35: Row(
        "poisonous text and rows",
        (
            "tests/api/test_bad_input.py::test_wrong_values_are_refused_when_sending",
            f"{F}poison.py::test_reconnecting_client_gets_all_readable_changes",
            f"{F}poison.py::test_readable_changes_of_a_seq_are_sent_beside_unreadable_ones",
            f"{F}poison.py::test_row_larger_than_the_backlog_is_left_to_the_list",
        ),
    ),
    36: Row(
        "no descriptors left",
        (
            f"{F}descriptors.py::test_streams_without_descriptors_are_refused_and_pages_served",
            f"{F}descriptors.py::test_accepting_resumes_when_descriptors_are_free",
        ),
    ),
    37: Row(
        "memory limit",
        ("tests/contract/test_stream_lifecycle.py::test_stream_over_the_server_limit_is_refused",),
        "A stream takes a few KiB and its backlog is bounded, so the cap on streams is the cap on memory; an RLIMIT_AS would only test "
        "Python, which ends with a MemoryError anywhere.",
    ),
    38: Row(
        "a greenlet of the hub dies",
        (
            f"{F}hung.py::test_worker_without_feed_is_replaced",
            f"{U}stream_server.py::test_the_end_of_a_supervised_greenlet_ends_the_process",
        ),
    ),
    39: Row(
        "many tabs of one user",
        (
            "tests/contract/test_us003.py::test_broadcast_reaches_every_connection",
            "tests/contract/test_stream_lifecycle.py::test_stream_over_the_user_limit_is_refused",
        ),
    ),
    40: Row(
        "migration while serving",
        (
            f"{F}postgres_busy.py::test_table_lock_delays_senders_and_ends_no_stream",
            f"{F}rolling_upgrade.py::test_upgrade_and_way_back_lose_nothing_and_leave_no_instance_unready",
            f"{F}starts.py::test_two_upgrades_at_once_both_succeed",
            CHAOS,
        ),
    ),
    41: Row(
        "user deleted with streams open",
        (
            f"{F}postgres_busy.py::test_deleted_user_loses_streams_and_rows_without_errors",
            f"{D}revocation.py::test_revocation_by_another_process_is_found_by_polling",
        ),
    ),
    42: Row(
        "a template fails over one message", (f"{U}safe_rendering.py::test_a_renderer_that_fails_over_one_message_renders_the_others",)
    ),
}
