"""The tour of the emulator in a plain shell: what it prints, that the page explains it, what it leaves behind."""

from __future__ import annotations

import signal
import subprocess


def test_the_tour_prints_what_its_page_shows_and_leaves_nothing_behind(
    shell, traces, tour, page_sections, same_but_for_times
):
    before = traces()
    printed = same_but_for_times(shell.sh(f"{tour} {shell.directory}"), shell)
    shown = "".join(f"\n== {title}\n{block}" for title, (block, _) in page_sections.items())
    assert printed == same_but_for_times(shown)
    assert traces() == before


def test_a_tour_that_is_interrupted_puts_everything_back(shell, traces, tour):
    before = traces()
    process = shell.begin(tour, shell.directory)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("$ arcapix-gpfs emulate crash"):
            process.send_signal(signal.SIGTERM)
            break
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert traces() == before


def test_every_line_that_the_tour_prints_is_explained(page_sections):
    unexplained = [
        (title, line)
        for title, (block, explained) in page_sections.items()
        for line in block.splitlines()
        if line.strip() and not line.startswith("$ ") and not any(text in line for text in explained)
    ]
    assert unexplained == []


def test_nothing_is_explained_that_the_tour_does_not_print(page_sections):
    left_over = [
        (title, text)
        for title, (block, explained) in page_sections.items()
        for text in explained
        if text not in block
    ]
    assert left_over == []


def test_the_tour_uses_the_commands_of_gpfs_and_no_python(page_sections):
    used = {
        " ".join(line.split()[1:3] if line.split()[1] == "arcapix-gpfs" else line.split()[1:2])
        for block, _ in page_sections.values()
        for line in block.splitlines()
        if line.startswith("$ ")
    }
    others = {word for word in used if not word.startswith("mm")}
    assert others == {"cat", "sort", "dd", "rm", "touch", "arcapix-gpfs emulate"}


def test_without_an_emulated_cluster_the_tour_does_nothing(outside, tour, tmp_path):
    done = subprocess.run([tour, tmp_path], env=outside, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("emulator_tour: this shell has no emulated cluster; run: eval")


def test_of_another_cluster_than_that_of_the_shell_there_is_no_tour(shell, tour, tmp_path):
    assert shell.fails(tour, tmp_path) == (
        f"emulator_tour: the cluster of this shell is in {shell.directory}, not in {tmp_path}\n"
    )


def test_on_a_cluster_that_is_not_as_expected_the_tour_does_nothing(shell, tour):
    shell.ok("mmumount", "mmfs2", "-N", "n3")
    assert (
        shell.fails(tour, shell.directory) == "emulator_tour: mmfs1 and mmfs2 must be mounted on all nodes\n"
    )
