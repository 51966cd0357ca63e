//! What `[identity]` must keep.

use chrono::TimeDelta;

use super::{AuthenticatorKind, CertificateUser, Config, OidcIssuer, Problem, authentication::paths};

/// How far clocks may differ at most.
const LONGEST_LEEWAY: TimeDelta = TimeDelta::minutes(5);

pub(super) fn broken(config: &Config) -> Vec<Problem> {
    let issuers = config.identity.oidc.iter().enumerate();
    let mut problems: Vec<Problem> =
        issuers.flat_map(|(index, issuer)| issuer_lacks(config, index, issuer)).collect();
    problems.extend(names_twice(config));
    let users = config.identity.client_certificates.users.iter().enumerate();
    problems.extend(users.filter_map(|(index, user)| user_lacks(config, index, user)));
    problems.extend(order(config));
    problems
}

fn issuer_lacks(config: &Config, index: usize, issuer: &OidcIssuer) -> Vec<Problem> {
    let named = !issuer.organizations.is_empty() || !issuer.organization_names.is_empty();
    let (fixed, claimed) = (issuer.organization.is_some(), issuer.organization_claim.is_some());
    let lacking = [
        (issuer.issuer.is_empty(), "issuer", "is missing; write what `iss` of its tokens says"),
        (issuer.audiences.is_empty(), "audiences", "is missing; list what of `aud` means this service"),
        (
            issuer.algorithms.is_empty(),
            "algorithms",
            "is empty; list what the issuer signs with, such as `[\"RS256\"]`",
        ),
        (issuer.token_types.is_empty(), "token_types", "is empty; `[\"at+jwt\"]` is what RFC 9068 asks for"),
        (issuer.leeway > LONGEST_LEEWAY, "leeway", "is more than five minutes; write at most `5m`"),
        (
            issuer.jwks_url.is_some() && issuer.jwks_file.is_some(),
            "jwks_file",
            "and `identity.oidc.jwks_url` are both set; remove one of them",
        ),
        (
            fixed == claimed,
            "organization",
            "or `identity.oidc.organization_claim`, one of the two, says whose users an issuer's tokens name",
        ),
        (
            claimed && !named,
            "organization_claim",
            "takes a list of the organizations that the issuer may name: `identity.oidc.organizations`, or `[identity.oidc.organization_names]`",
        ),
        (
            !claimed && named,
            "organizations",
            "takes `identity.oidc.organization_claim`, which says which of them is meant",
        ),
        (issuer.username_claim.is_empty(), "username_claim", "must not be empty"),
    ];
    let given_empty =
        paths(issuer).into_iter().filter(|(_, path)| path.is_some_and(|path| path.as_os_str().is_empty()));
    let empty = given_empty.map(|(key, _)| (true, key, "must not be empty"));
    let is_lacking = lacking.into_iter().chain(empty).filter(|(lacking, ..)| *lacking);
    let problem = |(_, key, text): (bool, &str, &str)| {
        config.places.of_oidc(index, key).problem(format!("`identity.oidc.{key}` {text}"))
    };
    is_lacking.map(problem).collect()
}

/// Who issued a token is known by its issuer's name alone.
fn names_twice(config: &Config) -> Vec<Problem> {
    let names: Vec<&str> = config.identity.oidc.iter().map(|issuer| issuer.issuer.as_str()).collect();
    let before = |index: usize| names.iter().take(index);
    let twice = names.iter().enumerate().filter(|(index, name)| {
        !name.is_empty() && (**name == config.tokens.issuer || before(*index).any(|other| other == *name))
    });
    let text = "`identity.oidc.issuer` is the name of another issuer, or of the server's own tokens; each needs its own";
    twice.map(|(index, _)| config.places.of_oidc(index, "issuer").problem(text)).collect()
}

fn user_lacks(config: &Config, index: usize, user: &CertificateUser) -> Option<Problem> {
    let names = [&user.uri, &user.dns, &user.subject].into_iter().flatten().count();
    let (key, text) = match () {
        () if names != 1 => ("uri", "needs one of `uri`, `dns` and `subject`"),
        () if user.org.is_none() => ("org", "needs `org`, the user's organization"),
        () if user.user_type.is_none() => ("type", "needs `type`, `user` or `service-account`"),
        () if user.name.is_none() => ("name", "needs `name`, the user's name"),
        () => return None,
    };
    let place = config.places.of_certificate_user(index, key);
    Some(place.problem(format!("a user in `identity.client_certificates.users` {text}")))
}

fn order(config: &Config) -> Vec<Problem> {
    let identity = &config.identity;
    let mut problems = Vec::new();
    let place = config.places.of("identity", "authenticators");
    if identity.client_certificates.users.len()
        + usize::from(identity.client_certificates.ovgs_uris.is_some())
        > 0
        && config.server.client_ca.is_none()
    {
        let text =
            "`identity.client_certificates` takes `server.client_ca`, the authority of client certificates";
        problems.push(config.places.of("identity", "client_certificates").problem(text));
    }
    let Some(order) = &identity.authenticators else { return problems };
    let can_be_asked = |kind: &AuthenticatorKind| match kind {
        AuthenticatorKind::Tokens => true,
        AuthenticatorKind::Oidc => !identity.oidc.is_empty(),
        AuthenticatorKind::ClientCertificates => config.server.client_ca.is_some(),
    };
    for (index, kind) in order.iter().enumerate() {
        let name = kind.name();
        if order.iter().take(index).any(|other| other == kind) {
            problems.push(place.problem(format!("`identity.authenticators` names `{name}` twice")));
        } else if !can_be_asked(kind) {
            problems.push(
                place.problem(format!("`identity.authenticators` names `{name}`, which is not configured")),
            );
        }
    }
    if order.is_empty() {
        problems.push(
            place.problem(
                "`identity.authenticators` is empty, so nobody could call; leave it out to have all",
            ),
        );
    }
    if !identity.oidc.is_empty() && !order.contains(&AuthenticatorKind::Oidc) {
        let text = "`identity.authenticators` leaves out `oidc`, which is configured; add it, or remove `[[identity.oidc]]`";
        problems.push(place.problem(text));
    }
    problems
}
