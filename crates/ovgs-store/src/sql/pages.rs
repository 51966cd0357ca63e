//! Reading whatever there is of something, a page at a time, so that its size does not matter.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{
    backup::Column,
    query::{self, Fields},
};
use crate::StoreError;

/// Rows of one page.
const PAGE: usize = 500;

/// A statement that is read on from where it was left. Its first columns are the ones that order it.
#[derive(Debug)]
pub(super) struct Pages {
    select: String,
    condition: Option<(&'static str, &'static str, String)>,
    key: Vec<Column>,
    after: Vec<Value>,
    is_over: bool,
}

impl Pages {
    /// Reads `SELECT key, columns FROM from`, in the order of the key, which is unique.
    pub(super) fn of(key: Vec<Column>, columns: &str, from: &str) -> Pages {
        let select = format!("SELECT {}, {columns} FROM {from}", names(&key).join(", "));
        Pages { select, condition: None, key, after: Vec::new(), is_over: false }
    }

    /// Only the rows in which one column has this value, and another one any.
    pub(super) fn with(mut self, column: &'static str, value: &str, present: &'static str) -> Pages {
        self.condition = Some((column, present, value.to_owned()));
        self
    }

    /// The next rows; none when all have been read.
    pub(super) async fn next(&mut self, db: &impl ConnectionTrait) -> Result<Vec<QueryResult>, StoreError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let (sql, values) = self.statement();
        let rows = query::all(db, &sql, values).await?;
        self.is_over = rows.len() < PAGE;
        if let Some(last) = rows.last() {
            let mut last = Fields::of(last);
            let key = self.key.iter().map(|column| column.kind.bound(&mut last));
            self.after = key.collect::<Result<_, _>>()?;
        }
        Ok(rows)
    }

    fn statement(&self) -> (String, Vec<Value>) {
        let mut values = self.after.clone();
        let names = names(&self.key).join(", ");
        let mut conditions = Vec::new();
        if !values.is_empty() {
            let last: Vec<String> = (1..=values.len()).map(|number| format!("${number}")).collect();
            conditions.push(format!("({names}) > ({})", last.join(", ")));
        }
        if let Some((column, present, value)) = &self.condition {
            values.push(value.as_str().into());
            conditions.push(format!("{column} = ${} AND {present} IS NOT NULL", values.len()));
        }
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", conditions.join(" AND ")),
        };
        (format!("{}{filter} ORDER BY {names} LIMIT {PAGE}", self.select), values)
    }
}

fn names(key: &[Column]) -> Vec<&'static str> {
    key.iter().map(|column| column.name).collect()
}
