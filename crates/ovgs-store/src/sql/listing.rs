//! Components read one manufacturer after the other: any other form makes one engine or the other scan.

use futures_util::TryStreamExt as _;
use ovgs_domain::{Component, ComponentId};
use sea_orm::{QueryStream, Value};

use super::{
    SqlStore, error,
    query::{self, Fields},
    rows,
};
use crate::{StoreError, Within, ports::listing};

/// For how many components of a page there is room from the beginning, at most.
pub(super) const PAGE: usize = 2000;

/// Rows of components as they come. While there are any, a connection is theirs.
pub(super) struct Reading<'a> {
    store: &'a SqlStore,
    within: &'a Within,
    open: Option<Open>,
    /// How many more are wanted.
    pub(super) left: usize,
}

/// The rows of one manufacturer.
struct Open {
    ien: String,
    rows: QueryStream,
    listed: rows::Listed,
}

impl SqlStore {
    /// A page.
    pub(super) async fn page(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        self.read(within, after, limit).await?.next(limit, usize::MAX).await
    }

    /// Begins to read up to `limit` components.
    pub(super) async fn read<'a>(
        &'a self,
        within: &'a Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Reading<'a>, StoreError> {
        let mut reading = Reading { store: self, within, open: None, left: limit };
        match after {
            Some(id) => reading.open(id.ien.to_string(), id.serial_number.as_str()).await?,
            None => reading.open_next("").await?,
        }
        Ok(reading)
    }
}

impl Reading<'_> {
    /// The next components, up to so many of them and about so many octets; none if there are no more.
    pub(super) async fn next(&mut self, limit: usize, octets: usize) -> Result<Vec<Component>, StoreError> {
        let (mut read, mut rest) = (Vec::with_capacity(limit.min(PAGE)), octets);
        while read.len() < limit && rest > 0 && self.left > 0 {
            let Some(open) = &mut self.open else { break };
            if let Some(row) = open.rows.try_next().await.map_err(error::store)? {
                let component = open.listed.read(&mut Fields::of(&row))?;
                rest = rest.saturating_sub(listing::octets(&component));
                self.left -= 1;
                read.push(component);
            } else {
                let ien = std::mem::take(&mut open.ien);
                self.open_next(&ien).await?;
            }
        }
        Ok(read)
    }

    /// Opens the rows of the first manufacturer after `ien` of which there is a component here, if there is one.
    async fn open_next(&mut self, ien: &str) -> Result<(), StoreError> {
        // What is open has a connection, and the next statement needs one.
        self.open = None;
        let values = [ien.into()].into_iter().chain(place(self.within));
        let row = query::one(self.store.readers(), &next_ien_sql(self.within), values).await?;
        match row.map(|row| Fields::of(&row).text()).transpose()? {
            Some(ien) => self.open(ien, "").await,
            None => Ok(()),
        }
    }

    async fn open(&mut self, ien: String, serial: &str) -> Result<(), StoreError> {
        let values = [ien.as_str().into(), serial.into(), query::limit(self.left).into()];
        let values = values.into_iter().chain(place(self.within));
        let rows = query::stream(self.store.readers(), &page_sql(self.within), values).await?;
        let listed = rows::Listed::of(&self.within.org, &ien)?;
        self.open = Some(Open { ien, rows, listed });
        Ok(())
    }
}

/// One page of one manufacturer's components.
pub(super) fn page_sql(within: &Within) -> String {
    let (columns, place) = (rows::LISTED, place_sql(within, 4));
    format!(
        "SELECT {columns} FROM components c WHERE {place} AND c.ien = $1 AND c.serial_number > $2
         ORDER BY c.serial_number LIMIT $3"
    )
}

pub(super) fn next_ien_sql(within: &Within) -> String {
    let place = place_sql(within, 2);
    format!("SELECT c.ien FROM components c WHERE {place} AND c.ien > $1 ORDER BY c.ien LIMIT 1")
}

/// The condition that a component is there, its parameters counted from `first`.
pub(super) fn place_sql(within: &Within, first: usize) -> String {
    match within.group {
        None => format!("c.org_id = ${first}"),
        Some(_) => format!("c.org_id = ${first} AND c.group_id = ${}", first + 1),
    }
}

/// What that condition compares with.
pub(super) fn place(within: &Within) -> impl Iterator<Item = Value> {
    let group = within.group.as_ref().map(|group| group.as_str().into());
    [within.org.as_str().into()].into_iter().chain(group)
}
