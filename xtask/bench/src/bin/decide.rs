//! What one decision costs.
//!
//! Prints the nanoseconds of a decision about GetOwnershipVoucher, the call that asks twice: about the part's group and about
//! the certificate's. The tree has 1,000 groups beside those that are asked about, which are at depth 8, and at depth 32; the
//! caller holds its role in the root, so each question goes all the way up, and holds others elsewhere. Of many short rounds
//! the fastest count: what else runs on the machine slows them, and only ever down. Each line is JSON.

use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use ovgs_authz::{Policy, Request, Spot};
use ovgs_domain::{Change, Description, GroupId, Org, OrgId, Role, User};

/// Groups of the tree, beside those on the way to the ones that are asked about.
const GROUPS: usize = 1000;
/// How many groups are asked about in turn.
const SPOTS: usize = 32;
/// How many other groups the caller holds a role in.
const ELSEWHERE: usize = 4;

/// How many rounds are measured, of about this length, and how many of them count, in hundredths.
const ROUNDS: usize = 400;
const ROUND: Duration = Duration::from_millis(2);
const FASTEST: usize = 25;

fn main() -> Result<(), Box<dyn Error>> {
    for depth in [8, 32] {
        let nanoseconds = World::new(depth)?.measure()?;
        println!(r#"{{"name":"decide_depth_{depth}","nanoseconds":{nanoseconds:.1}}}"#);
    }
    Ok(())
}

/// A tree, a caller, and groups to ask about.
struct World {
    org: Org,
    caller: User,
    holders: Vec<GroupId>,
    cert_groups: Vec<GroupId>,
}

impl World {
    fn new(depth: usize) -> Result<World, Box<dyn Error>> {
        let id = OrgId::parse("org-acmeco")?;
        let caller = User::parse("org-acmeco/service-account/srv-provisioning")?;
        let mut world = World {
            org: Org::new(id, Description::parse("Acme")?),
            caller,
            holders: Vec::new(),
            cert_groups: Vec::new(),
        };
        let root = world.org.root().clone();
        for number in 0..GROUPS {
            let group = world.group(&root)?;
            if number < ELSEWHERE {
                world.grant(group)?;
            }
        }
        for _ in 0..SPOTS {
            let (holder, cert_group) = (world.chain(&root, depth)?, world.chain(&root, depth)?);
            world.holders.push(holder);
            world.cert_groups.push(cert_group);
        }
        world.grant(root)?;
        Ok(world)
    }

    /// A new group below another one.
    fn group(&mut self, parent: &GroupId) -> Result<GroupId, Box<dyn Error>> {
        let number = self.org.revision().0;
        let group = GroupId::parse(&format!("group-{number:08x}-0000-4000-8000-000000000000"))?;
        let description = Description::parse(&format!("Site {number}"))?;
        self.org.apply(&Change::GroupCreated {
            group: group.clone(),
            parent: parent.clone(),
            description,
        })?;
        Ok(group)
    }

    /// The last of a chain of new groups.
    fn chain(&mut self, root: &GroupId, depth: usize) -> Result<GroupId, Box<dyn Error>> {
        (0..depth).try_fold(root.clone(), |parent, _| self.group(&parent))
    }

    fn grant(&mut self, group: GroupId) -> Result<(), Box<dyn Error>> {
        let change = Change::RoleAdded { group, user: self.caller.clone(), role: Role::Requestor };
        Ok(self.org.apply(&change)?)
    }

    /// The nanoseconds of a decision.
    fn measure(&self) -> Result<f64, Box<dyn Error>> {
        let policy = Policy::default();
        let (started, mut repeats) = (Instant::now(), 0_u32);
        while started.elapsed() < ROUND {
            self.decide_all(&policy)?;
            repeats += 1;
        }
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            for _ in 0..repeats {
                self.decide_all(&policy)?;
            }
            rounds.push(started.elapsed().as_secs_f64() * 1e9 / f64::from(repeats) / SPOTS as f64);
        }
        rounds.sort_by(f64::total_cmp);
        let count = ROUNDS * FASTEST / 100;
        Ok(rounds.iter().take(count).sum::<f64>() / count as f64)
    }

    fn decide_all(&self, policy: &Policy) -> Result<(), Box<dyn Error>> {
        for (holder, cert_group) in self.holders.iter().zip(&self.cert_groups) {
            let spot = |group| Spot { org: &self.org, group };
            let request = Request::GetOwnershipVoucher { holder: spot(holder), cert_group: spot(cert_group) };
            let _ = black_box(policy.decide(black_box(&self.caller), black_box(&request))?);
        }
        Ok(())
    }
}
