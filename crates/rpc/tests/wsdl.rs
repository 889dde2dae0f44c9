//! Services as they describe themselves in the field, small WSDLs for one matter each and condensed ones for families of
//! them: what we write by them is what zeep writes by them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: a broken expectation is a failed test, and the panic is its report"
)]

mod wsdl {
    pub(crate) mod answers;
    pub(crate) mod families;
    pub(crate) mod features;
    pub(crate) mod house;
    pub(crate) mod problems;
}
