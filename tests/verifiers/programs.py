"""`openssl cms -verify`, GnuTLS' `certtool --p7-verify`, and `yanglint` of libyang.

    python3 programs.py openssl|certtool|yanglint FOLDER
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import gallery
from gallery import Refused, Tally, Voucher

YANG = Path(__file__).parent / "yang"


def run(*command: str | Path) -> bytes:
    """What the program prints; refused if it does not end well."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    if done.returncode != 0:
        raise Refused(f"exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def openssl(file: Path, anchor: Path, _: Voucher) -> bytes:
    # No `-purpose`: what an operator types has to do.
    return run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", file, "-CAfile", anchor)


def certtool(file: Path, anchor: Path, _: Voucher) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder) / "content"
        run(
            *("certtool", "--p7-verify", "--p7-show-data", "--inder", "--infile", file),
            *("--load-ca-certificate", anchor, "--outfile", content),
        )
        return content.read_bytes()


def yanglint(content: bytes) -> str | None:
    """What is wrong with what a voucher says, by its YANG module."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(content)
        file.flush()
        try:
            run("yanglint", "-t", "data", "-p", YANG, YANG / "ietf-voucher.yang", file.name)
        except Refused as why:
            return str(why)
    return None


# Each breaks one rule of the module; what is replaced stands in the voucher named "usual" or "nonce".
BROKEN = {
    "a missing serial number": ("usual", b'"serial-number":"ABC101",', b""),
    "an unknown assertion": ("usual", b'"verified"', b'"guessed"'),
    "a date without zone": ("usual", b"33:03.123456Z", b"33:03.123456"),
    "a flag that is a text": ("usual", b":true", b':"true"'),
    "an unknown leaf": ("usual", b'"assertion"', b'"further":1,"assertion"'),
    "an unqualified container": ("usual", b"ietf-voucher:voucher", b"voucher"),
    "a nonce beside an end": ("nonce", b'"assertion"', b'"expires-on":"2048-05-01T00:00:00Z","assertion"'),
    "a renewal without an end": ("nonce", b"}}", b',"last-renewal-date":"2048-05-01T00:00:00Z"}}'),
    "a nonce of 7 octets": ("nonce", b'"BwcHBwcHBwcHBwcHBwcHBw=="', b'"BwcHBwcHBw=="'),
}


def yang(vouchers: list[Voucher], tally: Tally) -> None:
    for voucher in vouchers:
        tally.check(voucher.name, yanglint(voucher.content))
    for what, (text, honest, broken) in BROKEN.items():
        content = next(voucher.content for voucher in vouchers if voucher.name.endswith(f"-{text}"))
        assert honest in content, what
        problem = yanglint(content.replace(honest, broken))
        tally.check(what, "accepted" if problem is None else None)


def main() -> None:
    program, folder = sys.argv[1:]
    vouchers, tally = gallery.read(Path(folder)), Tally()
    if program == "yanglint":
        yang(vouchers, tally)
    else:
        gallery.judge({"openssl": openssl, "certtool": certtool}[program], vouchers, tally)
    tally.close()


if __name__ == "__main__":
    main()
