"""Every open question about GPFS has a switch, every answer is tried, and `emulate start` sets each."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

from arcapix.fs.gpfs.emulator import switches

ARCAPIX = str(Path(sys.executable).with_name("arcapix-gpfs"))

QUESTIONS = """
    duplicate_id delete_partial delete_unknown list_empty list_unknown_id list_key_width list_identifier_line
    list_long_value list_event_form list_parms_join list_option_keys list_order list_node_form list_Y
    undefined_value unknown_variable qualifiers node_value_form node_list_separator substitution_order
    substitution_inside_word fsname_form parms_quoting parms_max sync_timeout_default sync_timeout_action
    onerror_values priority_rule snapshot_waits event_case event_unknown reserved_prefix_case reserved_words
    command_check tiebreaker_guard N_mount_class N_class_storage global_on quorumReached_on remount_events
    space_interval quota_repeat event_order exec_environment log_launch message_stream propagation_delay
    lock_busy command_delay
"""
"""The questions of the reference, in its order."""

OURS = """
    release spec_file spec_file_partial
    mount_repeat state_figures no_quota_status
"""
"""What came to them: the release to play, spec files, mounts inside the events that announce them, and where
published output disagrees."""


def test_every_question_has_a_switch_and_no_other_has():
    assert sorted(switches.SWITCHES) == sorted([*QUESTIONS.split(), *OURS.split()])


def test_every_switch_is_tried_with_another_answer_than_its_default(all_answers):
    tried = {name for answers in all_answers.values() for name in answers.switches}
    assert tried == set(switches.SWITCHES)


def test_every_answer_can_be_set_when_a_cluster_is_started(all_answers, tmp_path):
    values: dict[str, list[str]] = {}
    for answers in all_answers.values():
        for name, value in answers.switches.items():
            values.setdefault(name, []).append(value)
    rounds = [dict(zip(values, row)) for row in zip_longest(*values.values())]
    directory = ["--dir", str(tmp_path / "cluster")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCAPIX_")}

    def emulate(*words):
        command = [ARCAPIX, "emulate", *words, *directory]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    try:
        expected: dict[str, str] = {}
        for chosen in rounds:
            pairs = {name: value for name, value in chosen.items() if value is not None}
            emulate(
                "start", *[word for name, value in pairs.items() for word in ("--switch", f"{name}={value}")]
            )
            expected.update(pairs)
            shown = [
                line.split()[1] for line in emulate("status").splitlines() if line.startswith("  switch ")
            ]
            assert shown == [f"{name}={value}" for name, value in sorted(expected.items())]
    finally:
        emulate("destroy")
