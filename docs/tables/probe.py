"""What the probe asks, and which of the emulator's switches it can tell, from both tables."""

from __future__ import annotations

from arcapix.fs.gpfs.administration.probe.table import LEVELS, QUESTIONS, UNSEEN, UNSEEN_ANSWERS
from arcapix.fs.gpfs.emulator.switches import SWITCHES

from .markdown import code, codes, escaped, table


def questions() -> str:
    """A table of the questions of each level, with what each answer means."""
    return "\n".join(f"### Level {level.number}\n\n{_questions(level.number)}" for level in LEVELS)


def _questions(level: int) -> str:
    rows = []
    for question in QUESTIONS:
        if question.level == level:
            meanings = [
                f"{code(answer) or 'others'}: {escaped(meaning.words)}"
                + (f"; handled by {escaped(meaning.handled)}" if meaning.handled else "")
                + (f"; **not handled**, {escaped(meaning.unhandled)}" if meaning.unhandled else "")
                for answer, meaning in question.meanings.items()
            ]
            row = (code(question.key), escaped(question.text), code(question.assumed), "\n".join(meanings))
            rows.append(row)
    return table(("key", "question", "assumed", "answers"), rows)


def switches() -> str:
    """A table of all switches, with the level that tells their answers, or why none does."""
    levels = {question.switch: question.level for question in QUESTIONS}
    rows = []
    for name, switch in SWITCHES.items():
        answers = [code(value) for value in switch.values if (name, value) not in UNSEEN_ANSWERS]
        if switch.form:
            answers.append(escaped(switch.form))
        hidden = [f"{code(value)}: {why}" for (one, value), why in UNSEEN_ANSWERS.items() if one == name]
        if name in UNSEEN:
            rows.append((code(name), "none", "", f"{codes(switch.values)}: {UNSEEN[name]}"))
        else:
            rows.append((code(name), str(levels[name]), ", ".join(answers), "\n".join(hidden)))
    return table(("switch", "level", "answers that it tells", "answers that it does not tell, and why"), rows)
