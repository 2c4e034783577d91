"""A scenario as tests/scenario/README.md has it: lines to play, what each of
them is in the flipped world, and the golden text beside them."""

import dataclasses
import difflib
import os

UPDATE = os.environ.get("UPDATE") == "1"


@dataclasses.dataclass
class Line:
    """One line, and what stands there in the flipped world: another one,
    None if it is left out, or the same."""
    number: int
    text: str
    flipped: str | None

    def turns(self):
        return self.flipped != self.text


class Script:
    """The lines of a file.  ${checks}: the words that only look."""

    def __init__(self, path, checks):
        self.path = path
        self.golden = path.with_suffix(".explain")
        self.lines = []
        for number, text in enumerate(path.read_text().splitlines(), 1):
            text = text.strip()
            if not text or text.startswith("#"):
                continue
            if text.split()[0] == "flip":
                self.flip(number, text[4:].strip() or None)
            else:
                self.lines.append(Line(number, text, text))
        self.check(checks)

    def wrong(self, number, what):
        raise AssertionError(f"{self.path.name}:{number}: {what}")

    def flip(self, number, text):
        if not self.lines or self.lines[-1].turns():
            self.wrong(number, "flip: there is no line above to replace")
        if text == self.lines[-1].text:
            self.wrong(number, "flip: the same as the line above")
        self.lines[-1].flipped = text

    def check(self, checks):
        """One fact is flipped, and then a verdict; one look is golden."""
        turns = [line for line in self.lines if line.turns()]
        facts = [line for line in turns if line.text.split()[0] not in checks]
        if len(facts) != 1 or facts[0] is not turns[0] or len(turns) < 2:
            self.wrong(1, "wanted one fact with its flip, and below it at "
                       "least one check with its flip")
        for line in turns[1:]:
            if line.flipped is None or (line.flipped.split()[0]
                                        not in checks):
                self.wrong(line.number, "a check flips to a check")
        if not any(line.text == "explain" for line in self.lines):
            self.wrong(1, "no line says explain")

    def as_it_is(self):
        return [(line.number, line.text) for line in self.lines]

    def flipped(self):
        """As far as to the last verdict: what follows is for as it is."""
        last = max(i for i, line in enumerate(self.lines) if line.turns())
        return [(line.number, line.flipped)
                for line in self.lines[:last + 1] if line.flipped is not None]

    def compare(self, text):
        """What explain said, whole, with the golden text; with UPDATE=1 it
        becomes the golden text, for a person to read with git diff."""
        if UPDATE:
            self.golden.write_text(text)
            return
        golden = self.golden.read_text() if self.golden.exists() else ""
        if text != golden:
            raise AssertionError(
                "explain is not as it was; if it should be so: UPDATE=1\n" +
                "\n".join(difflib.unified_diff(
                    golden.splitlines(), text.splitlines(),
                    self.golden.name, "now", lineterm="")))
