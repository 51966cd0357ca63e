use std::sync::Arc;

use ovgs_authz::Request;

use super::{Service, ServiceError, SignedVoucher, VoucherOrder, issuing::Order};
use crate::authn::Caller;

impl Service {
    /// A voucher for a component. It leaves only after its journal record is durable.
    ///
    /// # Errors
    /// `NothingToVouchFor` for the component, then the certificate; `Denied` without REQUESTOR in any group the
    /// component is in, then in the certificate's; then the violations of `ovgs_domain::commands::{tie, expires_on}`,
    /// `NoIssuer`, and the violation of `tell_apart`.
    pub async fn get_ownership_voucher(
        self: &Arc<Self>,
        caller: &Caller,
        order: VoucherOrder,
    ) -> Result<SignedVoucher, ServiceError> {
        let VoucherOrder { component, cert, lifetime } = order;
        let order = Order {
            caller,
            components: std::slice::from_ref(&component),
            cert: &cert,
            lifetime,
            request: |holder, cert_group| Request::GetOwnershipVoucher { holder, cert_group },
        };
        let vouchers = self.issue(order).await.map_err(ServiceError::without_position)?;
        vouchers.into_iter().next().ok_or_else(|| ServiceError::internal("an order without a voucher"))
    }
}
