//! The server's session, seen from outside: bytes in, replies and mails out.

#[cfg(test)]
mod captures;
#[cfg(test)]
mod player;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod smuggling;
#[cfg(test)]
mod soundness;
