//! Everything that is not an event: parts, vouchers, trees, tokens.

use base64::{Engine, prelude::BASE64_STANDARD};
use ovgs_domain::{
    Author, Component, EkCertificate, Endorsement, Facts, Fingerprint, GroupId, GroupRecord, IdevidIssuer,
    IssuedVoucher, MacAddress, Model, OrgRecords, PublicKey, RequestId, Revision, Username,
};
use serde::{Deserialize, Serialize};

use super::{
    event::{CertJson, ComponentJson, EventJson, UserJson},
    values::{self, corrupt, micros},
};
use crate::{Position, RecordedEvent, Stamp, StoreError, TokenRecord};

/// A component. What is not known is left out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartJson {
    id: ComponentJson,
    org: String,
    group: Option<String>,
    model: Option<String>,
    mac_addr: Option<String>,
    endorsement_key: Option<Base64>,
    ek_certificate: Option<Base64>,
    platform_primary_key: Option<Base64>,
    idevid_issuer: Option<Base64>,
}

/// Bytes.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Base64(String);

impl Base64 {
    fn of(bytes: &[u8]) -> Base64 {
        Base64(BASE64_STANDARD.encode(bytes))
    }

    fn bytes(&self) -> Result<Vec<u8>, StoreError> {
        BASE64_STANDARD.decode(&self.0).map_err(corrupt("bytes"))
    }

    fn fingerprint(&self) -> Result<Fingerprint, StoreError> {
        values::fingerprint(self.bytes()?)
    }
}

impl From<&Component> for PartJson {
    fn from(component: &Component) -> PartJson {
        let facts = &component.facts;
        let (key, certificate) = match &facts.endorsement {
            Some(Endorsement::Key(key)) => (Some(key), None),
            Some(Endorsement::Certificate(certificate)) => (None, Some(certificate)),
            None => (None, None),
        };
        PartJson {
            id: (&component.id).into(),
            org: component.org.to_string(),
            group: component.group.as_ref().map(GroupId::to_string),
            model: facts.model.as_ref().map(Model::to_string),
            mac_addr: facts.mac_addr.as_ref().map(MacAddress::to_string),
            endorsement_key: key.map(|key| Base64::of(key.der())),
            ek_certificate: certificate.map(|certificate| Base64::of(certificate.der())),
            platform_primary_key: facts.platform_primary_key.as_ref().map(|key| Base64::of(key.der())),
            idevid_issuer: facts.idevid_issuer.as_ref().map(|issuer| Base64::of(issuer.der())),
        }
    }
}

impl TryFrom<PartJson> for Component {
    type Error = StoreError;

    fn try_from(part: PartJson) -> Result<Component, StoreError> {
        let bytes = |value: &Option<Base64>| value.as_ref().map(Base64::bytes).transpose();
        let key = |der: Vec<u8>| PublicKey::parse(&der).map_err(corrupt("a public key"));
        let certificate = |der: Vec<u8>| EkCertificate::parse(&der).map_err(corrupt("an EK certificate"));
        let issuer = |der: Vec<u8>| IdevidIssuer::parse(&der).map_err(corrupt("an IDevID issuer"));
        let endorsement = bytes(&part.endorsement_key)?.map(key).transpose()?.map(Endorsement::Key);
        let ek_certificate =
            bytes(&part.ek_certificate)?.map(certificate).transpose()?.map(Endorsement::Certificate);
        Ok(Component {
            id: part.id.try_into()?,
            org: values::org_id(&part.org)?,
            group: part.group.as_deref().map(values::group_id).transpose()?,
            facts: Facts {
                model: part.model.map(|text| Model::parse(&text).map_err(corrupt("a model"))).transpose()?,
                mac_addr: part
                    .mac_addr
                    .map(|text| MacAddress::parse(&text).map_err(corrupt("a MAC address")))
                    .transpose()?,
                endorsement: endorsement.or(ek_certificate),
                platform_primary_key: bytes(&part.platform_primary_key)?.map(key).transpose()?,
                idevid_issuer: bytes(&part.idevid_issuer)?.map(issuer).transpose()?,
            },
        })
    }
}

/// The journal's record of a voucher.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VoucherJson {
    at: i64,
    caller: UserJson,
    request_id: String,
    org: String,
    component: ComponentJson,
    cert: String,
    pinned_cert: Base64,
    content: Base64,
    voucher: Base64,
    created_on: i64,
    expires_on: Option<i64>,
    issuer: String,
    signer_cert: Base64,
}

impl From<&IssuedVoucher> for VoucherJson {
    fn from(voucher: &IssuedVoucher) -> VoucherJson {
        let digest = |fingerprint: &Fingerprint| Base64::of(fingerprint.as_bytes());
        VoucherJson {
            at: micros(voucher.at),
            caller: (&voucher.caller).into(),
            request_id: voucher.request_id.to_string(),
            org: voucher.org.to_string(),
            component: (&voucher.component).into(),
            cert: voucher.cert.to_string(),
            pinned_cert: digest(&voucher.pinned_cert),
            content: digest(&voucher.content),
            voucher: digest(&voucher.voucher),
            created_on: micros(voucher.created_on),
            expires_on: voucher.expires_on.map(micros),
            issuer: voucher.issuer.clone(),
            signer_cert: digest(&voucher.signer_cert),
        }
    }
}

impl TryFrom<VoucherJson> for IssuedVoucher {
    type Error = StoreError;

    fn try_from(voucher: VoucherJson) -> Result<IssuedVoucher, StoreError> {
        Ok(IssuedVoucher {
            at: values::time(voucher.at)?,
            caller: voucher.caller.try_into()?,
            request_id: RequestId::parse(&voucher.request_id).map_err(corrupt("a request id"))?,
            org: values::org_id(&voucher.org)?,
            component: voucher.component.try_into()?,
            cert: values::cert_id(&voucher.cert)?,
            pinned_cert: voucher.pinned_cert.fingerprint()?,
            content: voucher.content.fingerprint()?,
            voucher: voucher.voucher.fingerprint()?,
            created_on: values::time(voucher.created_on)?,
            expires_on: voucher.expires_on.map(values::time).transpose()?,
            issuer: voucher.issuer,
            signer_cert: voucher.signer_cert.fingerprint()?,
        })
    }
}

/// A tree in flat records.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrgJson {
    id: String,
    revision: u64,
    groups: Vec<GroupJson>,
    members: Vec<(String, UserJson, String)>,
    delegations: Vec<(String, String)>,
    certs: Vec<(String, CertJson, Base64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupJson {
    id: String,
    parent: Option<String>,
    description: String,
}

impl From<&OrgRecords> for OrgJson {
    fn from(org: &OrgRecords) -> OrgJson {
        let group = |group: &GroupRecord| GroupJson {
            id: group.id.to_string(),
            parent: group.parent.as_ref().map(GroupId::to_string),
            description: group.description.to_string(),
        };
        let members = org.members.iter();
        let delegations = org.delegations.iter();
        let certs = org.certs.iter();
        OrgJson {
            id: org.id.to_string(),
            revision: org.revision.0,
            groups: org.groups.iter().map(group).collect(),
            members: members
                .map(|(id, user, role)| (id.to_string(), user.into(), role.as_str().into()))
                .collect(),
            delegations: delegations.map(|(id, delegate)| (id.to_string(), delegate.to_string())).collect(),
            certs: certs
                .map(|(id, cert)| (id.to_string(), cert.into(), Base64::of(cert.fingerprint.as_bytes())))
                .collect(),
        }
    }
}

impl TryFrom<OrgJson> for OrgRecords {
    type Error = StoreError;

    fn try_from(org: OrgJson) -> Result<OrgRecords, StoreError> {
        let member = |(id, user, role): (String, UserJson, String)| {
            Ok((values::group_id(&id)?, user.try_into()?, values::role(&role)?))
        };
        let delegation =
            |(id, delegate): (String, String)| Ok((values::group_id(&id)?, values::delegate(&delegate)?));
        let cert = |(id, cert, fingerprint): (String, CertJson, Base64)| {
            Ok((values::group_id(&id)?, cert.into_cert(fingerprint.fingerprint()?)?))
        };
        Ok(OrgRecords {
            id: values::org_id(&org.id)?,
            revision: Revision(org.revision),
            groups: org.groups.into_iter().map(GroupJson::into_record).collect::<Result<_, _>>()?,
            members: org.members.into_iter().map(member).collect::<Result<_, StoreError>>()?,
            delegations: org.delegations.into_iter().map(delegation).collect::<Result<_, StoreError>>()?,
            certs: org.certs.into_iter().map(cert).collect::<Result<_, StoreError>>()?,
        })
    }
}

impl GroupJson {
    fn into_record(self) -> Result<GroupRecord, StoreError> {
        let description = match self.parent {
            None => values::org_description(&self.description)?,
            Some(_) => values::group_description(&self.description)?,
        };
        let parent = self.parent.as_deref().map(values::group_id).transpose()?;
        Ok(GroupRecord { id: values::group_id(&self.id)?, parent, description })
    }
}

/// An event with its place, author and time.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedJson {
    position: i64,
    at: i64,
    author: AuthorJson,
    event: EventJson,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AuthorJson {
    User(UserJson),
    Cli(String),
}

impl From<&RecordedEvent> for RecordedJson {
    fn from(recorded: &RecordedEvent) -> RecordedJson {
        RecordedJson {
            position: recorded.position.0,
            at: micros(recorded.stamp.at),
            author: match &recorded.stamp.author {
                Author::User(user) => AuthorJson::User(user.into()),
                Author::Cli(name) => AuthorJson::Cli(name.to_string()),
            },
            event: (&recorded.event).into(),
        }
    }
}

impl TryFrom<RecordedJson> for RecordedEvent {
    type Error = StoreError;

    fn try_from(recorded: RecordedJson) -> Result<RecordedEvent, StoreError> {
        let author = match recorded.author {
            AuthorJson::User(user) => Author::User(user.try_into()?),
            AuthorJson::Cli(name) => Author::Cli(Username::parse(&name).map_err(corrupt("an author"))?),
        };
        Ok(RecordedEvent {
            position: Position(recorded.position),
            stamp: Stamp { author, at: values::time(recorded.at)? },
            event: recorded.event.try_into()?,
        })
    }
}

/// What is kept of a token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenJson {
    jti: String,
    user: UserJson,
    issued_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl From<&TokenRecord> for TokenJson {
    fn from(token: &TokenRecord) -> TokenJson {
        TokenJson {
            jti: token.jti.clone(),
            user: (&token.user).into(),
            issued_at: micros(token.issued_at),
            expires_at: micros(token.expires_at),
            revoked_at: token.revoked_at.map(micros),
            last_used_at: token.last_used_at.map(micros),
        }
    }
}

impl TryFrom<TokenJson> for TokenRecord {
    type Error = StoreError;

    fn try_from(token: TokenJson) -> Result<TokenRecord, StoreError> {
        Ok(TokenRecord {
            jti: token.jti,
            user: token.user.try_into()?,
            issued_at: values::time(token.issued_at)?,
            expires_at: values::time(token.expires_at)?,
            revoked_at: token.revoked_at.map(values::time).transpose()?,
            last_used_at: token.last_used_at.map(values::time).transpose()?,
        })
    }
}
