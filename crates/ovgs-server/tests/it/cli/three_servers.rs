//! Three servers on one PostgreSQL, and 32 clients who all want the same organization: no answered change is lost, what
//! was taken away is gone everywhere at the next call, and the neighbours' work goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use ovgs_proto::v1 as pb;
use ovgs_store::testing::Database;
use tokio::task::JoinHandle;
use tonic::{Code, Request, Response, Status};

use super::{postgres::site, reload::connect, serve::Running, site::Site};
use crate::support::{Client, with_token};

/// Those who contend.
const CLIENTS: usize = 32;

/// Over how many organizations they are spread where they do not.
const SPREAD: usize = 8;

/// Neighbours, and what each of them does to be measured.
const NEIGHBOURS: usize = 2;
const WORK: usize = 30;

/// How often a role is given and taken.
const REVOCATIONS: usize = 5;

/// A caller with the power of an admin.
#[derive(Clone)]
struct Admin {
    client: Client,
    org: String,
    token: String,
}

/// What was answered: the groups, each with whether Zoë has a role there.
type Answered = Arc<Mutex<BTreeMap<String, bool>>>;

/// Clients at work, until they are told to stop.
struct Crowd {
    stop: Arc<AtomicBool>,
    steps: Arc<AtomicUsize>,
    answered: Answered,
    tasks: Vec<JoinHandle<()>>,
}

impl Admin {
    /// Makes a call until no other writer was faster.
    async fn insist<M: Clone, T, F>(&self, message: M, call: impl Fn(Client, Request<M>) -> F) -> T
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        loop {
            match call(self.client.clone(), with_token(message.clone(), &self.token)).await {
                Ok(answer) => return answer.into_inner(),
                Err(status) if status.code() == Code::Aborted => {}
                Err(status) => panic!("{status:?}"),
            }
        }
    }

    async fn create(&self, description: &str) -> String {
        let request = pb::CreateGroupRequest { parent: self.org.clone(), description: description.into() };
        let create = |mut client: Client, request| async move { client.create_group(request).await };
        self.insist(request, create).await.group_id
    }

    async fn delete(&self, group: &str) {
        let request = pb::DeleteGroupRequest { group_id: group.into() };
        self.insist(request, |mut client, request| async move { client.delete_group(request).await }).await;
    }

    async fn grant(&self, name: &str, group: &str) {
        let request = pb::AddUserRoleRequest {
            username: name.into(),
            user_type: pb::AccountType::User.into(),
            org_id: self.org.clone(),
            group_id: group.into(),
            user_role: pb::UserRole::Requestor.into(),
        };
        self.insist(request, |mut client, request| async move { client.add_user_role(request).await }).await;
    }

    async fn revoke(&self, name: &str, group: &str) {
        let request = pb::RemoveUserRoleRequest {
            username: name.into(),
            user_type: pb::AccountType::User.into(),
            org_id: self.org.clone(),
            group_id: group.into(),
        };
        self.insist(request, |mut client, request| async move { client.remove_user_role(request).await })
            .await;
    }

    async fn group(&self, id: &str) -> Result<pb::GetGroupResponse, Status> {
        let request = with_token(pb::GetGroupRequest { group_id: id.into() }, &self.token);
        Ok(self.client.clone().get_group(request).await?.into_inner())
    }

    /// Four changes, of which a group with a role stays, or one without, or nothing.
    async fn step(&self, name: &str, number: usize, answered: &Answered) {
        let group = self.create(&format!("{name}-{number}")).await;
        answered.lock().unwrap().insert(group.clone(), false);
        self.grant("Zoë", &group).await;
        answered.lock().unwrap().insert(group.clone(), true);
        let fate = number % 3;
        if fate > 0 {
            self.revoke("Zoë", &group).await;
            answered.lock().unwrap().insert(group.clone(), false);
        }
        if fate > 1 {
            self.delete(&group).await;
            answered.lock().unwrap().remove(&group);
        }
    }
}

impl Crowd {
    fn start(admins: impl Iterator<Item = Admin>) -> Crowd {
        let mut crowd = Crowd {
            stop: Arc::default(),
            steps: Arc::default(),
            answered: Arc::default(),
            tasks: Vec::new(),
        };
        for (number, admin) in admins.enumerate() {
            let (stop, steps, answered) = (crowd.stop.clone(), crowd.steps.clone(), crowd.answered.clone());
            crowd.tasks.push(tokio::spawn(async move {
                for step in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    admin.step(&format!("c{number}"), step, &answered).await;
                    steps.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        crowd
    }

    /// Waits until the crowd is well under way.
    async fn under_way(&self) {
        let patience = Instant::now() + Duration::from_secs(120);
        while self.steps.load(Ordering::SeqCst) < CLIENTS {
            assert!(Instant::now() < patience, "the crowd stands still");
            assert!(self.tasks.iter().all(|task| !task.is_finished()), "one of the crowd has failed");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn stop(self) -> BTreeMap<String, bool> {
        self.stop.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.unwrap();
        }
        let answered = self.answered.lock().unwrap();
        answered.clone()
    }
}

/// Changes a second that the neighbours get done together.
async fn pace(neighbours: &[Admin], round: &str) -> f64 {
    let begin = Instant::now();
    let work = neighbours.iter().cloned().map(|admin| {
        let round = round.to_owned();
        tokio::spawn(async move {
            for number in 0..WORK {
                admin.create(&format!("{round}-{number}")).await;
            }
        })
    });
    for task in work.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    (neighbours.len() * WORK) as f64 / begin.elapsed().as_secs_f64()
}

/// Takes a role away through one server; the very next call to any of them must be refused.
async fn taken_away_everywhere(admins: &[Admin], user: &str) {
    let users: Vec<Admin> =
        admins.iter().map(|admin| Admin { token: user.to_owned(), ..admin.clone() }).collect();
    for round in 0..REVOCATIONS {
        let (here, there) = (&admins[round % admins.len()], &admins[(round + 1) % admins.len()]);
        here.grant("tom", &here.org).await;
        for user in &users {
            assert!(user.group(&user.org).await.is_ok(), "round {round}: a role that was given counts");
        }
        there.revoke("tom", &there.org).await;
        for user in &users {
            let refused = user.group(&user.org).await.expect_err("a role that was taken counts no more");
            assert_eq!(refused.code(), Code::PermissionDenied, "round {round}");
        }
    }
}

/// What each server shows is what was answered.
async fn nothing_is_lost(admins: &[Admin], answered: &BTreeMap<String, bool>) {
    for admin in admins {
        let root = admin.group(&admin.org).await.unwrap();
        let found: BTreeSet<&String> = root.child_group_ids.iter().collect();
        assert_eq!(found, answered.keys().collect());
        for (id, has_zoe) in answered {
            let group = admin.group(id).await.unwrap();
            assert_eq!(group.users.iter().any(|user| user.username == "Zoë"), *has_zoe, "{id}");
        }
    }
}

/// An organization with an admin; the admin's token.
fn found(site: &Site, org: &str) -> String {
    site.done(&["org", "create", org, "--admin", "ann"]);
    token(site, org, "ann")
}

fn token(site: &Site, org: &str, name: &str) -> String {
    let user = ["--org", org, "--type", "user", name];
    site.done(&[&["user", "add"], &user[..]].concat());
    site.done(&[&["token", "issue"], &user[..]].concat()).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contended_organization_loses_nothing_and_holds_up_nobody() {
    let database = Database::new().unwrap();
    let site = site(&database);
    site.done(&["db", "migrate"]);
    let contended = found(&site, "org-contended");
    let tom = token(&site, "org-contended", "tom");
    let spread: Vec<String> = (0..SPREAD).map(|n| found(&site, &format!("org-spread{n}"))).collect();
    let near: Vec<String> = (0..NEIGHBOURS).map(|n| found(&site, &format!("org-near{n}"))).collect();
    let servers = [(); 3].map(|()| Running::start(&mut site.command(&["serve"])));
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(connect(&site, &servers[number % 3]).await.expect("a connection"));
    }
    let admin = |number: usize, org: String, token: &str| Admin {
        client: clients[number].clone(),
        org,
        token: token.to_owned(),
    };
    let neighbours: Vec<Admin> =
        near.iter().enumerate().map(|(n, token)| admin(n, format!("org-near{n}"), token)).collect();

    let alone = pace(&neighbours, "alone").await;
    let crowd = Crowd::start(
        (0..CLIENTS).map(|n| admin(n, format!("org-spread{}", n % SPREAD), &spread[n % SPREAD])),
    );
    crowd.under_way().await;
    let beside = pace(&neighbours, "spread").await;
    crowd.stop().await;

    let admins: Vec<Admin> = (0..CLIENTS).map(|n| admin(n, "org-contended".into(), &contended)).collect();
    let crowd = Crowd::start(admins.clone().into_iter());
    crowd.under_way().await;
    let contending = pace(&neighbours, "contended").await;
    taken_away_everywhere(&admins[..3], &tom).await;
    let answered = crowd.stop().await;
    nothing_is_lost(&admins[..3], &answered).await;
    println!(
        "neighbours: {alone:.0} changes a second alone, {beside:.0} beside {CLIENTS} clients in {SPREAD} organizations, \
         {contending:.0} beside {CLIENTS} in one: {:.2} of what they had beside as many who do not contend",
        contending / beside
    );
    let checked = site.done(&["db", "check"]);
    assert!(checked.starts_with("sound: "), "{checked}");
}
