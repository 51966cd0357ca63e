//! The object identifiers this crate reads and writes.

use der::asn1::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// id-data, RFC 5652 §4: what PKCS#7-style vouchers carry.
pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
/// id-signedData, RFC 5652 §5.1.
pub(crate) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// id-envelopedData, RFC 5652 §6.1: what an encrypted artifact is.
pub(crate) const ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.3");
/// id-ct-animaJSONVoucher, RFC 8366 §8.4.
pub(crate) const VOUCHER: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.40");
/// id-ct-sztpConveyedInfoXML, RFC 8572 §10.4.
pub(crate) const CONVEYED_XML: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.42");
/// id-ct-sztpConveyedInfoJSON, RFC 8572 §10.4.
pub(crate) const CONVEYED_JSON: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.43");

/// id-contentType, RFC 5652 §11.1.
pub(crate) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
/// id-messageDigest, RFC 5652 §11.2.
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
/// id-signingTime, RFC 5652 §11.3.
pub(crate) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// S/MIME capabilities, which `openssl cms -sign` adds unasked.
pub(crate) const SMIME_CAPABILITIES: ObjectIdentifier = oid("1.2.840.113549.1.9.15");

pub(crate) const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
pub(crate) const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
pub(crate) const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");

pub(crate) const ECDSA_SHA1: ObjectIdentifier = oid("1.2.840.10045.4.1");
pub(crate) const ECDSA_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
pub(crate) const ECDSA_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
pub(crate) const ECDSA_SHA512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");

/// rsaEncryption: a key's type, and in a SignerInfo a PKCS#1 v1.5 signature (RFC 3370 §3.2).
pub(crate) const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub(crate) const RSA_SHA1: ObjectIdentifier = oid("1.2.840.113549.1.1.5");
pub(crate) const RSA_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
pub(crate) const RSA_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
pub(crate) const RSA_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
pub(crate) const RSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub(crate) const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");

pub(crate) const EC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
pub(crate) const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = oid("1.3.132.0.34");
pub(crate) const P521: ObjectIdentifier = oid("1.3.132.0.35");

pub(crate) const SUBJECT_KEY_ID: ObjectIdentifier = oid("2.5.29.14");
pub(crate) const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
pub(crate) const ISSUER_ALT_NAME: ObjectIdentifier = oid("2.5.29.18");
pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub(crate) const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
pub(crate) const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
pub(crate) const AUTHORITY_KEY_ID: ObjectIdentifier = oid("2.5.29.35");
pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");

/// id-kp-emailProtection: the one extended key usage that OpenSSL's default purpose accepts.
pub(crate) const EMAIL_PROTECTION: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.4");

/// What people call `oid`, or its numbers.
pub(crate) fn name(oid: &ObjectIdentifier) -> String {
    let known = match *oid {
        DATA => "id-data",
        SIGNED_DATA => "id-signedData",
        ENVELOPED_DATA => "id-envelopedData",
        VOUCHER => "id-ct-animaJSONVoucher",
        CONVEYED_XML => "id-ct-sztpConveyedInfoXML",
        CONVEYED_JSON => "id-ct-sztpConveyedInfoJSON",
        CONTENT_TYPE => "content-type",
        MESSAGE_DIGEST => "message-digest",
        SIGNING_TIME => "signing-time",
        SMIME_CAPABILITIES => "S/MIME capabilities",
        SHA1 => "SHA-1",
        SHA256 => "SHA-256",
        SHA384 => "SHA-384",
        SHA512 => "SHA-512",
        ECDSA_SHA1 => "ecdsa-with-SHA1",
        ECDSA_SHA256 => "ecdsa-with-SHA256",
        ECDSA_SHA384 => "ecdsa-with-SHA384",
        ECDSA_SHA512 => "ecdsa-with-SHA512",
        RSA => "rsaEncryption",
        RSA_SHA1 => "sha1WithRSAEncryption",
        RSA_SHA256 => "sha256WithRSAEncryption",
        RSA_SHA384 => "sha384WithRSAEncryption",
        RSA_SHA512 => "sha512WithRSAEncryption",
        RSA_PSS => "RSASSA-PSS",
        NAME_CONSTRAINTS => "name constraints",
        EMAIL_PROTECTION => "emailProtection",
        _ => return oid.to_string(),
    };
    known.to_owned()
}
