//! Vouchers and events.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use ovgs_domain::{Author, CertId, Change, Description, Event, IssuedVoucher, Revision, Role};

use super::{Failure, Fixture, Outcome, holds, open, same, sample};
use crate::{Correction, EventFilter, Placement, Position, RecordedEvent, Stamp, Store, VoucherFilter};

fn bare(found: Vec<crate::JournaledVoucher>) -> Vec<IssuedVoucher> {
    found.into_iter().map(|found| found.voucher).collect()
}

async fn all_events(store: &Arc<dyn Store>) -> Result<Vec<RecordedEvent>, Failure> {
    Ok(store.events(&EventFilter::default(), None, 1000).await?)
}

pub(super) async fn vouchers_come_back_in_order(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    same("an empty journal", store.vouchers(&VoucherFilter::default(), None, 10).await?, Vec::new())?;
    store.append(&[]).await?;
    let mut expected = Vec::new();
    for batch in 0..4 {
        // Later batches were signed earlier: positions count, not times. A voucher may come twice.
        let vouchers = (0..3).map(|n| sample::voucher("a", &format!("ABC10{}", n % 2), 10 - batch));
        let vouchers: Vec<IssuedVoucher> = vouchers.collect::<Result<_, _>>()?;
        store.append(&vouchers).await?;
        expected.extend(vouchers);
    }
    if let Some(first) = expected.first() {
        let endless = IssuedVoucher { expires_on: None, ..first.clone() };
        store.append(std::slice::from_ref(&endless)).await?;
        expected.push(endless);
    }
    let found = open(fixture).await?.vouchers(&VoucherFilter::default(), None, 100).await?;
    let rising = found.iter().map(|found| found.position).is_sorted_by(|a, b| a < b);
    holds("positions rise", rising)?;
    same("the vouchers", bare(found), expected)
}

pub(super) async fn vouchers_are_filtered(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let one = sample::voucher("a", "ABC101", 1)?;
    let two = IssuedVoucher { cert: CertId::parse("cert-2")?, ..sample::voucher("a", "ABC102", 2)? };
    let three = IssuedVoucher { component: sample::id("9", "ABC101")?, ..sample::voucher("b", "ABC101", 3)? };
    let four = IssuedVoucher { expires_on: None, ..sample::voucher("b", "ABC101", 4)? };
    store.append(&[one.clone(), two.clone(), three.clone(), four.clone()]).await?;
    let all = VoucherFilter::default();
    let a = VoucherFilter { org: Some(sample::org("a")?), ..all.clone() };
    let component = VoucherFilter { component: Some(one.component.clone()), ..all.clone() };
    let cases = [
        (a.clone(), vec![&one, &two]),
        (component.clone(), vec![&one, &four]),
        (VoucherFilter { cert: Some(two.cert.clone()), ..all.clone() }, vec![&two]),
        (VoucherFilter { since: Some(three.at), ..all.clone() }, vec![&three, &four]),
        // Expiring at that very time is not being valid after it.
        (VoucherFilter { valid_after: two.expires_on, ..all.clone() }, vec![&three, &four]),
        (VoucherFilter { valid_after: one.expires_on, ..component.clone() }, vec![&four]),
        (VoucherFilter { org: a.org.clone(), ..component.clone() }, vec![&one]),
        (VoucherFilter { cert: Some(CertId::parse("cert-2")?), ..component }, vec![]),
        (VoucherFilter { since: Some(two.at), cert: Some(two.cert.clone()), ..a }, vec![&two]),
        (all, vec![&one, &two, &three, &four]),
    ];
    for (filter, expected) in cases {
        let found = bare(store.vouchers(&filter, None, 100).await?);
        same(&format!("with {filter:?}"), found, expected.into_iter().cloned().collect())?;
    }
    Ok(())
}

pub(super) async fn vouchers_are_paged(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let vouchers: Vec<IssuedVoucher> = (0..10)
        .map(|n| sample::voucher(if n % 2 == 0 { "a" } else { "b" }, "ABC101", n))
        .collect::<Result<_, _>>()?;
    store.append(&vouchers).await?;
    let filter = VoucherFilter { org: Some(sample::org("b")?), ..VoucherFilter::default() };
    let (mut found, mut last) = (Vec::new(), None);
    loop {
        let page = store.vouchers(&filter, last, 2).await?;
        holds("no page is longer than its limit", page.len() <= 2)?;
        let Some(end) = page.last() else { break };
        last = Some(end.position);
        found.extend(bare(page));
    }
    same("the vouchers", found, vouchers.into_iter().skip(1).step_by(2).collect())?;
    same("a page of none", store.vouchers(&filter, None, 0).await?, Vec::new())?;
    same("after the last", store.vouchers(&filter, Some(Position(i64::MAX)), 10).await?, Vec::new())?;
    same("all", store.vouchers(&filter, None, usize::MAX).await?.len(), 5)
}

pub(super) async fn every_write_leaves_its_event(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let (a, b, ann) = (sample::org("a")?, sample::org("b")?, sample::user("a", "ann")?);
    let mut expected = Vec::new();
    sample::found(&store, &["a", "b"]).await?;
    for org in [&a, &b] {
        let description = Description::parse(org.as_str())?;
        expected.push(Event::OrgCreated { org: org.clone(), description });
    }
    for (number, change) in (1..).zip(sample::changes()?) {
        sample::commit(&store, "a", &change).await?;
        expected.push(Event::TreeChanged { org: a.clone(), revision: Revision(number), change });
    }
    let (component, other) = (sample::id("30065", "ABC101")?, sample::id("30065", "ABC102")?);
    sample::ingest(&store, "a", &[("30065", "ABC101"), ("30065", "ABC102")]).await?;
    expected.push(Event::ComponentAdded { component: component.clone(), org: a.clone() });
    expected.push(Event::ComponentAdded { component: other.clone(), org: a.clone() });
    let stamp = Stamp { author: Author::User(ann.clone()), at: sample::minute(7) };
    let before = all_events(&store).await?.len();
    let facts = sample::facts()?;
    let correction = Correction { component: component.clone(), org: a.clone(), facts };
    store.ingest(&[], &[correction], &stamp).await?;
    expected.push(Event::ComponentUpdated { component: component.clone(), org: a.clone() });
    let to = Some(sample::group("group-1")?);
    let placement = Placement { component: component.clone(), org: a.clone(), from: None, to: to.clone() };
    store.place(&placement, &stamp).await?;
    expected.push(Event::ComponentPlaced { component: component.clone(), org: a.clone(), from: None, to });
    store.transfer(&component, &a, &b, &stamp).await?;
    expected.push(Event::ComponentTransferred { component, from: a.clone(), to: b.clone() });
    store.retire(&other, &a, &stamp).await?;
    expected.push(Event::ComponentRetired { component: other, org: a });
    account_events(&store, &stamp, &mut expected).await?;
    let found = all_events(&store).await?;
    holds("positions rise", found.iter().map(|found| found.position).is_sorted_by(|a, b| a < b))?;
    holds("the author is kept", found.iter().skip(before).all(|found| found.stamp == stamp))?;
    let early = sample::stamp()?;
    holds("the first author is kept", found.iter().take(before).all(|found| found.stamp == early))?;
    same("the events", found.into_iter().map(|found| found.event).collect(), expected)
}

async fn account_events(store: &Arc<dyn Store>, stamp: &Stamp, expected: &mut Vec<Event>) -> Outcome {
    let (bob, c) = (sample::user("b", "bob")?, sample::org("c")?);
    let token = sample::token("token-1", bob.clone());
    store.add_user(&bob, stamp).await?;
    store.add_token(&token, stamp).await?;
    store.revoke_token("token-1", stamp).await?;
    store.remove_user(&bob, stamp).await?;
    let description = Description::parse_or_empty("")?;
    store.create_org(&c, &description, stamp).await?;
    store.delete_org(&c, Revision(0), stamp).await?;
    let (jti, user) = (token.jti.clone(), bob.clone());
    expected.extend([
        Event::UserAdded { user: bob.clone() },
        Event::TokenIssued { jti: token.jti, user: bob.clone(), expires_at: token.expires_at },
        Event::TokenRevoked { jti, user },
        Event::UserRemoved { user: bob },
        Event::OrgCreated { org: c.clone(), description },
        Event::OrgDeleted { org: c },
    ]);
    Ok(())
}

pub(super) async fn a_refused_write_leaves_no_event(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let (a, x, ann, stamp) =
        (sample::org("a")?, sample::org("x")?, sample::user("a", "ann")?, sample::stamp()?);
    store.add_user(&ann, &stamp).await?;
    let token = sample::token("token-1", ann.clone());
    store.add_token(&token, &stamp).await?;
    store.revoke_token("token-1", &stamp).await?;
    let before = all_events(&store).await?;
    let component = sample::id("30065", "ABC101")?;
    let to = Some(sample::group("group-1")?);
    let placement = Placement { component: component.clone(), org: a.clone(), from: None, to };
    let refusals = [
        store.create_org(&a, &Description::parse("other")?, &stamp).await.is_ok_and(|new| !new),
        store.commit(&a, Revision(0), &sample::created("group-1", "group-9")?, &stamp).await.is_err(),
        store.delete_org(&a, Revision(7), &stamp).await.is_err(),
        store.place(&placement, &stamp).await.is_err(),
        store.ingest(&[sample::component("a", "30065", "ABC101")?], &[], &stamp).await.is_err(),
        store.retire(&component, &x, &stamp).await.is_err(),
        store.transfer(&component, &a, &x, &stamp).await.is_err(),
        store.add_user(&ann, &stamp).await.is_ok_and(|new| !new),
        store.remove_user(&sample::user("a", "bob")?, &stamp).await.is_ok_and(|known| !known),
        store.add_token(&token, &stamp).await.is_err(),
        store.revoke_token("token-1", &stamp).await.is_ok_and(|revoked| revoked == Some(false)),
        store.revoke_token("token-9", &stamp).await.is_ok_and(|revoked| revoked.is_none()),
    ];
    same("which writes were refused", refusals, [true; 12])?;
    same("the events", all_events(&store).await?, before)
}

/// Two organizations, of whose events many speak of `ann`, and some are hers.
async fn history(store: &Arc<dyn Store>) -> Outcome {
    sample::found(store, &["a", "b"]).await?;
    let (a, b, ann) = (sample::org("a")?, sample::org("b")?, sample::user("a", "ann")?);
    let by_ann = Stamp { author: Author::User(ann.clone()), at: sample::minute(5) };
    store.add_user(&ann, &sample::stamp()?).await?;
    sample::commit(store, "b", &sample::role_added("org-b", ann.clone(), Role::Support)?).await?;
    sample::ingest(store, "a", &[("30065", "ABC101"), ("9", "ABC101")]).await?;
    let root = sample::group("org-b")?;
    // She wrote it, and it speaks of her.
    let removed = Change::RoleRemoved { group: root, user: ann.clone() };
    store.commit(&b, Revision(1), &removed, &by_ann).await?;
    store.transfer(&sample::id("30065", "ABC101")?, &a, &b, &by_ann).await?;
    store.add_token(&sample::token("token-1", ann), &sample::stamp()?).await?;
    sample::ingest(store, "b", &[("9", "ABC102")]).await
}

pub(super) async fn events_are_filtered(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    history(&store).await?;
    let found = all_events(&store).await?;
    same("how many there are", found.len(), 10)?;
    let all = EventFilter::default();
    let (a, b) = (Some(sample::org("a")?), Some(sample::org("b")?));
    let (ann, service) = (sample::user("a", "ann")?, ovgs_domain::UserType::ServiceAccount);
    let (component, user) = (Some(sample::id("30065", "ABC101")?), Some(ann.clone()));
    let since = Some(sample::minute(5));
    let other = Some(ovgs_domain::User { user_type: service, ..ann });
    // The events, counted from 0: a, b created; ann added; her role; two components; role removed; transfer; token; one more.
    let cases = [
        (EventFilter { org: a.clone(), ..all.clone() }, vec![0, 2, 4, 5, 7, 8]),
        (EventFilter { org: b.clone(), ..all.clone() }, vec![1, 3, 6, 7, 9]),
        (EventFilter { user: user.clone(), ..all.clone() }, vec![2, 3, 6, 7, 8]),
        (EventFilter { user: other, ..all.clone() }, vec![]),
        (EventFilter { component: component.clone(), ..all.clone() }, vec![4, 7]),
        (EventFilter { since, ..all.clone() }, vec![6, 7]),
        (EventFilter { org: b.clone(), user: user.clone(), ..all.clone() }, vec![3, 6, 7]),
        (EventFilter { org: b.clone(), component: component.clone(), ..all.clone() }, vec![7]),
        (EventFilter { user: user.clone(), component: component.clone(), ..all.clone() }, vec![7]),
        (EventFilter { org: b, user, component, since }, vec![7]),
        (EventFilter { org: a, since, ..all.clone() }, vec![7]),
        (all, (0..10).collect()),
    ];
    for (filter, numbers) in cases {
        let expected: Vec<_> = numbers.into_iter().filter_map(|n: usize| found.get(n)).cloned().collect();
        same(&format!("with {filter:?}"), store.events(&filter, None, 100).await?, expected)?;
    }
    Ok(())
}

pub(super) async fn events_are_paged(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    history(&store).await?;
    let filters = [
        EventFilter::default(),
        EventFilter { org: Some(sample::org("b")?), ..EventFilter::default() },
        EventFilter { user: Some(sample::user("a", "ann")?), ..EventFilter::default() },
    ];
    for filter in filters {
        let expected = store.events(&filter, None, usize::MAX).await?;
        for limit in [1, 2, 3] {
            let (mut found, mut last) = (Vec::new(), None);
            loop {
                let page = store.events(&filter, last, limit).await?;
                holds("no page is longer than its limit", page.len() <= limit)?;
                let Some(end) = page.last() else { break };
                last = Some(end.position);
                found.extend(page);
            }
            same(&format!("in pages of {limit} with {filter:?}"), &found, &expected)?;
        }
        same("a page of none", store.events(&filter, None, 0).await?, Vec::new())?;
    }
    Ok(())
}

pub(super) async fn the_journal_outlives_what_it_speaks_of(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    history(&store).await?;
    let (a, b, ann, stamp) =
        (sample::org("a")?, sample::org("b")?, sample::user("a", "ann")?, sample::stamp()?);
    store.append(&[sample::voucher("a", "ABC101", 1)?]).await?;
    let before = all_events(&store).await?;
    store.remove_user(&ann, &stamp).await?;
    for (ien, serial, org) in [("30065", "ABC101", &b), ("9", "ABC101", &a), ("9", "ABC102", &b)] {
        store.retire(&sample::id(ien, serial)?, org, &stamp).await?;
    }
    store.delete_org(&a, Revision(0), &stamp).await?;
    store.delete_org(&b, Revision(2), &stamp).await?;
    let after = open(fixture).await?.events(&EventFilter::default(), None, before.len()).await?;
    same("the events", after, before)?;
    let filter = VoucherFilter { org: Some(a), ..VoucherFilter::default() };
    same("the vouchers", store.vouchers(&filter, None, 10).await?.len(), 1)
}

pub(super) async fn times_are_kept_to_the_microsecond(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let fraction = TimeDelta::nanoseconds(123_456_789);
    let year = |text: &str| text.parse::<chrono::DateTime<Utc>>();
    let ends = [year("0001-01-01T00:00:00Z")?, sample::minute(0), year("9999-12-31T23:59:59Z")?];
    for (number, end) in ends.into_iter().enumerate() {
        let (given, kept) = (end + fraction, end + TimeDelta::microseconds(123_456));
        let id = sample::org(&number.to_string())?;
        let stamp = Stamp { at: given, ..sample::stamp()? };
        store.create_org(&id, &Description::parse("one")?, &stamp).await?;
        let found =
            store.events(&EventFilter { org: Some(id.clone()), ..EventFilter::default() }, None, 1).await?;
        same("the time of an event", found.first().map(|found| found.stamp.at), Some(kept))?;

        let voucher = sample::voucher("a", "ABC101", 1)?;
        let (at, created_on) = (given, given);
        store.append(&[IssuedVoucher { at, created_on, expires_on: Some(given), ..voucher.clone() }]).await?;
        let found =
            store.vouchers(&VoucherFilter::default(), None, 100).await?.pop().map(|found| found.voucher);
        let (at, created_on) = (kept, kept);
        let expected = IssuedVoucher { at, created_on, expires_on: Some(kept), ..voucher };
        same("a voucher", found, Some(expected))?;

        let user = sample::user(&number.to_string(), "ann")?;
        store.add_user(&user, &stamp).await?;
        let token = sample::token(&format!("token-{number}"), user);
        store
            .add_token(&crate::TokenRecord { issued_at: given, expires_at: given, ..token.clone() }, &stamp)
            .await?;
        store.revoke_token(&token.jti, &stamp).await?;
        let expected =
            crate::TokenRecord { issued_at: kept, expires_at: kept, revoked_at: Some(kept), ..token.clone() };
        same("a token", store.token(&token.jti).await?, Some(expected))?;
    }
    Ok(())
}
