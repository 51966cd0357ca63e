//! Operators who do not stop for a backup.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use ovgs_proto::v1 as pb;
use tokio::task::JoinHandle;

use crate::{
    cli::{reload::connect, serve::Running, site::Site},
    errors::{component, in_seconds},
    support::{Client, pki, with_token},
};

/// How many change the tree at once, and how many ask for vouchers.
const CHANGING: usize = 3;
const ASKING: usize = 2;

/// Parts of each of those who change things.
const PARTS: usize = 5;

/// How many more answers are waited for at a time.
const MORE: usize = 60;

/// What was answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Answered {
    pub(super) groups: Vec<String>,
    pub(super) vouchers: usize,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    answers: AtomicUsize,
    answered: Mutex<Answered>,
}

/// A server under load.
pub(super) struct Load {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

/// Two organizations, the admin of one, some users, and parts.
pub(super) fn fill(done: impl Fn(&[&str]) -> String, site: &Site) {
    for (org, admin) in [("org-acmeco", "ann"), ("org-other", "bob")] {
        done(&["org", "create", org, "--admin", admin]);
    }
    for (org, name) in [("org-acmeco", "ann"), ("org-acmeco", "Zoë"), ("org-other", "bob")] {
        done(&["user", "add", "--org", org, "--type", "user", name]);
    }
    let rows = (0..CHANGING).flat_map(|who| (0..PARTS).map(move |n| format!("30065,S{who}-{n},M „{n}“\n")));
    site.write("parts.csv", format!("ien,serial_number,model\n30065,ABC101,\n{}", rows.collect::<String>()));
    done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
}

impl Load {
    pub(super) async fn start(site: &Site, server: &Running, token: &str) -> Load {
        let shared = Arc::<Shared>::default();
        let mut tasks = Vec::new();
        for who in 0..CHANGING {
            let client = connect(site, server).await.expect("a connection");
            tasks.push(tokio::spawn(change(shared.clone(), client, token.to_owned(), who)));
        }
        for who in 0..ASKING {
            let client = connect(site, server).await.expect("a connection");
            tasks.push(tokio::spawn(ask(shared.clone(), client, token.to_owned(), who)));
        }
        Load { shared, tasks }
    }

    /// Waits until much more was answered.
    pub(super) async fn wait_for_more(&self) {
        let enough = self.shared.answers.load(Ordering::SeqCst) + MORE;
        let patience = Instant::now() + Duration::from_secs(120);
        while self.shared.answers.load(Ordering::SeqCst) < enough {
            assert!(Instant::now() < patience, "the load stands still");
            assert!(self.tasks.iter().all(|task| !task.is_finished()), "one of the load has failed");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What was answered until now.
    pub(super) fn answered(&self) -> Answered {
        self.shared.answered.lock().unwrap().clone()
    }

    pub(super) async fn stop(self) -> Answered {
        self.shared.stop.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.shared.answered.lock().unwrap().clone()
    }
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    fn note(&self, note: impl FnOnce(&mut Answered)) {
        note(&mut self.answered.lock().unwrap());
        self.answers.fetch_add(1, Ordering::SeqCst);
    }
}

/// Makes groups and puts something of everything into them.
async fn change(shared: Arc<Shared>, mut client: Client, token: String, who: usize) {
    for step in 0.. {
        if !shared.goes_on() {
            return;
        }
        let group =
            pb::CreateGroupRequest { parent: "org-acmeco".into(), description: format!("{who}-{step}") };
        let group_id = client.create_group(with_token(group, &token)).await.unwrap().into_inner().group_id;
        shared.note(|answered| answered.groups.push(group_id.clone()));
        let org_id = "org-other".to_owned();
        let delegation =
            pb::AddGroupDelegatedOrgRequest { group_id: group_id.clone(), org_id: org_id.clone() };
        client.add_group_delegated_org(with_token(delegation, &token)).await.unwrap();
        let role = pb::AddUserRoleRequest {
            username: "bob".into(),
            user_type: pb::AccountType::User.into(),
            org_id,
            group_id: group_id.clone(),
            user_role: pb::UserRole::Assigner.into(),
        };
        client.add_user_role(with_token(role, &token)).await.unwrap();
        let part = component("30065", &format!("S{who}-{}", step % PARTS));
        // From where it was before: a part is in one group at a time.
        let placed =
            client.get_serial(with_token(pb::GetSerialRequest { component: part.clone() }, &token)).await;
        let held = placed.unwrap().into_inner().group_ids;
        if let Some(from) = held.into_iter().find(|group| group != "org-acmeco") {
            let out = pb::RemoveSerialRequest { component: part.clone(), group_id: from };
            client.remove_serial(with_token(out, &token)).await.unwrap();
        }
        let into = pb::AddSerialRequest { component: part, group_id: group_id.clone() };
        client.add_serial(with_token(into, &token)).await.unwrap();
        if step % 3 == 0 {
            let cert = pb::CreateDomainCertRequest {
                group_id,
                certificate_der: pki::domain_cert(),
                revocation_checks: who == 0,
                expiry_time: in_seconds(86_400),
            };
            client.create_domain_cert(with_token(cert, &token)).await.unwrap();
        }
    }
}

/// Asks for vouchers.
async fn ask(shared: Arc<Shared>, mut client: Client, token: String, who: usize) {
    let cert = pb::CreateDomainCertRequest {
        group_id: "org-acmeco".into(),
        certificate_der: pki::domain_cert(),
        revocation_checks: who == 0,
        expiry_time: in_seconds(86_400),
    };
    let cert_id = client.create_domain_cert(with_token(cert, &token)).await.unwrap().into_inner().cert_id;
    while shared.goes_on() {
        let order = pb::GetOwnershipVoucherRequest {
            component: component("30065", "ABC101"),
            cert_id: cert_id.clone(),
            lifetime: in_seconds(3600),
        };
        client.get_ownership_voucher(with_token(order, &token)).await.unwrap();
        shared.note(|answered| answered.vouchers += 1);
    }
}
