//! The answers of `ovgs.provisioning.v1`.

use ovgs_domain::{Component, ComponentId, Endorsement, Facts, IdevidIssuer, PublicKey, User};
use ovgs_proto::provisioning::v1::{
    self as pb,
    import_components_response::{Outcome as PbOutcome, Refusal, Warning},
};
use ovgs_store::{JournaledVoucher, OrgSummary, RecordedEvent, TokenRecord};

use super::{account_type, accounts, component as part, member, texts, time, user_role};
use crate::{
    authn::IssuedToken,
    provisioning::{
        BatchReport, ChangeRecord, Corrected, Effect, Notice, OrgDetails, Outcome, PartDetails, Remains,
    },
};

pub(in crate::rpc) fn list_orgs(org: OrgSummary) -> pb::ListOrgsResponse {
    pb::ListOrgsResponse { org_id: org.id.to_string(), description: org.description.to_string() }
}

pub(in crate::rpc) fn get_org(org: OrgDetails) -> pb::GetOrgResponse {
    pb::GetOrgResponse {
        org_id: org.id.to_string(),
        group_id: org.id.root().to_string(),
        description: org.description.to_string(),
        groups: org.groups as u64,
        components: org.components,
        certificates: org.certificates as u64,
        registered_users: org.registered_users as u64,
        users: org.users.iter().map(|(user, role)| member(user, *role)).collect(),
        delegated_orgs: org.delegates.iter().map(ToString::to_string).collect(),
    }
}

pub(in crate::rpc) fn delete_org(gone: &Remains) -> pb::DeleteOrgResponse {
    let gone = pb::Remains {
        groups: gone.groups as u64,
        components: gone.components,
        certificates: gone.certificates as u64,
        roles: gone.roles as u64,
        users: gone.users as u64,
        employers: texts(&gone.employers),
        delegators: texts(&gone.delegators),
    };
    pb::DeleteOrgResponse { gone: Some(gone) }
}

pub(in crate::rpc) fn list_users(user: User) -> pb::ListUsersResponse {
    pb::ListUsersResponse {
        username: user.username.to_string(),
        user_type: account_type(user.user_type).into(),
        org_id: user.org.to_string(),
    }
}

pub(in crate::rpc) fn issue_token(issued: IssuedToken) -> pb::IssueTokenResponse {
    let token = issued.token.reveal().to_owned();
    pb::IssueTokenResponse { token, record: Some(accounts::token(issued.record)) }
}

pub(in crate::rpc) fn list_tokens(record: TokenRecord) -> pb::ListTokensResponse {
    pb::ListTokensResponse { token: Some(accounts::token(record)) }
}

pub(in crate::rpc) fn import_components(report: BatchReport) -> pb::ImportComponentsResponse {
    let outcomes = report.outcomes.iter().map(|outcome| i32::from(self::outcome(*outcome)));
    let (mut refusals, mut warnings) = (Vec::new(), Vec::new());
    for notice in report.notices {
        match notice {
            Notice::Refused { line, column, reason } => {
                refusals.push(Refusal { row: row_of(line), column: column.to_string(), reason });
            }
            Notice::Ambiguous { line, component: _, other } => {
                warnings.push(Warning { row: row_of(line), other: Some(part(&other)) });
            }
            // Only rows of files have these.
            Notice::Converted { .. } | Notice::Doubtful { .. } => {}
        }
    }
    pb::ImportComponentsResponse {
        first_row: report.first_row,
        outcomes: outcomes.collect(),
        refusals,
        warnings,
    }
}

/// Lines count from 1, rows from 0.
fn row_of(line: u64) -> u64 {
    line.saturating_sub(1)
}

fn outcome(outcome: Outcome) -> PbOutcome {
    match outcome {
        Outcome::Added => PbOutcome::Added,
        Outcome::Updated => PbOutcome::Updated,
        Outcome::Unchanged => PbOutcome::Unchanged,
        Outcome::Refused => PbOutcome::Refused,
    }
}

pub(in crate::rpc) fn export_components(component: Component) -> pb::ExportComponentsResponse {
    pb::ExportComponentsResponse { row: Some(row(&component.id, component.facts)) }
}

pub(in crate::rpc) fn get_component(details: PartDetails) -> pb::GetComponentResponse {
    let PartDetails { component, manufacturer } = details;
    pb::GetComponentResponse {
        row: Some(row(&component.id, component.facts)),
        org_id: component.org.to_string(),
        group_id: component.group.map(|group| group.to_string()).unwrap_or_default(),
        manufacturer: manufacturer.unwrap_or_default(),
    }
}

pub(in crate::rpc) fn correct_component(
    effect: Effect,
    corrected: Corrected,
) -> pb::CorrectComponentResponse {
    pb::CorrectComponentResponse {
        unchanged: effect.is_unchanged(),
        ambiguous_with: corrected.ambiguous_with.as_ref().map(part),
    }
}

pub(in crate::rpc) fn retire_component(vouchers: Vec<JournaledVoucher>) -> pb::RetireComponentResponse {
    pb::RetireComponentResponse { valid_vouchers: vouchers.into_iter().map(voucher).collect() }
}

pub(in crate::rpc) fn transfer_component(
    effect: Effect,
    vouchers: Vec<JournaledVoucher>,
) -> pb::TransferComponentResponse {
    let valid_vouchers = vouchers.into_iter().map(voucher).collect();
    pb::TransferComponentResponse { unchanged: effect.is_unchanged(), valid_vouchers }
}

pub(in crate::rpc) fn list_changes(event: RecordedEvent) -> pb::ListChangesResponse {
    let ChangeRecord { at, author, change, org, about } = ChangeRecord::from(event);
    let user_org = about.user.as_ref().map(|user| user.org.clone()).filter(|of_user| *of_user != org);
    pb::ListChangesResponse {
        time: Some(time(at)),
        author: author.to_string(),
        change: change.to_owned(),
        org_id: org.to_string(),
        to_org_id: text(about.to_org),
        group_id: text(about.group),
        from_group_id: text(about.from_group),
        parent: text(about.parent),
        description: text(about.description),
        username: text(about.user.as_ref().map(|user| user.username.clone())),
        user_type: about.user.map(|user| account_type(user.user_type)).unwrap_or_default().into(),
        user_org_id: text(user_org),
        user_role: about.role.map(user_role).unwrap_or_default().into(),
        delegated_org: text(about.delegate),
        cert_id: text(about.cert),
        component: about.component.as_ref().map(part),
        jti: about.jti.unwrap_or_default(),
        expires_at: about.expires_at.map(time),
    }
}

pub(in crate::rpc) fn list_vouchers(journaled: JournaledVoucher) -> pb::ListVouchersResponse {
    pb::ListVouchersResponse { voucher: Some(voucher(journaled)) }
}

fn voucher(journaled: JournaledVoucher) -> pb::JournaledVoucher {
    let record = journaled.voucher;
    pb::JournaledVoucher {
        time: Some(time(record.at)),
        caller: record.caller.to_string(),
        request_id: record.request_id.to_string(),
        org_id: record.org.to_string(),
        component: Some(part(&record.component)),
        cert_id: record.cert.to_string(),
        pinned_cert_sha256: record.pinned_cert.as_bytes().to_vec(),
        content_sha256: record.content.as_bytes().to_vec(),
        voucher_sha256: record.voucher.as_bytes().to_vec(),
        created_on: Some(time(record.created_on)),
        expires_on: record.expires_on.map(time),
        issuer: record.issuer,
        signer_cert_sha256: record.signer_cert.as_bytes().to_vec(),
    }
}

fn row(id: &ComponentId, facts: Facts) -> pb::ComponentRow {
    let (endorsement_key, ek_certificate) = match facts.endorsement {
        None => (None, None),
        Some(Endorsement::Key(key)) => (Some(key.der().to_vec()), None),
        Some(Endorsement::Certificate(certificate)) => (None, Some(certificate.der().to_vec())),
    };
    pb::ComponentRow {
        component: Some(part(id)),
        model: facts.model.map(|model| model.to_string()),
        mac_addr: facts.mac_addr.map(|mac| mac.to_string()),
        endorsement_key,
        ek_certificate,
        platform_primary_key: facts.platform_primary_key.as_ref().map(PublicKey::der).map(<[u8]>::to_vec),
        idevid_issuer: facts.idevid_issuer.as_ref().map(IdevidIssuer::der).map(<[u8]>::to_vec),
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
