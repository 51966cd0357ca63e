"""Every field of a voucher, by asn1crypto and cryptography: what RFC 8366, RFC 5652 and our profiles say of it.

    python3 fields.py FOLDER

Nothing is taken from the code that made the vouchers. What is not exactly so is refused.
"""

import base64
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

import gallery
from gallery import Refused, Tally, Voucher

PROFILES = {"rfc8366": ("1.2.840.113549.1.9.16.1.40", "v3"), "pkcs7": ("1.2.840.113549.1.7.1", "v1")}
HASHES = {"p256": ("sha256", hashes.SHA256), "p384": ("sha384", hashes.SHA384), "rsa2048": ("sha256", hashes.SHA256)}
SIGNATURES = {"p256": "sha256_ecdsa", "p384": "sha384_ecdsa", "rsa2048": "rsassa_pkcs1v15"}
# RFC 8366 section 5.3, in its order.
MEMBERS = [
    *("created-on", "expires-on", "assertion", "serial-number", "idevid-issuer", "pinned-domain-cert"),
    *("domain-cert-revocation-checks", "nonce", "last-renewal-date"),
]
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def equal(field: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Refused(f"{field} is {found!r}, not {wanted!r}")


def verify(file: Path, anchor: Path, voucher: Voucher) -> bytes:
    der = file.read_bytes()
    try:
        info = cms.ContentInfo.load(der, strict=True)
        equal("DER", info.dump(force=True), der)
        equal("ContentInfo", info["content_type"].native, "signed_data")
        data = info["content"]
        content = signed_data(data, voucher)
        chain = certificates(data, voucher, x509.load_pem_x509_certificate(anchor.read_bytes()))
        signer_info(data["signer_infos"][0], content, chain[0], voucher)
    except (InvalidSignature, ValueError) as why:
        raise Refused(f"{type(why).__name__}: {why}") from why
    leaves(content, voucher)
    return content


def signed_data(data: cms.SignedData, voucher: Voucher) -> bytes:
    """RFC 5652 section 5.1; returns the content."""
    content_type, version = PROFILES[voucher.profile]
    equal("version", data["version"].native, version)
    equal("digestAlgorithms", len(data["digest_algorithms"]), 1)
    digest_algorithm("digestAlgorithms", data["digest_algorithms"][0], voucher)
    equal("eContentType", data["encap_content_info"]["content_type"].dotted, content_type)
    equal("crls", len(data["crls"] or []), 0)
    equal("signerInfos", len(data["signer_infos"]), 1)
    return bytes(data["encap_content_info"]["content"])


def digest_algorithm(field: str, algorithm: cms.DigestAlgorithm, voucher: Voucher) -> None:
    """RFC 5754 section 2: no parameters at all."""
    equal(field, algorithm["algorithm"].native, HASHES[voucher.key][0])
    equal(f"{field} parameters", algorithm["parameters"].dump(), b"")


def certificates(data: cms.SignedData, voucher: Voucher, anchor: x509.Certificate) -> list[x509.Certificate]:
    """RFC 8366 section 5.4: all up to the anchor, each once, in DER order. Returns them from the signer up."""
    found = [certificate.dump() for certificate in data["certificates"]]
    equal("certificates", found, sorted(voucher.certificates))
    chain = [x509.load_der_x509_certificate(der) for der in voucher.certificates]
    for subject, issuer in zip(chain, chain[1:] + [anchor], strict=True):
        subject.verify_directly_issued_by(issuer)
    equal("the root", chain[-1], anchor)
    usage = chain[0].extensions.get_extension_for_class(x509.KeyUsage).value
    equal("digitalSignature", usage.digital_signature, True)
    return chain


def signer_info(signer: cms.SignerInfo, content: bytes, certificate: x509.Certificate, voucher: Voucher) -> None:
    """RFC 5652 section 5.3."""
    equal("SignerInfo version", signer["version"].native, "v1")
    equal("sid", signer["sid"].name, "issuer_and_serial_number")
    equal("sid issuer", signer["sid"].chosen["issuer"].dump(), certificate.issuer.public_bytes())
    equal("sid serial", signer["sid"].chosen["serial_number"].native, certificate.serial_number)
    digest_algorithm("digestAlgorithm", signer["digest_algorithm"], voucher)
    equal("unsignedAttrs", signer["unsigned_attrs"].native, None)
    attributes(signer["signed_attrs"], content, voucher)
    equal("signatureAlgorithm", signer["signature_algorithm"]["algorithm"].native, SIGNATURES[voucher.key])
    # RFC 5754 section 3.3 and RFC 3370 section 3.2: none for ECDSA, NULL for RSA.
    parameters = b"\x05\x00" if voucher.key == "rsa2048" else b""
    equal("signatureAlgorithm parameters", signer["signature_algorithm"]["parameters"].dump(), parameters)
    signature(signer, certificate, voucher)


def attributes(attrs: cms.CMSAttributes, content: bytes, voucher: Voucher) -> None:
    """RFC 5652 section 11, in the order of X.690 section 11.6."""
    equal("signedAttrs", [attr["type"].native for attr in attrs], ["content_type", "signing_time", "message_digest"])
    encoded = [attr.dump() for attr in attrs]
    equal("order of signedAttrs", encoded, sorted(encoded))
    equal("values of signedAttrs", [len(attr["values"]) for attr in attrs], [1, 1, 1])
    content_type, signing_time, digest = (attr["values"][0] for attr in attrs)
    equal("content-type", content_type.dotted, PROFILES[voucher.profile][0])
    equal("signing-time form", signing_time.name, "utc_time")
    second = datetime.fromisoformat(voucher.created_on.replace("Z", "+00:00")).replace(microsecond=0)
    equal("signing-time", signing_time.native.astimezone(timezone.utc), second)
    hasher = hashes.Hash(HASHES[voucher.key][1]())
    hasher.update(content)
    equal("message-digest", digest.native, hasher.finalize())


def signature(signer: cms.SignerInfo, certificate: x509.Certificate, voucher: Voucher) -> None:
    """RFC 5652 section 5.4: over the attributes as a SET, not as they stand on the wire."""
    on_wire = signer["signed_attrs"].dump()
    equal("tag of signedAttrs", on_wire[0], 0xA0)
    check(certificate, signer["signature"].native, b"\x31" + on_wire[1:], voucher)
    try:
        check(certificate, signer["signature"].native, on_wire, voucher)
    except InvalidSignature:
        return
    raise Refused("the signature is over the attributes with their implicit tag")


def check(certificate: x509.Certificate, made: bytes, signed: bytes, voucher: Voucher) -> None:
    algorithm = HASHES[voucher.key][1]()
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            key.verify(made, signed, padding.PKCS1v15(), algorithm)
        case ec.EllipticCurvePublicKey() as key:
            key.verify(made, signed, ec.ECDSA(algorithm))
        case other:
            raise Refused(f"the signer's key is a {type(other).__name__}")


def leaves(content: bytes, voucher: Voucher) -> None:
    """RFC 8366 section 5.3 in the JSON of RFC 7951."""
    document = json.loads(content.decode("utf-8"), object_pairs_hook=without_doubles)
    equal("document", list(document), ["ietf-voucher:voucher"])
    leaf = document["ietf-voucher:voucher"]
    equal("members", list(leaf), [member for member in MEMBERS if member in leaf])
    for member in ("created-on", "expires-on", "last-renewal-date"):
        if not DATE.fullmatch(leaf.get(member, voucher.created_on)):
            raise Refused(f"{member} is {leaf[member]!r}")
    equal("created-on", leaf["created-on"], voucher.created_on)
    equal("serial-number", leaf["serial-number"], voucher.serial_number)
    equal("assertion", leaf["assertion"] in ("verified", "logged", "proximity"), True)
    for member in ("pinned-domain-cert", "idevid-issuer", "nonce"):
        text = leaf.get(member, "")
        equal(member, base64.b64encode(base64.b64decode(text, validate=True)).decode(), text)
    equal("pinned-domain-cert", base64.b64decode(leaf["pinned-domain-cert"]), voucher.pinned_domain_cert)
    equal("revocation flag", type(leaf.get("domain-cert-revocation-checks", True)), bool)
    if "nonce" in leaf:
        equal("expires-on beside a nonce", leaf.get("expires-on"), None)


def without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    equal("number of members", len(dict(pairs)), len(pairs))
    return dict(pairs)


def main() -> None:
    (folder,) = sys.argv[1:]
    vouchers, tally = gallery.read(Path(folder)), Tally()
    gallery.judge(verify, vouchers, tally)
    tally.close()


if __name__ == "__main__":
    main()
