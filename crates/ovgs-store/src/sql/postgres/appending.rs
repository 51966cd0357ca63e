//! The journal of vouchers, one array for each column.

use std::sync::LazyLock;

use ovgs_domain::IssuedVoucher;
use sea_orm::{DbErr, sqlx};

use super::statement;
use crate::sql::{
    dialect::Ledger,
    gathering::Line,
    queue,
    rows::{micros, type_number},
};

static APPEND: LazyLock<String> = LazyLock::new(|| {
    let (columns, gate) = (queue::COLUMNS, Ledger::Vouchers.lock());
    format!(
        "INSERT INTO vouchers ({columns}) SELECT {columns}
         FROM (SELECT pg_advisory_xact_lock_shared({gate})) AS gate,
            UNNEST($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bigint[], $14::bigint[], $15::text[],
                $16::bytea[])
            WITH ORDINALITY AS each ({columns}, number)
         ORDER BY number"
    )
});

/// Appends records with one statement, which is a transaction in itself.
pub(in crate::sql) async fn append(line: &Line, vouchers: &[IssuedVoucher]) -> Result<(), DbErr> {
    fn column<'a, T>(vouchers: &'a [IssuedVoucher], value: impl FnMut(&'a IssuedVoucher) -> T) -> Vec<T> {
        vouchers.iter().map(value).collect()
    }
    let iens = column(vouchers, |voucher| voucher.component.ien.to_string());
    let append = sqlx::query(APPEND.as_str())
        .bind(column(vouchers, |voucher| micros(voucher.at)))
        .bind(column(vouchers, |voucher| voucher.caller.org.as_str()))
        .bind(column(vouchers, |voucher| voucher.caller.username.as_str()))
        .bind(column(vouchers, |voucher| type_number(voucher.caller.user_type)))
        .bind(column(vouchers, |voucher| voucher.request_id.as_str()))
        .bind(column(vouchers, |voucher| voucher.org.as_str()))
        .bind(iens)
        .bind(column(vouchers, |voucher| voucher.component.serial_number.as_str()))
        .bind(column(vouchers, |voucher| voucher.cert.as_str()))
        .bind(column(vouchers, |voucher| voucher.pinned_cert.as_bytes().as_slice()))
        .bind(column(vouchers, |voucher| voucher.content.as_bytes().as_slice()))
        .bind(column(vouchers, |voucher| voucher.voucher.as_bytes().as_slice()))
        .bind(column(vouchers, |voucher| micros(voucher.created_on)))
        .bind(column(vouchers, |voucher| voucher.expires_on.map(micros)))
        .bind(column(vouchers, |voucher| voucher.issuer.as_str()))
        .bind(column(vouchers, |voucher| voucher.signer_cert.as_bytes().as_slice()));
    statement::rows(line, append).await.map(drop)
}
