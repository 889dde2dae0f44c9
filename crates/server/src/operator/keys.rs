//! What is done with API keys: each change is one commit of one record, and in force when it is answered.

use control::store::NewKey;
use control::{Answer, Refused};
use diagnostic::Code;
use jiff::Timestamp;
use keys::{Keys, former};
use serde_json::json;
use spool::{Inspect, KeyRecord};

/// All keys, without any secret, with when each was used last, as far as this process knows.
pub(super) async fn list(spool: &dyn Inspect, keys: &Keys) -> Answer {
    let used = |key: &KeyRecord| {
        let mut row = row(key);
        row["used"] = json!(keys.used(&key.name));
        row["repaired"] = json!(keys.repaired(&key.name));
        row
    };
    Ok(json!(former::folded(spool.keys().await?).iter().map(used).collect::<Vec<_>>()))
}

/// Adds a key.
pub(super) async fn add(spool: &dyn Inspect, keys: &Keys, key: NewKey, now: Timestamp) -> Answer {
    let digest = keys.digest(&key.secret);
    let policy = serde_json::to_string(&key.policy).map_err(|error| Refused::new(Code::Usage, error.to_string()))?;
    change(spool, keys, |records| {
        let mut former = Vec::new();
        for known in records {
            if known.name == key.name && known.revoked.is_none() {
                return Err(Refused::new(Code::ApiKeyExists, format!("there is a key `{}` already", key.name)));
            }
            if known.name == key.name {
                former = former::ended(known);
                former.retain(|former| former.digest != digest);
            } else if has(known, &digest) {
                return Err(Refused::new(Code::ApiKeyExists, format!("this secret is of the key `{}`", known.name)));
            }
        }
        let (name, expires) = (key.name, key.expires);
        Ok(KeyRecord { name, digest, former, policy, created: now, expires, revoked: None })
    })
    .await
}

/// Revokes a key with all its secrets.
pub(super) async fn revoke(spool: &dyn Inspect, keys: &Keys, name: &str, now: Timestamp) -> Answer {
    change(spool, keys, |records| Ok(KeyRecord { revoked: Some(now), ..find(records, name)?.clone() })).await
}

/// Gives a key a new secret; the one before goes on until then.
pub(super) async fn rotate(spool: &dyn Inspect, keys: &Keys, (name, secret): (&str, &str), until: Timestamp) -> Answer {
    let digest = keys.digest(secret);
    change(spool, keys, |records| {
        let key = find(records, name)?;
        if key.revoked.is_some() {
            let what = format!("the key `{name}` was revoked; `callpost key add {name}` makes a new one of that name");
            return Err(Refused::new(Code::UnknownApiKey, what));
        }
        Ok(former::rotated(key, digest, until))
    })
    .await
}

/// One change, alone: from what the store holds to what it holds then, and what is in force is that.
async fn change(
    spool: &dyn Inspect,
    keys: &Keys,
    edit: impl FnOnce(&[KeyRecord]) -> Result<KeyRecord, Refused>,
) -> Answer {
    let _alone = keys.changing().await;
    let mut records = former::folded(spool.keys().await?);
    let changed = edit(&records)?;
    spool.put_key(changed.clone()).await?;
    let row = row(&changed);
    records.retain(|known| known.name != changed.name);
    records.push(changed);
    keys.replace(records);
    Ok(row)
}

fn has(key: &KeyRecord, digest: &[u8; 32]) -> bool {
    key.digest == *digest || key.former.iter().any(|former| former.digest == *digest)
}

fn find<'a>(records: &'a [KeyRecord], name: &str) -> Result<&'a KeyRecord, Refused> {
    let found = records.iter().find(|key| key.name == name);
    found.ok_or_else(|| {
        Refused::new(
            Code::UnknownApiKey,
            format!("there is no key `{name}`; `callpost key list` shows those there are"),
        )
    })
}

fn row(key: &KeyRecord) -> serde_json::Value {
    let policy: serde_json::Value = serde_json::from_str(&key.policy).unwrap_or_default();
    let state = if key.revoked.is_some() { "revoked" } else { "active" };
    json!({ "name": key.name, "state": state, "created": key.created, "expires": key.expires,
            "revoked": key.revoked, "policy": policy })
}

#[cfg(test)]
mod tests;
