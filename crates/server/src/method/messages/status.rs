//! `message_status(api_key, ids)`.

use keys::Scope;
use rpc::method::BoxFuture;
use rpc::{Caller, Executed, Fault, Method, Params, Signature, Value};

use super::super::Effects;
use super::super::whole_call::WholeCall;
use super::{MailRow, Messages, NAMED, Named, answer};

/// The method.
pub struct MessageStatus(pub Messages);

/// What discovery tells of it.
#[must_use]
pub fn signature() -> Signature {
    Signature::of::<Named, Vec<MailRow>>(
        "What became of each recipient of mails that this key sent, in the order of the ids.",
    )
}

impl Method<Effects> for MessageStatus {
    fn signature(&self) -> Signature {
        signature()
    }

    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<Effects>> {
        Box::pin(async move { Executed::pure(self.run(caller, params).await) })
    }
}

impl MessageStatus {
    async fn run(&self, caller: &Caller, params: Params) -> Result<Value, Fault> {
        let asked: Named = self.0.asked((caller, params), &NAMED)?;
        answer(self.rows(caller, asked).await)
    }

    async fn rows(&self, caller: &Caller, asked: Named) -> Result<Vec<MailRow>, WholeCall> {
        let key = self.0.admit(&asked.api_key, caller, ("message_status", Scope::Status))?;
        Ok(self.0.sent(&key, &asked.ids).await?.iter().map(|items| MailRow::of(items)).collect())
    }
}
