//! Conveyed information: RFC 8572 §3.1.

use super::bootstrap::{DeviceNote, refuse_encrypted};
use crate::{
    Certificate, DeviceError, VerifyError,
    cms::decode::SignedData,
    oid,
    verify::{rules, signer},
};

/// How conveyed information is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConveyedFormat {
    /// XML of the YANG module `ietf-sztp-conveyed-info`.
    Xml,
    /// JSON of the YANG module `ietf-sztp-conveyed-info`.
    Json,
    /// Content type id-data, which leaves it to the device to know.
    Unsaid,
}

/// What the owner conveys: where to go on, or what to boot and configure. It is not looked into here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conveyed {
    /// How it is written.
    pub format: ConveyedFormat,
    /// The octets that the owner signed.
    pub content: Vec<u8>,
}

/// Conveyed information whose signature nobody has checked yet.
pub(super) struct Signed<'a> {
    data: SignedData<'a>,
    conveyed: Conveyed,
}

impl<'a> Signed<'a> {
    /// Reads it, and judges what can be judged without knowing the owner.
    pub(super) fn read(der: &'a [u8], notes: &mut Vec<DeviceNote>) -> Result<Self, DeviceError> {
        refuse_encrypted(der, "conveyed information")?;
        if let Some(oid::CONVEYED_XML | oid::CONVEYED_JSON) = SignedData::content_type_of(der) {
            return Err(DeviceError::Unsigned);
        }
        let (data, trailing) = SignedData::read(der).map_err(DeviceError::Conveyed)?;
        if trailing > 0 {
            return Err(DeviceError::TrailingOctets { artifact: "conveyed information", octets: trailing });
        }
        let mut odd = Vec::new();
        rules::OF_ANY_CONTENT
            .iter()
            .try_for_each(|rule| rule(&data, &mut odd))
            .map_err(DeviceError::Conveyed)?;
        notes.extend(odd.into_iter().map(DeviceNote::Conveyed));
        let format = format(&data)?;
        let content = rules::content(&data).map_err(DeviceError::Conveyed)?.to_vec();
        Ok(Self { data, conveyed: Conveyed { format, content } })
    }

    /// The certificate it says it is signed with: one of the owner's, or the pinned one itself.
    ///
    /// Certificates embedded in the conveyed information are not looked at: RFC 8572 §5.4 has them in the owner
    /// certificate artifact.
    pub(super) fn signer<'c>(
        &self,
        owners: &'c [Certificate],
        pinned: &'c Certificate,
    ) -> Result<&'c Certificate, DeviceError> {
        let signer = rules::only_signer(&self.data).map_err(DeviceError::Conveyed)?;
        rules::certificate_of(signer, owners)
            .or_else(|| rules::certificate_of(signer, std::slice::from_ref(pinned)))
            .ok_or(DeviceError::NoOwnerCertificate)
    }

    /// What is conveyed, if `owner` signed it.
    pub(super) fn accept(self, owner: &Certificate) -> Result<Conveyed, DeviceError> {
        signer::is_by(&self.data, owner).map_err(DeviceError::Conveyed)?;
        Ok(self.conveyed)
    }
}

fn format(data: &SignedData<'_>) -> Result<ConveyedFormat, DeviceError> {
    let (format, version) = match data.content_type {
        oid::CONVEYED_XML => (ConveyedFormat::Xml, 3),
        oid::CONVEYED_JSON => (ConveyedFormat::Json, 3),
        oid::DATA => (ConveyedFormat::Unsaid, 1),
        other => return Err(DeviceError::ConveyedType { content_type: oid::name(&other) }),
    };
    // RFC 5652 §5.1, as for vouchers.
    if data.version == version {
        Ok(format)
    } else {
        Err(DeviceError::Conveyed(VerifyError::Version { version: data.version }))
    }
}
