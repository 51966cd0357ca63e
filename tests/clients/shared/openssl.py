"""Certificates and signatures by the `openssl` program, which shares no code with the service."""

import subprocess
import tempfile
from pathlib import Path


def domain_certificate(name, days=30):
    """A self-signed certificate in DER, as an owner's domain might have."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder, "domain.der")
        run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={name}", "-days", str(days)),
            *("-keyout", str(Path(folder, "key.pem")), "-outform", "DER", "-out", str(certificate)),
        )
        return certificate.read_bytes()


def verified_content(voucher, trust_anchor):
    """The signed content of a voucher, or None if its signature does not lead to the trust anchor."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "voucher.cms")
        file.write_bytes(voucher)
        arguments = ["-binary", "-inform", "DER", "-CAfile", str(trust_anchor), "-in", str(file)]
        done = subprocess.run(["openssl", "cms", "-verify", *arguments], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None


def to_pem(der):
    return run("x509", "-inform", "DER", "-outform", "PEM", stdin=der)


def run(*arguments, stdin=None):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout
