//! What OVGS says over the wire.
//!
//! The messages, the services and the file descriptor set of the protobuf packages below `ovgs`, generated from the files
//! under `proto/` in this crate by `cargo xtask codegen` and committed, so that building needs neither `protoc` nor a
//! build script. The module tree follows the packages:
//!
//! | package | module | what |
//! |---|---|---|
//! | `ovgs.v1` | [`v1`] | the public interface, whose wire is fixed |
//! | `ovgs.accounts.v1` | [`accounts::v1`] | by which organizations run their own accounts |
//! | `ovgs.provisioning.v1` | [`provisioning::v1`] | the vendor's side, for its own systems |
//! | `ovgs.signer.v1` | [`signer::v1`] | what a server asks of a voucher signer on another machine |
//!
//! There is no behaviour here, and no check beyond what protobuf itself knows: a message that decodes may still hold
//! an empty id or a role that does not exist. `ovgs-server` turns messages into domain types, which cannot.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | none | the messages and the descriptor set, on `prost` alone |
//! | `client` | the stubs to call each service with, such as `v1::ownership_voucher_service_client` |
//! | `server` | the trait to implement and the service around it, such as `v1::ownership_voucher_service_server` |
//!
//! Neither half brings a transport. The client takes any `tonic` channel, made with the TLS stack of your choice.
//!
//! # Example
//!
//! ```
//! use ovgs_proto::v1 as pb;
//! use prost::Message;
//!
//! let request = pb::AddUserRoleRequest {
//!     username: "alice".into(),
//!     user_type: pb::AccountType::User.into(),
//!     org_id: "org-acmeco".into(),
//!     group_id: "org-acmeco".into(),
//!     user_role: pb::UserRole::Assigner.into(),
//! };
//! let bytes = request.encode_to_vec();
//!
//! let back = pb::AddUserRoleRequest::decode(bytes.as_slice())?;
//! assert_eq!(back.user_role(), pb::UserRole::Assigner);
//! # Ok::<(), prost::DecodeError>(())
//! ```
//!
//! Start reading at the `.proto` files: they say what each call means, who may make it and how it fails.

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated code, held to the generator's style"
)]
pub mod v1 {
    //! The package `ovgs.v1`: groups, roles, certificates, components and their ownership vouchers.

    include!("generated/ovgs.v1.rs");
}

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated code, held to the generator's style"
)]
pub mod accounts {
    //! The accounts that organizations run themselves.

    pub mod v1 {
        //! The package `ovgs.accounts.v1`: users, service accounts and their tokens.

        include!("generated/ovgs.accounts.v1.rs");
    }
}

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated code, held to the generator's style"
)]
pub mod provisioning {
    //! The vendor's side.

    pub mod v1 {
        //! The package `ovgs.provisioning.v1`: organizations, users, roles, parts and the journal.

        include!("generated/ovgs.provisioning.v1.rs");
    }
}

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated code, held to the generator's style"
)]
pub mod signer {
    //! Voucher signers on machines of their own.

    pub mod v1 {
        //! The package `ovgs.signer.v1`: signatures by keys that have names.

        include!("generated/ovgs.signer.v1.rs");
    }
}

/// All files of this crate and what they import, as an encoded `google.protobuf.FileDescriptorSet` without comments.
///
/// This is what gRPC server reflection serves.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/descriptor_set.bin");
