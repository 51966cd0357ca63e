use std::sync::Arc;

use ovgs_authz::Request;

use super::{Service, ServiceError, SignedVoucher, VoucherBatch, issuing::Order};
use crate::authn::Caller;

impl Service {
    /// Vouchers for several components, in the order asked, all or nothing; duplicates get vouchers of their own.
    ///
    /// # Errors
    /// As [`Service::get_ownership_voucher`], saying which component; `TooLarge`, naming a batch size that fits,
    /// before anything is signed.
    pub async fn get_ownership_vouchers(
        self: &Arc<Self>,
        caller: &Caller,
        batch: VoucherBatch,
    ) -> Result<Vec<SignedVoucher>, ServiceError> {
        let VoucherBatch { components, cert, lifetime } = batch;
        let components = components.into_inner();
        self.issue(Order {
            caller,
            components: &components,
            cert: &cert,
            lifetime,
            request: |holder, cert_group| Request::GetOwnershipVouchers { holder, cert_group },
        })
        .await
    }
}
