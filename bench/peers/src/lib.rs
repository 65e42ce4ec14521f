//! The Rust peers of the benches, built as a shared library that the harness loads at run time.
//!
//! A peer is `peer_<crate>_<work>(context, operations) -> checksum`: the whole loop, as in C, so that
//! the call between the languages is paid once a sample. The checksum equals that of every other
//! contender of the row. State that outlives a sample is made by a function that returns a pointer,
//! called from the contender's `setup` through `bench_symbol(bench_peers(), "...")`.
#![allow(unknown_lints, unexpected_cfgs)]

#[cfg(feature = "bumpalo")]
pub mod arena;
#[cfg(feature = "bytes")]
pub mod bytes;
#[cfg(feature = "slab")]
pub mod slab;
