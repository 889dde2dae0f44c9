//! The policy in force, as those hold it who work under it: a reload replaces it whole, and what has begun ends as it began.

use std::sync::Arc;

use crate::policy::Policy;
use crate::simulator::Simulator;
use crate::sts::StsPolicies;
use crate::tls::Connectors;

/// The policy in force, with what is made from it.
pub(crate) struct Live {
    pub(crate) policy: Policy,
    pub(crate) connectors: Connectors,
    pub(crate) simulator: Simulator,
    /// The policies of domains that are known.
    pub(crate) sts: Arc<StsPolicies>,
}
