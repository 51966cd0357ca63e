"""Checks that print one line each, and are counted."""

import traceback

LONGEST_FINDING = 500


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, what, holds, found=""):
        """Notes whether something holds; `found` says what there is instead."""
        if holds:
            self.passed += 1
            print(f"  ok      {what}")
        else:
            self.failed += 1
            print(f"  FAILED  {what}: {' '.join(str(found).split())[:LONGEST_FINDING]}")
        return holds

    def equal(self, what, found, expected):
        return self.that(what, found == expected, f"found {found!r}, expected {expected!r}")

    def chapter(self, name, run):
        """Runs some checks under a heading. What they do not expect fails this chapter alone."""
        print(name)
        try:
            run()
        except Exception as error:  # whatever it is, the other chapters still have something to say
            traceback.print_exception(error)
            self.that(f"{name} goes through", False, error)

    def finish(self):
        """Prints the closing line and returns the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
