//! Callpost.
