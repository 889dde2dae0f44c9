//! Changes of keys, on a real store.

use control::store::NewKey;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use keys::{Denial, Keys, Policy};
use rpc::Caller;
use spool::Spool;
use spool::sqlite::{Options, SqliteSpool};

use super::{add, list, revoke, rotate};

struct Bed {
    spool: SqliteSpool,
    keys: Keys,
    _folder: tempfile::TempDir,
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn bed() -> Bed {
    let folder = tempfile::tempdir().unwrap();
    let spool = SqliteSpool::open(folder.path(), Options { min_free: 0, ..Options::default() }).unwrap();
    Bed { spool, keys: Keys::new(&[7; 32]), _folder: folder }
}

impl Bed {
    async fn add(&self, name: &str, secret: &str) -> super::Answer {
        let (name, secret) = (name.to_owned(), secret.to_owned());
        add(&self.spool, &self.keys, NewKey { name, secret, policy: Policy::default(), expires: None }, now()).await
    }

    async fn rotate(&self, name: &str, secret: &str) -> super::Answer {
        rotate(&self.spool, &self.keys, (name, secret), now() + SignedDuration::from_hours(168)).await
    }

    async fn revoke(&self, name: &str) -> super::Answer {
        revoke(&self.spool, &self.keys, name, now()).await
    }

    /// What the log would say of a secret, in memory and as another start would read it.
    async fn says(&self, secret: &str) -> Result<(), Denial> {
        let fresh = Keys::new(&[7; 32]);
        fresh.replace(self.spool.keys().await.unwrap());
        let admit = |keys: &Keys| keys.admit(secret, &Caller::default(), now()).map(drop);
        assert_eq!(admit(&self.keys), admit(&fresh), "{secret}: what is in force is what is stored");
        admit(&fresh)
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_after_a_rotation_opens_nothing_with_either_secret() {
    let bed = bed();
    bed.add("web", "first").await.unwrap();
    bed.rotate("web", "second").await.unwrap();
    assert_eq!((bed.says("first").await, bed.says("second").await), (Ok(()), Ok(())));
    assert_eq!(bed.spool.keys().await.unwrap().len(), 1, "one record: one commit");
    bed.revoke("web").await.unwrap();
    let revoked = || Err(Denial::Revoked("web".to_owned()));
    assert_eq!((bed.says("first").await, bed.says("second").await), (revoked(), revoked()));
    assert!(bed.rotate("web", "third").await.is_err(), "a rotation brings no revoked key back");
    let rows = list(&bed.spool, &bed.keys).await.unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["state"]), (1, &"revoked".into()), "{rows}");
    assert!(!rows.to_string().contains("digest"), "{rows}");
}

#[tokio::test]
async fn a_new_key_of_a_revoked_name_does_not_bring_its_secrets_back_and_they_stay_known() {
    let bed = bed();
    bed.add("web", "first").await.unwrap();
    bed.rotate("web", "second").await.unwrap();
    bed.revoke("web").await.unwrap();
    bed.add("web", "third").await.unwrap();
    assert_eq!(bed.says("third").await, Ok(()));
    for gone in ["first", "second"] {
        assert_eq!(bed.says(gone).await, Err(Denial::Replaced("web".to_owned())), "{gone}");
        assert!(bed.add("other", gone).await.is_err(), "{gone}: a secret that is known is nobody else's");
    }
    assert_eq!(bed.says("never").await, Err(Denial::Unknown));
}

#[tokio::test]
async fn changes_at_the_same_time_undo_nothing_and_what_is_in_force_is_what_is_stored() {
    let bed = bed();
    for at in 0..8 {
        bed.add(&format!("key{at}"), &format!("first{at}")).await.unwrap();
    }
    let bed = &bed;
    let changes = (0..8).map(|at| async move {
        let (name, second, third) = (format!("key{at}"), format!("second{at}"), format!("third{at}"));
        let reload = bed.keys.refresh(&bed.spool);
        let (_, revoked, _, reloaded) =
            tokio::join!(bed.rotate(&name, &second), bed.revoke(&name), bed.rotate(&name, &third), reload);
        assert!(revoked.is_ok() && reloaded.is_ok());
    });
    changes.collect::<FuturesUnordered<_>>().collect::<Vec<()>>().await;
    for at in 0..8 {
        for secret in ["first", "second", "third"] {
            let says = bed.says(&format!("{secret}{at}")).await;
            assert!(says.is_err(), "{secret}{at} opens the door: a rotation undid the revocation");
        }
    }
}
