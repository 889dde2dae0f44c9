//! A method that is there, but not for this caller.

use rpc::method::BoxFuture;
use rpc::{Caller, Code, Executed, Fault, Method, Params, Signature};

use super::{Effects, done};

/// Stands in its place, and says why.
pub struct Forbidden {
    /// The signature of the method that is withheld: discovery is the same for everyone.
    pub signature: Signature,
}

impl Method<Effects> for Forbidden {
    fn signature(&self) -> Signature {
        self.signature.clone()
    }

    fn call<'a>(&'a self, _caller: &'a Caller, _params: Params) -> BoxFuture<'a, Executed<Effects>> {
        let message =
            "this method is by mail only for senders that are proven to this service (its `proof` and `networks`)";
        done(Err(Fault::new(Code::Application { number: -32001, sender: true }, message)))
    }
}
