//! `[identity]`.

use expect_test::expect;

use super::super::{AuthenticatorKind, Directory};
use super::{check, read};

#[test]
fn cf20_who_is_believed_is_read_with_its_places() {
    let config = read(
        "[tokens]\nissuer = 'ovgs'\n[server]\ntls_certificate = 'a'\ntls_key = 'b'\nclient_ca = 'ca.pem'\n\
         [identity]\nauthenticators = ['oidc', 'tokens']\n\
         [[identity.oidc]]\nissuer = 'https://a.example'\naudiences = ['ovgs']\norganization = 'org-a'\nca = 'idp.pem'\n\
         [[identity.oidc]]\nissuer = 'https://b.example'\naudiences = ['ovgs']\nalgorithms = ['EdDSA', 'PS256']\n\
         organization_claim = 'org'\norganizations = ['org-b']\nleeway = '0s'\n\
         [identity.oidc.organization_names]\n'b.example' = 'org-c'\n[identity.oidc.required_claims]\ntid = 't'\n\
         [[identity.client_certificates.users]]\ndns = 'erp.example'\norg = 'org-a'\ntype = 'service-account'\nname = 'erp'\n",
        &[("OVGS__USERS__DIRECTORY", "registered")],
    );
    let identity = &config.identity;
    assert_eq!(identity.authenticators, Some(vec![AuthenticatorKind::Oidc, AuthenticatorKind::Tokens]));
    let [a, b] = identity.oidc.as_slice() else { panic!("{identity:?}") };
    assert_eq!(a.token_types, ["at+jwt"]);
    assert_eq!(a.ca.as_ref().and_then(|ca| ca.to_str()), Some("/etc/ovgs/idp.pem"));
    assert_eq!(a.organization.as_ref().map(ToString::to_string).as_deref(), Some("org-a"));
    let names: Vec<String> = b.allowed_orgs().iter().map(|(name, org)| format!("{name}={org}")).collect();
    assert_eq!(names, ["b.example=org-c", "org-b=org-b"]);
    assert_eq!(b.required_claims.get("tid").map(String::as_str), Some("t"));
    assert_eq!(identity.client_certificates.users.len(), 1);
    assert_eq!(config.users.directory, Directory::Registered);
}

#[test]
fn cf21_what_is_wrong_about_who_is_believed_is_said_with_its_line() {
    check(
        "[identity]\nauthenticators = ['tokens', 'tokens', 'client_certificates']\noidc = 1\n\
         [identity.client_certificates]\novgs_uris = true\n",
        &expect![[r#"
            ovgs.toml:2: `identity.authenticators` names `tokens` twice
            ovgs.toml:2: `identity.authenticators` names `client_certificates`, which is not configured
            ovgs.toml:3: `identity.oidc` is a section: write `[[identity.oidc]]`
            ovgs.toml:4: `identity.client_certificates` takes `server.client_ca`, the authority of client certificates"#]],
    );
    check(
        "[identity.oidc]\nissuer = 'x'\n",
        &expect!["ovgs.toml:1: `identity.oidc` is a list: begin each with `[[identity.oidc]]`"],
    );
    check(
        "[[identity.oidc]]\n\
         [[identity.oidc]]\nissuer = 'ovgs'\naudiences = ['a']\nalgorithms = ['HS256']\nleeway = '6m'\norganization = 'acme'\n\
         [[identity.oidc]]\nissuer = 'https://a'\naudiences = ['a']\nalgoritms = ['RS256']\norganization = 'org-a'\n\
         organizations = ['org-a']\ntoken_types = []\njwks_url = 'x'\njwks_file = 'y'\n\
         [identity.oidc.organization_names]\nx = 'acme'\ny = 7\n\
         [[identity.oidc]]\nissuer = 'https://a'\naudiences = ['a']\nalgorithms = ['none']\norganization_claim = 'org'\n",
        &expect![[r#"
            ovgs.toml:1: `identity.oidc.issuer` is missing; write what `iss` of its tokens says
            ovgs.toml:1: `identity.oidc.audiences` is missing; list what of `aud` means this service
            ovgs.toml:1: `identity.oidc.organization` or `identity.oidc.organization_claim`, one of the two, says whose users an issuer's tokens name
            ovgs.toml:3: `identity.oidc.issuer` is the name of another issuer, or of the server's own tokens; each needs its own
            ovgs.toml:5: `identity.oidc.algorithms` must list some of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `EdDSA`, not `HS256`
            ovgs.toml:6: `identity.oidc.leeway` is more than five minutes; write at most `5m`
            ovgs.toml:7: `identity.oidc.organization` must be an organization id: `acme` is not an organization id, which is `org-` and a name
            ovgs.toml:11: `identity.oidc.algoritms` is not a known key; the nearest one is `identity.oidc.algorithms`
            ovgs.toml:13: `identity.oidc.organizations` takes `identity.oidc.organization_claim`, which says which of them is meant
            ovgs.toml:14: `identity.oidc.token_types` is empty; `["at+jwt"]` is what RFC 9068 asks for
            ovgs.toml:16: `identity.oidc.jwks_file` and `identity.oidc.jwks_url` are both set; remove one of them
            ovgs.toml:18: an organization here is none: `acme` is not an organization id, which is `org-` and a name
            ovgs.toml:19: every value of `identity.oidc.organization_names` must be a text
            ovgs.toml:21: `identity.oidc.issuer` is the name of another issuer, or of the server's own tokens; each needs its own
            ovgs.toml:23: `identity.oidc.algorithms` must list some of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `EdDSA`, not `none`
            ovgs.toml:24: `identity.oidc.organization_claim` takes a list of the organizations that the issuer may name: `identity.oidc.organizations`, or `[identity.oidc.organization_names]`"#]],
    );
    check(
        "[server]\ntls_certificate = 'a'\ntls_key = 'b'\nclient_ca = 'c'\n\
         [[identity.client_certificates.users]]\nuri = 'a'\ndns = 'b'\norg = 'org-a'\ntype = 'user'\nname = 'x'\n\
         [[identity.client_certificates.users]]\nuri = 'a'\norg = 'x'\ntype = 'robot'\nname = ''\n\
         [[identity.client_certificates.users]]\nuri = 'a'\norg = 'org-a'\n",
        &expect![[r#"
            ovgs.toml:6: a user in `identity.client_certificates.users` needs one of `uri`, `dns` and `subject`
            ovgs.toml:13: `identity.client_certificates.users.org` must be an organization id: `x` is not an organization id, which is `org-` and a name
            ovgs.toml:14: `identity.client_certificates.users.type` must be `user` or `service-account`, not `robot`
            ovgs.toml:15: `identity.client_certificates.users.name` must be a username: must not be empty
            ovgs.toml:16: a user in `identity.client_certificates.users` needs `type`, `user` or `service-account`"#]],
    );
}

/// What stands between the fences of TOML on a page of the documentation.
fn examples(page: &str) -> Vec<String> {
    let path = format!("{}/../../docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the page");
    let blocks = text.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().expect("a block").to_owned()).collect()
}

#[test]
fn cf22_the_examples_in_the_documentation_load() {
    let tls = [("OVGS__SERVER__TLS_CERTIFICATE", "a.pem"), ("OVGS__SERVER__TLS_KEY", "a.key")];
    let (whole, parts): (Vec<_>, Vec<_>) =
        examples("identity.md").into_iter().partition(|block| block.starts_with('['));
    let config = read(&whole.concat(), &tls);
    let issuers: Vec<&str> = config.identity.oidc.iter().map(|issuer| issuer.issuer.as_str()).collect();
    assert_eq!(issuers.len(), 4, "{issuers:?}");
    assert_eq!(config.identity.client_certificates.users.len(), 1);
    let [several] = parts.as_slice() else { panic!("{parts:?}") };
    let issuer = "[[identity.oidc]]\nissuer = 'https://a'\naudiences = ['a']\n";
    assert_eq!(read(&format!("{issuer}{several}"), &[]).identity.oidc[0].allowed_orgs().len(), 2);
    for example in examples("provisioning.md") {
        assert_eq!(read(&example, &[]).provisioning.principals.len(), 1);
    }
}
