//! Which methods a sender of mail may call.

/// Which methods a sender may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// All that there are.
    Proven,
    /// The pure ones: they cause nothing but their answer.
    Unproven,
}
