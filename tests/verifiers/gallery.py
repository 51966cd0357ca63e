"""The folder that `voucher-gallery` fills, and the tally of what a verifier makes of it."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

KEYS = {"p256", "p384", "rsa2048"}
PROFILES = {"rfc8366", "pkcs7"}


class Refused(Exception):
    """A voucher is not accepted, and why."""


@dataclass(frozen=True)
class Voucher:
    """One voucher as the index has it; paths are whole."""

    name: str
    signer: str
    file: Path
    anchor: Path
    tampered: tuple[Path, ...]
    profile: str
    key: str
    content: bytes
    certificates: tuple[bytes, ...]
    pinned_domain_cert: bytes
    serial_number: str
    created_on: str


# What a verifier does: reads the file, trusts the anchor alone, and returns the content it accepts.
Verifier = Callable[[Path, Path, Voucher], bytes]


def read(folder: Path) -> list[Voucher]:
    """All good vouchers in the folder; each signer with every kind of key and profile."""
    entries = json.loads((folder / "index.json").read_text("utf-8"))
    vouchers = [_voucher(folder, entry) for entry in entries]
    for signer in {voucher.signer for voucher in vouchers}:
        has = {(voucher.key, voucher.profile) for voucher in vouchers if voucher.signer == signer}
        missing = {(key, profile) for key in KEYS for profile in PROFILES} - has
        if missing:
            raise SystemExit(f"the gallery has nothing by {signer} for {sorted(missing)}")
    if not vouchers:
        raise SystemExit("the gallery is empty")
    return vouchers


def _voucher(folder: Path, entry: dict) -> Voucher:
    return Voucher(
        name=entry["name"],
        signer=entry["anchor"].removesuffix(f"-{entry['key']}.root.pem"),
        file=folder / entry["file"],
        anchor=folder / entry["anchor"],
        tampered=tuple(folder / name for name in entry["tampered"]),
        profile=entry["profile"],
        key=entry["key"],
        content=entry["content"].encode("utf-8"),
        certificates=tuple((folder / name).read_bytes() for name in entry["certificates"]),
        pinned_domain_cert=(folder / entry["pinned_domain_cert"]).read_bytes(),
        serial_number=entry["serial_number"],
        created_on=entry["created_on"],
    )


class Tally:
    """Counts checks, and prints those that fail."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def check(self, what: str, problem: str | None) -> None:
        if problem is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {problem}")

    def close(self) -> None:
        """Prints the closing line and ends the program."""
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def judge(verifier: Verifier, vouchers: list[Voucher], tally: Tally) -> None:
    """Good vouchers must be accepted; tampered ones, and good ones under another root, must not."""
    for voucher in vouchers:
        tally.check(voucher.name, _accepted(verifier, voucher))
        for file in voucher.tampered:
            tally.check(file.name, _refused(verifier, file, voucher.anchor, voucher))
        stranger = next(other for other in vouchers if other.anchor != voucher.anchor)
        tally.check(f"{voucher.name} under another root", _refused(verifier, voucher.file, stranger.anchor, voucher))


def _accepted(verifier: Verifier, voucher: Voucher) -> str | None:
    try:
        content = verifier(voucher.file, voucher.anchor, voucher)
    except Refused as why:
        return str(why)
    return None if content == voucher.content else f"its content is read as {content!r}"


def _refused(verifier: Verifier, file: Path, anchor: Path, voucher: Voucher) -> str | None:
    try:
        verifier(file, anchor, voucher)
    except Refused:
        return None
    return "accepted"
