//! A configuration to begin with.

/// A complete configuration with comments: every key stands in it, most of them with their defaults.
pub const EXAMPLE: &str = include_str!("example.toml");
