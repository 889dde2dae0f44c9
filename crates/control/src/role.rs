//! What people may do: three roles, and what each request needs. The control socket and the console go by it alike.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Request;
use super::store::StoreRequest;

/// What somebody may do; each may what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything but secrets, and changes nothing.
    Viewer,
    /// Holds, releases, retries and drops mail, and makes calls.
    Operator,
    /// Changes who may do what, and what is configured.
    Admin,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| format!("`{text}` is no role; there are viewer, operator and admin"))
    }
}

impl Request {
    /// The role that may ask this; none: every program on this machine may.
    #[must_use]
    pub fn needs(&self) -> Option<Role> {
        match self {
            Self::Ready | Self::Submit(_) | Self::Receive(_) | Self::Scan(_) | Self::Mcp(_) => None,
            Self::Status | Self::Wait { .. } => Some(Role::Viewer),
            Self::Store(request) => Some(request.needs()),
            Self::Call(_) | Self::AnswerMail(_) => Some(Role::Operator),
            Self::Reload | Self::KeepOctets { .. } | Self::LetGo | Self::Webhook(_) | Self::ConsoleLink(_) => {
                Some(Role::Admin)
            }
        }
    }
}

impl StoreRequest {
    /// The role that may ask this.
    #[must_use]
    pub fn needs(&self) -> Role {
        match self {
            Self::Queue { .. } | Self::Count(_) | Self::Trace(_) | Self::Find(_) | Self::Events { .. } => Role::Viewer,
            Self::Message(_) | Self::Octets(_) | Self::Keys | Self::Calls | Self::Call(_) => Role::Viewer,
            Self::Act { .. } | Self::Forget(_) => Role::Operator,
            Self::AddKey(_) | Self::RevokeKey(_) | Self::RotateKey { .. } => Role::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::Role;

    #[test]
    fn a_role_comes_back_from_its_name_and_each_may_more_than_the_one_before() {
        for role in Role::ALL {
            assert_eq!(role.name().parse::<Role>(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
        assert!("root".parse::<Role>().unwrap_err().contains("viewer, operator and admin"));
    }
}
