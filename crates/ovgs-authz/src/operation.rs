//! The calls that the permission table is about.

use std::fmt;

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// A call of `ovgs.v1.OwnershipVoucherService`, or of `ovgs.accounts.v1.AccountService`, named as there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $(#[doc = concat!("The call `", stringify!($name), "`.")] $name,)*
        }

        impl Operation {
            /// All calls, in the order of the proto files.
            pub const ALL: &[Operation] = &[$(Operation::$name),*];

            /// Its name in the proto file.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Operation::$name => stringify!($name),)*
                }
            }
        }
    };
}

operations! {
    GetComponents, CreateGroup, DeleteGroup, GetGroup, AddGroupDelegatedOrg, RemoveGroupDelegatedOrg, AddUserRole,
    RemoveUserRole, GetUserRole, AddSerial, RemoveSerial, GetSerial, GetSerials, CreateDomainCert,
    DeleteDomainCert, GetDomainCert, GetOwnershipVoucher, GetOwnershipVouchers,
    RegisterUser, RemoveUser, ListUsers, IssueToken, ListTokens, RevokeToken,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
