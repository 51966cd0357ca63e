//! The two kinds of CMS object that carry vouchers.

use der::asn1::ObjectIdentifier;

use crate::oid;

/// How a voucher stands in CMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// RFC 8366 §5.4: content type id-ct-animaJSONVoucher, SignedData version 3.
    #[default]
    Rfc8366,
    /// What most vendors really issue: content type id-data, SignedData version 1, as in PKCS#7.
    Pkcs7,
}

impl Profile {
    /// The name in configuration and on the command line: `rfc8366` or `pkcs7`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rfc8366 => "rfc8366",
            Self::Pkcs7 => "pkcs7",
        }
    }

    /// The profile of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Rfc8366, Self::Pkcs7].into_iter().find(|profile| profile.as_str() == name)
    }

    /// The profile whose content type is `content_type`.
    pub(crate) fn of(content_type: ObjectIdentifier) -> Option<Self> {
        [Self::Rfc8366, Self::Pkcs7].into_iter().find(|profile| profile.content_type() == content_type)
    }

    pub(crate) fn content_type(self) -> ObjectIdentifier {
        match self {
            Self::Rfc8366 => oid::VOUCHER,
            Self::Pkcs7 => oid::DATA,
        }
    }

    /// RFC 5652 §5.1: 3 unless the content is id-data.
    pub(crate) fn version(self) -> u8 {
        match self {
            Self::Rfc8366 => 3,
            Self::Pkcs7 => 1,
        }
    }
}
