//! Methods written with their own parameter and result types: the usual way to write one.

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::method::BoxFuture;
use crate::{Caller, Code, Effects, Executed, Fault, Method, Outcome, Params, Signature, Value};

/// A method with types. The members of `Params`, in order, are its parameters.
///
/// ```
/// # use rpc::{Caller, Fault, Typed};
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Summands { a: i64, b: i64 }
/// struct Add;
/// impl Typed<()> for Add {
///     type Params = Summands;
///     type Result = i64;
///     const HELP: &'static str = "The sum of two integers.";
///     async fn run(&self, _caller: &Caller, params: Summands) -> Result<(i64, ()), Fault> {
///         Ok((params.a + params.b, ()))
///     }
/// }
/// ```
pub trait Typed<E: Effects>: Send + Sync {
    /// The parameters.
    type Params: DeserializeOwned + JsonSchema + Send;
    /// The result.
    type Result: Serialize + JsonSchema + Send;
    /// One line for people.
    const HELP: &'static str;

    /// Runs it: the result, and what must come true with it.
    fn run(
        &self,
        caller: &Caller,
        params: Self::Params,
    ) -> impl Future<Output = Result<(Self::Result, E), Fault>> + Send;

    /// See [`Method::refused`]; `None` is its default.
    fn refused(&self, _why: &E::Refusal) -> Option<Outcome> {
        None
    }
}

/// Makes a [`Method`] of a [`Typed`] one.
pub(crate) struct Adapted<T> {
    method: T,
    signature: Signature,
    names: Vec<String>,
}

impl<T> Adapted<T> {
    pub(crate) fn new<E: Effects>(method: T) -> Self
    where
        T: Typed<E>,
    {
        let signature = Signature::of::<T::Params, T::Result>(T::HELP);
        Self { method, names: signature.names(), signature }
    }

    async fn run<E: Effects>(&self, caller: &Caller, params: Params) -> Result<(Value, E), Fault>
    where
        T: Typed<E>,
    {
        let params = params.read::<T::Params>(&self.names)?;
        let (result, effects) = self.method.run(caller, params).await?;
        let unwritable = |_| Fault::new(Code::Internal, "the result could not be written");
        Ok((Value::of(&result).map_err(unwritable)?, effects))
    }
}

impl<E: Effects, T: Typed<E>> Method<E> for Adapted<T> {
    fn call<'a>(&'a self, caller: &'a Caller, params: Params) -> BoxFuture<'a, Executed<E>> {
        Box::pin(async move {
            match self.run(caller, params).await {
                Ok((value, effects)) => Executed { outcome: Ok(value), effects },
                Err(fault) => Executed::pure(Err(fault)),
            }
        })
    }

    fn refused(&self, why: &E::Refusal) -> Outcome {
        self.method.refused(why).unwrap_or_else(|| Err(crate::method::store_refused()))
    }

    fn signature(&self) -> Signature {
        self.signature.clone()
    }
}
