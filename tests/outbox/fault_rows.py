"""Faults of mail servers and of the outbox, by number, and the tests that cover each."""

from __future__ import annotations

from tests.faults.rows import Row

OUTBOX = "tests/outbox/test_"
TLS = "tests/unit/channels/test_smtp_tls.py::test_"

OUTBOX_FAULTS = {
    43: Row(
        "process killed with a planned, claimed, sent, accepted delivery",
        (
            f"{OUTBOX}kills.py::test_kill_in_each_state_loses_no_mail_and_repeats_its_id",
            f"{OUTBOX}kills.py::test_many_kills_lose_none_of_200_mails",
        ),
    ),
    44: Row(
        "mail server away",
        (
            f"{OUTBOX}retries.py::test_server_that_is_away_for_two_hours_costs_no_attempt",
            "tests/unit/channels/test_smtp.py::test_connection_that_the_server_closed_meanwhile_is_replaced",
        ),
    ),
    45: Row(
        "mail server refuses a mail",
        (
            f"{OUTBOX}retries.py::test_temporary_refusal_is_tried_after_1_5_and_15_minutes",
            f"{OUTBOX}retries.py::test_final_refusal_is_never_tried_again",
            f"{OUTBOX}retries.py::test_delivery_is_given_up_after_its_last_attempt_or_a_day",
        ),
    ),
    46: Row(
        "mail server hangs",
        (
            f"{OUTBOX}faults.py::test_server_that_hangs_or_drops_over_one_mail_delays_only_that",
            f"{OUTBOX}faults.py::test_attempt_is_cut_off_before_its_claim_lapses",
        ),
    ),
    47: Row("mail server drops the connection", (f"{OUTBOX}faults.py::test_server_that_hangs_or_drops_over_one_mail_delays_only_that",)),
    48: Row("mail server slow", (f"{OUTBOX}apart.py::test_mail_server_that_does_not_answer_delays_no_page_and_no_stream",)),
    49: Row(
        "TLS of the mail server wrong: expired, of another name, self-signed, none, stripped",
        (
            f"{OUTBOX}faults.py::test_wrong_tls_or_name_costs_no_attempt_and_stops_trying",
            f"{TLS}wrong_certificate_is_unreachable_and_named",
            f"{TLS}server_without_tls_where_tls_is_expected_is_unreachable",
            f"{TLS}starttls_that_was_stripped_on_the_way_is_unreachable",
        ),
    ),
    50: Row("name of the mail server not found", (f"{OUTBOX}faults.py::test_wrong_tls_or_name_costs_no_attempt_and_stops_trying",)),
    51: Row(
        "database gone between claim and settle",
        (
            f"{OUTBOX}faults.py::test_database_gone_between_claim_and_settle_sends_once",
            f"{OUTBOX}faults.py::test_note_of_a_sent_mail_wins_over_a_lapsed_claim",
        ),
    ),
    52: Row("two processes with one outbox", (f"{OUTBOX}kills.py::test_two_processes_send_each_mail_once",)),
    53: Row("clock set back under the outbox", (f"{OUTBOX}faults.py::test_clock_set_back_sends_later_and_once",)),
}
